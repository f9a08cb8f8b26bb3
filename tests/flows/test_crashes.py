"""I12: the process dies after any single step, and the restart heals without a person."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from booking_service.actions import booking as actions
from booking_service.pools import HostPools
from booking_service.tokens import Purpose
from calendars.expander import Expander
from calendars.memory import MemoryCalendar
from tests import invariants
from tests.flows.crashing import CountedCalendar, CountedTransport, Killed, Steps, transactions_counted
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


def confirm_and_cancel(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    actions.cancel(w.rt, w.token(booking, Purpose.MANAGE), reason="ill", now=w.now)
    w.drain()


def confirm_and_move(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    actions.move(w.rt, w.token(booking, Purpose.MANAGE), TUESDAY_11, now=w.now)
    w.drain()


SCENARIOS: list[Callable[[World], None]] = [
    hold,
    hold_and_confirm,
    hold_and_expire,
    confirm_and_cancel,
    confirm_and_move,
]


@pytest.mark.promise("I12")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_dying_after_any_step_heals_at_the_restart(
    scenario: Callable[[World], None], tmp_path: Path, expander: Expander
) -> None:
    steps = played(scenario, tmp_path / "whole", expander, die_at=None)
    assert len(steps.taken) > 20, "a scenario that does nothing proves nothing"
    for number, name in enumerate(steps.taken, start=1):
        with_name = f"{number} {name}"
        try:
            played(scenario, tmp_path / str(number), expander, die_at=number)
        except AssertionError as error:
            raise AssertionError(f"after dying at step {with_name}: {error}") from error


def played(scenario: Callable[[World], None], folder: Path, expander: Expander, *, die_at: int | None) -> Steps:
    """Play until death, start again on what is left, wait, and look at everything from outside."""
    folder.mkdir()
    calendar, steps = MemoryCalendar(), Steps(die_at=die_at)
    with world(folder, calendar=calendar, expander=expander) as w:
        mortal = replace(
            w.rt, transport=CountedTransport(w.mails, steps), open_calendar=lambda *_: CountedCalendar(calendar, steps),
            pools=HostPools(),
        )  # fmt: skip
        with transactions_counted(w.rt.engine, steps), suppress(Killed):
            scenario(replace(w, rt=mortal))
        mortal.pools.close()
        restarted(w)
        invariants.at_rest(w)
    return steps


def restarted(w: World) -> None:
    """The same database, calendar and mailbox under a new process; long enough for every lease to run out."""
    for _ in range(6):
        w.pass_time(seconds=50)
