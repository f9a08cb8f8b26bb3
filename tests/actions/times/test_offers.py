"""What lies beyond the end of what a calendar was read for is not known to be free, to the instant."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import update

from booking_service.actions.times import offers
from booking_service.domain.errors import CalendarUnverified
from booking_service.domain.interval import Interval
from booking_service.storage.engine import transaction
from booking_service.storage.tables.calendar import CalendarRow
from tests.world import MONDAY, World

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)


def read_until(w: World, end: datetime) -> None:
    with transaction(w.rt.engine) as session:
        session.exec(update(CalendarRow).values(window_end=end))


def test_a_time_that_ends_where_the_calendar_was_read_to_is_booked(w: World) -> None:
    read_until(w, TUESDAY_9 + HALF)
    assert w.hold(start=TUESDAY_9).time.end == TUESDAY_9 + HALF


def test_a_time_that_ends_an_instant_later_is_not(w: World) -> None:
    read_until(w, TUESDAY_9 + HALF - timedelta.resolution)
    with pytest.raises(CalendarUnverified):
        w.hold(start=TUESDAY_9)


def test_nothing_is_shown_from_there_on(w: World) -> None:
    read_until(w, TUESDAY_9)
    for start in (TUESDAY_9, TUESDAY_9 + timedelta(days=1)):
        assert offers.find_slots(w.rt, "ada", "intro", Interval(start, start + HALF), now=w.now).slots == ()
    before = Interval(TUESDAY_9 - timedelta(days=1), TUESDAY_9 + HALF)
    assert offers.find_slots(w.rt, "ada", "intro", before, now=w.now).slots[-1].start < TUESDAY_9


@pytest.mark.parametrize("missing", [timedelta(0), timedelta.resolution])
def test_what_is_shown_can_be_held(w: World, missing: timedelta) -> None:
    """The page and the hold ask one question of the last time before the end of what was read."""
    read_until(w, TUESDAY_9 + HALF - missing)
    for window in (Interval(TUESDAY_9, TUESDAY_9 + HALF), Interval(TUESDAY_9, TUESDAY_9 + timedelta.resolution)):
        shown = offers.find_slots(w.rt, "ada", "intro", window, now=w.now).slots
        assert [slot.start for slot in shown] == ([] if missing else [TUESDAY_9])


def test_a_time_appears_once_its_end_was_read_also_where_the_page_was_computed_before(w: World) -> None:
    window = Interval(TUESDAY_9, TUESDAY_9 + timedelta.resolution)
    read_until(w, TUESDAY_9 + HALF / 2)
    assert offers.find_slots(w.rt, "ada", "intro", window, now=w.now).slots == ()
    read_until(w, TUESDAY_9 + HALF)
    assert [slot.start for slot in offers.find_slots(w.rt, "ada", "intro", window, now=w.now).slots] == [TUESDAY_9]
