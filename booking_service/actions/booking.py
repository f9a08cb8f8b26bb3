"""What people and the clock can do to bookings. Each action gathers, decides, records; then the calendar is written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlmodel import Session

from ..crypto.tokens import Purpose, code_matches, new_public_id
from ..domain import transitions
from ..domain.booking import Booking, BookingState, Cause, Decision, Party, Request
from ..domain.errors import (
    AddressBlocked,
    AddressUnusable,
    BookingCancelled,
    CalendarUnverified,
    SlotTaken,
    TooLate,
    UnknownBooking,
    WrongCode,
)
from ..domain.interval import Interval
from ..domain.people import Invitee, canonical_mailbox
from ..domain.slots import NotOffered, Reason, reasons_against
from ..domain.timeline import Happened
from ..runtime import Runtime
from ..storage import access, bookings, calendars, hosts, meetings, reservations, timeline
from ..storage.engine import lock_host, snapshot, transaction
from ..storage.offers import pulse
from . import budget
from .access import limits, links
from .calendar.publish import publish_now
from .offers import Offering, check, gather, of_pulse, offering

INLINE = timedelta(seconds=5)  # a worker leaves a run alone that this process began by itself
TAKEN = {Reason.BUSY, Reason.BOOKED, Reason.DAY_FULL, Reason.WEEK_FULL}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldForm:
    """What the details page brings, parsed. `form_key` is the same when it is submitted twice; `network` is where it
    came from, for limits."""

    host: str
    meeting: str
    start: datetime
    invitee: Invitee
    answers: tuple[tuple[str, str], ...] = ()
    guests: tuple[str, ...] = ()
    form_key: str = ""
    network: str = ""


def hold_slot(rt: Runtime, form: HoldForm, *, now: datetime) -> Booking:
    """Hold a time and write it to the host's calendar; what went wrong there before an answer was due is refused here.

    Raises UnknownMeeting, NotOffered, SlotTaken, CalendarUnverified, TooManyRequests, AddressBlocked, AddressUnusable.
    """
    booking = _hold(rt, form, now=now)
    if booking.decided_at == now:  # made by this very request, not by the first of a double submit
        publish_now(rt, booking.id, asked_at=now)
    return unless_withdrawn(current(rt, booking.id))


def confirm(rt: Runtime, token: str, *, network: str, now: datetime) -> Booking:
    """The invitee pressed the button behind the mailed link. Raises UnknownBooking, HoldExpired, BookingCancelled;
    SlotTaken: the time was not held, and somebody else was first."""
    with transaction(rt.engine) as session:
        limits.use(rt, session, "confirm_per_network", network, now=now)
        booking, _ = links.opened(session, token, Purpose.CONFIRM)
        before = bookings.lock(session, booking.id)
        agree(rt, session, before, by=Party.INVITEE, now=now)
    return published(rt, before, now=now)


def confirm_by_code(rt: Runtime, public_id: str, typed: str, *, now: datetime) -> Booking:
    """The six digits of the mail, typed into the waiting page. Raises WrongCode, TooManyRequests and as `confirm`."""
    right = False
    with transaction(rt.engine) as session:
        before = lock_by_public_id(session, public_id)
        limits.use(rt, session, "codes_per_booking", before.id, now=now)
        right = code_matches(rt.ring, before.id, before.generation, typed=typed)
        if right:
            agree(rt, session, before, by=Party.INVITEE, now=now)
    if not right:  # after the commit, so that the try counts
        raise WrongCode("these are not the six digits of the mail")
    return published(rt, before, now=now)


def take_again(rt: Runtime, token: str, *, network: str, now: datetime) -> Booking:
    """Take the time of an ended hold again. The link proved the mailbox, so it is confirmed in the same act.

    Doing it twice leads to the same new booking. Raises NotOffered, SlotTaken, CalendarUnverified, BookingCancelled.
    """
    with transaction(rt.engine) as session:
        limits.use(rt, session, "confirm_per_network", network, now=now)
        opened, _ = links.opened(session, token, Purpose.CONFIRM)
        ended = bookings.lock(session, opened.id)
        if ended.successor_id is not None:
            return bookings.get(session, ended.successor_id)
        if ended.state is BookingState.CANCELLED:
            raise BookingCancelled(f"booking {ended.id} was cancelled")
        if ended.blocks(now):
            raise SlotTaken("it is still held: confirm it")
        again = _again(rt, session, ended, now=now)
    publish_now(rt, again.id, asked_at=now)
    return unless_withdrawn(current(rt, again.id))


def resend(rt: Runtime, public_id: str, *, now: datetime) -> Booking:
    """The mail with the link once more. Raises TooManyRequests (says from when on), HoldExpired, BookingCancelled."""
    with transaction(rt.engine) as session:
        return _resend(rt, session, lock_by_public_id(session, public_id), now=now)


def correct_address(rt: Runtime, public_id: str, email: str, *, network: str = "", now: datetime) -> Booking:
    """Send the link to another address instead; the old link dies. Raises as `resend`, AddressBlocked, AddressUnusable.

    It counts for its network as a hold does: otherwise one hold would be a way to write to everybody.
    """
    with transaction(rt.engine) as session:
        booking = lock_by_public_id(session, public_id)
        if email == booking.invitee.email:
            return _resend(rt, session, booking, now=now)
        meeting = meetings.get(session, booking.meeting_type_id)
        decision = transitions.correct_address(booking, email, meeting=meeting, now=now)
        refuse_address(rt, session, email, host_email=hosts.get(session, booking.host_id).email)
        if canonical_mailbox(email) != booking.invitee.mailbox:
            budget.refuse_many(rt, session, mailbox=canonical_mailbox(email), now=now)
        limits.use(rt, session, "book_per_network", network, now=now)
        limits.use(rt, session, "book_per_mailbox", canonical_mailbox(email), now=now)
        limits.use_mail(rt, session, now=now)
        links.remember(rt, session, decision.booking)
        return bookings.record(session, decision, now=now)


def release(rt: Runtime, public_id: str, *, now: datetime) -> Booking:
    """Give a hold up from the waiting page. A confirmed booking is cancelled by its mailed link only."""
    with transaction(rt.engine) as session:
        booking = lock_by_public_id(session, public_id)
        if booking.state is not BookingState.HELD:
            return booking
        bookings.record(
            session, transitions.cancel(booking, by=Party.INVITEE, now=now), now=now, publish_at=now + INLINE
        )
    return published(rt, booking, now=now)


def not_me(rt: Runtime, token: str, *, block: bool, now: datetime, link: Purpose = Purpose.NOT_ME) -> Booking:
    """Whoever holds the mailbox by this `link` did not ask for it: release the time; with `block`, never write again."""
    with transaction(rt.engine) as session:
        opened, _ = links.opened(session, token, link)
        booking = bookings.lock(session, opened.id)
        if block:
            access.block(session, limits.mailbox_marks(rt, booking.invitee.email)[0], now=now)
            timeline.add(session, booking.id, Happened.BLOCKED, by=Party.INVITEE, at=now)
        if booking.state is BookingState.HELD:
            decision = transitions.cancel(booking, by=Party.INVITEE, cause=Cause.NOT_ME, now=now)
            bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def cancel(rt: Runtime, token: str, *, reason: str, now: datetime) -> Booking:
    """The invitee cancels by the manage link. Raises UnknownBooking, TooLate."""
    with transaction(rt.engine) as session:
        opened, _ = links.opened(session, token, Purpose.MANAGE)
        booking = bookings.lock(session, opened.id)
        if booking.live:
            meeting = meetings.get(session, booking.meeting_type_id)
            transitions.check_changeable(booking, by=Party.INVITEE, meeting=meeting, now=now)
            decision = transitions.cancel(booking, by=Party.INVITEE, reason=reason, now=now)
            bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def cancel_by_host(rt: Runtime, booking_id: UUID, *, reason: str, now: datetime) -> Booking:
    """The host (or the person who runs the server on their behalf) cancels."""
    with transaction(rt.engine) as session:
        booking = bookings.lock(session, booking_id)
        decision = transitions.cancel(booking, by=Party.HOST, reason=reason, now=now)
        bookings.record(session, decision, now=now, publish_at=now + INLINE)
    return published(rt, booking, now=now)


def move(rt: Runtime, token: str, start: datetime, *, now: datetime) -> Booking:
    """The invitee takes another time. The old one is kept until the new one is known to be free in the calendar.

    Raises NotOffered, SlotTaken (then the old time still stands), CalendarUnverified, TooLate, TooManyMoves.
    """
    with transaction(rt.engine) as session:
        opened, _ = links.opened(session, token, Purpose.MANAGE)
        before = bookings.lock(session, opened.id)
        _move(rt, session, before, start, now=now)
    return _moved(rt, before, start, now=now)


def move_hold(rt: Runtime, public_id: str, start: datetime, *, now: datetime) -> Booking:
    """Another time for a hold, from its waiting page. Raises as `move`; TooLate: it is confirmed, and its link moves."""
    with transaction(rt.engine) as session:
        before = lock_by_public_id(session, public_id)
        if before.state is BookingState.CONFIRMED:
            raise TooLate("a confirmed booking is moved by its mailed link only")
        _move(rt, session, before, start, now=now)
        limits.use_move(rt, session, before, start, now=now)
    return _moved(rt, before, start, now=now)


def expire_due(rt: Runtime, *, now: datetime) -> int:
    """End every hold whose deadline has come, each in a transaction of its own. Returns how many."""
    with transaction(rt.engine) as session:
        due = bookings.due_holds(session, now=now)
    for booking_id in due:
        with transaction(rt.engine) as session:
            bookings.record(session, transitions.expire(bookings.lock(session, booking_id), now=now), now=now)
    return len(due)


def current(rt: Runtime, booking_id: UUID) -> Booking:
    with snapshot(rt.engine) as session:
        return bookings.get(session, booking_id)


def timeline_of(rt: Runtime, booking_id: UUID) -> list[timeline.TimelineEntry]:
    """What happened to a booking, when, by whom, in order."""
    with snapshot(rt.engine) as session:
        return timeline.of_booking(session, booking_id)


def _hold(rt: Runtime, form: HoldForm, *, now: datetime) -> Booking:
    """The deciding transaction: host locked, due holds ended, offer and overlap checked, all of it recorded."""
    with transaction(rt.engine) as session:
        found = offering(rt, session, form.host, form.meeting, now=now)
        lock_host(session, found.host.id)
        known = bookings.by_form_key(session, found.host.id, form.form_key) if form.form_key else None
        if known is not None and known.blocks(now) and known.time.start == form.start:
            return known
        refuse_address(rt, session, form.invitee.email, host_email=found.host.email)
        expire_due_of(session, found.host.id, now=now)
        time = bookable_slot(rt, session, found, form.start, now=now)
        budget.refuse_many(rt, session, network=form.network, mailbox=form.invitee.mailbox, now=now)
        limits.use(rt, session, "book_per_network", form.network, now=now)
        limits.use(rt, session, "book_per_mailbox", form.invitee.mailbox, now=now)
        limits.use_guests(rt, session, form.guests, now=now)
        if found.meeting.wants_doi(forced=found.organisation.doi_forced):
            limits.refuse_unconfirmed(rt, session, found.host.id, now=now)
            limits.use_mail(rt, session, now=now)
        request = Request(
            id=uuid4(), public_id=new_public_id(), time=time, invitee=form.invitee, guests=form.guests,
            answers=form.answers,
        )  # fmt: skip
        key = form.form_key or None if known is None else None
        mark = budget.network_mark(rt, form.network)
        return _create(rt, session, found, request, form_key=key, network=mark, proven=False, now=now)


def _create(
    rt: Runtime,
    session: Session,
    found: Offering,
    request: Request,
    *,
    form_key: str | None,
    network: str = "",
    proven: bool,
    now: datetime,
) -> Booking:
    meeting = found.meeting
    taken = reservations.taken(session, found.host.id, request.time, now=now)
    decision = transitions.hold(
        request, meeting=meeting, doi=meeting.wants_doi(forced=found.organisation.doi_forced), proven=proven,
        afforded=proven or budget.affords_hold(rt, session, found, request.time, now=now),
        taken=[each.time for each in taken], now=now,
    )  # fmt: skip
    target = calendars.target_of(calendars.of_host(session, found.host.id))
    booking = bookings.create(
        session, decision, calendar_id=target.id if target else None, form_key=form_key,
        network=network, now=now, publish_at=now + INLINE,
    )  # fmt: skip
    links.remember(rt, session, booking)
    return booking


def _again(rt: Runtime, session: Session, ended: Booking, *, now: datetime) -> Booking:
    expire_due_of(session, ended.host_id, now=now)
    ended = bookings.get(session, ended.id)
    found = offering_of_booking(rt, session, ended, now=now)
    time = bookable_slot(rt, session, found, ended.time.start, now=now)
    request = Request(
        id=uuid4(), public_id=new_public_id(), time=time, invitee=ended.invitee, guests=ended.guests,
        answers=ended.answers,
    )  # fmt: skip
    again = _create(rt, session, found, request, form_key=None, proven=True, now=now)
    bookings.record(session, Decision(booking=replace(ended, successor_id=again.id)), now=now)
    return again


def _move(rt: Runtime, session: Session, booking: Booking, start: datetime, *, now: datetime) -> None:
    expire_due_of(session, booking.host_id, now=now)
    found = offering_of_booking(rt, session, booking, now=now)
    transitions.check_changeable(booking, by=Party.INVITEE, meeting=found.meeting, now=now)
    if start != booking.time.start:
        time = bookable_slot(rt, session, found, start, now=now, but=booking.id)
        decision = transitions.move(
            booking, time, by=Party.INVITEE, meeting=found.meeting, taken=(), now=now,
            afforded=budget.affords_hold(rt, session, found, time, now=now, but=booking.id),
        )  # fmt: skip
        bookings.record(session, decision, now=now, publish_at=now + INLINE)


def _moved(rt: Runtime, before: Booking, start: datetime, *, now: datetime) -> Booking:
    """The booking at its new time, after its calendar was written. Raises why it was moved back where it was."""
    moved = published(rt, before, now=now)
    if moved.time.start != start and moved.live:
        last = [entry for entry in timeline_of(rt, moved.id) if entry.what in (Happened.MOVED, Happened.MOVED_BACK)][-1]
        if last.what == Happened.MOVED:  # by the host, meanwhile: that is where it stands
            return moved
        if last.detail.get("cause") == Cause.CALENDAR:
            raise CalendarUnverified("the calendar did not answer; the old time stands")
        raise SlotTaken("the new time was taken meanwhile; the old time stands")
    return moved


def agree(rt: Runtime, session: Session, booking: Booking, *, by: Party, now: datetime) -> None:
    """Raises as `confirm`."""
    meeting = meetings.get(session, booking.meeting_type_id)
    decision = transitions.confirm(booking, by=by, meeting=meeting, now=now)
    if not booking.reserves and decision.happened == Happened.CONFIRMED:
        expire_due_of(session, booking.host_id, now=now)
        _refuse_lost(rt, session, booking, now=now)
    bookings.record(session, decision, now=now, publish_at=now + INLINE)


def published(rt: Runtime, before: Booking, *, now: datetime) -> Booking:
    """The booking after its calendar was written, if a decision was made at `now`; as it stands otherwise."""
    decided = current(rt, before.id)
    if decided.decided_at == now and decided.revision != before.revision:
        publish_now(rt, before.id, asked_at=now)
        return current(rt, before.id)
    return decided


def unless_withdrawn(booking: Booking) -> Booking:
    if booking.state is BookingState.CANCELLED and booking.cancelled_by is Party.SYSTEM:
        if booking.cause is Cause.CALENDAR:
            raise CalendarUnverified("the host's calendar could not be written; nothing was booked")
        raise SlotTaken("somebody else was there first")
    return booking


def bookable_slot(
    rt: Runtime, session: Session, found: Offering, start: datetime, *, now: datetime, but: UUID | None = None
) -> Interval:
    """Raises SlotTaken where the time was offered and is gone, NotOffered where it never was, CalendarUnverified."""
    try:
        return check(rt, session, found, start, now=now, but=but)
    except NotOffered as error:
        if error.reason in TAKEN:
            raise SlotTaken(f"{start:%Y-%m-%d %H:%M} UTC is {error.reason}") from error
        raise


def expire_due_of(session: Session, host_id: UUID, *, now: datetime) -> None:
    """Holds past their deadline must not be in the way of the database's constraint."""
    for booking_id in bookings.due_holds(session, host_id=host_id, now=now):
        bookings.record(session, transitions.expire(bookings.get(session, booking_id), now=now), now=now)


