"""Finding and listing bookings, with everything that happened to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from ...domain.booking import Booking, BookingState
from ...domain.errors import NotFound, UnknownBooking, UnknownHost
from ...domain.ids import read_id
from ...domain.mail_delivery import MailDelivery, delivery
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.reservation import Reservation
from ...runtime import Runtime
from ...storage import booking_lists, bookings, calendars, hosts, meetings, outbox, reservations, timeline
from ...storage.engine import snapshot
from ...storage.timeline import TimelineEntry as TimelineEntry
from ..access import links
from ..consent import left_out_answers

MANY = 100


@dataclass(frozen=True, slots=True)
class ListedBooking:
    """A booking in a list."""

    booking: Booking
    host: Host
    meeting: MeetingType


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """The event of a booking: its calendar, and what is known of it."""

    calendar: str | None
    reservation: Reservation


@dataclass(frozen=True, slots=True)
class BookingEffect:
    """An effect that is still to be performed. `dead`: it was given up."""

    kind: str
    what: str
    dead: bool
    error: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A booking with its events, timeline and open effects. `delivery`: whether its mails arrive.

    `others`: the number of the invitee's other bookings with this host, at most MANY. `unkept`: by question key, the
    field that will keep the answer once there is a contact of this address. `has_settings`: the meeting type was not
    deleted.
    """

    line: ListedBooking
    events: tuple[ShownEvent, ...]
    timeline: tuple[TimelineEntry, ...]
    delivery: MailDelivery
    others: int
    owed: tuple[BookingEffect, ...]
    unkept: Mapping[str, str]
    has_settings: bool


def listed(
    rt: Runtime, *, host: str | None = None, states: Sequence[BookingState] = (), limit: int = 100
) -> list[ListedBooking]:
    """Bookings by descending start. Raises UnknownHost."""
    with snapshot(rt.engine) as session:
        host_id = _host_id(session, host) if host is not None else None
        return [_line(session, each) for each in bookings.of_host(session, host_id, states=states, limit=limit)]


def find(rt: Runtime, reference: str) -> Booking:
    """A booking by its id, the beginning of that, or its public id. Raises UnknownBooking."""
    with snapshot(rt.engine) as session:
        known = bookings.by_public_id(session, reference)
        if known is not None:
            return known
        meant = bookings.beginning_with(session, reference)
    if len(meant) == 1:
        return meant[0]
    many = (
        f"several bookings begin with {reference!r}: give more of it" if meant else f"there is no booking {reference!r}"
    )
    raise UnknownBooking(f"{many}; `booking-service booking list` shows them")


def own(rt: Runtime, host_id: UUID | None, written_id: str) -> Booking:
    """A booking of this host by id. Raises NotFound: none, or another host's."""
    booking_id = read_id(written_id)
    with snapshot(rt.engine) as session:
        booking = bookings.find(session, booking_id)
    if booking is None or booking.host_id != host_id:
        raise NotFound("this host has no such booking")
    return booking


def whole(rt: Runtime, booking_id: UUID, *, language: str = "") -> Whole:
    """Without a check of rights: call `own` first. `language`: of the names of fields."""
    with snapshot(rt.engine) as session:
        booking = bookings.get(session, booking_id)
        names = {each.id: each.name for each in calendars.of_host(session, booking.host_id)}
        ours = reservations.of_booking(session, booking_id)
        keys = [bookings.publish_key(each.id) for each in ours]
        happened = sorted(
            timeline.of_booking(session, booking_id), key=lambda entry: entry.at
        )  # link openings are written with delay
        line = _line(session, booking)
        return Whole(
            line,
            tuple(ShownEvent(names.get(each.calendar_id) if each.calendar_id else None, each) for each in ours),
            tuple(happened),
            delivery((each.what, each.at, each.detail) for each in happened),
            _others(session, booking),
            tuple(
                BookingEffect(row.kind, row.payload.get("kind", row.kind), row.dead_at is not None, row.error)
                for row in outbox.open_of(session, lanes=f"mail:{booking_id}:", keys=keys)
            ),
            left_out_answers.waiting_for_contact(session, booking, language=language),
            meetings.by_slug(session, booking.host_id, line.meeting.slug) is not None,
        )


def _others(session: Session, booking: Booking) -> int:
    if booking.erased:
        return 0
    return booking_lists.count_of_mailbox(session, booking.host_id, booking.invitee.mailbox, most=MANY + 1) - 1


def _line(session: Session, booking: Booking) -> ListedBooking:
    return ListedBooking(booking, hosts.get(session, booking.host_id), meetings.of_booking(session, booking))


def _host_id(session: Session, slug: str) -> UUID:
    host = hosts.by_slug(session, slug)
    if host is None:
        raise UnknownHost(f"there is no host {slug!r}; `booking-service user list` shows them")
    return host.id


def current(rt: Runtime, booking_id: UUID) -> Booking:
    with snapshot(rt.engine) as session:
        return bookings.get(session, booking_id)


def timeline_of(rt: Runtime, booking_id: UUID) -> list[timeline.TimelineEntry]:
    """The timeline of a booking, in order."""
    with snapshot(rt.engine) as session:
        return timeline.of_booking(session, booking_id)


def by_public_id(session: Session, public_id: str) -> Booking:
    """The booking of a waiting page. Raises UnknownBooking, BookingErased."""
    booking = bookings.by_public_id(session, public_id)
    if booking is None:
        raise UnknownBooking("no booking answers to this address")
    links.refuse_erased(session, booking)
    return booking


def lock_by_public_id(session: Session, public_id: str) -> Booking:
    """The booking of a waiting page, locked. Raises UnknownBooking, BookingErased."""
    return bookings.lock(session, by_public_id(session, public_id).id)
