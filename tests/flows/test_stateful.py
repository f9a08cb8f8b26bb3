"""Everybody at once, in any order, with everything going wrong: invitees, the host's client, two workers, the clock, death,
lost and late requests, a mail server that stammers. After every step the invariants hold; healed and at rest nothing is
missing and nothing left.

The default run is the same each time. BOOKING_LONG=minutes plays other games each time, for that long.
"""

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from booking_service.actions import booking as actions
from booking_service.actions.landslides import believe_calendar, restore_events
from booking_service.actions.pulling import pull, pull_due
from booking_service.actions.timers import tick
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.errors import BookingError, HoldExpired, UnknownBooking
from booking_service.domain.interval import Interval
from booking_service.domain.people import Invitee
from booking_service.domain.slots import NotOffered
from booking_service.mail.errors import TryLater
from booking_service.storage import calendars, outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.tokens import Purpose, code_for, token_for
from booking_service.worker import drain, perform_one
from calendars.errors import Busy, CalendarError, Refused, Unavailable
from calendars.expander import Expander
from calendars.memory import PLAIN, SABRE, SOGO, MemoryCalendar, Temper
from calendars.model import Capabilities, EventStatus, Period
from tests import invariants
from tests.flows.conftest import Bench
from tests.flows.crashing import CountedCalendar, CountedTransport, Killed, Steps, transactions_counted
from tests.flows.staging import AtOnce, Paused, StagedCalendar, StagedMails
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)
OTHER = UUID(int=6)
HOME, PRIVATE = "http://localhost:1/ada/", "http://localhost:1/private/"
TEMPERS = {"plain": PLAIN, "sabre": SABRE, "sogo": SOGO, "without-sync": Temper(sync=False)}
WEAK = Capabilities(create_guard=False, update_guard=False, delete_guard=False, token_errors=False)
REFUSED = (BookingError, NotOffered)

slots = st.integers(0, 5).map(lambda n: TUESDAY_9 + n * HALF)
which = st.integers(0, 5)
places = st.sampled_from([HOME, HOME, PRIVATE])
effects = st.integers(1, 6)
requests = st.integers(1, 4)


