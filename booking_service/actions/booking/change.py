"""Moving, cancelling and releasing bookings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain import transitions
from ...domain.booking import Booking, BookingState, Cause, Party
from ...domain.errors import CalendarUnverified, SlotTaken, TooLate
from ...domain.hold_budget import Room, pressed, wants_work
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import access, bookings, meetings, timeline
from ...storage.engine import transaction
from ...telemetry import process_figures
from ..access import limits, links, mail_limits
from ..consent import withdrawals
from ..consent.answers import Press
from ..times.offers import bookable_slot, for_the_host, offering_of_booking
from . import hold_budget
from .expire import expire_due_of
from .find import lock_by_public_id, timeline_of
from .published import INLINE, published

_BARE_PRESS = Press(page="", language="", network="", agent="")


def release(rt: Runtime, public_id: str, *, now: datetime) -> Booking:
    """Release a hold from its waiting page. A confirmed booking can only be cancelled by its mailed link."""
    with transaction(rt.engine) as session:
        booking = lock_by_public_id(session, public_id)
        if booking.state is not BookingState.HELD:
            return booking
        bookings.record(
            session, transitions.cancel(booking, by=Party.INVITEE, now=now), now=now, publish_at=now + INLINE
        )
    return published(rt, booking, now=now)


def not_me(
    rt: Runtime,
    token: str,
    *,
    block: bool,
    press: Press = _BARE_PRESS,
    now: datetime,
    link: LinkPurpose = LinkPurpose.NOT_ME,
) -> Booking:
    """The mailbox's owner did not ask for the booking: cancel it. `block`: never mail again, a no to every purpose."""
    with transaction(rt.engine) as session:
        if block:  # contacts are locked before hosts; a corrected address makes the link another one, which is refused
            withdrawals.end_everything(rt, session, links.opened(session, token, link)[0].invitee, press=press, now=now)
        booking, _ = links.locked(session, token, link)
        if block:
            timeline.add(session, booking.id, Happened.BLOCKED, by=Party.INVITEE, at=now)
        if booking.state is BookingState.HELD:
            decision = transitions.cancel(booking, by=Party.INVITEE, cause=Cause.NOT_ME, now=now)
            bookings.record(session, decision, now=now, publish_at=now + INLINE)
        if block:
            access.block(session, limits.mailbox_marks(rt, booking.invitee.email)[0], now=now)
    return published(rt, booking, now=now)


def cancel(rt: Runtime, token: str, *, reason: str, now: datetime) -> Booking:
    """The invitee cancels by the manage link. Raises UnknownBooking, TooLate."""
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.MANAGE)
        if booking.live:
            meeting = meetings.get(session, booking.meeting_type_id)
            transitions.check_changeable(booking, by=Party.INVITEE, meeting=meeting, now=now)
            decision = transitions.cancel(booking, by=Party.INVITEE, reason=reason, now=now)
            bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def cancel_by_host(
    rt: Runtime, booking_id: UUID, *, reason: str, seen: BookingState | None = None, now: datetime
) -> Booking:
    """The host, or the operator on their behalf, cancels. `seen`: the state that their decision was based on.

    Raises TooLate: it is live, but in another state now.
    """
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, booking_id)
        if booking.live and seen not in (None, booking.state):
            raise TooLate(f"booking {booking_id} is {booking.state} by now")
        decision = transitions.cancel(booking, by=Party.HOST, reason=reason, now=now)
        bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def move(rt: Runtime, token: str, start: datetime, *, now: datetime) -> Booking:
    """The invitee takes another time; the old one is kept until the new one is known to be free.

    Raises NotOffered, SlotTaken (the old time still stands), CalendarUnverified, TooLate, TooManyMoves.
    """
    with transaction(rt.engine) as session:
        before, _ = links.locked(session, token, LinkPurpose.MANAGE)
        move_in(rt, session, before, start, now=now)
    return moved(rt, before, start, now=now)


def move_hold(rt: Runtime, public_id: str, start: datetime, *, now: datetime) -> Booking:
    """Move a hold from its waiting page. Raises what `move` does; TooLate: it is confirmed."""
    with transaction(rt.engine) as session:
        before = lock_by_public_id(session, public_id)
        if before.state is BookingState.CONFIRMED:
            raise TooLate("a confirmed booking is moved by its mailed link only")
        move_in(rt, session, before, start, now=now)
    return moved(rt, before, start, now=now)


def move_in(rt: Runtime, session: Session, booking: Booking, start: datetime, *, now: datetime) -> None:
    """The deciding part of a move, in the caller's transaction. Raises what `move` does."""
    expire_due_of(session, booking.host_id, now=now)
    offering = offering_of_booking(rt, session, booking, now=now)
    if booking.on_offer is None or start != booking.on_offer.start:
        transitions.check_changeable(booking, by=Party.INVITEE, meeting=offering.meeting, now=now)
    else:
        offering = for_the_host(offering)
    if start != booking.time.start:
        _count(rt, session, booking, now=now)
        time = bookable_slot(rt, session, offering, start, now=now, but=booking.id)
        came_from = bookings.network_of(session, booking.id)
        room = hold_budget.room_for(rt, session, offering, time, network=came_from, now=now, but=booking.id)
        attacked = offering.attacked(now)
        exchanged = booking.reserves or _may_gain(
            rt, session, booking, room, network=came_from, attacked=attacked, now=now
        )
        decision = transitions.move(
            booking,
            time,
            by=Party.INVITEE,
            meeting=pressed(offering.meeting, room, attacked=attacked),
            taken=(),
            now=now,
            afforded=room.afforded and exchanged,
        )
        bookings.record(session, decision, now=now, publish_at=now + INLINE)
        hold_budget.note_hold(session, decision.booking, network=came_from, now=now)


def _may_gain(
    rt: Runtime,
    session: Session,
    booking: Booking,
    room: Room,
    *,
    network: Sequence[str],
    attacked: bool,
    now: datetime,
) -> bool:
    """Whether a request without a hold may get one by moving: as a new request may, but without a puzzle."""
    if wants_work(room.used, attacked=attacked):
        return False
    unproven = Party.INVITEE in booking.awaits
    return not (unproven and hold_budget.still_too_many(rt, session, booking, network=network, now=now))


def _count(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> None:
    """Count a move before confirmation, as each is a mail to an unproven mailbox. Raises TooManyRequests."""
    if Party.INVITEE in booking.awaits:
        limits.use(rt, session, "moves_per_mailbox", booking.invitee.mailbox, now=now)
        mail_limits.refuse(rt, session, booking.invitee.mailbox, now=now)


def moved(rt: Runtime, before: Booking, start: datetime, *, now: datetime) -> Booking:
    """The booking at its new time, once its event is written.

    It is moved back where that fails. Raises CalendarUnverified; SlotTaken.
    """
    after = published(rt, before, now=now)
    if after.time.start != start and after.live:
        last = timeline.last_move(timeline_of(rt, after.id))
        if last is None or last.what == Happened.MOVED:  # the host moved it meanwhile: that time stands
            return after
        if last.detail.get("cause") == Cause.CALENDAR:
            raise CalendarUnverified("the calendar did not answer; the old time stands")
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken("the new time was taken meanwhile; the old time stands")
    return after
