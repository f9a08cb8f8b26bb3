"""What holds for every test: the marks that choose it, and that nothing is skipped where it counts."""

import gc
import os
import signal
from collections.abc import Generator

import pytest
import structlog

from tests import compiled, plans
from tests.postgres import migrated_postgres_url as migrated_postgres_url
from tests.postgres import migrated_template as migrated_template
from tests.postgres import postgres_cluster as postgres_cluster
from tests.postgres import postgres_url as postgres_url
from tests.servers import cyrus_server as cyrus_server
from tests.servers import davical_server as davical_server
from tests.servers import radicale_calendar as radicale_calendar
from tests.servers import radicale_server as radicale_server
from tests.servers import sogo_server as sogo_server
from tests.servers import xandikos_calendar as xandikos_calendar
from tests.servers import xandikos_server as xandikos_server

_NOT_FAST = ("postgres", "server", "browser", "extended")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files anew instead of comparing")
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what the small worlds of actions, flows and pages stand on; with postgresql only tests in one are run",
    )


@pytest.fixture
def world_url(request: pytest.FixtureRequest) -> str | None:
    """The database that a small world stands on; None: an SQLite file of its own."""
    if request.config.getoption("--database") == "sqlite":
        return None
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


def pytest_configure() -> None:
    """Ctrl-C reaches the programs under test also where the tests run in the background of a script, which ignores it.

    What is logged shows plain tracebacks: drawing one with the values of all its variables takes seconds.
    """
    gc.disable()  # until all tests are found
    compiled.share()
    plans.explain()
    structlog.configure(
        [
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database") == "postgresql":
        items[:] = [each for each in items if _stands_on_any(each)]
    for item in items:
        if not any(item.get_closest_marker(mark) for mark in _NOT_FAST):
            item.add_marker(pytest.mark.fast)
    items.sort(
        key=lambda item: item.get_closest_marker("fast") is not None
    )  # long files first: both processes end together


def _stands_on_any(item: pytest.Item) -> bool:
    return "world_url" in getattr(item, "fixturenames", ()) and item.get_closest_marker("sqlite") is None


def pytest_collection_finish() -> None:
    """What stays until the end, five thousand tests and all modules, is not looked through for garbage again and again."""
    gc.enable()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With CI=true everything that tests need is installed; a skip would hide that it isn't."""
    if os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which counts as a failure with CI=true: {report.longrepr}"