class Game(RuleBasedStateMachine):
    """One world; the rules are what anybody may do to it."""

    bench: Bench
    expander: Expander
    fired: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.known: list[UUID] = []
        self.paused: list[Paused] = []
        self.foreign: dict[str, str] = {}  # UID → where
        self.deleted: dict[str, tuple[str, bytes]] = {}  # UID → where, and what stood there
        self.removed: set[str] = set()  # UIDs the host ever deleted, cancelled or dragged
        self.titles: dict[str, str] = {}
        self.added = 0
        self.log = self._open.enter_context(capture_logs())

    @initialize(temper=st.sampled_from(list(TEMPERS)))
    def begin(self, temper: str) -> None:
        self.temper = temper
        kind = TEMPERS[temper]
        self.at = {
            HOME: StagedCalendar(MemoryCalendar(temper=kind)),
            PRIVATE: StagedCalendar(MemoryCalendar(temper=kind, path="/private/")),
        }
        made = self._open.enter_context(
            world(
                self.bench.folder, engine=self.bench.engine, calendar=self.at[HOME], expander=self.expander,
                open_calendar=lambda _, url: self.at[url],
            )
        )  # fmt: skip
        made.rt.pools.close()
        self.mails = StagedMails()
        rt = replace(made.rt, pools=AtOnce(), transport=self.mails)
        self.w: World = replace(made, rt=rt, mails=self.mails, others=(self.at[PRIVATE],))
        weak = asdict(WEAK) if temper == "sogo" else {}
        with transaction(rt.engine) as session:
            first = replace(calendars.get(session, self.w.calendar_id), capabilities=weak)
            calendars.save(session, first)
            second = replace(first, id=OTHER, url=PRIVATE, name="Private", target=False)
            calendars.save(session, second, pull_at=self.w.now)
        self.w.drain()

    def teardown(self) -> None:
        try:
            if hasattr(self, "w"):
                self.everything_heals_and_comes_to_rest()
        finally:
            for each in self.paused:
                each.go_on(dead=True)
            self._open.close()

    # The invitee

    @rule(start=slots, kind=st.sampled_from(["intro", "quick"]), guest=st.booleans())
    def hold(self, start: Any, kind: str, guest: bool) -> None:
        number = len(self.known)
        calm, taken = self._calm(), self._taken(start, HALF if kind == "intro" else HALF / 2)
        held = self._try_hold(start, kind, number, guest)
        if held is None:
            assert not calm or taken or start - self.w.now < timedelta(hours=2), "a free time was refused"
        else:
            assert not (calm and taken and held.live), "a time that is taken was given away"

    @precondition(lambda self: self.known)
    @rule(n=which, stale=st.booleans())
    def confirm(self, n: int, stale: bool) -> None:
        booking = self._pick(n)
        if booking is None:
            return
        generation = max(0, booking.generation - stale)
        token = token_for(self.w.rt.ring, purpose=Purpose.CONFIRM, subject=booking.id, generation=generation)
        self._answered(
            booking, lambda: actions.confirm(self.w.rt, token, network="n", now=self.w.now), token=generation
        )

    @precondition(lambda self: self.known)
    @rule(n=which)
    def confirm_by_code(self, n: int) -> None:
        booking = self._pick(n)
        if booking is None:
            return
        code = code_for(self.w.rt.ring, booking.id, booking.generation)
        rt, now = self.w.rt, self.w.now
        self._answered(booking, lambda: actions.confirm_by_code(rt, booking.public_id, code, now=now))

    def _answered(self, booking: Booking, act: Callable[[], Booking], *, token: int | None = None) -> None:
        after, refusal = self._outcome(act)
        if isinstance(refusal, UnknownBooking):
            assert token != booking.generation
        elif refusal is not None:
            assert not booking.blocks(self.w.now), f"{refusal!r} for {booking}"
            assert isinstance(refusal, HoldExpired) == (booking.state is not BookingState.CANCELLED)
        else:
            assert booking.blocks(self.w.now), "I3: confirmed after its deadline"
            assert after is not None
            assert after.state is BookingState.CONFIRMED or after.cancelled_by is Party.HOST
        self._note("confirm" if refusal is None else f"confirm refused: {type(refusal).__name__}")

    @precondition(lambda self: self.known)
    @rule(n=which)
    def resend(self, n: int) -> None:
        self._try("resend", n, lambda b: actions.resend(self.w.rt, b.public_id, now=self.w.now))

    @precondition(lambda self: self.known)
    @rule(n=which, to=st.integers(0, 1))
    def correct_address(self, n: int, to: int) -> None:
        email = f"corrected{to}@example.org"
        self._try(
            "correct_address", n, lambda b: actions.correct_address(self.w.rt, b.public_id, email, now=self.w.now)
        )

    @precondition(lambda self: self.known)
    @rule(n=which)
    def release(self, n: int) -> None:
        self._try("release", n, lambda b: actions.release(self.w.rt, b.public_id, now=self.w.now))

    @precondition(lambda self: self.known)
    @rule(n=which)
    def cancel(self, n: int) -> None:
        self._try("cancel", n, lambda b: self._cancel(b))

    @precondition(lambda self: self.known)
    @rule(n=which, start=slots)
    def move(self, n: int, start: Any) -> None:
        self._try("move", n, lambda b: self._move(b, start))

    @precondition(lambda self: self.known)
    @rule(n=which)
    def take_again(self, n: int) -> None:
        token = self._token
        self._try(
            "take_again", n,
            lambda b: actions.take_again(self.w.rt, token(b, Purpose.CONFIRM), network="n", now=self.w.now),
        )  # fmt: skip

    # The host, in their own client

    @precondition(lambda self: self.known)
    @rule(n=which, start=slots, longer=st.booleans())
    def host_moves(self, n: int, start: Any, longer: bool) -> None:
        if found := self._standing(n):
            where, uid = found
            time = Period(start, start + (3 if longer else 1) * HALF)
            self.at[where].calendar.host_moves(uid, time)
            self._note("host moves")

    @precondition(lambda self: self.known)
    @rule(n=which)
    def host_deletes(self, n: int) -> None:
        if found := self._standing(n):
            where, uid = found
            self.deleted[uid] = (where, self._body(where, uid))
            self.at[where].calendar.host_deletes(uid)
            self.removed.add(uid)
            self._note("host deletes")

    @precondition(lambda self: self.deleted)
    @rule()
    def host_restores(self) -> None:
        for uid, (where, body) in list(self.deleted.items())[:1]:
            del self.deleted[uid]
            if not any(uid in self._uids(place) for place in self.at):
                self.at[where].calendar.host_puts(f"{uid}.ics", body)
                self._note("host restores")

    @precondition(lambda self: self.known)
    @rule(n=which, status=st.sampled_from([EventStatus.CANCELLED, EventStatus.CONFIRMED, EventStatus.TENTATIVE]))
    def host_sets_status(self, n: int, status: EventStatus) -> None:
        if found := self._standing(n):
            where, uid = found
            self.at[where].calendar.host_edits(uid, status=status)
            if status is EventStatus.CANCELLED:
                self.removed.add(uid)
            self._note(f"host sets {status.value}")

    @precondition(lambda self: self.known)
    @rule(n=which, title=st.sampled_from(["Grace!", "mine"]))
    def host_edits_title(self, n: int, title: str) -> None:
        if found := self._standing(n):
            where, uid = found
            self.at[where].calendar.host_edits(uid, summary=title)
            self.titles[uid] = title
            self._note("host edits title")

    @precondition(lambda self: self.known and self.temper != "sogo" and not self.paused and self._quiet())
    @rule(n=which)
    def host_drags(self, n: int) -> None:
        if found := self._standing(n):
            where, uid = found
            to = PRIVATE if where == HOME else HOME
            body = self._body(where, uid)
            self.at[where].calendar.host_deletes(uid)
            self.at[to].calendar.host_puts(f"{uid}.ics", body)
            self._note("host drags")

    @precondition(lambda self: len(self.foreign) < 3)
    @rule(start=slots, where=places)
    def host_adds(self, start: Any, where: str) -> None:
        uid = self.at[where].calendar.host_adds("Own", Period(start, start + HALF), uid=f"own-{self.added}")
        self.added += 1
        self.foreign[uid] = where
        self._note("host adds")

    @precondition(lambda self: self.foreign)
    @rule()
    def host_removes(self) -> None:
        uid, where = self.foreign.popitem()
        self.at[where].calendar.host_deletes(uid)
        self._note("host removes")

    # Workers and time

    @rule(times=st.integers(1, 3))
    def perform(self, times: int) -> None:
        for _ in range(times):
            perform_one(self.w.rt)

    @rule(where=places)
    def pull(self, where: str) -> None:
        with suppress(CalendarError):
            pull(self.w.rt, self._calendar_id(where))

    @rule()
    def work(self) -> None:
        drain(self.w.rt)

    @rule(seconds=st.sampled_from([1, 5, 31, 61, 95, 185, 660, 3660]))
    def time_passes(self, seconds: int) -> None:
        self.w.clock.advance(seconds)
        tick(self.w.rt, now=self.w.now)

    @precondition(lambda self: len(self.paused) < 2)
    @rule(data=st.data(), request=requests, after=st.booleans())
    def somebody_stops_in_the_middle(self, data: st.DataObject, request: int, after: bool) -> None:
        work = self._anything(data)
        paused = Paused(lambda: self._quietly(work, self.w), request=request, after=after).start()
        if not paused.over:
            self.paused.append(paused)
            self._note("paused")

    @precondition(lambda self: self.paused)
    @rule(dead=st.booleans())
    def and_goes_on(self, dead: bool) -> None:
        self.paused.pop(0).go_on(dead=dead)
        self._note("died where it stood" if dead else "went on")

    @rule(data=st.data(), effect=effects)
    def somebody_dies(self, data: st.DataObject, effect: int) -> None:
        work, steps = self._anything(data), Steps(die_at=effect)
        mortal = replace(
            self.w.rt, transport=CountedTransport(self.mails, steps),
            open_calendar=lambda _, url: CountedCalendar(self.at[url], steps),
        )  # fmt: skip
        with transactions_counted(self.w.rt.engine, steps), suppress(Killed):
            self._quietly(work, replace(self.w, rt=mortal))
        if steps.died:
            self._note(f"died before {steps.taken[-1]}")

    # Faults

    @rule(
        where=places, after=st.booleans(), on=st.sampled_from([None, "create", "replace", "delete", "get", "changes"]),
        error=st.sampled_from([Unavailable("down"), Busy("wait", after_s=20), Refused("password")]),
        times=st.integers(1, 3),
    )  # fmt: skip
    def calendar_fails(self, where: str, after: bool, on: str | None, error: CalendarError, times: int) -> None:
        self.at[where].calendar.fail_next(error, after=after, on=on, times=times)
        self._note(f"{type(error).__name__} {'after' if after else 'before'} the effect")

    @rule(where=places)
    def a_write_is_late(self, where: str) -> None:
        self.at[where].hold_back += 1

    @precondition(lambda self: any(each.late for each in self.at.values()))
    @rule()
    def and_arrives(self) -> None:
        next(each for each in self.at.values() if each.late).arrive()
        self._note("a late write arrived")

    @rule(where=places)
    def an_event_is_not_found_for_a_moment(self, where: str) -> None:
        self.at[where].hide += 1
        self._note("a false 404")

    @rule(where=places)
    def a_sync_token_is_forgotten(self, where: str) -> None:
        self.at[where].calendar.forget_token()
        self._note("token forgotten")

    @rule(lost=st.booleans())
    def mail_fails(self, lost: bool) -> None:
        if lost:
            self.mails.losing += 1
        else:
            self.mails.failing.append(TryLater("greylisted"))
        self._note("a mail was accepted unheard" if lost else "a mail was put off")

    @precondition(lambda self: not self._quiet())
    @rule()
    def faults_are_over(self) -> None:
        self._heal()

    # What must hold

    @invariant()
    def always(self) -> None:
        if not hasattr(self, "w"):
            return
        invariants.always(self.w)
        assert [each for each in self.log if each["event"] == "effect_failed"] == []
        for booking in self.w.all_bookings():
            if booking.id not in self.known:
                self.known.append(booking.id)
            if booking.cancelled_by is Party.HOST:
                assert self.w.reservation(booking).uid in self.removed, "I7: cancelled, and the host had done nothing"

    @rule(restore=st.booleans())
    def everything_heals_and_comes_to_rest(self, restore: bool = False) -> None:
        self._heal()
        for each in self.at.values():
            while each.late:
                each.arrive()
        for paused in self.paused:
            paused.go_on()
        self.paused.clear()
        self._wait()
        if self._doubtful():
            self._answer(restore=restore)
            self._wait()
        self.always()
        invariants.at_rest(self.w)
        self._titles_are_kept()
        self._note("at rest")

    # How

    def _hold(self, start: Any, kind: str, number: int, guest: bool, w: World | None = None) -> Booking:
        invitee = Invitee(name=f"Invitee {number}", email=f"i{number}@example.org", language="en", zone="Europe/Berlin")
        guests = (f"g{number}@example.org",) if guest else ()
        made = (w or self.w).hold(
            start=start,
            meeting=kind,
            invitee=invitee,
            guests=guests,
            form_key=f"{number}-{len(self.known)}-{self.w.now}",
        )
        return made

    def _try_hold(self, start: Any, kind: str, number: int, guest: bool) -> Booking | None:
        held, refusal = self._outcome(lambda: self._hold(start, kind, number, guest))
        self._note("hold" if refusal is None else f"hold refused: {type(refusal).__name__}")
        return held

    def _outcome(self, act: Callable[[], Booking]) -> tuple[Booking | None, Exception | None]:
        try:
            return act(), None
        except REFUSED as error:
            return None, error

    def _cancel(self, booking: Booking, w: World | None = None) -> Booking:
        w = w or self.w
        return actions.cancel(w.rt, self._token(booking, Purpose.MANAGE), reason="ill", now=w.now)

    def _move(self, booking: Booking, start: Any, w: World | None = None) -> Booking:
        w = w or self.w
        if booking.state is BookingState.HELD:
            return actions.move_hold(w.rt, booking.public_id, start, now=w.now)
        return actions.move(w.rt, self._token(booking, Purpose.MANAGE), start, now=w.now)

    def _anything(self, data: st.DataObject) -> Callable[[World], object]:
        """Something that writes: what a worker does, or what an invitee asks for."""
        kind = data.draw(st.sampled_from(["perform", "perform", "pull", "hold", "confirm", "move", "cancel", "tick"]))
        start, booking = data.draw(slots), self._pick(data.draw(which))
        if kind == "hold" or (booking is None and kind in ("confirm", "move", "cancel")):
            return lambda w: self._hold(start, "quick", len(self.known), False, w)
        works: dict[str, Callable[[World], object]] = {
            "perform": lambda w: perform_one(w.rt),
            "pull": lambda w: pull_due(w.rt),
            "tick": lambda w: tick(w.rt, now=w.now),
        }
        if booking is not None:
            works["confirm"] = lambda w: w.confirm(booking)
            works["move"] = lambda w: self._move(booking, start, w)
            works["cancel"] = lambda w: self._cancel(booking, w)
        return works[kind]

    def _quietly(self, work: Callable[[World], object], w: World) -> None:
        with suppress(*REFUSED, CalendarError):
            work(w)

    def _try(self, name: str, n: int, act: Callable[[Booking], object]) -> None:
        booking = self._pick(n)
        if booking is None:
            return
        try:
            act(booking)
        except REFUSED as error:
            self._note(f"{name} refused: {type(error).__name__}")
        else:
            self._note(name)

    def _pick(self, n: int) -> Booking | None:
        return self.w.booking(self.known[n % len(self.known)]) if self.known else None

    def _token(self, booking: Booking, purpose: Purpose) -> str:
        return self.w.token(booking, purpose)

    def _standing(self, n: int) -> tuple[str, str] | None:
        """Where the event of a booking stands, and its UID; the latest known place first."""
        booking = self._pick(n)
        if booking is None:
            return None
        uid = self.w.reservation(booking).uid
        return next(((where, uid) for where in self.at if uid in self._uids(where)), None)

    def _body(self, where: str, uid: str) -> bytes:
        return next(body for body in self.at[where].bodies() if f"UID:{uid}".encode() in body)

    def _uids(self, where: str) -> set[str]:
        return {event.uid for event in self.at[where].events()}

    def _calendar_id(self, where: str) -> UUID:
        return self.w.calendar_id if where == HOME else OTHER

    def _taken(self, start: Any, length: timedelta) -> bool:
        """By a booking of ours or an event of the host's, as they stand in truth."""
        time = Interval(start, start + length)
        ours = any(each.blocks(self.w.now) and each.time.overlaps(time) for each in self.w.all_bookings())
        own = [event for each in self.at.values() for event in each.events() if event.uid in self.foreign]
        return ours or any(time.overlaps(Interval(event.time.start, event.time.end)) for event in own)

    def _calm(self) -> bool:
        """Nothing is staged, late or under way that could make an answer uncertain."""
        quiet = self._quiet() and not self.paused
        with snapshot(self.w.rt.engine) as session:
            healthy = all(
                each.fresh(now=self.w.now, within=timedelta(minutes=15)) and each.doubtful_since is None
                for each in calendars.every(session)
            )
            paused = any(each.paused_until and each.paused_until > self.w.now for each in calendars.accounts(session))
            beside = any(r.beside for b in self.w.all_bookings() if b.live for r in [self.w.reservation(b)])
        return quiet and healthy and not paused and not beside

    def _quiet(self) -> bool:
        """Whether no fault is staged."""
        mails = self.mails.losing or self.mails.failing
        return not mails and not any(
            each.late or each.hold_back or each.hide or each.calendar.staged for each in self.at.values()
        )

    def _heal(self) -> None:
        for each in self.at.values():
            each.heal()
        self.mails.heal()

    def _wait(self) -> None:
        """Long enough for every lease and grace time, and then until nothing waits any more."""
        for _ in range(3):
            self.w.pass_time(seconds=95)
        for _ in range(40):
            with snapshot(self.w.rt.engine) as session:
                due = outbox.next_due(session)
            if due is None:
                return
            self.w.clock.advance(max(1.0, min(1000.0, (due - self.w.now).total_seconds())))
            self.w.drain()
            if self._doubtful():
                return

    def _doubtful(self) -> list[UUID]:
        with snapshot(self.w.rt.engine) as session:
            return [each.id for each in calendars.every(session) if each.doubtful_since is not None]

    def _answer(self, *, restore: bool) -> None:
        for calendar_id in self._doubtful():
            if restore:
                restore_events(self.w.rt, calendar_id, now=self.w.now)
                for each in self.at.values():
                    each.calendar.empty_trash()
            else:
                believe_calendar(self.w.rt, calendar_id, now=self.w.now)
            self._note("restored" if restore else "believed")

    def _titles_are_kept(self) -> None:
        """I7. A server without preconditions overwrites what is edited between our reading and our writing."""
        if self.temper == "sogo":
            return
        for each in self.at.values():
            for event in each.events():
                if event.uid in self.titles:
                    assert event.summary == self.titles[event.uid], "I7: the host's title is lost"

    def _note(self, what: str) -> None:
        self.fired[what] += 1


MUST_FIRE: set[str] = set()


def played(bench: Bench, expander: Expander, *, examples: int, steps: int, derandomize: bool) -> Counter[str]:
    Game.bench, Game.expander, Game.fired = bench, expander, Counter()
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=derandomize, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink] if not os.environ.get("NOSHRINK") else [Phase.generate], print_blob=False, report_multiple_bugs=False,
    )  # fmt: skip
    run_state_machine_as_test(Game, settings=chosen)
    return Game.fired


@pytest.mark.timeout(0)
def test_everybody_at_once(bench: Bench, expander: Expander) -> None:
    long = float(os.environ.get("BOOKING_LONG", "0"))
    if not long:
        fired = played(
            bench,
            expander,
            examples=int(os.environ.get("EX", "25")),
            steps=int(os.environ.get("ST", "40")),
            derandomize=True,
        )
        print(fired)
        return
    end = time.monotonic() + 60 * long
    while time.monotonic() < end:
        played(
            bench,
            expander,
            examples=int(os.environ.get("EX", "50")),
            steps=int(os.environ.get("ST", "60")),
            derandomize=False,
        )
