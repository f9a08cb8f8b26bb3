"""Everybody at once, in any order, with everything going wrong: invitees, the host's client, workers, the clock, death,
lost and late requests, a mail server that stammers.

Hypothesis draws what happens next, and finds the shortest game that breaks a promise. All moves are one rule to it, with
weights of ours: left to itself it leaves out so many rules in each game that in a short run little meets.
"""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    get_state_machine_test,
    initialize,
    invariant,
    rule,
)

from booking_service.actions.calendar.mass_deletion import believe_calendar, restore_events
from booking_service.actions.calendar.pull import pull, pull_due
from booking_service.actions.operations.timers import tick
from booking_service.mail.errors import TryLater
from booking_service.worker import drain, perform_one
from calendars.errors import CalendarError
from tests.flows.crashes import CountedCalendar, CountedTransport, Killed, Steps, transactions_counted
from tests.flows.faults import Fault
from tests.flows.game.moves import MOVES, move
from tests.flows.game.players import REFUSED, HostsClient, Invitees
from tests.flows.game.referee import Referee
from tests.flows.game.table import HALF, HOME, PRIVATE, TUESDAY_9, Place, table
from tests.flows.staged_faults import Paused
from tests.world import World

# After ten games Hypothesis begins to vary what it has played; other games find more.
GAMES_OF_A_ROUND = 9

ASKED = (
    "confirm",
    "confirm",
    "type_code",
    "move",
    "move",
    "cancel",
    "release",
    "resend",
    "correct_address",
    "disown",
    "take_again",
)
DONE_BY_HOST = (
    "moves",
    "moves",
    "deletes",
    "deletes",
    "restores",
    "cancels",
    "sets_status",
    "names",
    "drags",
    "adds",
    "removes",
)
WORK = ("perform", "drain", "drain", "pull", "tick", "hold", "hold", "confirm", "confirm", "move", "move", "cancel")
ON = (None, None, None, None, "create", "replace", "delete", "get", "changes")

slots = st.integers(0, 5).map(lambda n: TUESDAY_9 + n * HALF)
kinds = st.sampled_from(["intro", "quick"])
which = st.integers(0, 3)
places = st.sampled_from([HOME, HOME, PRIVATE])


