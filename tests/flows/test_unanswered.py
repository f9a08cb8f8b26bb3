"""What a calendar server leaves unanswered is neither gone nor free, and costs nothing but itself."""

from datetime import timedelta

import pytest

from booking_service.actions.calendar.pull import pull
from booking_service.actions.operations.checks import Level, checks
from booking_service.actions.times.offers import find_slots
from booking_service.domain.booking import BookingState
from booking_service.domain.interval import Interval
from booking_service.storage import calendars
from booking_service.storage.engine import snapshot
from calendars.errors import Busy, CalendarError, Forbidden, TooLarge, Unavailable
from calendars.model import Period
from tests.world import MONDAY, World

TUESDAY = Interval(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1, hours=8))
NOON = Period(TUESDAY.start + timedelta(hours=3), TUESDAY.start + timedelta(hours=4))


def offered(w: World) -> set[object] | None:
    """Starts on Tuesday; None: the page is closed."""
    page = find_slots(w.rt, "ada", "intro", TUESDAY, now=w.now)
    return None if page.closed else {slot.start for slot in page.slots}


def connected(w: World) -> calendars.Connected:
    with snapshot(w.rt.engine) as session:
        return calendars.get(session, w.calendar_id)


@pytest.mark.promise("I6")
@pytest.mark.parametrize("error", [Busy("423"), Forbidden("403"), Unavailable("500"), TooLarge("507")])
def test_a_pull_that_could_not_ask_after_everything_keeps_its_token(w: World, error: CalendarError) -> None:
    """What changed meanwhile is told again by the next one."""
    w.calendar.host_adds("Dentist", NOON)
    w.drain()
    free, token = offered(w), connected(w).token
    assert free is not None
    assert NOON.start not in free
    w.calendar.fail_next(error, on="changes")
    w.calendar.host_adds("Lunch", Period(NOON.end, NOON.end + timedelta(hours=1)))
    with pytest.raises(CalendarError):
        pull(w.rt, w.calendar_id)
    assert connected(w).token == token
    assert offered(w) is None
    w.pass_time(minutes=2)
    healed = offered(w)
    assert healed is not None
    assert healed == free - {NOON.end, NOON.end + timedelta(minutes=30)}


@pytest.mark.promise("I6")
def test_an_object_of_which_nothing_is_given_is_busy_and_named_until_it_can_be_read(w: World) -> None:
    before = offered(w)
    uid = w.calendar.host_adds("Dentist", NOON)
    w.calendar.keep_back(uid)
    w.drain()
    assert connected(w).failing_since is None
    assert offered(w) == set()
    warned = [each for each in checks(w.rt, now=w.now) if each.level is Level.WARNING and uid in each.sentence]
    assert len(warned) == 1
    w.calendar.heal()
    w.pass_time(minutes=2)
    assert before is not None
    assert offered(w) == before - {NOON.start, NOON.start + timedelta(minutes=30)}


@pytest.mark.promise("I7")
def test_an_event_of_ours_of_which_nothing_is_given_is_not_taken_for_deleted(w: World) -> None:
    """It blocks no more than its own time, which is known from the booking."""
    booking = w.confirm(w.hold(start=TUESDAY.start))
    w.drain()
    w.calendar.keep_back(w.reservation(booking).uid)
    for _ in range(4):
        w.pass_time(minutes=3)
    free = offered(w)
    assert free is not None
    assert TUESDAY.start not in free
    assert NOON.start in free
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    w.calendar.forget_token()
    w.pass_time(minutes=3)
    assert w.booking(booking.id).state is BookingState.CONFIRMED
