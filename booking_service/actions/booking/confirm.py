"""Confirming a booking, by the mailed link or by the code of the mail."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from ... import process_figures
from ...crypto.tokens import LinkPurpose, code_digits, code_matches
from ...domain import transitions
from ...domain.booking import Booking, BookingState, Cause, Party
from ...domain.errors import SlotTaken, WrongCode
from ...domain.meeting import MeetingType
from ...domain.slots import reasons_against
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import bookings, busy, hosts, meetings, timeline
from ...storage.engine import transaction
from ..access import forgiven, limits, links, networks
from ..calendar.publish import claim
from ..calendar.requests import Work
from ..consent import question_fields
from ..times.offers import TAKEN, gather, offering_of_booking
from .expire import expire_due_of
from .find import lock_by_public_id
from .published import INLINE, published

_SAID = (
    Happened.KEPT,
    Happened.MOVED,
    Happened.MOVED_BACK,
)  # the host's word is about the time that the booking then had


def confirm(rt: Runtime, token: str, *, network: str, now: datetime) -> Booking:
    """The invitee pressed the button behind the mailed link. Raises UnknownBooking, HoldExpired, BookingCancelled;
    SlotTaken: the time was not held, and somebody else was first; or the host put something over it that wins."""
    with transaction(rt.engine) as session:
        networks.use(rt, session, "confirm_per_network", network, now=now)
        before, _ = links.locked(session, token, LinkPurpose.CONFIRM)
        claimed = _confirm(rt, session, before, now=now)
    return _stood(published(rt, before, claimed=claimed or (), now=now), lost=claimed is None)


def confirm_by_code(rt: Runtime, public_id: str, typed: str, *, now: datetime) -> Booking:
    """The six digits of the mail, typed into the waiting page. Raises WrongCode, TooManyRequests and as `confirm`.

    The same wrong digits cost one try, however often they are sent.
    """
    claimed: Sequence[Work] | None = ()
    with transaction(rt.engine) as session:
        before = lock_by_public_id(session, public_id)
        tried = f"{before.generation} {code_digits(typed)}"
        limits.use_once(rt, session, "codes_per_booking", before.id, what=tried, now=now)
        right = code_matches(rt.ring, before.id, before.generation, typed=typed)
        if right:
            claimed = _confirm(rt, session, before, now=now)
    if not right:  # after the commit, so that the try counts
        raise WrongCode("these are not the six digits of the mail")
    return _stood(published(rt, before, claimed=claimed or (), now=now), lost=claimed is None)


def agree(
    rt: Runtime, session: Session, booking: Booking, *, of: MeetingType | None = None, by: Party, now: datetime
) -> Booking:
    """`of`: its meeting type, where the caller has read it. Raises as `confirm`."""
    meeting = of or meetings.get(session, booking.meeting_type_id)
    decision = transitions.confirm(booking, by=by, meeting=meeting, now=now)
    if not booking.reserves and decision.happened == Happened.CONFIRMED:
        expire_due_of(session, booking.host_id, now=now)
        refuse_lost(rt, session, booking, now=now)
    if by is Party.INVITEE and decision.happened:
        forgiven.forgive_proven(rt, session, booking)
        question_fields.prove(session, booking.id, meeting, now=now)
    return bookings.record(session, decision, now=now, publish_at=now + INLINE)


def _confirm(rt: Runtime, session: Session, before: Booking, *, now: datetime) -> list[Work] | None:
    """The invitee agrees. Returns what is to be written to the calendar at once: nothing where it was confirmed before; None:
    the host's event won, and the hold is over."""
    meeting = meetings.get(session, before.meeting_type_id)
    if _calendar_wins(session, before, meeting, now=now):
        taken = transitions.cancel(before, by=Party.HOST, cause=Cause.TAKEN, now=now)
        bookings.record(session, taken, now=now, publish_at=now + INLINE)
        return None
    decided = agree(rt, session, before, of=meeting, by=Party.INVITEE, now=now)
    if decided.revision == before.revision:
        return []
    process_figures.CONFIRMED_AFTER.add((now - before.created_at).total_seconds())
    return claim(rt, session, decided, of=(meeting, hosts.get(session, decided.host_id)), now=now)


def _calendar_wins(session: Session, booking: Booking, meeting: MeetingType, *, now: datetime) -> bool:
    """Whether an event of the host's lies over this hold, as far as pulls have seen, and the host wants it to win: they did not
    say to keep the hold beside it, and are not the next to decide."""
    asked_last = booking.state is BookingState.HELD and booking.awaits == {Party.INVITEE}
    if not (meeting.calendar_wins and asked_last and booking.reserves and booking.blocks(now)):
        return False
    if not busy.standing_over(session, booking.host_id, booking.time):
        return False
    said = (entry.what for entry in reversed(timeline.of_booking(session, booking.id)) if entry.what in _SAID)
    return next(said, None) != Happened.KEPT


def _stood(booking: Booking, *, lost: bool) -> Booking:
    if lost:
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken("an event of the host's lies there")
    return booking


def refuse_lost(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> None:
    """A time that nothing held is taken now or never. Raises SlotTaken: others were first."""
    offering = offering_of_booking(rt, session, booking, now=now)
    facts = gather(session, offering, booking.time, now=now, but=booking.id)
    if lost := TAKEN.intersection(reasons_against(facts, booking.time.start)):
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken(f"{booking.time.start:%Y-%m-%d %H:%M} UTC is {min(lost)}")
