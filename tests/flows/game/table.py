"""What a game is played on: one world, two calendars of the host's, a mail server; and what has happened at it so far."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from structlog.testing import capture_logs

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking
from booking_service.domain.interval import Interval
from booking_service.storage import busy, calendars, outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import drain
from calendars.memory import PLAIN, SABRE, SOGO, MemoryCalendar, Temper
from calendars.model import Capabilities
from tests.flows.conftest import Bench
from tests.flows.game.distant import Distance
from tests.flows.staged_faults import AtOnce, Paused, StagedCalendar, StagedMails
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)
OTHER = UUID(int=6)
HOME, PRIVATE = "http://localhost:1/ada/", "http://localhost:1/private/"
TEMPERS = {"plain": PLAIN, "sabre": SABRE, "sogo": SOGO, "without sync": Temper(sync=False)}
WEAK = Capabilities(create_guard=False, update_guard=False, delete_guard=False, token_errors=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a game is played: it makes the host's calendars, of one of the `tempers`."""

    bench: Bench
    tempers: tuple[str, ...]
    calendars: Callable[[str], Mapping[str, Any]]


def in_memory(bench: Bench) -> Place:
    def made(temper: str) -> Mapping[str, Any]:
        paths = {HOME: "/ada/", PRIVATE: "/private/"}
        return {url: StagedCalendar(MemoryCalendar(temper=TEMPERS[temper], path=path)) for url, path in paths.items()}

    return Place(bench, tuple(TEMPERS), made)


def on_a_server(bench: Bench, distance: Distance) -> Place:
    return Place(bench, ("radicale",), lambda _: {url: distance.new_calendar() for url in (HOME, PRIVATE)})


