"""How many requests a pull takes, and what it reads and loses (P12), at a real Radicale: exact numbers, so that none of them is a
matter of the machine.

Part of `python -m benchmarks pull`. What is counted are requests as the server gets them, by something between it and us.
"""

import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.measure import Goal, Report
from benchmarks.servers import BareClient, served
from booking_service.actions.calendar.pull import pull
from booking_service.storage import busy, calendars
from booking_service.storage.engine import snapshot, transaction
from calendars.dav.client import Connection
from calendars.ical import ics
from calendars.model import Event, EventStatus, Period
from tests.flows.slow_proxy import Between, between
from tests.servers.server import Server
from tests.world import MONDAY, World, world

INSIDE, OUTSIDE = 30, 20  # events that stand before the first pull
FEW, MANY = 7, 250
_AN_HOUR = timedelta(hours=1)
_LONG_AGO = MONDAY - timedelta(days=3 * 365)


def measure(report: Report) -> None:
    with served("radicale") as server, between(server.url) as proxy, tempfile.TemporaryDirectory() as data:
        made = server.new_calendar("work")
        with closing(BareClient(server)) as client:
            _put(client, made, INSIDE, first=MONDAY, called="inside")
            _put(client, made, OUTSIDE, first=_LONG_AGO, called="outside")
            _measured(report, proxy, server, client, made, Path(data))


def _measured(report: Report, proxy: Between, server: Server, client: BareClient, made: str, data: Path) -> None:
    through = replace(server.account, url=proxy.url)
    url = proxy.url.rstrip("/") + urlsplit(made).path
    with (
        closing(Connection(through)) as connection,
        world(data, open_calendar=lambda _account, _url: connection.calendar(url)) as w,
    ):
        _pulled(w, proxy)
        kept = _kept(w)
        nothing = _pulled(w, proxy)
        _put(client, made, FEW, first=MONDAY + timedelta(days=3), called="few")
        few = _pulled(w, proxy)
        _put(client, made, MANY, first=MONDAY + timedelta(days=5), called="many")
        many = _pulled(w, proxy)
        before = _kept(w)
        _spoil_token(w)
        _pulled(w, proxy)
        lost = len(before - _kept(w))
    report.goals += [
        Goal("P12 requests of a pull, nothing changed", nothing, goal=1, moonshot=1),
        Goal(f"P12 requests of a pull, {FEW} changed", few, goal=2, moonshot=2),
        Goal(f"P12 requests of a pull, {MANY} changed", many, goal=2 + MANY // 100, moonshot=2 + MANY // 100),
        Goal("P12 objects lost by a token that is refused", lost, goal=0, moonshot=0),
        Goal("P12 objects outside of the window, read at first", len(kept) - INSIDE, goal=0, moonshot=0),
    ]


def _pulled(w: World, proxy: Between) -> int:
    """How many requests the server got by a pull."""
    asked: Counter[str] = Counter()
    proxy.watch = lambda stage, method, _path: asked.update([method] if stage == "before" else [])
    pull(w.rt, w.calendar_id)
    return asked.total()


def _kept(w: World) -> set[str]:
    """Names of the objects that are known of the calendar."""
    with snapshot(w.rt.engine) as session:
        return set(busy.known_etags(session, w.calendar_id))


def _spoil_token(w: World) -> None:
    with transaction(w.rt.engine) as session:
        known = calendars.get(session, w.calendar_id)
        window = calendars.get(session, w.calendar_id).window
        assert window is not None
        assert calendars.advance(session, known, token="http://radicale.org/ns/sync/none", window=window, now=w.now)


def _put(client: BareClient, url: str, number: int, *, first: datetime, called: str) -> None:
    for n in range(number):
        uid = f"{called}-{UUID(int=n)}"
        start = first + n * _AN_HOUR
        event = Event(
            uid=uid,
            time=Period(start, start + _AN_HOUR),
            status=EventStatus.CONFIRMED,
            summary="Bare",
            sequence=0,
            stamped_at=MONDAY,
        )
        headers = {"Content-Type": "text/calendar"}
        status, text = client.ask("PUT", f"{urlsplit(url).path}{uid}.ics", ics.build(event), headers)
        assert status == 201, (status, text)
