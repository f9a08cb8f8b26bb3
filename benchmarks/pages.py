"""What a look at a month costs: statements and calendar requests (P3), in multiples of an empty answer of the same
application (P4), and how that grows with what is kept (P5).

The whole application is asked over a kept connection, as a browser does; server and client share this process.
"""

import gc
import gzip
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

import uvicorn
from sqlalchemy import event, text

from benchmarks.measure import Goal, Report, arguments, exponent, in_turn
from booking_service.server.listen import listening
from booking_service.storage.engine import transaction
from booking_service.web.app import application
from tests.world import World, world

MONTH = "/ada/intro?month=2030-01"
REPEAT = 5


def main(argv: list[str]) -> int:
    out = arguments("pages").parse_args(argv).json
    report = Report("pages")
    with _page() as page:
        _statements(report, page)
        _multiples(report, page)
    _growth(report)
    return report.conclude(out)


class Page:
    """The application, and what asking it cost in statements."""

    def __init__(self, w: World, connection: HTTPConnection) -> None:
        self.w = w
        self.statements = 0
        self._connection = connection
        event.listen(w.rt.engine, "before_cursor_execute", self._count)

    def get(self, path: str, **headers: str) -> tuple[dict[str, str], bytes]:
        """What it answers, its headers by their lower-case names."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers={"Host": "localhost:8000", "Accept-Encoding": "gzip", **given})
        answer = self._connection.getresponse()
        return {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def fresh(self) -> None:
        """Something of the host's offers changed."""
        with transaction(self.w.rt.engine) as session:
            session.execute(text("UPDATE host SET offers_version = offers_version + 1"))

    def look(self) -> None:
        """Computed anew, without what the change itself costs: what was kept of earlier looks is gone."""
        self.w.rt.cache._kept.clear()
        self.get(MONTH)

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements += not statement.startswith("BEGIN")


@contextmanager
def _page() -> Iterator[Page]:
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as w, answering(w) as port:
        connection = HTTPConnection("127.0.0.1", port)
        with closing(connection):
            yield Page(w, connection)


