"""Events of coming bookings are taken to another calendar: never two that stay, never none, whatever fails in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.booking import change
from booking_service.actions.booking.find import timeline_of
from booking_service.actions.calendar import move_event
from booking_service.actions.calendar.pull import pull
from booking_service.actions.setup import calendars as setup
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.timeline import Happened
from booking_service.storage import calendars, meetings
from booking_service.storage.calendars import Account, Connected
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import perform_one
from calendars.errors import Forbidden, Unavailable
from calendars.memory import MemoryCalendar
from calendars.model import Period
from calendars.port import Calendar
from tests import invariants
from tests.world import MONDAY, World, world

WORK = UUID(int=77)
NINE = MONDAY + timedelta(days=2)
HALF = timedelta(minutes=30)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def work() -> MemoryCalendar:
    return MemoryCalendar()


@pytest.fixture
def w(tmp_path: Path, work: MemoryCalendar) -> Iterator[World]:
    """Ada has two calendars; bookings go into the first."""
    first = MemoryCalendar()

    def opened(_: Account, url: str) -> Calendar:
        return work if url.endswith("office/") else first

    with world(tmp_path, calendar=first, open_calendar=opened) as made:
        with transaction(made.rt.engine) as session:
            (account,) = calendars.accounts(session)
            added = Connected(
                id=WORK,
                account_id=account.id,
                host_id=made.host.id,
                url="http://localhost:1/office/",
                name="Work",
                capabilities={},
            )
            calendars.save(session, added, pull_at=made.now)
        pull(made.rt, WORK)
        made.others = (work,)
        yield made


def booked(w: World, n: int = 0) -> Booking:
    made = w.hold(start=NINE + n * HALF, meeting="quick", form_key=f"{n}")
    w.drain()
    return made


def goes_to_work(w: World) -> None:
    """From now on bookings go into the second calendar."""
    setup.change(w.rt, w.host.id, WORK, name="Work", conflicts=True, target=True, by="Ada", now=w.now)


def uids(calendar: MemoryCalendar) -> list[str]:
    return sorted(each.uid for each in calendar.events())


def moved(w: World) -> None:
    move_event.begin(w.rt, w.host.id, now=w.now)
    for _ in range(4):
        w.pass_time(seconds=45)


def in_order(w: World, work: MemoryCalendar, *made: Booking) -> None:
    """Each event stands once, in the second calendar, and nothing is under way."""
    assert uids(work) == sorted(w.reservation(each).uid for each in made)
    assert uids(w.calendar) == []
    assert all(w.reservation(each).copy is None for each in made)
    assert move_event.elsewhere(w.rt, w.host.id, now=w.now).count == 0
    assert move_event.progress(w.rt, w.host.id) == move_event.MoveProgress(0, 0)
    invariants.at_rest(w)


def test_events_of_coming_bookings_move_and_are_followed_where_they_are(w: World, work: MemoryCalendar) -> None:
    made = [booked(w, n) for n in range(3)]
    over = w.hold(start=MONDAY + timedelta(hours=2), meeting="quick")
    w.pass_time(hours=3)
    w.drain()
    goes_to_work(w)
    assert move_event.elsewhere(w.rt, w.host.id, now=w.now).to == {"Work": 3}
    w.drain()
    assert uids(work) == []  # nothing moves unless it is asked for
    mails = len(w.mails.sent)
    assert move_event.begin(w.rt, w.host.id, now=w.now) == 3
    assert move_event.progress(w.rt, w.host.id).waiting == 3
    moved(w)
    assert uids(w.calendar) == [w.reservation(over).uid]
    assert uids(work) == sorted(w.reservation(each).uid for each in made)
    assert len(w.mails.sent) == mails
    assert [each.what for each in timeline_of(w.rt, made[0].id)][-1] == Happened.PUT_ELSEWHERE
    invariants.at_rest(w)
    work.host_moves(w.reservation(made[0]).uid, Period(NINE + 8 * HALF, NINE + 9 * HALF))
    work.host_deletes(w.reservation(made[1]).uid)
    for _ in range(4):
        w.pass_time(minutes=11)
    assert w.booking(made[0].id).time.start == NINE + 8 * HALF
    assert w.booking(made[1].id).state is BookingState.CANCELLED
    change.cancel_by_host(w.rt, made[2].id, reason="", now=w.now)
    w.settle()
    assert uids(work) == [w.reservation(made[0]).uid]
    invariants.at_rest(w)


@pytest.mark.parametrize("request_", ["old get", "old delete", "new create", "new get"])
@pytest.mark.parametrize(
    ("error", "after"),
    [(Killed(), False), (Killed(), True), (Unavailable("no answer"), True)],
    ids=["killed before", "killed after", "unheard"],
)
def test_whatever_request_fails_the_event_ends_up_in_one_place(
    w: World, work: MemoryCalendar, after: bool, request_: str, error: BaseException
) -> None:
    made = booked(w)
    goes_to_work(w)
    w.drain()
    move_event.begin(w.rt, w.host.id, now=w.now)
    which, on = request_.split()
    asked = w.calendar if which == "old" else work
    asked.fail_next(error, on=on, after=after)
    _work_until_killed(w)
    assert asked.staged == 0
    assert {*uids(w.calendar), *uids(work)} == {w.reservation(made).uid}  # never none
    for _ in range(5):
        w.pass_time(minutes=4)  # longer than any lease
    in_order(w, work, made)


def test_a_target_that_changes_back_half_way_leaves_no_second_event(w: World, work: MemoryCalendar) -> None:
    made = booked(w)
    goes_to_work(w)
    w.drain()
    move_event.begin(w.rt, w.host.id, now=w.now)
    work.fail_next(Killed(), on="get")  # it was written there, and nobody knows
    _work_until_killed(w)
    assert uids(work) == uids(w.calendar) == [w.reservation(made).uid]
    setup.change(w.rt, w.host.id, w.calendar_id, name="Ada", conflicts=True, target=True, by="Ada", now=w.now)
    for _ in range(5):
        w.pass_time(minutes=4)
    assert (uids(work), uids(w.calendar)) == ([], [w.reservation(made).uid])
    invariants.at_rest(w)


def test_what_the_host_does_to_the_old_event_meanwhile_is_taken_along(w: World, work: MemoryCalendar) -> None:
    made = booked(w)
    goes_to_work(w)
    w.drain()
    move_event.begin(w.rt, w.host.id, now=w.now)
    w.calendar.fail_next(Killed(), on="delete")  # it counts as standing in the new one, and the old one is still there
    _work_until_killed(w)
    uid = w.reservation(made).uid
    assert uids(work) == uids(w.calendar) == [uid]
    w.calendar.host_moves(uid, Period(NINE + 4 * HALF, NINE + 5 * HALF))
    for _ in range(5):
        w.pass_time(minutes=4)
    assert w.booking(made.id).time.start == NINE + 4 * HALF
    in_order(w, work, made)


def test_a_booking_that_is_cancelled_half_way_leaves_no_event_anywhere(w: World, work: MemoryCalendar) -> None:
    made = booked(w)
    goes_to_work(w)
    w.drain()
    move_event.begin(w.rt, w.host.id, now=w.now)
    w.calendar.fail_next(Killed(), on="delete")
    _work_until_killed(w)
    change.cancel_by_host(w.rt, made.id, reason="", now=w.now)
    for _ in range(6):
        w.pass_time(minutes=4)
    assert (uids(work), uids(w.calendar)) == ([], [])
    assert w.reservation(made).copy is None
    invariants.at_rest(w)


def test_a_calendar_that_takes_no_events_leaves_them_where_they_are_and_says_so(w: World, work: MemoryCalendar) -> None:
    made = booked(w)
    goes_to_work(w)
    w.drain()
    work.fail_next(Forbidden("read-only"), on="create", times=50)
    moved(w)
    assert uids(w.calendar) == [w.reservation(made).uid]
    assert move_event.progress(w.rt, w.host.id) == move_event.MoveProgress(0, 1, "Forbidden: read-only")
    work.heal()
    moved(w)
    in_order(w, work, made)


def test_a_meeting_type_has_a_calendar_of_its_own(w: World, work: MemoryCalendar) -> None:
    with transaction(w.rt.engine) as session:
        meetings.save(session, replace(w.quick, calendar="http://localhost:1/office"))
    quick, intro = booked(w), w.hold(start=NINE + 4 * HALF)
    w.drain()
    assert uids(work) == [w.reservation(quick).uid]
    assert uids(w.calendar) == [w.reservation(intro).uid]
    with pytest.raises(setup.TakesBookings):
        setup.change(w.rt, w.host.id, WORK, name="Work", conflicts=False, target=False, by="Ada", now=w.now)
    with snapshot(w.rt.engine) as session:
        (account,) = calendars.accounts(session)
    needed = setup.still_needed(w.rt, w.host.id, account.id, now=w.now)
    assert needed is not None
    assert [each.slug for each in needed.meetings] == ["quick"]
    setup.leave_out(w.rt, w.host.id, WORK, True, by="Ada", now=w.now)
    third = booked(w, 8)  # what is left out takes nothing either
    assert w.reservation(third).calendar_id == w.calendar_id
    invariants.at_rest(w)


def _work_until_killed(w: World) -> None:
    try:
        while perform_one(w.rt, kinds=(move_event.KIND,)):
            pass
    except Killed:
        pass
