"""The host books for somebody who asked them, by phone or otherwise: held or confirmed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session

from ...crypto.tokens import new_public_id
from ...domain import host_decisions
from ...domain.booking import Booking, BookingState, Request
from ...domain.errors import HeldOtherwise, UnknownMeeting
from ...domain.interval import Interval
from ...domain.meeting import DoubleOptIn, MeetingType
from ...domain.people import Invitee
from ...domain.slots import HostLimits
from ...runtime import Runtime
from ...storage import bookings, calendars, hosts, reservations
from ...storage.engine import lock_host, snapshot, transaction
from ..access import links, mail_limits, sealed_answers
from ..calendar.publish import publish_now
from ..times.offers import OfferedSlots, Offering, bookable_slot, for_the_host, read_offering, slots_of
from .address import refuse_address
from .expire import expire_due_of
from .find import current
from .published import INLINE, unless_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What the host enters. `meeting`: its slug. `answers`: by question key. `form_key`: equal when a form is sent
    twice.

    `beyond`: notice and daily and weekly limits may be exceeded, openings and busy time may not.
    """

    meeting: str
    start: datetime
    invitee: Invitee
    outcome: BookingState
    reason: str
    beyond: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    form_key: str = ""


def times_for(
    rt: Runtime, host_id: UUID, meeting: str, window: Interval, *, beyond: bool, now: datetime
) -> OfferedSlots:
    """The times that the host can book for somebody. Raises UnknownMeeting."""
    with snapshot(rt.engine) as session:
        offering = _offering(rt, session, host_id, meeting, beyond=beyond, now=now)
    return slots_of(rt, offering, window, now=now)


def book_for(rt: Runtime, host_id: UUID, call: Call, *, now: datetime) -> Booking:
    """Book and write the event; the invitee is mailed the question or the invitation.

    The same form books once; with another time or person, as after going back, it makes another booking. Raises
    UnknownMeeting, NotOffered, SlotTaken, HeldOtherwise, CalendarUnverified, AddressBlocked, AddressUnusable,
    ReasonMissing, ConfirmationForced; TooManyRequests: the unproven mailbox had its mails of the day.
    """
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        made = bookings.by_form_key(session, host_id, call.form_key) if call.form_key else None
        known = made if made is not None and _is_of(made, call, now=now) else None
        if known is not None:
            _refuse_other_details(rt, known, call)
        elif made is not None:
            bookings.let_go_of_form(session, made.id)
        booking = known or _book(rt, session, host_id, call, now=now)
    shown = publish_now(rt, booking.id, asked_at=now) if known is None else current(rt, booking.id)
    return unless_withdrawn(shown)


def _is_of(made: Booking, call: Call, *, now: datetime) -> bool:
    """Whether this booking is the one being entered, not one that is over or an earlier one of the same form."""
    return made.blocks(now) and (made.time.start, made.invitee.email) == (call.start, call.invitee.email)


def _refuse_other_details(rt: Runtime, known: Booking, call: Call) -> None:
    """Raises HeldOtherwise: the form says more or something else than it did."""
    held = known.state is BookingState.HELD
    same = known.invitee.name == call.invitee.name and sealed_answers.are(rt.ring, known, call.answers)
    if not same or (held and call.outcome is BookingState.CONFIRMED):
        raise HeldOtherwise(f"booking {known.id} was made with other details", public_id=known.public_id, held=held)


def _book(rt: Runtime, session: Session, host_id: UUID, call: Call, *, now: datetime) -> Booking:
    offering = _offering(rt, session, host_id, call.meeting, beyond=call.beyond, now=now)
    refuse_address(rt, session, call.invitee.email, host_email=offering.host.email)
    mail_limits.refuse(rt, session, call.invitee.mailbox, now=now)
    expire_due_of(session, host_id, now=now)
    time = bookable_slot(rt, session, offering, call.start, now=now)
    decision = host_decisions.book_for(
        _request(rt, offering.meeting, call, time),
        outcome=call.outcome,
        reason=call.reason,
        forced=hosts.organisation(session).doi_forced,
        meeting=offering.meeting,
        taken=[each.time for each in reservations.taken(session, host_id, time, now=now)],
        now=now,
    )
    connected = [each for each in calendars.of_host(session, host_id) if not each.left_out(now)]
    target = calendars.place_of(connected, offering.meeting)
    booking = bookings.create(
        session,
        decision,
        calendar_id=target.id if target else None,
        form_key=call.form_key or None,
        network=(),
        now=now,
        publish_at=now + INLINE,
    )
    links.remember(rt, session, booking)
    return booking


def _request(rt: Runtime, meeting: MeetingType, call: Call, time: Interval) -> Request:
    booking_id = uuid4()
    answers, sealed = sealed_answers.parted(rt.ring, meeting.questions, call.answers, booking_id=booking_id)
    return Request(
        id=booking_id, public_id=new_public_id(), time=time, invitee=call.invitee, answers=answers, sealed=sealed
    )


def _offering(rt: Runtime, session: Session, host_id: UUID, meeting: str, *, beyond: bool, now: datetime) -> Offering:
    offering = read_offering(rt, session, hosts.get(session, host_id).slug, meeting, now=now)
    if offering.host.id != host_id:
        raise UnknownMeeting(f"nothing can be booked at /{meeting}")
    offering = for_the_host(offering)
    if not beyond:
        return offering
    rules = replace(offering.meeting.rules, notice=timedelta(0), per_day=None, per_week=None)
    return replace(
        offering,
        organisation=replace(offering.organisation, doi_forced=False),
        host=replace(offering.host, limits=HostLimits()),
        meeting=replace(offering.meeting, rules=rules, doi=DoubleOptIn.OFF),
    )
