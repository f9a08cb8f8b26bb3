"""The audit: do database, mails and calendars say the same? Read-only; work in progress is no finding.

Every question has a permanent id, so that a monitor can name it:

Q1 two live bookings of a host overlap · Q2 a confirmed booking without its one event
Q3 a hold past its deadline is kept · Q4 a mail about a state that never was · Q5 a state that owes a mail has none
Q7 an event without a live booking · Q9 an event's SEQUENCE is behind · Q12 effects given up, overdue or never queued
Q13 a timeline that skips a step · Q15 an event that names attendees or an organizer
Q17 a contact that survived the erasure of one merged with it

A finding names its safe repair, if there is one (`repair` performs it).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from calendars.errors import CalendarError, explain
from calendars.ical import ics
from calendars.ical.lines import lines
from calendars.model import EventStatus, Period, StoredObject

from ...domain.booking import Booking, BookingState
from ...domain.effects import MailKind
from ...domain.interval import Interval
from ...domain.mail_kinds import ROWS
from ...domain.reservation import Reservation
from ...domain.timeline import Happened
from ...invites import BOOKING_ID, booking_page, revision_of
from ...runtime import Runtime
from ...storage import bookings, calendars, consistency, outbox
from ...storage.busy import name_of
from ...storage.calendars import Connected
from ...storage.consistency import StretchInForce
from ...storage.engine import snapshot
from ...storage.timeline import TimelineEntry
from ..privacy import erasure_survivors
from ..privacy.erasure_survivors import Outlived

WITHIN = timedelta(seconds=60)  # what follows a decision may take this long
BEHIND, AHEAD = timedelta(days=31), timedelta(days=3660)
_NEXT: Mapping[Happened | None, frozenset[Happened]] = {
    None: frozenset({Happened.HELD, Happened.CONFIRMED}),
    Happened.HELD: frozenset({Happened.CONFIRMED, Happened.EXPIRED, Happened.CANCELLED}),
    Happened.CONFIRMED: frozenset({Happened.CANCELLED}),
    Happened.EXPIRED: frozenset(),
    Happened.CANCELLED: frozenset(),
}
_STATES = {Happened(state) for state in BookingState}
_PEOPLE = {"ATTENDEE", "ORGANIZER"}


@dataclass(frozen=True, slots=True)
class EndHolds:
    """End holds past their deadline."""


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Run again: make the calendar show the booking, or follow the host's edit."""

    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class FollowMove:
    """Run for an event at another time than its booking's, and follow the host.

    Pulls don't notice the edit on servers that reuse an old ETag, which RFC 9110 §8.8.1 forbids.
    """

    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class ReadWhole:
    """Read the calendar from the start. Missing events then count as any deletion by the host."""

    calendar_id: UUID


@dataclass(frozen=True, slots=True)
class RemoveCopy:
    """Delete a second copy of an event that says the same as the first, if it is unchanged."""

    calendar_id: UUID
    href: str
    etag: str