@dataclass
class Table:
    """`known`: every booking so far, in the order they came. `fired` counts what happened in all games of a test."""

    w: World
    at: Mapping[str, Any]
    mails: StagedMails
    temper: str
    fired: Counter[str]
    log: Sequence[Mapping[str, Any]]
    known: list[UUID] = field(default_factory=list)
    paused: list[Paused] = field(default_factory=list)

    @property
    def guarded(self) -> bool:
        """Whether the server heeds preconditions: one that doesn't lets us overwrite what is edited between our reading
        and our writing."""
        return self.temper != "sogo"

    @property
    def fair(self) -> bool:
        """Whether no fault is staged, nothing is late, and nobody stands in the middle of something."""
        mails = self.mails.losing or self.mails.failing
        return not mails and not self.paused and all(each.weather.fair for each in self.at.values())

    def booking(self, n: int) -> Booking | None:
        """The nth one; those that live come first, as more can happen to them."""
        there = sorted(self.meet(), key=lambda each: not each.live)
        return there[n % len(there)] if there else None

    def meet(self) -> list[Booking]:
        """Every booking; those that are new are known from here on."""
        there = {each.id: each for each in self.w.all_bookings()}
        self.known += [each for each in there if each not in self.known]
        return [there[each] for each in self.known]

    def token(self, booking: Booking, purpose: LinkPurpose) -> str:
        return self.w.token(booking, purpose)

    def standing(self, booking: Booking) -> tuple[str, str] | None:
        """Where the event of a booking stands in truth, and its UID."""
        uid = self.w.reservation(booking).uid
        return next(((where, uid) for where in self.at if self.holds(where, uid)), None)

    def holds(self, where: str, uid: str) -> bool:
        return uid in {event.uid for event in self.at[where].events()}

    def body(self, where: str, uid: str) -> bytes:
        return next(body for body in self.at[where].bodies() if f"UID:{uid}".encode() in body)

    def calendar_id(self, where: str) -> UUID:
        return self.w.calendar_id if where == HOME else OTHER

    def taken(self, time: Interval, *, foreign: Mapping[str, str]) -> bool:
        """By a booking of ours or an event of the host's own, as they stand in truth."""
        ours = any(each.blocks(self.w.now) and each.time.overlaps(time) for each in self.w.all_bookings())
        own = [event for each in self.at.values() for event in each.events() if event.uid in foreign]
        return ours or any(time.overlaps(Interval(event.time.start, event.time.end)) for event in own)

    def half_sent(self) -> set[str]:
        """UIDs of bookings of which a worker had a mail in hand when it died."""
        with snapshot(self.w.rt.engine) as session:
            rows = [row for row in outbox.open_rows(session) if row.kind == "mail" and row.leased_until is not None]
        return {self.w.reservation(self.w.booking(UUID(row.payload["booking_id"]))).uid for row in rows}

    def all_read(self) -> bool:
        """Whether nothing has happened in the calendars since we last read them."""
        with snapshot(self.w.rt.engine) as session:
            kept = {where: busy.known_etags(session, self.calendar_id(where)) for where in self.at}
        return all(each.etags() == kept[where] for where, each in self.at.items())

    def doubtful(self) -> list[UUID]:
        with snapshot(self.w.rt.engine) as session:
            return [each.id for each in calendars.every(session) if each.doubtful_since is not None]

    def healthy(self) -> bool:
        """Every calendar is read and trusted, nobody asked us to wait, and no booking keeps two times."""
        with snapshot(self.w.rt.engine) as session:
            every, accounts = calendars.every(session), calendars.accounts(session)
        fresh = all(each.fresh(now=self.w.now, within=timedelta(minutes=15)) for each in every)
        paused = any(each.paused_until and each.paused_until > self.w.now for each in accounts)
        beside = any(self.w.reservation(each).beside for each in self.w.all_bookings() if each.live)
        return fresh and not paused and not beside and not self.doubtful()

    def heal(self) -> None:
        """No request meets a fault from here on; what is late still is."""
        for each in self.at.values():
            each.weather.clear()
        self.mails.heal()

    def arrive(self) -> bool:
        """The next late write arrives. False: none is late."""
        late = next((each.weather for each in self.at.values() if each.weather.late), None)
        if late is not None:
            late.arrive()
            self.note("a late write arrived")
        return late is not None

    def serve(self, *, watching: Callable[[], None]) -> None:
        """All leases of the dead lapse; then workers come back, find that calendars can be reached, and work for a minute."""
        self._later(185, watching=watching)
        self.w.drain()
        for _ in range(12):
            self._later(5, watching=watching)

    def rest(self, *, watching: Callable[[], None]) -> None:
        """Until nothing waits any more, or the host is asked."""
        for _ in range(3):
            self._later(95, watching=watching)
        for _ in range(40):
            due = self._due_later()
            if due is None or self.doubtful():
                return
            self._later(max(1.0, min(1000.0, (due - self.w.now).total_seconds())), watching=watching)

    def _due_later(self) -> datetime | None:
        """When the next effect is due; what is due already waits for one of these."""
        with snapshot(self.w.rt.engine) as session:
            rows = [row for row in outbox.open_rows(session) if row.dead_at is None]
        instants = [each for row in rows for each in (row.due_at, row.leased_until) if each and each > self.w.now]
        return min(instants, default=None)

    def _later(self, seconds: float, *, watching: Callable[[], None]) -> None:
        self.w.clock.advance(seconds)
        watching()
        drain(self.w.rt)

    def note(self, what: str) -> None:
        self.fired[what] += 1


@contextmanager
def table(place: Place, temper: str, *, fired: Counter[str]) -> Iterator[Table]:
    """A new one. Runs of ours end before the page answers, so that each game goes the same way twice."""
    at, mails = place.calendars(temper), StagedMails()
    with (
        capture_logs() as log,
        world(
            place.bench.folder,
            engine=place.bench.engine,
            calendar=at[HOME],
            open_calendar=lambda _, url: at[url],
        ) as made,
    ):
        made.rt.pools.close()
        rt = replace(made.rt, pools=AtOnce(), transport=mails)
        w = replace(made, rt=rt, mails=mails, others=(at[PRIVATE],))
        _connect_both(w, weak=asdict(WEAK) if temper == "sogo" else {})
        w.drain()
        yield Table(w, at, mails, temper, fired, log)
        for hit in (mails.hit, *(each.weather.hit for each in at.values())):
            fired.update(hit)


def _connect_both(w: World, *, weak: Mapping[str, Any]) -> None:
    with transaction(w.rt.engine) as session:
        first = replace(calendars.get(session, w.calendar_id), capabilities=dict(weak))
        calendars.save(session, first)
        second = replace(first, id=OTHER, url=PRIVATE, name="Private", target=False)
        calendars.save(session, second, pull_at=w.now)
