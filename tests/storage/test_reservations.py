"""What keeps others out of a host's time, and until when."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.domain.interval import Interval
from booking_service.storage import bookings, reservations
from booking_service.storage.engine import snapshot, transaction
from tests.world import MONDAY, World

TUESDAY_9 = MONDAY + timedelta(days=1)
DAY = Interval(TUESDAY_9, TUESDAY_9 + timedelta(hours=8))


def kept_out(w: World) -> tuple[bool, bool, bool, bool]:
    """What a new hold, a host's own move, a host's new event and the budget are told of the day."""
    with snapshot(w.rt.engine) as session:
        return (
            bool(reservations.taken(session, w.host.id, DAY, now=w.now)),
            bool(reservations.promised(session, w.host.id, DAY, now=w.now)),
            reservations.any_held(session, w.host.id, now=w.now),
            bool(bookings.unproven_until(session, mailbox="grace@example.org", now=w.now)),
        )


@pytest.mark.promise("I3")
def test_a_hold_past_its_deadline_keeps_nobody_out_before_any_sweep(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.clock.advance((booking.hold_until - w.now).total_seconds() - 1)
    assert kept_out(w) == (True, True, True, True)
    w.clock.advance(1)
    assert kept_out(w) == (False, False, False, False)


@pytest.mark.promise("I6")
def test_a_time_that_no_look_found_free_is_taken_and_promised_to_nobody(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    unseen = replace(w.reservation(booking), verdict=None)
    with transaction(w.rt.engine) as session:
        reservations.save(session, unseen)
    taken, promised, *_ = kept_out(w)
    assert (taken, promised) == (True, False)


def test_a_booking_is_in_conflict_once_another_event_lies_over_it_and_until_it_is_over(w: World) -> None:
    booking = w.confirm(w.hold(start=TUESDAY_9))
    w.drain()
    assert in_conflict(w) == []
    w.calendar.host_adds("Dentist", Interval(TUESDAY_9 - timedelta(hours=20), TUESDAY_9 + timedelta(minutes=5)))
    w.pass_time(minutes=20)
    assert in_conflict(w) == [booking.id]
    w.clock.advance(90_000)
    assert in_conflict(w) == []


def in_conflict(w: World) -> list[UUID]:
    with snapshot(w.rt.engine) as session:
        return reservations.in_conflict(session, w.host.id, now=w.now, limit=10)
