"""What an auditor would check from outside: the database, the calendars, the page and the mails agree.

`always` holds after every single step, whatever is still under way. `at_rest` holds once calendars and mail server answer
and everything due was performed: nothing is missing, nothing is left. The numbers are those of the promises.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from uuid import UUID

from sqlmodel import select

from booking_service.actions.operations.consistency import audit_all
from booking_service.actions.times.offers import find_slots
from booking_service.cache import Cache
from booking_service.domain.booking import Booking, BookingState, Cause, Party
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import HoldPolicy
from booking_service.domain.reservation import Reservation, Verdict
from booking_service.mail.message import OutgoingMail
from booking_service.storage import calendars, consistency, outbox, reservations
from booking_service.storage.engine import snapshot
from booking_service.storage.tables.booking import StretchRow
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.storage.timeline import TimelineEntry
from calendars.ical.ics import OurEvent
from calendars.ical.lines import lines
from calendars.model import EventStatus
from tests.world import World

_LEGAL = {
    None: {"held", "confirmed"},
    "held": {"held", "confirmed", "expired", "cancelled"},
    "confirmed": {"confirmed", "cancelled"},
    "expired": {"expired"},
    "cancelled": {"cancelled"},
}
_NEEDS = {
    "confirm-booking": "held",
    "hold-reminder": "held",
    "hold-ended": "expired",
    "booked": "confirmed",
    "host-booked": "confirmed",
    "moved": "moved",
    "host-moved": "moved",
    "cancelled": "cancelled",
    "host-cancelled": "cancelled",
    "reminder": "confirmed",
    "approve-booking": "held",
    "host-held": "held",
    "uninvited": "confirmed",
    "guest-declined": "guest-declined",
    "guest-comes": "guest-comes",
    "time-offered": "offered",
    "offer-declined": "offer-declined",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """All that the database says at one moment."""

    bookings: list[Booking]
    reservations: Mapping[UUID, Reservation]  # by booking
    timelines: Mapping[UUID, list[TimelineEntry]]
    stretches: list[StretchRow]
    open_effects: list[OutboxRow]
    closed: bool  # a calendar that counts can't be verified


def always(world: World) -> None:
    kept = _everything(world)
    _nobody_overlaps(world, kept)
    _one_uid_is_one_event(world)
    _an_ended_hold_takes_nothing(world, kept)
    _events_carry_nobody(world)
    _mails_tell_what_is_committed(world, kept)
    _announced_only_what_stood(world, kept)
    _invitations_have_an_order(world)
    _what_cannot_be_verified_is_not_free(world, kept)
    _promises_are_kept(kept)
    _history_is_legal(kept)
    _no_work_is_forgotten(world, kept)


def at_rest(world: World) -> None:
    always(world)
    kept = _everything(world)
    for booking in kept.bookings:
        stands_as_decided(world, booking, kept.reservations[booking.id])
    _every_owed_mail_arrived(world, kept)
    waiting = [row for row in kept.open_effects if row.due_at <= world.now and row.dead_at is None]
    assert waiting == [], f"still due: {[(row.key, row.error) for row in waiting]}"
    found = [each for each in audit_all(world.rt, now=world.now) if each.question != "Q12"]  # Q12: mails given up
    assert found == [], f"our own audit finds {found}"


def _everything(world: World) -> Kept:
    with snapshot(world.rt.engine) as session:
        connected = calendars.looked_at(calendars.every(session))
        within = world.rt.settings.calendar.freshness_max
        return Kept(
            consistency.every_booking(session),
            {each.booking_id: each for each in consistency.every_reservation(session)},
            {booking_id: list(entries) for booking_id, entries in consistency.timelines(session)},
            list(session.exec(select(StretchRow))),
            outbox.open_rows(session),
            not all(each.fresh(now=world.now, within=within) for each in connected),
        )


def _nobody_overlaps(world: World, kept: Kept) -> None:
    """I1, by the rows that exclude and by the bookings themselves."""
    live = [row for row in kept.stretches if not row.overridden and _in_force(world, row)]
    for one, other in combinations(live, 2):
        if one.reservation_id != other.reservation_id and one.host_id == other.host_id:
            assert not (one.starts_at < other.ends_at and other.starts_at < one.ends_at), f"I1: {one} over {other}"
    blocking = [each for each in kept.bookings if each.blocks(world.now) and each.reserves]
    for first, second in combinations(blocking, 2):
        marked = first.conflicted or second.conflicted
        assert marked or not first.time.overlaps(second.time), f"I1: {first} over {second}"


def _one_uid_is_one_event(world: World) -> None:
    """I2."""
    uids = Counter(event.uid for event in _events(world))
    assert not [uid for uid, count in uids.items() if count > 1], f"I2: {uids}"


def _an_ended_hold_takes_nothing(world: World, kept: Kept) -> None:
    """I3: what keeps others out now is exactly what blocks now, whether or not the worker has come to it."""
    everywhere = Interval(world.now - timedelta(days=30), world.now + timedelta(days=400))
    with snapshot(world.rt.engine) as session:
        taken = {each.time for each in reservations.taken(session, world.host.id, everywhere, now=world.now)}
    expected = set()
    for booking in kept.bookings:
        if booking.blocks(world.now) and booking.reserves:
            beside = kept.reservations[booking.id].beside
            expected |= {booking.time} | ({beside} if beside else set())
    assert {each for each in taken if everywhere.covers(each)} == {each for each in expected if everywhere.covers(each)}


def _events_carry_nobody(world: World) -> None:
    """No server may mail a stranger: the host's copy has neither ORGANIZER nor ATTENDEE."""
    for body in world.calendar.bodies():
        if b"X-BOOKING-ID" in body:
            assert b"ATTENDEE" not in body
            assert b"ORGANIZER" not in body


