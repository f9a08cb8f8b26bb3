"""Bookings, meeting types and reservations for tests of the rules: everything usual unless a test says otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from booking_service.domain.booking import Booking, Decision, Request
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import DoubleOptIn, MeetingType
from booking_service.domain.people import Invitee
from booking_service.domain.publishing import ClaimedState
from booking_service.domain.reservation import Reservation, Status, Verdict, WantedEvent
from booking_service.domain.slots import Horizon, SlotRules
from booking_service.domain.transitions import confirm, hold

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TUESDAY_9 = Interval(datetime(2030, 1, 8, 9, tzinfo=UTC), datetime(2030, 1, 8, 9, 30, tzinfo=UTC))
TUESDAY_10 = Interval(datetime(2030, 1, 8, 10, tzinfo=UTC), datetime(2030, 1, 8, 10, 30, tzinfo=UTC))
TUESDAY_11 = Interval(datetime(2030, 1, 8, 11, tzinfo=UTC), datetime(2030, 1, 8, 11, 30, tzinfo=UTC))


def meeting(**changes: Any) -> MeetingType:
    rules = SlotRules(
        duration=timedelta(minutes=30),
        increment=timedelta(minutes=30),
        notice=timedelta(hours=1),
        horizon=Horizon(days=60),
    )
    usual = MeetingType(
        id=UUID(int=2),
        host_id=UUID(int=1),
        slug="intro",
        title="Intro call",
        rules=rules,
        doi=DoubleOptIn.ON,
        guests_at_most=3,
    )
    return replace(usual, **changes)


def request(**changes: Any) -> Request:
    invitee = Invitee(name="Grace", email="grace@example.org", language="en", zone="Europe/Berlin")
    return replace(Request(id=UUID(int=9), public_id="p", time=TUESDAY_9, invitee=invitee), **changes)


def held_decision(*, of: MeetingType | None = None, doi: bool = True, now: datetime = NOW, **changes: Any) -> Decision:
    return hold(request(**changes), meeting=of or meeting(), doi=doi, taken=[], now=now)


def held(**changes: Any) -> Booking:
    return held_decision(**changes).booking


def asked(**changes: Any) -> Booking:
    """A hold whose mail went out."""
    return replace(held(**changes), asked=True, owed=())


def confirmed(*, now: datetime = NOW + MINUTE, **changes: Any) -> Booking:
    return confirm(asked(**changes), meeting=meeting(), now=now).booking


def invited(**changes: Any) -> Booking:
    """A confirmed booking whose invitations went out."""
    booking = confirmed(**changes)
    return replace(booking, owed=(), invited=(booking.invitee.email, *booking.guests))


def reservation(booking: Booking, **changes: Any) -> Reservation:
    """Claimed by the run under test, never written."""
    usual = Reservation(
        id=UUID(int=7),
        booking_id=booking.id,
        host_id=booking.host_id,
        calendar_id=UUID(int=5),
        uid="u",
        href="u.ics",
        revision=booking.revision,
        times={booking.revision: booking.time},
        requested_at=NOW,
        fence=1,
        lane_until=NOW + timedelta(seconds=90),
        touched=True,
    )
    return replace(usual, **changes)


def standing(booking: Booking, **changes: Any) -> Reservation:
    """Written, seen, looked at and found clean."""
    known = {"base": booking.revision, "etag": '"1"', "seen": True, "verdict": Verdict.CLEAN}
    return reservation(booking, **{**known, **changes})


def wants(
    r: Reservation, *, time: Interval | None = TUESDAY_9, status: Status = Status.TENTATIVE, **changes: Any
) -> ClaimedState:
    return ClaimedState(r, WantedEvent(time, status) if time else None, **changes)
