"""Another time that a host offers in place of a booking's: offered, taken or declined."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain import host_decisions
from ...domain.booking import Booking, BookingState, Party
from ...domain.errors import OfferOver
from ...domain.interval import Interval
from ...runtime import Runtime
from ...storage import bookings
from ...storage.engine import snapshot, transaction
from ..access import links, mail_limits
from ..times.offers import OfferedSlots, bookable_slot, for_the_host, offering_of_booking, slots_of
from .address import refuse_blocked
from .change import move_in, moved
from .confirm import agree
from .published import published


def times_for(rt: Runtime, booking: Booking, window: Interval, *, now: datetime) -> OfferedSlots:
    """The times in a window that can be offered in place of this booking's."""
    with snapshot(rt.engine) as session:
        offering = for_the_host(offering_of_booking(rt, session, booking, now=now))
    return slots_of(rt, offering, window, now=now, but=booking)


def offer_time(rt: Runtime, booking_id: UUID, start: datetime, *, now: datetime) -> Booking:
    """Offer the invitee another free time; they are mailed, and nothing else changes.

    Raises NotOffered, SlotTaken, CalendarUnverified, HoldExpired, BookingCancelled, TooLate, AddressBlocked;
    TooManyRequests: the unproven mailbox had its mails of the day.
    """
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, booking_id)
        offering = for_the_host(offering_of_booking(rt, session, booking, now=now))
        time = bookable_slot(rt, session, offering, start, now=now, but=booking.id)
        decision = host_decisions.offer_time(booking, time, now=now)
        refuse_blocked(rt, session, booking.invitee.email)
        if decision.happened and not booking.proven:
            mail_limits.refuse(rt, session, booking.invitee.mailbox, now=now)
        return bookings.record(session, decision, now=now)


def take_offered(rt: Runtime, token: str, start: datetime, *, now: datetime) -> Booking:
    """The invitee takes the offered time by their link.

    The link proves the mailbox and the offer is the host's agreement, so a hold is confirmed at once, after the
    conflict check. A repeated call leads to the same booking. Raises OfferOver, and what `change.move` does; then the
    old time still stands.
    """
    with transaction(rt.engine) as session:
        before, _ = links.locked(session, token, LinkPurpose.MANAGE)
        if before.time.start == start and before.on_offer is None:
            return before
        if before.on_offer is None or before.on_offer.start != start:
            raise OfferOver(f"booking {before.id} has no such time on offer")
        move_in(rt, session, before, start, now=now)
    after = moved(rt, before, start, now=now)
    return _agreed(rt, after, start, now=now)


def keep_present(rt: Runtime, token: str, *, now: datetime) -> Booking:
    """The invitee keeps the present time; the host is told. Raises UnknownBooking."""
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.MANAGE)
        return bookings.record(session, host_decisions.decline_offer(booking, now=now), now=now)


def _agreed(rt: Runtime, after: Booking, start: datetime, *, now: datetime) -> Booking:
    with transaction(rt.engine) as session:
        before = bookings.lock(session, after.id)
        if before.state is not BookingState.HELD or before.time.start != start:
            return before
        _agree(rt, session, before, now=now)
    return published(rt, before, now=now)


def _agree(rt: Runtime, session: Session, held: Booking, *, now: datetime) -> None:
    for party in (Party.HOST, Party.INVITEE):
        if party in held.awaits:
            agree(rt, session, bookings.get(session, held.id), by=party, now=now)