def _mails_tell_what_is_committed(world: World, kept: Kept) -> None:
    """I4: no mail of a state that was never reached, and no two different mails under one Message-ID."""
    for entries in kept.timelines.values():
        happened: set[str] = set()
        for entry in entries:
            if entry.what == "mailed":
                assert _NEEDS[entry.detail["kind"]] in happened, f"I4: {entry} after {happened}"
            happened.add(entry.what)
    subjects: dict[str, tuple[str, str]] = {}
    for mail in world.mails.sent:
        # A host hears nothing of a move of their own: a notice that is tried again then tells the time it has now.
        said = (mail.to.address, mail.subject if mail.to.address != world.host.email else "")
        assert subjects.setdefault(mail.message_id, said) == said, f"I4: one Message-ID, two mails: {said}"


def _announced_only_what_stood(world: World, kept: Kept) -> None:
    """I2, I4: a hold's invitee is asked only once its event stood in the calendar."""
    for booking in kept.bookings:
        entries = [entry for entry in kept.timelines[booking.id] if entry.what in ("written", "mailed")]
        asked = next((entry for entry in entries if entry.detail.get("kind") == "confirm-booking"), None)
        if asked is not None and booking.reserves and _policy(world, booking) is HoldPolicy.CALENDAR:
            assert "written" in {entry.what for entry in entries[: entries.index(asked)]}, "I2: asked before it stood"


def _invitations_have_an_order(world: World) -> None:
    """RFC 5546: to each attendee SEQUENCE never falls, another time never comes under the same one, and CANCEL only
    follows a REQUEST."""
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for mail in world.mails.tried:
        if mail.calendar is None:
            continue
        said = _said(mail)
        key, sequence, start = (said["UID"], mail.to.address), int(said["SEQUENCE"]), said["DTSTART"]
        known = key in last or said["UID"] in world.mails.unknown
        assert known or mail.calendar.method == "REQUEST", "a CANCEL of what was never told"
        before = last.get(key, (-1, ""))
        assert sequence > before[0] or (sequence, start) == before, f"I4: {before} and then {(sequence, start)}"
        last[key] = (sequence, start)


def _what_cannot_be_verified_is_not_free(world: World, kept: Kept) -> None:
    """I6; and what the page remembers is what it would find out anew."""
    today = world.now.replace(hour=0, minute=0, second=0, microsecond=0)  # as pages ask: what they remember is by day
    ahead = Interval(today, today + timedelta(days=3))
    for kind in ("intro", "quick"):
        page = find_slots(world.rt, "ada", kind, ahead, now=world.now)
        assert not (kept.closed and page.slots), "I6: offered although a calendar can't be verified"
        anew = find_slots(replace(world.rt, cache=Cache()), "ada", kind, ahead, now=world.now)
        assert page == anew, "the page remembers something that is not so any more"


def _promises_are_kept(kept: Kept) -> None:
    """I4, I7: this service never takes back by itself what a mail has promised."""
    for booking in kept.bookings:
        if booking.cancelled_by is Party.SYSTEM and booking.cause in (Cause.TAKEN, Cause.CALENDAR):
            assert not booking.asked, f"taken back after it was promised: {booking}"
            assert not booking.invited, f"taken back after it was promised: {booking}"


