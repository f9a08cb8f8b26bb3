"""Many at once: a calendar server that stalls (P7), eight hosts (P8), fifty invitees and one time (P9), holds that end (P11).

Part of `python -m benchmarks holds`. Every host has a calendar of their own on a real server, unless the calendar is
not what is measured. What must be exact is counted in deviations, of which none is allowed.
"""

import sqlite3
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from sqlmodel import col, func, select

from benchmarks.measure import Goal, Report, exponent, in_turn, timed
from benchmarks.pages import answering, fill_bookings
from benchmarks.servers import BareClient
from booking_service.actions.calendar.pull import pull
from booking_service.actions.operations.timers import tick
from booking_service.actions.times.offers import find_offering, next_slot
from booking_service.crypto import keys
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.people import Invitee
from booking_service.start.testing import postgres_binaries
from booking_service.storage import calendars, hosts, meetings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.booking import BookingRow
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.worker import Worker, drain
from calendars.dav.client import connect, disconnect_all
from calendars.memory import MemoryCalendar
from calendars.port import Calendar
from tests.flows.slow_proxy import Between, between
from tests.postgres import running
from tests.servers.server import Server
from tests.world import MONDAY, World, host, meeting, world

TUESDAY = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)
AT_ONCE = 8
EACH, ROUNDS_OF_EIGHT = 3, 5  # of each of the eight in a round; so many rounds fit into a day that the host offers
INVITEES, ROUNDS = 50, 20
ENDING = 200  # holds that end in the same second: the figure is a ratio, and a thousand take long to hold
ROUNDS_OF_ENDING = 5
MAILED_AFTER = 60  # seconds: mails which say that a hold ended wait until the events are gone
FINISHED_WITHIN = 60.0  # seconds
_EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Bare//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20300101T000000Z\r\n"
    "DTSTART:20300108T080000Z\r\nDURATION:PT30M\r\nSUMMARY:Bare\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def measure(report: Report, server: Server) -> None:
    for figure in (_stalled, _eight_hosts, _ended):
        with tempfile.TemporaryDirectory() as data:
            figure(report, Path(data), server)
    _one_time(report)
    _idle(report)


def _stalled(report: Report, folder: Path, server: Server) -> None:
    """P7: one host's server takes requests and answers none, while another host's page is looked at."""
    with _hosts(folder, server, 2, through=True) as (w, slugs, proxy), _asked(w) as ask:
        quiet, busy = slugs
        page = f"/{quiet}/intro?month=2030-01"
        before = in_turn({"page": lambda: _computed(w, ask, page)}, rounds=15)["page"]
        proxy.stall()
        began = perf_counter()
        waiting = _hold(ask, busy, 0)
        answered = perf_counter() - began
        others = [threading.Thread(target=_hold_alone, args=(w, busy, n)) for n in range(1, 4)]
        for each in others:
            each.start()
        during = in_turn({"page": lambda: _computed(w, ask, page)}, rounds=40)["page"]
        proxy.go_on()
        for each in others:
            each.join()
        lost = _unfinished(w, server, busy)
    report.microseconds |= {"a page while all is well": before, "the same while another's server stalls": during}
    report.goals += [
        Goal("P7 seconds until a hold is answered, server stalled", answered, goal=2.5, moonshot=2.2),
        Goal("P7 another host's page / while all is well", during / before, goal=1.2, moonshot=1.05),
        Goal("P7 holds lost, or not finished later", lost, goal=0, moonshot=0),
    ]
    report.remarks.append(f"While it stalled the browser was sent to {urlsplit(waiting).path[:3]}…, to wait there.")


