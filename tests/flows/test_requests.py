"""How many requests a booking's life and a pull cost at the calendar server: exact numbers, retries apart."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from booking_service.actions.calendar.pull import pull
from booking_service.actions.times.offers import find_slots
from booking_service.domain.booking import BookingState
from booking_service.domain.interval import Interval
from booking_service.domain.reservation import Verdict
from calendars.memory import MemoryCalendar
from calendars.model import Period
from tests.statements import committed
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)


def asked(w: World, before: Counter[str]) -> dict[str, int]:
    return dict(Counter(w.calendar.requests) - before)


def now(w: World) -> Counter[str]:
    return Counter(w.calendar.requests)


def test_a_hold_is_one_put_and_one_sync(w: World) -> None:
    before = now(w)
    w.hold(start=TUESDAY_9)
    assert asked(w, before) == {"create": 1, "changes": 1}


def test_a_hold_is_two_transactions(w: World) -> None:
    """One that decides, and one that keeps what the calendar answered and concludes from it."""
    with committed(w.rt.engine) as seen:
        w.hold(start=TUESDAY_9)
    assert len(seen) == 2
    assert w.reservation(w.all_bookings()[0]).verdict is Verdict.CLEAN


def test_a_confirmation_is_one_put(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    before = now(w)
    assert w.confirm(booking).state is BookingState.CONFIRMED
    assert asked(w, before) == {"replace": 1}


def test_a_release_is_one_delete(w: World) -> None:
    w.hold(start=TUESDAY_9)
    w.drain()
    before = now(w)
    w.clock.advance(61 * 60)
    w.drain()
    assert asked(w, before) == {"delete": 1, "changes": 1}  # the sync is the pull of that minute


def test_a_pull_with_nothing_new_is_one_request(w: World) -> None:
    before = now(w)
    pull(w.rt, w.calendar_id)
    assert asked(w, before) == {"changes": 1}


def test_our_own_writes_are_not_read_back(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.confirm(booking)
    w.drain()
    assert w.calendar.requests.get("get", 0) == 0
    assert w.calendar.requests.get("fetch", 0) == 0


def test_what_a_confirmation_wrote_is_not_fetched_by_the_pull_that_shows_it(w: World) -> None:
    booking = w.confirm(w.hold(start=TUESDAY_9))
    assert w.reservation(booking).unshown == 1
    assert pull(w.rt, w.calendar_id).changed == 0
    assert w.reservation(booking).unshown == 0
    w.calendar.host_moves(w.reservation(booking).uid, Period(TUESDAY_9 + HALF, TUESDAY_9 + 2 * HALF))
    assert pull(w.rt, w.calendar_id).changed == 1


def test_a_refused_token_loses_nothing(w: World) -> None:
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF))
    w.calendar.forget_token()
    before = now(w)
    pull(w.rt, w.calendar_id)
    assert asked(w, before) == {"changes": 1, "snapshot": 1}
    assert TUESDAY_9 not in [slot.start for slot in offered(w)]


def test_only_the_window_is_read_at_first(tmp_path: Path) -> None:
    with world(tmp_path, calendar=MemoryCalendar()) as w:
        assert dict(w.calendar.requests) == {"snapshot": 1}


def offered(w: World) -> tuple[Interval, ...]:
    return find_slots(w.rt, "ada", "intro", Interval(TUESDAY_9, TUESDAY_9 + timedelta(days=1)), now=w.now).slots