class Game(RuleBasedStateMachine):
    """`place` is where all games of a run are played, `fired` counts what happened in them."""

    place: ClassVar[Place]
    fired: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()

    @initialize(temper=which, first=st.lists(st.tuples(slots, kinds), min_size=1, max_size=4), seen=st.booleans())
    def begin(self, temper: int, first: list[tuple[datetime, str]], seen: bool) -> None:
        """Some have booked already; `seen`: and their events stand and are known to."""
        chosen = self.place.tempers[temper % len(self.place.tempers)]
        self.t = self._open.enter_context(table(self.place, chosen, fired=self.fired))
        self.host = HostsClient(self.t)
        self.invitees = Invitees(self.t, self.host)
        self.referee = Referee(self.t, self.host)
        for start, kind in first:
            self.somebody_holds(start=start, kind=kind, guest=False)
            self.t.meet()
        if seen:
            self.workers_keep_up()

    def teardown(self) -> None:
        try:
            if hasattr(self, "referee"):
                self.everything_heals_and_comes_to_rest()
        finally:
            for each in self.t.paused if hasattr(self, "t") else ():
                each.go_on(dead=True)
            self._open.close()

    @rule(data=st.data())
    def next_move(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name, each in MOVES.items() for _ in range(each.weight)]))
        getattr(self, name)(**data.draw(MOVES[name].given, label=name))

    # People

    @move(2, start=slots, kind=kinds, guest=st.booleans())
    def somebody_holds(self, start: datetime, kind: str, guest: bool) -> None:
        self.invitees.ask_for(start, kind=kind, guest=guest, calm=self._calm())

    @move(5, act=st.sampled_from(ASKED), n=which, start=slots, flag=st.booleans())
    def somebody_asks(self, act: str, n: int, start: datetime, flag: bool) -> None:
        if (booking := self.t.booking(n)) is not None:
            getattr(self.invitees, act)(booking, start, flag)

    @move(5, act=st.sampled_from(DONE_BY_HOST), n=which, start=slots, flag=st.booleans())
    def the_host(self, act: str, n: int, start: datetime, flag: bool) -> None:
        if (booking := self.t.booking(n)) is not None:
            getattr(self.host, act)(booking, start, flag)

    # Workers and time

    @move(2, times=st.integers(1, 4))
    def a_worker_performs(self, times: int) -> None:
        for _ in range(times):
            perform_one(self.t.w.rt)

    @move(2, where=places)
    def a_worker_pulls(self, where: str) -> None:
        with suppress(CalendarError):
            pull(self.t.w.rt, self.t.calendar_id(where))

    @move(2)
    def workers_keep_up(self) -> None:
        drain(self.t.w.rt)

    @move(3, seconds=st.sampled_from([1, 5, 31, 61, 95, 185, 660, 3660]), swept=st.booleans())
    def time_passes(self, seconds: int, swept: bool) -> None:
        """`swept`: a worker looked at the clock meanwhile; an ended hold must be none without it."""
        self.t.w.clock.advance(seconds)
        if swept:
            tick(self.t.w.rt, now=self.t.w.now)

    @move(
        3,
        work=st.sampled_from(WORK),
        n=which,
        start=slots,
        request=st.integers(1, 4),
        after=st.booleans(),
    )
    def somebody_stops_in_the_middle(self, work: str, n: int, start: datetime, request: int, after: bool) -> None:
        if len(self.t.paused) == 2:
            return
        act = self._work(work, n, start)
        paused = Paused(lambda: self._quietly(act, self.t.w), request=request, after=after).start()
        if not paused.over:
            self.t.paused.append(paused)
            self.t.note(f"stopped {'after' if after else 'before'} a request")

    @move(5, dead=st.booleans())
    def and_goes_on(self, dead: bool) -> None:
        if self.t.paused:
            self.t.paused.pop(0).go_on(dead=dead)
            self.t.fired.update(["died", "died where it stood"] if dead else ["went on"])

    @move(3, work=st.sampled_from(WORK), n=which, start=slots, effect=st.integers(1, 6))
    def somebody_dies(self, work: str, n: int, start: datetime, effect: int) -> None:
        """Before one thing or the other that would have lasted."""
        act, steps, t = self._work(work, n, start), Steps(die_at=effect), self.t
        mortal = replace(
            t.w.rt,
            transport=CountedTransport(t.mails, steps),
            open_calendar=lambda _, url: CountedCalendar(t.at[url], steps),
        )
        with transactions_counted(t.w.rt.engine, steps), suppress(Killed):
            self._quietly(act, replace(t.w, rt=mortal))
        if steps.died:
            t.note("died")
            t.mails.unknown |= t.half_sent()
            before = steps.taken[-1]
            t.note("died before a request" if before.endswith("is asked") else f"died before {before}")

    # Faults

    @move(5, fault=st.sampled_from(list(Fault)), work=st.sampled_from(WORK), n=which, start=slots)
    def somebody_meets_bad_weather(self, fault: Fault, work: str, n: int, start: datetime) -> None:
        act = self._work(work, n, start)
        self.t.at[HOME].weather.stage(fault)
        self._quietly(act, self.t.w)

    @move(3, where=places, fault=st.sampled_from(list(Fault)), on=st.sampled_from(ON), times=st.integers(1, 3))
    def the_weather_turns(self, where: str, fault: Fault, on: str | None, times: int) -> None:
        self.t.at[where].weather.stage(fault, on=on, times=times)

    @move()
    def what_was_late_arrives(self) -> None:
        self.t.arrive()

    @move(where=places)
    def a_sync_token_is_forgotten(self, where: str) -> None:
        self.t.at[where].forget_token()
        self.t.note("a sync token was forgotten")

    @move(2, lost=st.booleans())
    def a_mail_fails(self, lost: bool) -> None:
        if lost:
            self.t.mails.losing += 1
        else:
            self.t.mails.failing.append(TryLater("greylisted"))

    @move()
    def the_weather_clears(self) -> None:
        self.t.heal()

    # What must hold

    @invariant()
    def every_promise_holds(self) -> None:
        if hasattr(self, "referee"):
            self.referee.after_every_step()

    @move(restore=st.booleans())
    def everything_heals_and_comes_to_rest(self, restore: bool = False) -> None:
        self.t.heal()
        while self.t.arrive():
            pass
        while self.t.paused:
            self.t.paused.pop().go_on()
        with self.referee.ended_holds_go():
            self.t.serve(watching=self.referee.notice_outages)
        self.t.rest(watching=self.referee.notice_outages)
        if self.t.doubtful():
            self._answer(restore=restore)
            self.t.rest(watching=self.referee.notice_outages)
        self.referee.at_rest()
        self.t.note("at rest")

    # How

    def _calm(self) -> bool:
        """Nothing makes an answer uncertain."""
        return self.t.fair and self.t.healthy()

    def _work(self, work: str, n: int, start: datetime) -> Callable[[World], object]:
        """Something that writes: what a worker does, or what an invitee asks for."""
        booking = self.t.booking(n)
        if work == "hold" or booking is None:
            return lambda w: self.invitees.hold(w, start, kind="quick")
        works: dict[str, Callable[[World], object]] = {
            "perform": lambda w: perform_one(w.rt),
            "drain": lambda w: drain(w.rt),
            "pull": lambda w: pull_due(w.rt),
            "tick": lambda w: tick(w.rt, now=w.now),
            "confirm": lambda w: w.confirm(booking),
            "move": lambda w: self.invitees.moved(w, booking, start),
            "cancel": lambda w: self.invitees.cancelled(w, booking),
        }
        return works[work]

    def _quietly(self, work: Callable[[World], object], w: World) -> None:
        with suppress(*REFUSED, CalendarError):
            work(w)

    def _answer(self, *, restore: bool) -> None:
        """The host's, after a mass deletion."""
        for calendar_id in self.t.doubtful():
            if restore:
                restore_events(self.t.w.rt, calendar_id, now=self.t.w.now)
                for each in self.t.at.values():
                    each.empty_trash()
            else:
                believe_calendar(self.t.w.rt, calendar_id, now=self.t.w.now)
            self.t.note("restored" if restore else "believed")


def play(place: Place, *, rounds: Iterable[int], steps: int, shortest: bool = True) -> Counter[str]:
    """The same games each time, by the numbers of `rounds`; with BOOKING_LONG=minutes others each time, for that long;
    BOOKING_GAME=number plays that round alone. Returns what happened in them. `shortest`: where a promise breaks, the shortest
    game that breaks it is looked for, which takes a while."""
    minutes, only = float(os.environ.get("BOOKING_LONG", "0")), os.environ.get("BOOKING_GAME")
    Game.place, Game.fired = place, Counter()
    chosen = settings(
        max_examples=GAMES_OF_A_ROUND,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shortest else [Phase.generate],
        report_multiple_bugs=False,
    )
    numbers = [int(only)] if only else _fresh(minutes) if minutes else rounds
    for number in numbers:
        print(f"round {number}", flush=True)
        seed(number)(get_state_machine_test(Game, settings=chosen))()
    return Game.fired


def _fresh(minutes: float) -> Iterator[int]:
    ends = time.monotonic() + 60 * minutes
    while time.monotonic() < ends:
        yield secrets.randbelow(10**9)