def _eight_hosts(report: Report, folder: Path, server: Server) -> None:
    """P8: holds by eight browsers of eight hosts, against bare PUTs by eight clients, a round of each in turn.

    Of each the median of a single one, as some wait a second for their connection: Radicale closes each after its answer, and
    more than five that begin at the same moment are more than it has room for.
    """
    with _hosts(folder, server, AT_ONCE) as (w, slugs, _), ExitStack() as stack:
        browsers = [stack.enter_context(_asked(w)) for _ in slugs]
        clients = [stack.enter_context(closing(BareClient(server))) for _ in slugs]
        bare = [server.new_calendar() for _ in slugs]
        puts, holds = list[float](), list[float]()
        for first in range(0, ROUNDS_OF_EIGHT * EACH, EACH):
            puts += _together([partial(_put, client, url) for client, url in zip(clients, bare, strict=True)])
            free = [count(first) for _ in slugs]
            holds += _together(
                [
                    lambda ask=ask, slug=slug, numbers=numbers: _hold(ask, slug, next(numbers))
                    for ask, slug, numbers in zip(browsers, slugs, free, strict=True)
                ]
            )
    costs = {"a bare PUT, eight at once": median(puts) * 1e6, "a hold, eight at once": median(holds) * 1e6}
    report.microseconds |= costs
    put, hold = costs.values()
    report.goals.append(
        Goal("P8 holds / bare PUTs, eight at once (1 / 0.7)", hold / put, goal=1 / 0.7, moonshot=1 / 0.9)
    )


def _one_time(report: Report) -> None:
    """P9: fifty invitees and one time, twenty times over, in one process on SQLite and in two on PostgreSQL."""
    with tempfile.TemporaryDirectory() as data, world(Path(data)) as w:
        report.goals.append(Goal("P9 deviations, SQLite", _deviations([w]), goal=0, moonshot=0))
    binaries = postgres_binaries()
    if binaries is None:
        report.remarks.append("P9 on PostgreSQL was not measured: it is not installed.")
        return
    with (
        tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp", ignore_cleanup_errors=True) as name,
        running(binaries, Path(name)) as cluster,
        tempfile.TemporaryDirectory() as data,
        world(Path(data), database_url=cluster.url("postgres")) as w,
    ):
        second = replace(w, rt=replace(w.rt, cache=type(w.rt.cache)()))
        found = _deviations([w, second])
    report.goals.append(Goal("P9 deviations, two instances on PostgreSQL", found, goal=0, moonshot=0))


def _ended(report: Report, folder: Path, server: Server) -> None:
    """P11: what holds that nobody confirmed leave behind, with the worker stopped, and how soon it is cleared away."""
    with _hosts(folder, server, AT_ONCE) as (w, slugs, _):
        rounds = [_end_some(w, slugs, server) for _ in range(ROUNDS_OF_ENDING)]
    delete, release = (median(took) for took in zip(*((each.deletes, each.releases) for each in rounds), strict=True))
    report.microseconds |= {"a bare DELETE": delete / ENDING * 1e6, "a hold that ends": release / ENDING * 1e6}
    kept, left = sum(each.kept for each in rounds), sum(each.left for each in rounds)
    report.goals += [
        Goal("P11 times still taken after the deadline, no worker", kept, goal=0, moonshot=0),
        Goal("P11 events left over", left, goal=0, moonshot=0),
        Goal(f"P11 {ENDING} ended holds / bare DELETEs (1 / 0.7)", release / delete, goal=1 / 0.7, moonshot=1 / 0.9),
    ]


class _Ended(NamedTuple):
    """A round: whether the first time was still taken, the events left over, and the seconds of the bare requests and of ours."""

    kept: int
    left: int
    deletes: float
    releases: float


