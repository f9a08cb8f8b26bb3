"""A success that did nothing, and a write that came when nobody waited for it any more."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from booking_service.actions.booking import change, find
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState, Party
from booking_service.domain.timeline import Happened
from calendars.memory import PLAIN, SABRE, MemoryCalendar, Temper
from calendars.model import EventStatus, Period
from tests.flows.conftest import Bench
from tests.flows.faults import Fault
from tests.flows.staged_faults import AtOnce, StagedCalendar
from tests.world import MONDAY, World, world

TUESDAY_9, TUESDAY_11 = MONDAY + timedelta(days=1), MONDAY + timedelta(days=1, hours=2)
HALF = timedelta(minutes=30)


@pytest.fixture(params=[PLAIN, SABRE, Temper(sync=False)], ids=["plain", "sabre", "without sync"])
def staged(request: pytest.FixtureRequest, bench: Bench) -> Iterator[tuple[World, StagedCalendar]]:
    """A world whose calendar stands behind a line that fails as it is told; runs end before their request does."""
    line = StagedCalendar(MemoryCalendar(temper=request.param))
    calendar = cast(MemoryCalendar, line)
    with world(bench.folder, engine=bench.engine, calendar=calendar) as made:
        made.rt.pools.close()
        yield replace(made, rt=replace(made.rt, pools=AtOnce())), line


def shown(line: StagedCalendar) -> list[tuple[EventStatus | None, Any]]:
    return [(event.status, event.time.start) for event in line.calendar.events()]


@pytest.mark.promise("I2")
@pytest.mark.parametrize("times", [1, 3])
def test_a_confirmation_that_the_server_says_it_stored_and_did_not_is_stored_after_the_next_pull(
    staged: tuple[World, StagedCalendar], times: int
) -> None:
    w, line = staged
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    line.weather.stage(Fault.IGNORED, on="replace", times=times)
    w.confirm(booking)
    assert shown(line) == [(EventStatus.TENTATIVE, TUESDAY_9)]
    for _ in range(2 * times - 1):
        w.pass_time(seconds=61)
    assert shown(line) == [(EventStatus.CONFIRMED, TUESDAY_9)]
    w.pass_time(seconds=61)
    assert w.reservation(booking).unshown == 0


@pytest.mark.promise("I2")
@pytest.mark.parametrize("times", [1, 3])
def test_an_event_that_the_server_says_it_deleted_and_did_not_is_gone_after_the_next_pull(
    staged: tuple[World, StagedCalendar], times: int
) -> None:
    w, line = staged
    booking = w.confirm(w.hold(start=TUESDAY_9))
    w.drain()
    line.weather.stage(Fault.IGNORED, on="delete", times=times)
    change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    w.drain()
    for _ in range(2 * times - 1):
        w.pass_time(seconds=61)
    assert shown(line) == []
    w.pass_time(seconds=61)
    assert w.reservation(booking).unshown == 0
    removed = [each for each in find.timeline_of(w.rt, booking.id) if each.what is Happened.REMOVED]
    assert len(removed) == 1


@pytest.mark.promise("I2")
@pytest.mark.parametrize("staged", [PLAIN], indirect=True)
def test_a_server_that_ignores_whatever_it_is_told_is_asked_less_and_less_often(
    staged: tuple[World, StagedCalendar],
) -> None:
    """And not less than every quarter of an hour, so that it is right soon after the server is honest again."""
    w, line = staged
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    line.weather.stage(Fault.IGNORED, on="replace", times=1000)
    w.confirm(booking)
    for _ in range(30):
        w.pass_time(minutes=1)
    assert 7 <= line.weather.hit["ignored"] <= 12
    line.weather.clear()
    for _ in range(2):
        w.pass_time(minutes=16)
    assert shown(line) == [(EventStatus.CONFIRMED, TUESDAY_9)]


@pytest.mark.promise("I7")
@pytest.mark.parametrize(
    ("confirmed", "followed", "missed"), [(False, True, False), (False, False, True), (True, True, True)]
)
def test_a_first_put_that_comes_after_the_host_deleted_the_event_is_no_move_back(
    staged: tuple[World, StagedCalendar], confirmed: bool, followed: bool, missed: bool
) -> None:
    w, line = staged
    line.weather.stage(Fault.LATE, on="create")
    booking = w.hold(start=TUESDAY_9)
    w.settle()
    if confirmed:
        w.confirm(booking)
        w.drain()
    line.calendar.host_moves(w.reservation(booking).uid, Period(TUESDAY_11, TUESDAY_11 + HALF))
    if followed:
        w.pass_time(seconds=61)
        assert w.booking(booking.id).time.start == TUESDAY_11
    line.calendar.host_deletes(w.reservation(booking).uid)
    line.calendar.empty_trash()
    if missed:
        w.pass_time(seconds=61)
    line.weather.arrive()
    assert shown(line) == [(EventStatus.TENTATIVE, TUESDAY_9)]
    for _ in range(3):
        w.pass_time(seconds=61)
    ended = w.booking(booking.id)
    assert (ended.state, ended.cancelled_by) == (BookingState.CANCELLED, Party.HOST)
    assert shown(line) == []
    moves = [each.what for each in find.timeline_of(w.rt, booking.id) if each.what is Happened.MOVED]
    assert len(moves) == followed


@pytest.mark.promise("I7")
def test_an_event_that_the_host_restores_or_moves_back_is_theirs_as_before(
    staged: tuple[World, StagedCalendar],
) -> None:
    w, line = staged
    line.weather.stage(Fault.LOST, on="create")
    booking = w.hold(start=TUESDAY_9)
    w.settle()
    uid = w.reservation(booking).uid
    for start in (TUESDAY_11, TUESDAY_9, TUESDAY_11):
        line.calendar.host_moves(uid, Period(start, start + HALF))
        w.pass_time(seconds=61)
        assert w.booking(booking.id).time.start == start
    (body,) = line.calendar.bodies()
    line.calendar.host_deletes(uid)
    line.calendar.host_puts(f"{uid}.ics", body)
    w.settle()
    assert w.booking(booking.id).live
    assert shown(line) == [(EventStatus.TENTATIVE, TUESDAY_11)]