def _history_is_legal(kept: Kept) -> None:
    for booking in kept.bookings:
        state = None
        for entry in kept.timelines[booking.id]:
            if entry.what in _LEGAL:
                assert entry.what in _LEGAL[state], f"{state} → {entry.what}"
                state = entry.what
        assert state == booking.state


def _no_work_is_forgotten(world: World, kept: Kept) -> None:
    """I12: whatever the calendar does not show as decided has an effect in the outbox that will see to it."""
    waiting = {row.key for row in kept.open_effects if row.dead_at is None}
    for booking in kept.bookings:
        r = kept.reservations[booking.id]
        if f"publish:{r.id}" not in waiting:
            why = list(_unfinished(world, booking, r))
            assert why == [], f"I12: {booking.state} and nobody will come, although {why}"


def _unfinished(world: World, booking: Booking, r: Reservation) -> Iterator[str]:
    if r.marked:
        yield "its event changed"
    if booking.blocks(world.now):
        if booking.owed:
            yield "it owes mails"
        if r.verdict is not Verdict.CLEAN:
            yield "nobody looked"
        if _wanted_status(world, booking) is not None and r.base != r.revision and booking.time.end > world.now:
            yield "its event is an older one"
    elif not booking.live and (r.seen or r.touched):
        yield "its event may still stand"


def stands_as_decided(world: World, booking: Booking, r: Reservation) -> None:
    """I2: exactly one event, at the booking's time and of its status; none once it has ended. What a host does with the
    event of a meeting that is over is nobody's news."""
    if booking.time.end <= world.now:
        return
    events, wanted = [event for event in _events(world) if event.uid == r.uid], _wanted_status(world, booking)
    assert len(events) == (wanted is not None), f"I2: {booking.state} with {events}"
    for event in events:
        assert event.status is wanted, f"I2: {event.status} while it is {booking.state}"
        assert (event.time.start, event.time.end) == (booking.time.start, booking.time.end), (
            f"I2: {event} for {booking}"
        )
        assert event.opaque


def _every_owed_mail_arrived(world: World, kept: Kept) -> None:
    """I4: everybody knows how it stands."""
    given_up = {row.payload.get("booking_id") for row in kept.open_effects if row.dead_at is not None}
    for booking in kept.bookings:
        if str(booking.id) in given_up:
            continue
        assert not booking.owed or not booking.blocks(world.now), f"I4: never announced: {booking.owed}"
        got = [mail for mail in world.mails.to(booking.invitee.email) if mail.calendar]
        ours = [mail for mail in got if _said(mail)["UID"] == kept.reservations[booking.id].uid]
        methods = [mail.calendar.method for mail in ours if mail.calendar]
        if booking.state is BookingState.CONFIRMED and booking.time.start > world.now:
            assert methods[-1:] == ["REQUEST"], "I4: confirmed, and nobody was told"
            assert _said(ours[-1])["DTSTART"] == f"{booking.time.start:%Y%m%dT%H%M%SZ}", "I4: told another time"
            assert int(_said(ours[-1])["SEQUENCE"]) <= booking.sequence
        if booking.state is BookingState.CANCELLED and methods:
            assert methods[-1:] == ["CANCEL"], f"I4: cancelled after an invitation, told {methods}"
        if booking.blocks(world.now) and booking.asked and Party.INVITEE in booking.awaits:
            asked = [e for e in kept.timelines[booking.id] if e.detail.get("kind") == "confirm-booking"]
            assert asked[-1].what == "mailed"
            assert asked[-1].detail["starts_at"] == booking.time.start.isoformat(), "I4: asked about another time"


def _wanted_status(world: World, booking: Booking) -> EventStatus | None:
    if not booking.blocks(world.now):
        return None
    if booking.state is BookingState.CONFIRMED:
        return EventStatus.CONFIRMED
    in_calendar = booking.reserves and _policy(world, booking) is HoldPolicy.CALENDAR
    return EventStatus.TENTATIVE if in_calendar else None


def _policy(world: World, booking: Booking) -> HoldPolicy:
    return (world.intro if booking.meeting_type_id == world.intro.id else world.quick).hold_policy


def _in_force(world: World, row: StretchRow) -> bool:
    return row.hold_until is None or row.hold_until > world.now


def _events(world: World) -> list[OurEvent]:
    return [event for calendar in (world.calendar, *world.others) for event in calendar.events()]


def _said(mail: OutgoingMail) -> dict[str, str]:
    """The first value of each property of a mail's calendar part."""
    assert mail.calendar is not None
    return {each.name: each.value for each in reversed(list(lines(mail.calendar.body)))}