def _refuse_lost(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> None:
    """A time that nothing held is taken now or never. Raises SlotTaken: others were first."""
    found = offering_of_booking(rt, session, booking, now=now)
    facts = gather(session, found, booking.time, now=now, but=booking.id)
    if lost := TAKEN.intersection(reasons_against(facts, booking.time.start)):
        raise SlotTaken(f"{booking.time.start:%Y-%m-%d %H:%M} UTC is {min(lost)}")


def offering_of_booking(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> Offering:
    """What the booking is one of, whether or not it still takes new ones."""
    host, meeting = hosts.get(session, booking.host_id), meetings.get(session, booking.meeting_type_id)
    beat = pulse(session.connection(), host.slug, meeting.slug, now=now)
    if beat is None:
        raise UnknownBooking("its meeting type is gone")
    return of_pulse(rt, session, beat)


def _resend(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> Booking:
    decision = transitions.resend(booking, now=now)  # refuses for the better reason first
    limits.use(rt, session, "book_per_mailbox", booking.invitee.mailbox, now=now)
    limits.use_mail(rt, session, now=now)
    return bookings.record(session, decision, now=now)


def lock_by_public_id(session: Session, public_id: str) -> Booking:
    booking = bookings.by_public_id(session, public_id)
    if booking is None:
        raise UnknownBooking("no booking answers to this address")
    return bookings.lock(session, booking.id)


def refuse_address(rt: Runtime, session: Session, email: str, *, host_email: str) -> None:
    mailbox = canonical_mailbox(email)
    own: Iterable[str | None] = (host_email, rt.settings.smtp.sender)
    if mailbox in {canonical_mailbox(each) for each in own if each}:
        raise AddressUnusable("mail to this address would come back to the host")
    if access.is_blocked(session, limits.mailbox_marks(rt, email)):
        raise AddressBlocked("this mailbox asked for no more mail")
