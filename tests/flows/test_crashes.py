"""I12: the process dies before any single effect, and the restart heals without a person."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.actions.booking import change as actions
from booking_service.crypto.tokens import LinkPurpose
from booking_service.pools import HostPools
from calendars.memory import MemoryCalendar
from calendars.model import Period
from tests import invariants
from tests.flows.conftest import Bench
from tests.flows.crashes import CountedCalendar, CountedTransport, Killed, Steps, transactions_counted
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
TUESDAY_11 = TUESDAY_9 + timedelta(hours=2)


def hold(w: World) -> None:
    w.hold(start=TUESDAY_9)
    w.drain()


def hold_and_confirm(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.confirm(booking)
    w.drain()


def hold_and_expire(w: World) -> None:
    w.hold(start=TUESDAY_9)
    w.drain()
    w.pass_time(minutes=61)


def hold_three_that_expire_together(w: World) -> None:
    for n in range(3):
        w.hold(start=TUESDAY_9 + n * timedelta(hours=1))
    w.drain()
    w.pass_time(minutes=61)


def confirm_and_cancel(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="ill", now=w.now)
    w.drain()


def confirm_and_move(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    actions.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_11, now=w.now)
    w.drain()


def move_by_the_host(w: World) -> None:
    w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    later = Period(TUESDAY_11, TUESDAY_11 + timedelta(minutes=30))
    w.calendar.host_moves(w.calendar.events()[0].uid, later)
    w.drain()


def delete_by_the_host(w: World) -> None:
    w.calendar.host_adds("Lunch", Period(TUESDAY_11, TUESDAY_11 + timedelta(hours=1)), uid="lunch")
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    w.calendar.host_deletes(w.reservation(booking).uid)
    w.drain()
    w.pass_time(seconds=31)


MORE: list[Callable[[World], None]] = [
    hold,
    hold_and_expire,
    hold_three_that_expire_together,
    confirm_and_cancel,
    confirm_and_move,
    move_by_the_host,
    delete_by_the_host,
]


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("scenario", "stride"),
    [(hold_and_confirm, 4), *(pytest.param(each, 1, marks=pytest.mark.extended) for each in (hold_and_confirm, *MORE))],
    ids=lambda value: getattr(value, "__name__", f"each {value}"),
)
def test_dying_before_any_effect_heals_at_the_restart(
    scenario: Callable[[World], None], stride: int, bench: Bench
) -> None:
    """Before each one in the extended run, before each fourth in every run."""
    steps = played(scenario, bench, die_at=None)
    assert {"a transaction commits", "create is asked", "a mail is sent"} <= set(steps.taken)
    for number in range(1, len(steps.taken) + 1, stride):
        try:
            assert played(scenario, bench, die_at=number).died
        except AssertionError as error:
            raise AssertionError(f"after dying before effect {number}, {steps.taken[number - 1]}: {error}") from error


def played(scenario: Callable[[World], None], bench: Bench, *, die_at: int | None) -> Steps:
    """Play until death, start again on what is left, wait, and look at everything from outside."""
    calendar, steps = MemoryCalendar(), Steps(die_at=die_at)
    with world(bench.folder, calendar=calendar, engine=bench.engine) as w:
        mortal = replace(
            w.rt,
            transport=CountedTransport(w.mails, steps),
            open_calendar=lambda *_: CountedCalendar(calendar, steps),
            pools=HostPools(),
        )
        with transactions_counted(w.rt.engine, steps), suppress(Killed):
            scenario(replace(w, rt=mortal))
        mortal.pools.close()
        restarted(w)
        invariants.at_rest(w)
    return steps


def restarted(w: World) -> None:
    """The same database, calendar and mailbox under a new process; long enough for every lease to run out."""
    w.drain()
    for _ in range(3):
        w.pass_time(seconds=95)