def _end_some(w: World, slugs: Sequence[str], server: Server) -> _Ended:
    w.clock.advance(MAILED_AFTER)  # the mails of the round before are no part of this one
    for number in range(len(slugs)):  # what was not read for so long is not offered, whoever holds it
        pull(w.rt, UUID(int=400 + number))
    held = [_hold_alone(w, slug, n % (ENDING // AT_ONCE)) for slug in slugs for n in range(ENDING // AT_ONCE)]
    drain(w.rt)  # and those that ask
    bare = [server.new_calendar() for _ in slugs]
    paths = [path for url in bare for path in _put_some(server, url, ENDING // AT_ONCE)]
    w.clock.advance(w.intro.hold_lifetime.total_seconds() + 1)
    pull(w.rt, UUID(int=400))
    offering = find_offering(w.rt, slugs[0], "intro", now=w.now)
    free = next_slot(w.rt, offering, after=held[0].time.start, now=w.now)
    kept = int(free is None or free.start != held[0].time.start)
    deletes = timed(lambda: _deleted(server, paths))
    worker = Worker(w.rt)
    try:
        releases = timed(lambda: _released(w, worker))
    finally:
        worker.stop()
    return _Ended(kept, _events(server, slugs), deletes, releases)


def _released(w: World, worker: Worker) -> None:
    """Until no event waits to be removed, as the database has it: asking the calendars meanwhile is work for their server, too."""
    until = monotonic() + FINISHED_WITHIN
    worker.start()
    while _unreleased(w) and monotonic() < until:
        sleep(0.02)


def _unreleased(w: World) -> int:
    with snapshot(w.rt.engine) as session:
        held = select(func.count()).where(BookingRow.state == BookingState.HELD)
        waiting = select(func.count()).where(OutboxRow.kind == "publish", col(OutboxRow.done_at).is_(None))
        return session.exec(held).one() + session.exec(waiting).one()


def _idle(report: Report) -> None:
    """P11: a tick that finds nothing to do, among a thousand bookings and among a million."""
    sizes = (1_000, 1_000_000)
    with ExitStack() as stack:
        ticks: dict[str, Callable[[], object]] = {}
        for size in sizes:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            w = stack.enter_context(world(Path(folder)))
            _fill(w, size)
            tick(w.rt, now=w.now)
            ticks[f"an idle tick, {size:,} bookings"] = lambda w=w: tick(w.rt, now=w.now)
        costs = in_turn(ticks)
    few, many = costs.values()
    growth = max(0.0, exponent(small=few, large=many, times_larger=sizes[1] / sizes[0]))
    report.microseconds |= costs
    report.goals.append(Goal("P11 growth of an idle tick", growth, goal=0.05, moonshot=0.02))


@contextmanager
def _hosts(
    folder: Path, server: Server, number: int, *, through: bool = False
) -> Iterator[tuple[World, list[str], Between]]:
    """So many hosts with a calendar each; the last one's is asked `through` something that can stall."""
    memory = MemoryCalendar()
    slugs = [f"host{n}-{uuid4().hex[:6]}" for n in range(number)]
    with between(server.url) as proxy:
        slow = replace(server.account, url=proxy.url)
        account = {slug: slow if through and slug == slugs[-1] else server.account for slug in slugs}

        def opened(_account: calendars.Account, url: str) -> Calendar:
            slug = urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]
            return connect(account[slug]).calendar(url) if slug in account else memory

        with world(folder, calendar=memory, open_calendar=opened) as w:
            for n, slug in enumerate(slugs):
                made = server.new_calendar(slug)
                shown = made if account[slug] is not slow else proxy.url.rstrip("/") + urlsplit(made).path
                _add_host(w, n, slug, shown)
            try:
                yield w, slugs, proxy
            finally:
                disconnect_all()


def _add_host(w: World, number: int, slug: str, url: str) -> None:
    made = host(id=UUID(int=100 + number), slug=slug, email=f"{slug}@example.org")
    account_id = UUID(int=300 + number)
    password = keys.seal(w.rt.ring, b"demo", context=calendars.account_context(account_id))
    account = calendars.Account(id=account_id, host_id=made.id, key="main", url=url, username="ada", password=password)
    connected = calendars.Connected(
        id=UUID(int=400 + number),
        account_id=account_id,
        host_id=made.id,
        url=url,
        name="Own",
        conflicts=True,
        target=True,
        capabilities={},
    )
    with transaction(w.rt.engine) as session:
        hosts.save(session, made)
        session.flush()
        meetings.save(session, meeting(id=UUID(int=200 + number), host_id=made.id), position=0)
        calendars.save_account(session, account)
        calendars.save(session, connected, pull_at=w.now)
    pull(w.rt, connected.id)


Ask = Callable[[str, str, str], tuple[int, str]]


@contextmanager
def _asked(w: World) -> Iterator[Ask]:
    """A browser over a connection that is kept: method, path, form → status, Location."""
    headers = {"Host": "localhost:8000", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    with answering(w) as port, closing(HTTPConnection("127.0.0.1", port)) as connection:

        def ask(method: str, path: str, form: str) -> tuple[int, str]:
            connection.request(method, path, form or None, headers | (kind if form else {}))
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")

        yield ask


def _hold(ask: Ask, slug: str, number: int) -> str:
    """POST …/hold for the host's free time of this number; where it leads."""
    form = {
        "start": f"{TUESDAY + number * HALF:%Y-%m-%dT%H:%M:%SZ}",
        "zone": "Europe/Berlin",
        "form_key": uuid4().hex,
        "name": "Grace Hopper",
        "email": f"{uuid4().hex[:12]}@example.net",
    }
    status, location = ask("POST", f"/{slug}/intro/hold", urlencode(form))
    assert status == 303, status
    return location


def _hold_alone(w: World, slug: str, number: int) -> Booking:
    """The same without a browser: on this day and those after it."""
    day, at = divmod(number, 16)
    start = TUESDAY + timedelta(days=day) + at * HALF
    return w.hold(host=slug, start=start, invitee=_invitee(), network=uuid4().hex)


def _invitee() -> Invitee:
    return Invitee(name="Grace Hopper", email=f"{uuid4().hex}@example.org", language="en", zone="Europe/Berlin")


def _computed(w: World, ask: Ask, path: str) -> None:
    w.rt.cache._kept.clear()
    assert ask("GET", path, "")[0] == 200


def _unfinished(w: World, server: Server, slug: str) -> int:
    """How many live holds have no event in the host's calendar on the server, once there was time enough."""
    live = sum(each.live for each in w.all_bookings())
    until = monotonic() + FINISHED_WITHIN
    while (missing := live - _events(server, [slug])) and monotonic() < until:
        w.clock.advance(5)
        drain(w.rt)
    return missing


def _deviations(instances: Sequence[World]) -> int:
    """Rounds in which not exactly one of fifty got the time, the others a polite refusal, with one event and one mail."""
    wrong = 0
    for round_ in range(ROUNDS):
        start = TUESDAY + timedelta(days=round_ // 10) + round_ % 10 * HALF
        events, mails = len(instances[0].calendar.events()), len(instances[0].mails.sent)
        barrier = threading.Barrier(INVITEES)

        def book(number: int, start: object = start, barrier: threading.Barrier = barrier) -> str:
            barrier.wait()
            try:
                instances[number % len(instances)].hold(start=start, invitee=_invitee(), network=uuid4().hex)  # type: ignore[arg-type]
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is counted
                return type(error).__name__
            return "held"

        with ThreadPoolExecutor(INVITEES) as pool:
            came_to = Counter(pool.map(book, range(INVITEES)))
        instances[0].drain()
        new = (len(instances[0].calendar.events()) - events, len(instances[0].mails.sent) - mails)
        wrong += came_to != {"held": 1, "SlotTaken": INVITEES - 1} or new != (1, 1)
    return wrong


def _together(works: Sequence[Callable[[], object]]) -> list[float]:
    """Seconds of each call, where all of them begin at the same moment and each is called EACH times, without a rest."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> list[float]:
        barrier.wait()
        return [timed(work) for _ in range(EACH)]

    with ThreadPoolExecutor(len(works)) as pool:
        return [took for some in pool.map(run, works) for took in some]


def _put_some(server: Server, url: str, number: int) -> list[str]:
    with closing(BareClient(server)) as client:
        return [_put(client, url) for _ in range(number)]


def _put(client: BareClient, url: str) -> str:
    """The path of the event."""
    path = f"{urlsplit(url).path}{uuid4().hex}.ics"
    status, text = client.ask("PUT", path, _EVENT.format(uid=uuid4().hex), {"Content-Type": "text/calendar"})
    assert status == 201, (status, text)
    return path


def _deleted(server: Server, paths: Sequence[str]) -> None:
    with closing(BareClient(server)) as client:
        for path in paths:
            status, text = client.ask("DELETE", path)
            assert status in (200, 204), (status, text)


def _events(server: Server, slugs: Sequence[str]) -> int:
    with closing(BareClient(server)) as client:
        return sum(client.count(f"{urlsplit(server.home).path}{slug}/") for slug in slugs)


def _fill(w: World, size: int) -> None:
    """Bookings of the past whose people are erased: nothing about them is due."""
    path = w.rt.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER IF EXISTS stretch_excludes_insert")
        fill_bookings(w, size, connection)
        connection.execute("UPDATE booking SET name = '', email = '', mailbox = ''")
        connection.execute("ANALYZE")
