"""What a look at each signed-in page costs: statements, and how its work in the database grows with the bookings that are kept.

Ada is asked who runs the organisation as well, with everything on her pages: what she may see, the most that anybody may.
With the bookings grow the logs that are written beside them: what was mailed, and what people did.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from benchmarks.measure import Goal, Report, arguments, exponent, in_turn
from benchmarks.pages import fill_bookings, filled, instant_of, rows_of
from booking_service.domain.booking import Booking
from booking_service.domain.mail_log import KEPT
from booking_service.domain.roles import Permission, Role
from booking_service.storage import people
from booking_service.storage.engine import transaction
from booking_service.web.app import signed_in_routes
from tests.statements import statements
from tests.web.site import Site, person_of_host, signed_in, site

SIZES = (1_000, 100_000, 1_000_000)
STATEMENTS = 15  # at most, for one page
ROUNDS = 7
# Searching looks through everything by its nature, and what is exported is all of it.
NAMES = {"kind": "booked", "meeting": "intro", "days": "2030-01-01..2030-01-01"}
APART = ("/export", "/preview", "/picture", "/logo")


@dataclass(frozen=True, slots=True)
class Cost:
    """`steps`: instructions of the database's virtual machine."""

    statements: int
    steps: int

    def __str__(self) -> str:
        return f"{self.statements} statements, {self.steps:,} steps"


@dataclass(frozen=True, slots=True)
class Desk:
    """Ada's browser, where so many bookings are kept."""

    s: Site
    browser: TestClient
    booking: Booking

    def look(self, page: str) -> None:
        path = self.path(page)
        answer = self.browser.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")

    def path(self, page: str) -> str:
        """Its address, with the booking that was made by hand in place of an id."""
        return re.sub(r"\{(\w+)\}", lambda name: NAMES.get(name[1], str(self.booking.id)), page)

    def cost(self, page: str) -> Cost:
        """Of a look at a page that was looked at before."""
        self.look(page)
        with statements(self.s.w.rt.engine) as seen, steps(self.s.w.rt.engine) as taken:
            self.look(page)
        return Cost(len(seen), len(taken))


@contextmanager
def steps(engine: Engine) -> Iterator[list[None]]:
    """One element for each instruction of SQLite meanwhile: what a query reads and compares, without the noise of clocks.

    Each alone, as SQLite counts on from look to look of a statement that is kept: of a hundred at a time, whether one is told
    depends on what was looked at before, and a look of 110 instructions is told of as 100 or as 200.
    """
    taken: list[None] = []

    def watch(connection: Any, *_: object) -> None:
        connection.connection.dbapi_connection.set_progress_handler(lambda: taken.append(None), 1)

    event.listen(engine, "before_cursor_execute", watch)
    try:
        yield taken
    finally:
        event.remove(engine, "before_cursor_execute", watch)


def main(argv: list[str]) -> int:
    out = arguments("signed_in").parse_args(argv).json
    report = Report("signed_in")
    with ExitStack() as stack:
        desks = [stack.enter_context(_desk(size)) for size in SIZES]
        paths = _paths(desks[0])
        costs = {path: [desk.cost(path) for desk in desks] for path in paths}
        for path in paths:
            _timed(report, path, desks)
    most = max(paths, key=lambda path: max(each.statements for each in costs[path]))
    at_most = max(each.statements for each in costs[most])
    more = [path for path in paths if len({each.statements for each in costs[path]}) > 1]
    report.goals += [
        Goal(f"statements, at most ({most})", at_most, goal=STATEMENTS, moonshot=STATEMENTS),
        Goal("pages whose statements grow with bookings", len(more), goal=0, moonshot=0),
    ]
    report.goals += [
        Goal(f"growth in the database, {path}", _growth(costs[path]), goal=0.10, moonshot=0.03) for path in paths
    ]
    report.remarks += [f"{path}: {', '.join(map(str, costs[path]))}" for path in paths]
    return report.conclude(out)


def _growth(costs: list[Cost]) -> float:
    """From the first size to the last."""
    before, after = (max(1, each.steps) for each in (costs[0], costs[-1]))
    return max(0.0, exponent(small=before, large=after, times_larger=SIZES[-1] / SIZES[0]))


def _timed(report: Report, path: str, desks: list[Desk]) -> None:
    named = [f"{path}, {size:,} bookings" for size in SIZES]
    looks = {name: partial(desk.look, path) for name, desk in zip(named, desks, strict=True)}
    report.microseconds |= in_turn(looks, rounds=ROUNDS)


@contextmanager
def _desk(size: int) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as s:
        booking = s.confirmed()
        s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22)
        s.w.drain()
        ada = replace(person_of_host(s, s.w.host), roles=frozenset(Role), permissions=frozenset(Permission))
        with transaction(s.w.rt.engine) as session:
            people.save(session, ada, now=s.w.now)
        filled(s.w, partial(_fill, s, size))
        yield Desk(s, signed_in(s, ada), booking)


def _fill(s: Site, size: int, connection: Connection) -> None:
    fill_bookings(s.w, size, connection)
    at = instant_of("2030-01-07", f"i * -{KEPT.days * 24 * 60 / size}")
    mailed = {
        "at": at,
        "kind": "'booked'",
        "address": "'g' || i || '@example.org'",
        "outcome": "'accepted'",
        "answer": "'250 Ok'",
        "tries": "1",
        "message_id": "'<' || i || '@example.org>'",
        "outbox_id": "i + 1000000",
        "booking_id": "printf('%032x', i + 1000000000)",
    }
    done = {"at": at, "act": "'signed-in'", "network": "'192.0.2.0/24'", "agent": "''"}
    done |= {'"by"': "'ada'", "about": "''", "before": "''", "after": "'link'", "reason": "''"}
    connection.execute(rows_of("mail_log", mailed), {"size": size})
    connection.execute(rows_of("audit", done), {"size": size})


def _paths(desk: Desk) -> list[str]:
    """Every page that shows something."""
    shown = (route.path for route in signed_in_routes() if route.get is not None and not route.path.endswith(APART))
    return [path for path in shown if desk.browser.get(desk.path(path)).status_code == 200]
