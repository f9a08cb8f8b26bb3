"""Confirming a booking, by the mailed link or code."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, code_digits, code_matches
from ...domain import transitions
from ...domain.booking import Booking, Cause, Party
from ...domain.errors import SlotTaken, UnknownBooking, WrongCode
from ...domain.meeting import MeetingType
from ...domain.slots import reasons_against
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import bookings, hosts, meetings
from ...storage.engine import transaction
from ...telemetry import process_figures
from ..access import limit_refunds, limits, links, networks
from ..calendar.publish import claim
from ..calendar.requests import Work
from ..consent import question_fields
from ..times.offers import TAKEN, gather, offering_of_booking
from . import calendar_wins
from .expire import expire_due_of
from .find import lock_by_public_id
from .published import INLINE, published


def confirm(rt: Runtime, token: str, *, network: str, now: datetime) -> Booking:
    """The invitee pressed the button behind the mailed link. Raises UnknownBooking, HoldExpired, BookingCancelled,
    SlotTaken.

    SlotTaken: the time was not held, and somebody else was first; or a winning event of the host lies over it.
    """
    with transaction(rt.engine) as session:
        networks.use(rt, session, "confirm_per_network", network, now=now)
        before, _ = links.locked(session, token, LinkPurpose.CONFIRM)
        claimed = _confirm(rt, session, before, now=now)
    return _confirmed(rt, before, claimed, now=now)


def confirm_by_code(rt: Runtime, public_id: str, typed: str, *, now: datetime) -> Booking:
    """The invitee typed the mail's six digits into the waiting page. Raises WrongCode, TooManyRequests, and what
    `confirm` does.

    Sending the same wrong digits again does not count as another try.
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
    return _confirmed(rt, before, claimed, now=now)


def agree(
    rt: Runtime, session: Session, booking: Booking, *, of: MeetingType | None = None, by: Party, now: datetime
) -> Booking:
    """One party agrees. `of`: its meeting type, if the caller has read it. Raises what `confirm` does."""
    meeting = of or meetings.get(session, booking.meeting_type_id)
    decision = transitions.confirm(booking, by=by, meeting=meeting, now=now)
    if not booking.reserves and decision.happened == Happened.CONFIRMED:
        expire_due_of(session, booking.host_id, now=now)
        refuse_lost(rt, session, booking, now=now)
    if by is Party.INVITEE and decision.happened:
        limit_refunds.forgive_proven(rt, session, booking)
        question_fields.prove(session, booking.id, meeting, now=now)
    return bookings.record(session, decision, now=now, publish_at=now + INLINE)


def _confirm(rt: Runtime, session: Session, before: Booking, *, now: datetime) -> list[Work] | None:
    """The invitee agrees. Returns what is to be written to the calendar at once, [] where it was confirmed before.

    None: nothing is decided, as an event of the host that wins may lie there.
    """
    meeting = meetings.get(session, before.meeting_type_id)
    if calendar_wins.lies_over(session, before, meeting, now=now):
        return None
    return _agreed(rt, session, before, meeting, now=now)


def _agreed(rt: Runtime, session: Session, before: Booking, meeting: MeetingType, *, now: datetime) -> list[Work]:
    decided = agree(rt, session, before, of=meeting, by=Party.INVITEE, now=now)
    if decided.revision == before.revision:
        return []
    process_figures.CONFIRMED_AFTER.add((now - before.created_at).total_seconds())
    return claim(rt, session, decided, of=(meeting, hosts.get(session, decided.host_id)), now=now)


def _confirmed(rt: Runtime, before: Booking, claimed: Sequence[Work] | None, *, now: datetime) -> Booking:
    """The booking once its event is written. `claimed`: as `_confirm` returned it.

    Where an event of the host may win, the calendars are read first, as the host may have changed their mind since.
    """
    if claimed is not None:
        return published(rt, before, claimed=claimed, now=now)
    calendar_wins.look_again(rt, before)
    with transaction(rt.engine) as session:
        found = bookings.lock(session, before.id)
        links.refuse_erased(session, found)
        if found.generation != before.generation:
            raise UnknownBooking("this link was replaced by a newer one")
        meeting = meetings.get(session, found.meeting_type_id)
        if lost := calendar_wins.wins(session, found, meeting, now=now):
            taken = transitions.cancel(found, by=Party.HOST, cause=Cause.TAKEN, now=now)
            bookings.record(session, taken, now=now, publish_at=now + INLINE)
        else:
            claimed = _agreed(rt, session, found, meeting, now=now)
    booking = published(rt, found, claimed=claimed or (), now=now)
    if lost:
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken("an event of the host's lies there")
    return booking


def refuse_lost(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> None:
    """A time that is not held is taken now or never. Raises SlotTaken: others were first."""
    offering = offering_of_booking(rt, session, booking, now=now)
    facts = gather(session, offering, booking.time, now=now, but=booking.id)
    if lost := TAKEN.intersection(reasons_against(facts, booking.time.start)):
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken(f"{booking.time.start:%Y-%m-%d %H:%M} UTC is {min(lost)}")
