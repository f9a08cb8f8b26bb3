"""What a calendar server leaves unanswered is neither gone nor free, and costs nothing but itself."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from booking_service.actions.calendar.pull import pull
from booking_service.actions.operations.checks import checks
from booking_service.actions.operations.findings import Level
from booking_service.actions.times.offers import find_slots
from booking_service.domain.booking import BookingState
from booking_service.domain.interval import Interval
from booking_service.storage import calendars
from booking_service.storage.engine import snapshot, transaction
from calendars.errors import Busy, CalendarError, Forbidden, TooLarge, Unavailable
from calendars.memory import PLAIN, MemoryCalendar, Temper
from calendars.model import Period, Snapshot
from tests.world import MONDAY, World, world

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
    warned = [
        each
        for each in checks(w.rt, now=w.now)
        if each.level is Level.WARNING and any(uid in detail for detail in each.details)
    ]
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


class Forgetful:
    """A calendar whose lists of everything leave objects out that stand there."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self.calendar, self.left_out = calendar, set[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.calendar, name)

    def snapshot(self, window: Period) -> Snapshot:
        found = self.calendar.snapshot(window)
        return Snapshot(found.token, [each for each in found.objects if each.href not in self.left_out])

    def listing(self) -> Mapping[str, str | None]:
        return {href: etag for href, etag in self.calendar.listing().items() if href not in self.left_out}


@pytest.mark.promise("I6")
@pytest.mark.parametrize("temper", [PLAIN, Temper(sync=False)], ids=["from the start", "by a listing"])
def test_what_a_list_of_everything_leaves_out_is_free_only_when_the_server_says_that_it_is_gone(
    tmp_path: Path, temper: Temper
) -> None:
    forgetful = Forgetful(MemoryCalendar(temper=temper))
    with world(tmp_path, calendar=cast(MemoryCalendar, forgetful)) as w:
        dentist = forgetful.host_adds("Dentist", NOON)
        w.drain()
        forgetful.left_out = set(forgetful.calendar.listing())
        for _ in range(2):
            _read_whole(w)
            free = offered(w)
            assert free is not None
            assert NOON.start not in free
        forgetful.host_deletes(dentist)
        _read_whole(w)
        free = offered(w)
        assert free is not None
        assert NOON.start in free


def _read_whole(w: World) -> None:
    with transaction(w.rt.engine) as session:
        calendars.read_whole(session, w.calendar_id, now=w.now)
    pull(w.rt, w.calendar_id)