@contextmanager
def answering(w: World) -> Iterator[int]:
    """The port at which a server answers for this world, in a thread of its own. As with `serve`, what was there when it began
    is not looked through for garbage while it answers."""
    with listening("127.0.0.1", 0) as listener:
        config = uvicorn.Config(
            application(w.rt), log_config=None, access_log=False, lifespan="off", timeout_keep_alive=3600
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        gc.collect()
        gc.freeze()
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
            gc.unfreeze()


def _statements(report: Report, page: Page) -> None:
    """P3: exact numbers, not times."""
    asked_before = sum(page.w.calendar.requests.values())
    page.fresh()
    first = _counted(page, lambda: page.get(MONTH))
    again = _counted(page, lambda: page.get(MONTH))
    asked = sum(page.w.calendar.requests.values()) - asked_before
    report.goals += [
        Goal("P3 statements, recomputed", first, goal=3, moonshot=3),
        Goal("P3 statements, unchanged since", again, goal=1, moonshot=1),
        Goal("P3 requests to calendars", asked, goal=0, moonshot=0),
    ]
    size = len(page.get(MONTH)[1])
    report.remarks.append(
        f"The page is {size:,} bytes compressed, {len(gzip.decompress(page.get(MONTH)[1])):,} as it is read."
    )


def _counted(page: Page, ask: Callable[[], object]) -> int:
    page.statements = 0
    ask()
    return page.statements


def _multiples(report: Report, page: Page) -> None:
    etag = page.get(MONTH)[0]["etag"]

    def recomputed() -> None:
        page.fresh()
        page.get(MONTH)

    def only_changed() -> None:
        page.fresh()
        page.get("/healthz")

    costs = in_turn(
        {
            "an empty answer": lambda: page.get("/healthz"),
            "not modified": lambda: page.get(MONTH, if_none_match=etag),
            "kept": lambda: page.get(MONTH),
        },
        repeat=REPEAT,
    )
    costs |= in_turn(  # apart from the others, which must not pay for what changed
        {
            "recomputed, after a change": recomputed,
            "the change itself, and an empty answer": only_changed,
        },
        repeat=REPEAT,
    )
    report.microseconds |= costs
    empty = costs["an empty answer"]
    net = costs["recomputed, after a change"] - costs["the change itself, and an empty answer"] + empty
    report.goals += [
        Goal("P4 not modified / empty", costs["not modified"] / empty, goal=1.6, moonshot=1.3),
        Goal("P4 kept / empty", costs["kept"] / empty, goal=2.2, moonshot=1.7),
        Goal("P4 recomputed / empty", net / empty, goal=15, moonshot=8),
    ]


def _growth(report: Report) -> None:
    """P5: the same look where tables are a thousand times larger (a hundred for busy time), asked in turn."""
    for name, sizes, fill in (
        ("bookings", (1_000, 1_000_000), lambda page, *rest: fill_bookings(page.w, *rest)),
        ("hosts", (10, 10_000), lambda page, *rest: fill_hosts(page.w, *rest)),
        ("busy periods", (1_000, 100_000), _fill_busy),
    ):
        few, many = (f"recomputed, {size:,} {name}" for size in sizes)
        with _page() as small, _page() as large:
            for page, size in zip((small, large), sizes, strict=True):
                filled(page.w, partial(fill, page, size))
            costs = in_turn({few: small.look, many: large.look}, repeat=REPEAT)
        growth = max(0.0, exponent(small=costs[few], large=costs[many], times_larger=sizes[1] / sizes[0]))
        report.microseconds |= costs
        report.goals.append(Goal(f"P5 growth with {name}", growth, goal=0.10, moonshot=0.03))


def filled(w: World, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Rows put in beside the application: a connection of our own checks no foreign keys."""
    path = w.rt.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS stretch_excludes_insert")
        fill(connection)
        connection.execute("ANALYZE")


def instant_of(start: str, minutes: str) -> str:
    """SQL for an instant as the tables keep it, so many minutes after `start`."""
    return f"strftime('%Y-%m-%d %H:%M:%f', '{start}', ({minutes}) || ' minutes') || '000'"


def fill_bookings(w: World, size: int, connection: sqlite3.Connection) -> None:
    """Confirmed bookings of the past, half an hour each, one after the other, back from the day before."""
    key, starts, ends = (
        "printf('%032x', i + 1000000000)",
        instant_of("2030-01-06", "i * -30"),
        instant_of("2030-01-06", "30 - i * 30"),
    )
    booking = {
        "id": key,
        "public_id": "'p' || i",
        "host_id": ":host",
        "meeting_type_id": ":kind",
        "starts_at": starts,
        "ends_at": ends,
        "state": "'confirmed'",
        "hold_until": starts,
        "awaits": "'[]'",
        "name": "'G'",
        "email": "'g@example.org'",
        "mailbox": "'g@example.org'",
        "language": "'en'",
        "zone": "'UTC'",
        "guests": "'[]'",
        "answers": "'[]'",
        "created_at": starts,
        "decided_at": starts,
        "revision": "1",
        "sequence": "0",
        "generation": "0",
        "moves": "0",
        "resends": "0",
        "asked": "0",
        "invited": "'[]'",
        "owed": "'[]'",
        "conflicted": "0",
        "reason": "''",
        "reminders": "1",
        "reserves": "1",
        "network": "''",
    }
    stretch = {
        "reservation_id": key,
        "booking_id": key,
        "host_id": ":host",
        "starts_at": starts,
        "ends_at": ends,
        "overridden": "0",
    }
    given = {"size": size, "host": w.host.id.hex, "kind": w.intro.id.hex}
    connection.execute(rows_of("booking", booking), given)
    connection.execute(rows_of("stretch", stretch), given)


def fill_hosts(w: World, size: int, connection: sqlite3.Connection) -> None:
    """Copies of Ada, each with a meeting type and a calendar of their own."""
    key = "printf('%032x', i + 2000000000)"
    host = {name: name for name in _columns(connection, "host")} | {"id": key, "slug": "'host-' || i"}
    kind = {name: name for name in _columns(connection, "meeting_type")} | {"id": key, "host_id": key}
    connection.execute(rows_of("host", host, ", host WHERE slug = 'ada'"), {"size": size})
    calendar = {name: name for name in _columns(connection, "calendar")} | {
        "id": key,
        "host_id": key,
        "url": "url || i",
    }
    connection.execute(rows_of("meeting_type", kind, ", meeting_type WHERE slug = 'intro'"), {"size": size})
    connection.execute(
        rows_of("calendar", calendar, ", calendar WHERE id = :ada"), {"size": size, "ada": w.calendar_id.hex}
    )


def _fill_busy(page: Page, size: int, connection: sqlite3.Connection) -> None:
    """Half hours outside of the month shown: what a calendar of many years keeps."""
    busy = {
        "calendar_id": ":calendar",
        "host_id": ":host",
        "name": "'o' || i",
        "starts_at": instant_of("2030-04-01", "i * 30"),
        "ends_at": instant_of("2030-04-01", "i * 30 + 30"),
    }
    given = {"size": size, "host": page.w.host.id.hex, "calendar": page.w.calendar_id.hex}
    connection.execute(rows_of("busy", busy), given)


def rows_of(table: str, values: dict[str, str], source: str = "") -> str:
    """SQL that puts in `:size` rows, each value an expression over their number `i`."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :size)"
    return f"{numbers} INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM n{source}"


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
