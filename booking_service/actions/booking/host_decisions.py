"""Decisions of a host on their own authority, for pages and commands."""

from datetime import datetime
from uuid import UUID

from ...domain import host_decisions
from ...domain.booking import Booking
from ...domain.errors import TooLate
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import bookings, hosts, meetings, timeline
from ...storage.engine import transaction
from ..access import mail_limits
from .address import refuse_blocked
from .confirm import refuse_lost
from .expire import expire_due_of
from .published import INLINE, published


def keep_longer(rt: Runtime, booking_id: UUID, *, until: datetime | None = None, now: datetime) -> Booking:
    """Keep a hold until then, or by default a day longer as far as possible; the invitee is mailed the new deadline.

    Raises HoldExpired, BookingCancelled, TooLate, KeptTooLong; TooManyRequests: the mailbox had its mails of the day.
    """
    with transaction(rt.engine) as session:
        before = bookings.lock(session, booking_id)
        meeting = meetings.get(session, before.meeting_type_id)
        wanted = until or host_decisions.kept_until_next(before, meeting, now=now) or before.hold_until
        decision = host_decisions.keep_longer(before, wanted, meeting=meeting, now=now)
        if until is None and decision.happened is None:
            raise TooLate(
                f"booking {before.id} is kept as long as it can be, until {before.hold_until:%Y-%m-%d %H:%M} UTC"
            )
        if decision.happened and before.asked:
            mail_limits.refuse(rt, session, before.invitee.mailbox, now=now)
        bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, before, now=now)


def confirm_for_invitee(rt: Runtime, booking_id: UUID, *, reason: str, now: datetime) -> Booking:
    """The host confirms for the invitee. Ticks on the form still wait for the invitee's own answer.

    Raises ReasonMissing, ConfirmationForced, HoldExpired, BookingCancelled, TooLate; SlotTaken: the time was not held,
    and somebody else was first.
    """
    with transaction(rt.engine) as session:
        before = bookings.lock(session, booking_id)
        meeting, forced = meetings.get(session, before.meeting_type_id), hosts.organisation(session).doi_forced
        decision = host_decisions.confirm_for_invitee(before, reason=reason, forced=forced, meeting=meeting, now=now)
        if not before.reserves and decision.happened:
            expire_due_of(session, before.host_id, now=now)
            refuse_lost(rt, session, before, now=now)
        bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, before, now=now)


def invite_again(rt: Runtime, booking_id: UUID, *, now: datetime) -> Booking:
    """Send the invitation to invitee and guests again.

    Raises what `domain.host_decisions.invite_again` does; AddressBlocked: no recipient wants mail.
    """
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, booking_id)
        asked = [each.at for each in timeline.of_booking(session, booking_id) if each.what is Happened.INVITED_AGAIN]
        decision = host_decisions.invite_again(booking, last_at=max(asked, default=None), now=now)
        if not booking.guests:
            refuse_blocked(rt, session, booking.invitee.email)
        return bookings.record(session, decision, now=now)
