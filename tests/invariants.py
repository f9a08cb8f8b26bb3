"""What an auditor would check from outside: the database, the calendar and the mails agree, at every moment or at rest."""

from collections import Counter
from itertools import combinations

from sqlmodel import select

from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.meeting import HoldPolicy
from booking_service.mail.message import OutgoingMail
from booking_service.storage import history, outbox, reservations
from booking_service.storage.engine import snapshot
from booking_service.storage.tables import StretchRow
from calendars.ics import OurEvent
from calendars.model import EventStatus
from tests.world import World

_LEGAL = {
    None: {"held", "confirmed"},
    "held": {"held", "confirmed", "expired", "cancelled"},
    "confirmed": {"confirmed", "cancelled"},
    "expired": {"expired"},
    "cancelled": {"cancelled"},
}


def always(world: World) -> None:
    """Safety: holds after every single step, whatever is still under way."""
    _nobody_overlaps(world)
    _events_carry_nobody(world)
    _mails_tell_what_is_committed(world)
    _history_is_legal(world)


def at_rest(world: World) -> None:
    """Liveness: once calendar and mail server answer and everything due was performed, nothing is missing and nothing left."""
    always(world)
    _one_event_for_each_live_booking(world)
    _every_owed_mail_arrived(world)
    with snapshot(world.rt.engine) as session:
        waiting = [row for row in outbox.open_rows(session) if row.due_at <= world.now]
    assert waiting == [], f"still due: {[(row.key, row.error) for row in waiting]}"


def _nobody_overlaps(world: World) -> None:
    with snapshot(world.rt.engine) as session:
        rows = session.exec(select(StretchRow)).all()
    live = [row for row in rows if not row.overridden and (row.hold_until is None or row.hold_until > world.now)]
    for one, other in combinations(live, 2):
        if one.reservation_id != other.reservation_id and one.host_id == other.host_id:
            assert not (one.starts_at < other.ends_at and other.starts_at < one.ends_at), f"{one} over {other}"


def _events_carry_nobody(world: World) -> None:
    """No server may mail a stranger: the host's copy has neither ORGANIZER nor ATTENDEE."""
    for body in world.calendar.bodies():
        if b"X-BOOKING-ID" in body:
            assert b"ATTENDEE" not in body
            assert b"ORGANIZER" not in body


def _mails_tell_what_is_committed(world: World) -> None:
    """No mail of a state that was never reached, and no two different mails under one Message-ID."""
    reached = {booking.id: _states(world, booking) for booking in world.all_bookings()}
    subjects: dict[str, tuple[str, str]] = {}
    for mail in world.mails.sent:
        said = (mail.to.address, mail.subject)
        assert subjects.setdefault(mail.message_id, said) == said, f"one Message-ID, two mails: {said}"
        method = mail.calendar.method if mail.calendar else None
        if method:
            uid = _uid(mail)
            booking = _booking_of(world, uid)
            needed = "confirmed" if method == "REQUEST" else "cancelled"
            left = mail.to.address not in (booking.invitee.email, *booking.guests)  # a guest who declined
            assert left or needed in reached[booking.id], f"{method} for a booking that was never {needed}"


def _history_is_legal(world: World) -> None:
    for booking in world.all_bookings():
        state = None
        for what in _states(world, booking):
            assert what in _LEGAL[state], f"{state} → {what}"
            state = what
        assert state == booking.state


def _one_event_for_each_live_booking(world: World) -> None:
    events = Counter(event.uid for event in world.calendar.events())
    by_uid = {event.uid: event for event in world.calendar.events()}
    for booking in world.all_bookings():
        uid = world.reservation(booking).uid
        wanted = _wanted_status(world, booking)
        assert events[uid] == (wanted is not None), f"{booking.state}: {events[uid]} events"
        if wanted is not None:
            event: OurEvent = by_uid[uid]
            assert event.status is wanted
            assert (event.time.start, event.time.end) == (booking.time.start, booking.time.end)
            assert event.opaque


def _every_owed_mail_arrived(world: World) -> None:
    for booking in world.all_bookings():
        assert not booking.owed or not booking.blocks(world.now), f"never announced: {booking.owed}"
        got = world.mails.to(booking.invitee.email)
        methods = [
            mail.calendar.method for mail in got if mail.calendar and _uid(mail) == world.reservation(booking).uid
        ]
        if booking.state is BookingState.CONFIRMED:
            assert "REQUEST" in methods, "confirmed, and nobody was told"
        if booking.state is BookingState.CANCELLED and booking.invited:
            assert methods[-1:] == ["CANCEL"], f"cancelled after an invitation, told {methods}"


def _wanted_status(world: World, booking: Booking) -> EventStatus | None:
    if not booking.blocks(world.now):
        return None
    if booking.state is BookingState.CONFIRMED:
        return EventStatus.CONFIRMED
    kind = world.intro if booking.meeting_type_id == world.intro.id else world.quick
    in_calendar = booking.reserves and kind.hold_policy is HoldPolicy.CALENDAR
    return EventStatus.TENTATIVE if in_calendar else None


def _states(world: World, booking: Booking) -> list[str]:
    with snapshot(world.rt.engine) as session:
        entries = history.of_booking(session, booking.id)
    return [entry.what for entry in entries if entry.what in _LEGAL]


def _uid(mail: OutgoingMail) -> str:
    assert mail.calendar is not None
    lines = mail.calendar.body.decode().replace("\r\n ", "").splitlines()
    return next(line.removeprefix("UID:") for line in lines if line.startswith("UID:"))


def _booking_of(world: World, uid: str) -> Booking:
    with snapshot(world.rt.engine) as session:
        return world.booking(reservations.by_uids(session, [uid])[uid].booking_id)
