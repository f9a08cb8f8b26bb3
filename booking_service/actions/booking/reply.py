"""Replies by mailed links other than the invitee's.

A guest declines or comes after all, a reader stops reminders, a host approves or declines a request.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain import attendees, transitions
from ...domain.booking import Booking, BookingState, Decision, Party
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import bookings, timeline
from ...storage.engine import transaction
from ..access import links
from .confirm import agree
from .published import INLINE, published


def decline_as_guest(rt: Runtime, token: str, *, now: datetime) -> Booking:
    """A guest declines; the meeting goes on. Raises UnknownBooking."""
    with transaction(rt.engine) as session:
        booking, guest = links.locked(session, token, LinkPurpose.GUEST)
        bookings.record(session, attendees.decline(booking, guest, now=now), now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def come_as_guest(rt: Runtime, token: str, *, now: datetime) -> Booking:
    """A guest who declined comes after all, while that is possible. Raises UnknownBooking."""
    with transaction(rt.engine) as session:
        booking, guest = links.locked(session, token, LinkPurpose.GUEST)
        bookings.record(session, attendees.come_after_all(booking, guest, now=now), now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def stop_reminders(rt: Runtime, token: str, *, now: datetime) -> Booking:
    """Stop the reminders of this booking. Raises UnknownBooking."""
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.STOP)
        return bookings.record(session, attendees.stop_reminders(booking), now=now)


def approve(rt: Runtime, token: str, *, now: datetime) -> Booking:
    """The host approves. Raises UnknownBooking, HoldExpired, BookingCancelled; SlotTaken: it was not held, and is
    gone."""
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.ACT)
        agree(rt, session, booking, by=Party.HOST, now=now)
    return published(rt, booking, now=now)


def approve_by_host(rt: Runtime, booking_id: UUID, *, now: datetime) -> Booking:
    """The host approves while signed in. Raises what `approve` does."""
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, booking_id)
        agree(rt, session, booking, by=Party.HOST, now=now)
    return published(rt, booking, now=now)


def decline_as_host(rt: Runtime, token: str, *, reason: str, now: datetime) -> Booking:
    """The host declines, or keeps their other event: the booking is cancelled, and the invitee told.

    Raises UnknownBooking.
    """
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.ACT)
        if booking.state in (BookingState.HELD, BookingState.CONFIRMED):
            decision = transitions.cancel(booking, by=Party.HOST, reason=reason, now=now)
            bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def keep(rt: Runtime, token: str, *, now: datetime) -> Booking:
    """The host keeps the booking beside their other event, which is recorded once. Raises UnknownBooking."""
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.ACT)
        return _keep(session, booking, now=now)


def keep_by_host(rt: Runtime, booking_id: UUID, *, now: datetime) -> Booking:
    """As `keep`, while signed in."""
    with transaction(rt.engine) as session:
        return _keep(session, bookings.lock(session, booking_id), now=now)


def _keep(session: Session, booking: Booking, *, now: datetime) -> Booking:
    if not booking.blocks(now) or timeline.of_booking(session, booking.id)[-1].what == Happened.KEPT:
        return booking
    return bookings.record(session, Decision(booking=booking, happened=Happened.KEPT, by=Party.HOST), now=now)
