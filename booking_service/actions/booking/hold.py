"""Holding a time: one transaction decides, then the event is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, new_public_id
from ...domain import transitions
from ...domain.booking import Booking, BookingState, Decision, Request
from ...domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingCancelled,
    HeldOtherwise,
    SlotTaken,
)
from ...domain.hold_budget import NO_ROOM, Room, pressed, wants_work
from ...domain.interval import Interval
from ...domain.people import Invitee
from ...domain.slots import NotOffered
from ...runtime import Runtime
from ...storage import bookings, calendars, reservations, ticks
from ...storage.engine import lock_host, transaction
from ..access import (
    limit_refunds,
    limits,
    links,
    mail_limits,
    network_blocks,
    networks,
    one_time_links,
    puzzles,
    sealed_answers,
)
from ..calendar.publish import claim, publish_now
from ..calendar.requests import Work
from ..consent import ask_by_form, question_fields
from ..consent.ask_by_form import Ticks
from ..times.offers import Offering, bookable_slot, offering_of_booking, read_offering, refuse_without_link
from . import hold_budget
from .address import refuse_address
from .expire import expire_due_of
from .find import current
from .published import INLINE, unless_withdrawn

_REFUSALS = (
    SlotTaken,
    NotOffered,
    AddressBlocked,
    AddressUnusable,
)  # reveal something by being asked, so they are limited


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldForm:
    """The parsed details form. `form_key`: equal when it is sent twice. `network`: of the request, for limits.

    `ticks`: ticked consents. `kept`: questions whose answer the form said is kept in a profile field, with the field.
    `told`: what it said about the use of the details. `one_time`: the token of the one-time link. `test`: the host's
    own trial. `work`: the answer to a puzzle.
    """

    host: str
    meeting: str
    start: datetime
    invitee: Invitee
    answers: tuple[tuple[str, str], ...] = ()
    guests: tuple[str, ...] = ()
    form_key: str = ""
    network: str = ""
    ticks: Ticks = field(default_factory=Ticks)
    kept: tuple[tuple[str, str], ...] = ()
    told: str = ""
    one_time: str = ""
    test: bool = False
    work: str = ""


def hold_slot(rt: Runtime, form: HoldForm, *, now: datetime) -> Booking:
    """Hold a time and write its event. What goes wrong before an answer is due is refused here.

    Raises UnknownMeeting, OneTimeOnly, NotOffered, SlotTaken, HeldOtherwise, CalendarUnverified, TooManyRequests,
    NetworkBlocked, AddressBlocked, AddressUnusable.
    """
    try:
        booking, claimed = _hold(rt, form, now=now)
    except _REFUSALS:
        networks.count_refusal(rt, form.network, now=now)
        raise
    if claimed:
        return unless_withdrawn(publish_now(rt, booking.id, asked_at=now, claimed=claimed))
    return unless_withdrawn(current(rt, booking.id))


def take_again(rt: Runtime, token: str, *, network: str, now: datetime) -> Booking:
    """Take an ended hold's time again. The link proved the mailbox, so it is confirmed at once.

    A repeated call leads to the same booking. Raises NotOffered, SlotTaken, CalendarUnverified, BookingCancelled.
    """
    with transaction(rt.engine) as session:
        networks.use(rt, session, "confirm_per_network", network, now=now)
        ended, _ = links.locked(session, token, LinkPurpose.CONFIRM)
        tried = bookings.get(session, ended.successor_id) if ended.successor_id is not None else None
        if tried is not None and not tried.withdrawn:
            return tried
        if ended.state is BookingState.CANCELLED:
            raise BookingCancelled(f"booking {ended.id} was cancelled")
        if ended.blocks(now):
            raise SlotTaken("it is still held: confirm it")
        limit_refunds.forgive_proven(rt, session, ended)
        again = _again(rt, session, ended, tried=tried, now=now)
    return unless_withdrawn(publish_now(rt, again.id, asked_at=now))


def _hold(rt: Runtime, form: HoldForm, *, now: datetime) -> tuple[Booking, list[Work]]:
    """The deciding transaction: lock the host, end due holds, check offer and overlap, record.

    Returns also what is to be written to the calendar at once; nothing for a form sent twice.
    """
    with transaction(rt.engine) as session:
        # 1. Refuse whom the host need not wait for, before the host is locked.
        networks.refuse(rt, session, "refused_per_network", form.network, now=now)
        offering = read_offering(rt, session, form.host, form.meeting, now=now)
        refuse_without_link(offering.meeting, one_time=bool(form.one_time) or form.test)
        if not (form.one_time or form.test):
            network_blocks.refuse(offering.blocks, form.network, now=now)
        # 2. One at a time per host: a form sent twice is answered with the booking it made.
        lock_host(session, offering.host.id)
        set_up = offering.meeting, offering.host  # the lifetime of the hold alone is shortened under pressure
        known = bookings.by_form_key(session, offering.host.id, form.form_key) if form.form_key else None
        if known is not None and known.blocks(now) and known.time.start == form.start:
            _refuse_other_details(rt, known, form)
            ask_by_form.note(session, known, form.ticks, now=now)
            return known, []
        # 3. Decide: whether the address may be written to, the time is free, and the budget has room.
        if not form.test:
            refuse_address(rt, session, form.invitee.email, host_email=offering.host.email)
        expire_due_of(session, offering.host.id, now=now)
        time = bookable_slot(rt, session, offering, form.start, now=now)
        came_from = networks.marks(rt, form.network)
        room = _room(rt, session, offering, form, time, network=came_from, now=now)
        offering = replace(offering, meeting=pressed(offering.meeting, room, attacked=offering.attacked(now)))
        mail_limits.refuse_too_late(rt, session, came_from, within=offering.meeting.hold_lifetime, now=now)
        # 4. Record the booking with all that follows from it, and take the lane of its event.
        request = _request(rt, offering, form, time)
        if known is not None:
            bookings.let_go_of_form(session, known.id)
        booking = _create(
            rt,
            session,
            offering,
            request,
            form_key=form.form_key or None,
            network=came_from,
            proven=False,
            afforded=room.afforded,
            told=form.told,
            now=now,
        )
        if form.one_time:
            one_time_links.use(session, form.one_time, booking, now=now)
        hold_budget.note_hold(session, booking, network=came_from, now=now)
        question_fields.note(session, booking, form.kept, set_up[0], now=now)
        ask_by_form.note(session, booking, form.ticks, now=now)
        return booking, claim(rt, session, booking, of=set_up, now=now)


def _refuse_other_details(rt: Runtime, known: Booking, form: HoldForm) -> None:
    """Raises HeldOtherwise: the form, sent again, says more than a correctable address."""
    held = known.state is BookingState.HELD
    mended = held and not known.proven
    same_person = known.invitee.name == form.invitee.name and (mended or known.invitee.email == form.invitee.email)
    same_answers = sealed_answers.are(rt.ring, known, form.answers) and known.guests == form.guests
    if not (same_person and same_answers):
        raise HeldOtherwise(f"booking {known.id} was made with other details", public_id=known.public_id, held=held)


def _request(rt: Runtime, offering: Offering, form: HoldForm, time: Interval) -> Request:
    booking_id, questions = uuid4(), offering.meeting.questions
    answers, sealed = sealed_answers.parted(rt.ring, questions, form.answers, booking_id=booking_id)
    return Request(
        id=booking_id,
        public_id=new_public_id(),
        time=time,
        invitee=form.invitee,
        guests=form.guests,
        answers=answers,
        sealed=sealed,
        test=form.test,
    )


def _room(
    rt: Runtime,
    session: Session,
    offering: Offering,
    form: HoldForm,
    time: Interval,
    *,
    network: Sequence[str],
    now: datetime,
) -> Room:
    """The budget for this hold, after every limit counted the request. Raises TooManyRequests."""
    if not _may_hold(rt, session, offering, form, now=now):
        return NO_ROOM
    room = hold_budget.room_for(rt, session, offering, time, network=network, now=now)
    hold_budget.tell_host(rt, session, offering.host.id, room.used, now=now)
    asked = room.afforded and offering.keeps_times and wants_work(room.used, attacked=offering.attacked(now))
    worked = not asked or form.test or puzzles.use(rt, session, offering.meeting.id, time.start, form.work, now=now)
    return room if worked else NO_ROOM


def _may_hold(rt: Runtime, session: Session, offering: Offering, form: HoldForm, *, now: datetime) -> bool:
    """Count the request by every limit. False: it goes on without a hold. Raises TooManyRequests.

    Where nobody has to confirm, a request without a hold is impossible, so whatever denies the hold refuses the
    request.
    """
    mailbox = form.invitee.mailbox
    live = hold_budget.refuse_many(rt, session, network=form.network, mailbox=mailbox, now=now)
    mail_limits.refuse(rt, session, mailbox, now=now)
    asked = networks.use(rt, session, "book_per_network", form.network, now=now)
    limits.use(rt, session, "book_per_mailbox", mailbox, now=now)
    if offering.attacked(now):
        limits.use(rt, session, "book_per_mailbox_under_attack", mailbox, now=now)
    limits.use_guests(rt, session, form.guests, now=now)
    crowded = live or asked
    if offering.meeting.wants_doi(forced=offering.organisation.doi_forced):
        return not (crowded or hold_budget.many_at_host(rt, session, offering.host.id, mailbox, now=now))
    if crowded:
        raise crowded
    return True


def _create(
    rt: Runtime,
    session: Session,
    offering: Offering,
    request: Request,
    *,
    form_key: str | None,
    network: Sequence[str] = (),
    proven: bool,
    afforded: bool = True,
    told: str = "",
    now: datetime,
) -> Booking:
    """`told`: as in HoldForm; noted on the timeline, as the request agrees to it."""
    meeting = offering.meeting
    taken = reservations.taken(session, offering.host.id, request.time, now=now)
    decision = transitions.hold(
        request,
        meeting=meeting,
        doi=meeting.wants_doi(forced=offering.organisation.doi_forced),
        proven=proven,
        afforded=afforded,
        taken=[each.time for each in taken],
        now=now,
    )
    decision = replace(decision, detail=(*decision.detail, ("told", told)) if told else decision.detail)
    connected = [each for each in calendars.of_host(session, offering.host.id) if not each.left_out(now)]
    target = calendars.place_of(connected, meeting)
    booking = bookings.create(
        session,
        decision,
        calendar_id=target.id if target else None,
        form_key=form_key,
        network=network,
        now=now,
        publish_at=now + INLINE,
    )
    links.remember(rt, session, booking)
    return booking


def _again(rt: Runtime, session: Session, ended: Booking, *, tried: Booking | None, now: datetime) -> Booking:
    """`tried`: the booking that took its place before, and was withdrawn."""
    expire_due_of(session, ended.host_id, now=now)
    ended = bookings.get(session, ended.id)
    offering = offering_of_booking(rt, session, ended, now=now)
    time = bookable_slot(rt, session, offering, ended.time.start, now=now)
    booking_id = uuid4()
    request = Request(
        id=booking_id,
        public_id=new_public_id(),
        time=time,
        invitee=ended.invitee,
        guests=ended.guests,
        answers=ended.answers,
        sealed=sealed_answers.carried(rt.ring, ended, booking_id=booking_id),
    )
    again = _create(rt, session, offering, request, form_key=None, proven=True, now=now)
    one_time_links.use_again(session, tried or ended, again, now=now)
    ticks.show_with(session, again.id, ended.id)
    question_fields.carry(session, ended, again)
    question_fields.prove(session, again.id, offering.meeting, now=now)
    bookings.record(session, Decision(booking=replace(ended, successor_id=again.id)), now=now)
    return again
