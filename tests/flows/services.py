"""Where a flow is played: the demo on Radicale, or `serve` and `worker` on Xandikos, seen through the same few windows."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.flows.dav_reader import Outside
from tests.flows.programs import Demo, Service, demo, service, until
from tests.flows.setup_files import setup_of_ada
from tests.flows.text_browser import Visit
from tests.servers import xandikos


@dataclass(frozen=True)
class Place:
    """`later` passes so many seconds; `quiet` returns once everything due is done."""

    base_url: str
    mails: Callable[[], list[dict[str, Any]]]
    outside: Outside
    later: Callable[[float], None]
    quiet: Callable[[], None]

    def visit(self, **more: Any) -> Visit:
        return Visit(self.base_url, self.mails, **more)


def at_demo(running: Demo) -> Place:
    return Place(
        running.base_url, running.mails, Outside(running.server, running.calendars), running.advance, running.quiet
    )


def at_service(running: Service) -> Place:
    outside = Outside(running.server, running.calendars)
    return Place(running.base_url, running.mails, outside, running.pass_time, lambda: quiet(running))


def quiet(running: Service) -> None:
    """Nothing is due in the outbox of a service on SQLite. Read from the file, as an operator may."""
    database = Path(running.env["BOOKING_DATA_DIR"]) / "booking.db"

    def nothing_due() -> bool:
        now = (datetime.now(UTC) + timedelta(seconds=running.ahead_s)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
            due = connection.execute(
                "SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= ?", (now,)
            ).fetchone()
        return bool(due == (0,))

    until(nothing_due)


@contextlib.contextmanager
def demo_on_radicale(folder: Path) -> Iterator[Place]:
    with demo(folder / "demo") as running:
        yield at_demo(running)


@contextlib.contextmanager
def service_on_xandikos(folder: Path) -> Iterator[Place]:
    with xandikos(folder / "xandikos") as server:
        calendar = server.new_calendar()
        setup = setup_of_ada(url=server.url, user=server.user, calendar=calendar)
        with service(folder / "data", server, setup=setup, calendars=(calendar,)) as running:
            running.start(worker_apart=True)
            yield at_service(running)