Fix = EndHolds | RunAgain | FollowMove | ReadWhole | RemoveCopy


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One finding. `question`: its id above. `booking_id`, `contact_id`: whom it is about, if it is about one.

    `fix`: the repair that needs no permission; None where a person has to look.
    """

    question: str
    sentence: str
    booking_id: UUID | None = None
    fix: Fix | None = None
    contact_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """Everything in the database at one instant."""

    now: datetime
    bookings: Mapping[UUID, Booking]
    reservations: Sequence[Reservation]
    timelines: Mapping[UUID, Sequence[TimelineEntry]]
    taken: Sequence[StretchInForce]
    open_keys: frozenset[str]
    mail_keys: frozenset[str]
    calendars: Sequence[Connected]
    late: int
    dead: int
    outlived: Sequence[Outlived]

    def at_work(self, reservation: Reservation) -> bool:
        return bookings.publish_key(reservation.id) in self.open_keys or reservation.marked


@dataclass(frozen=True, slots=True)
class _Standing:
    """One of our events in a calendar."""

    stored: StoredObject
    event: ics.OurEvent

    def is_at(self, href: str) -> bool:
        return name_of(self.stored.href) == name_of(href)

    @property
    def told(self) -> tuple[object, ...]:
        """What a host sees of it, and so may have changed."""
        each = self.event
        return (each.time, each.status, each.summary, each.description, each.location, each.color, each.opaque)


def audit_all(rt: Runtime, *, now: datetime, step: Callable[[], None] = lambda: None) -> list[Discrepancy]:
    """All findings; `step` is called after the database and after each calendar. Raises StorageBusy."""
    kept = _gather(rt, now=now)
    found = [*_overlaps(kept), *_kept_holds(kept), *_mails(kept), *_effects(kept), *_marks(kept), *_timelines(kept)]
    found += _outlived(kept)
    step()
    for connected in kept.calendars:
        found += _calendar(rt, kept, connected)
        step()
    return found


def calendars_to_read(rt: Runtime) -> int:
    with snapshot(rt.engine) as session:
        return len(calendars.every(session))


def _gather(rt: Runtime, *, now: datetime) -> _Kept:
    with snapshot(rt.engine) as session:
        every = consistency.every_booking(session)
        rows = outbox.open_rows(session)
        return _Kept(
            now=now,
            bookings={booking.id: booking for booking in every},
            reservations=consistency.every_reservation(session),
            timelines=dict(consistency.timelines(session)),
            taken=consistency.taken(session, now=now),
            open_keys=consistency.open_keys(session),
            mail_keys=consistency.mail_keys(session),
            calendars=calendars.every(session),
            late=outbox.backlog(session, late_before=now - WITHIN * 5).late,
            dead=sum(row.dead_at is not None for row in rows),
            outlived=erasure_survivors.find(session),
        )


def _overlaps(kept: _Kept) -> Iterator[Discrepancy]:
    """Q1. Stretches of one booking don't count, nor do the host's own edits, which are marked."""
    for _, stretches in groupby(kept.taken, key=attrgetter("host_id")):
        longest: StretchInForce | None = None
        for each in stretches:
            if longest and _collide(longest, each):
                sentence = f"overlaps booking {longest.booking_id} at {each.time.start:%Y-%m-%d %H:%M} UTC"
                yield Discrepancy("Q1", sentence, each.booking_id)
            if longest is None or each.time.end > longest.time.end:
                longest = each


def _collide(one: StretchInForce, other: StretchInForce) -> bool:
    meant = one.overridden or other.overridden
    return one.booking_id != other.booking_id and one.time.overlaps(other.time) and not meant


def _kept_holds(kept: _Kept) -> Iterator[Discrepancy]:
    for booking in kept.bookings.values():
        if booking.state is BookingState.HELD and kept.now - booking.hold_until > WITHIN:
            sentence = f"is still held, its deadline was {booking.hold_until:%Y-%m-%d %H:%M} UTC"
            yield Discrepancy("Q3", sentence, booking.id, EndHolds())


def _mails(kept: _Kept) -> Iterator[Discrepancy]:
    """Q4 and Q5."""
    for booking_id, entries in kept.timelines.items():
        happened: set[Happened] = set()
        for entry in entries:
            if entry.what == Happened.MAILED:
                needed = ROWS[MailKind(entry.detail["kind"])].after
                if needed is not None and needed not in happened:
                    yield Discrepancy("Q4", f"{entry.detail['kind']} was mailed before it was {needed}", booking_id)
            happened.add(entry.what)
    queued = {tuple(key.split(":")[1:3]) for key in kept.mail_keys}
    for booking in kept.bookings.values():
        owed = [kind for kind in _owed(booking) if (str(booking.id), kind) not in queued]
        if owed:
            yield Discrepancy("Q5", f"nobody was told: {', '.join(owed)} was never queued", booking.id)
    at_work = {each.booking_id for each in kept.reservations if kept.at_work(each)}
    runs = {each.booking_id: RunAgain(each.id) for each in kept.reservations}
    for booking in kept.bookings.values():
        if booking.live and booking.owed and booking.id not in at_work and kept.now - booking.decided_at > WITHIN:
            sentence = "owes mails, and nothing is under way that would send them"
            yield Discrepancy("Q5", sentence, booking.id, runs.get(booking.id))


def _owed(booking: Booking) -> Iterator[str]:
    """The kinds of mail that were released by the booking's own record; none of an erased booking, whose mails are
    erased."""
    if booking.erased:
        return
    if booking.asked:
        yield "confirm-booking"
    if booking.invited:
        yield "booked"


def _effects(kept: _Kept) -> Iterator[Discrepancy]:
    if kept.dead:
        yield Discrepancy("Q12", f"{kept.dead} effects were given up; `booking-service outbox list` says why")
    if kept.late:
        yield Discrepancy("Q12", f"{kept.late} effects are overdue; a worker has to run")


def _marks(kept: _Kept) -> Iterator[Discrepancy]:
    """Q12. A pull marks and queues in one transaction, so neither is ever alone."""
    for each in kept.reservations:
        if each.marked and bookings.publish_key(each.id) not in kept.open_keys:
            sentence = "its event changed, and no run is queued that would look at it"
            yield Discrepancy("Q12", sentence, each.booking_id, RunAgain(each.id))


def _timelines(kept: _Kept) -> Iterator[Discrepancy]:
    for booking_id, booking in kept.bookings.items():
        state: Happened | None = None
        for entry in kept.timelines.get(booking_id, ()):
            if entry.what not in _STATES:
                continue
            if entry.what not in _NEXT[state]:
                yield Discrepancy("Q13", f"was {entry.what} after it was {state}", booking_id)
            state = entry.what
        if state != Happened(booking.state):
            yield Discrepancy("Q13", f"is {booking.state}, and its timeline ends with {state}", booking_id)


def _outlived(kept: _Kept) -> Iterator[Discrepancy]:
    """Q17, without names: findings are stored, and would survive an erasure themselves."""
    for each in kept.outlived:
        sentence = (
            f"is merged with {each.erased.id}, who was erased on {each.erased.erased_at:%Y-%m-%d}, and everything is kept of it. "
            "One person: `booking-service privacy erase` with its id; another: `booking-service consents part`"
        )
        yield Discrepancy("Q17", sentence, contact_id=each.contact.id)


def _calendar(rt: Runtime, kept: _Kept, connected: Connected) -> Iterator[Discrepancy]:
    """Q2, Q7, Q9 and Q15, read from the calendar itself.

    Only events of the calendar's own host: who books with a colleague has that invitation in their own calendar.
    """
    window = Interval(kept.now - BEHIND, kept.now + AHEAD)
    with snapshot(rt.engine) as session:
        account = calendars.account(session, connected.account_id)
    try:
        there = rt.open_calendar(account, connected.url).snapshot(Period(window.start, window.end)).objects
    except CalendarError as error:
        yield Discrepancy("Q2", f"the calendar {connected.name} can't be read: {explain(error).sentence}")
        return
    yield from _of_no_booking(rt, kept, connected, there)
    ours = {each.uid: each for each in kept.reservations if each.host_id == connected.host_id}
    standing: dict[str, list[_Standing]] = {}
    for stored in there:
        if (event := _read(stored)) is not None and event.uid in ours:
            standing.setdefault(event.uid, []).append(_Standing(stored, event))
    for uid, events in standing.items():
        first, *copies = sorted(events, key=lambda each: not each.is_at(ours[uid].href))
        yield from _event(kept, connected, ours[uid], first)
        yield from (_copy(connected, ours[uid], first, each) for each in copies)
    for reservation in ours.values():
        if reservation.calendar_id == connected.id and reservation.uid not in standing:
            yield from _missing(kept, connected, reservation)


def _of_no_booking(
    rt: Runtime, kept: _Kept, connected: Connected, there: Sequence[StoredObject]
) -> Iterator[Discrepancy]:
    """Q7: a coming event of this service whose booking is unknown, as after a restore.

    Its URL shows that it is of this service, as another one may use the calendar too. It is not named, since findings
    are stored.
    """
    pages = booking_page(rt.settings.base_url)
    for stored in there:
        event = _read(stored) if BOOKING_ID.encode() in stored.body else None
        if event is None or event.time.end <= kept.now or not event.url.startswith(pages):
            continue
        if event.url.removeprefix(pages) not in {str(each) for each in kept.bookings}:
            when = f"{event.time.start:%Y-%m-%d %H:%M} UTC"
            yield Discrepancy(
                "Q7", f"an event of ours in {connected.name} at {when} is of a booking that is not kept here"
            )


def _copy(connected: Connected, reservation: Reservation, first: _Standing, copy: _Standing) -> Discrepancy:
    """Some servers keep several objects with one UID. What a person could have edited in one is for a person to
    decide."""
    sentence = f"has a second event in {connected.name}, {name_of(copy.stored.href)}"
    if copy.stored.etag is None or copy.told != first.told:
        return Discrepancy("Q2", f"{sentence}, which says something else", reservation.booking_id)
    fix = RemoveCopy(connected.id, copy.stored.href, copy.stored.etag)
    return Discrepancy("Q2", sentence, reservation.booking_id, fix)


def _missing(kept: _Kept, connected: Connected, reservation: Reservation) -> Iterator[Discrepancy]:
    """An event that never stood is written. One that stood was probably deleted by its host, which pulls decide."""
    if _should_stand(kept, kept.bookings[reservation.booking_id], reservation):
        fix = ReadWhole(connected.id) if reservation.seen else RunAgain(reservation.id)
        yield Discrepancy("Q2", f"has no event in {connected.name}", reservation.booking_id, fix)


def _should_stand(kept: _Kept, booking: Booking, reservation: Reservation) -> bool:
    in_future = booking.time.start > kept.now
    return booking.state is BookingState.CONFIRMED and in_future and not kept.at_work(reservation)


def _event(kept: _Kept, connected: Connected, reservation: Reservation, at: _Standing) -> Iterator[Discrepancy]:
    booking, event, again = kept.bookings[reservation.booking_id], at.event, RunAgain(reservation.id)
    names = {line.name for line in lines(at.stored.body)} & _PEOPLE
    if names and not connected.capabilities.get("agent_client"):
        yield Discrepancy("Q15", f"its event in {connected.name} has {' and '.join(sorted(names))}", booking.id)
    if kept.at_work(reservation):
        return
    if not booking.blocks(kept.now):
        ended = booking.hold_until if booking.state is BookingState.HELD else booking.decided_at
        if kept.now - ended > WITHIN:
            sentence = f"is {booking.state}, and its event still stands in {connected.name}"
            yield Discrepancy("Q7", sentence, booking.id, again)
        return
    if revision_of(event.marks) == booking.revision and event.sequence < booking.sequence:
        sentence = f"its event has SEQUENCE {event.sequence}, the booking {booking.sequence}"
        yield Discrepancy("Q9", sentence, booking.id)
    if booking.state is BookingState.CONFIRMED:
        yield from _as_confirmed(booking, event, FollowMove(reservation.id))


def _as_confirmed(booking: Booking, event: ics.OurEvent, follow: FollowMove) -> Iterator[Discrepancy]:
    if (event.time.start, event.time.end) != (booking.time.start, booking.time.end):
        sentence = (
            f"its event is at {event.time.start:%Y-%m-%d %H:%M} UTC, the booking at {booking.time.start:%Y-%m-%d %H:%M}"
        )
        yield Discrepancy("Q2", sentence, booking.id, follow)
    if event.status is not EventStatus.CONFIRMED:
        yield Discrepancy("Q2", f"its event is {event.status or 'without status'} instead of CONFIRMED", booking.id)
    if not event.opaque:
        yield Discrepancy("Q2", "its event does not block its time", booking.id)


def _read(stored: StoredObject) -> ics.OurEvent | None:
    try:
        return ics.read(stored.body)
    except ics.Unreadable:
        return None
