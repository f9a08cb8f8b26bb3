"""One demo and one browser for all tests of a process; a fresh, empty browser profile for each test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.e2e.bookers import Booker
from tests.flows.programs import Demo, demo

_QUIET = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
)
WITHIN_MS = 15_000  # as long as a step may take on a machine that has much else to do; waiting ends with the step
expect.set_options(timeout=WITHIN_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("e2e") / "demo") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield launched
        launched.close()


@dataclass
class Profile:
    """A browser profile, what it asked for (addresses, and their kinds), and what it complained about: an error on any
    page fails the test that went there."""

    context: BrowserContext
    asked: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def page(self) -> Page:
        return self.context.new_page()

    def note_request(self, request: Request) -> None:
        self.asked.append(request.url)
        self.kinds.append(request.resource_type)

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource: the server responded" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def profile(browser: Browser, site: Demo) -> Iterator[Callable[..., Profile]]:
    """Makes profiles: `profile(width=320, color_scheme="dark", java_script_enabled=False …)`."""
    made: list[Profile] = []

    def make(*, width: int = 1280, height: int = 900, **options: Any) -> Profile:
        given = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "base_url": site.base_url, **options}
        one = Profile(browser.new_context(viewport={"width": width, "height": height}, **given))
        one.context.set_default_timeout(WITHIN_MS)
        one.context.on("request", one.note_request)
        one.context.on("console", one.note_console)
        one.context.on("weberror", lambda error: one.complaints.append(str(error.error)))
        made.append(one)
        return one

    yield make
    for each in made:
        each.context.close()
    assert [complaint for each in made for complaint in each.complaints] == []


@pytest.fixture
def page(profile: Callable[..., Profile]) -> Page:
    return profile().page()


@pytest.fixture
def booker(site: Demo) -> Booker:
    return Booker(site)
