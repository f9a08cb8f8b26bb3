"""What pages show of a booking, each gathered in one read. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from calendars.ical import ics

from ...crypto.tokens import LinkPurpose
from ...domain.booking import Booking, BookingState, Party
from ...domain.effects import MailRole
from ...domain.errors import UnknownBooking
from ...domain.interval import Interval
from ...domain.meeting import MeetingType
from ...domain.people import Host, Organisation
from ...domain.timeline import Happened
from ...invites import attendee_event
from ...language import Language
from ...runtime import Runtime
from ...storage import access, bookings, busy, calendars, hosts, meetings, outbox, reservations, timeline
from ...storage.engine import snapshot
from ...storage.timeline import TimelineEntry
from ..access import limits, links
from ..consent import ticks
from ..consent.ticks import SeenTick
from ..times.offers import Offering, find_offering, find_slots
from .address import resend_from


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBooking:
    """A booking with everything that its pages tell.

    `unlooked`: no conflict check yet. `missing`: its event was not found, and is being looked for. `mailed`: the mail
    server took a mail that asks the invitee; `delayed`: not yet the latest one. `followed`: the host moved it in their
    calendar. `successor`: public id of the booking that took its time again. `guest`: whose link was opened, if a
    guest's. `resend_from`: from when the mail can be sent again; None: now, or never. `silent`: the invitee's mailbox
    is blocked. `asked_by_mail`: how many ticked boxes get a mail. `ticks`: what became of each, only for whoever proved
    to own the mailbox.
    """

    booking: Booking
    host: Host
    meeting: MeetingType
    organisation: Organisation
    unlooked: bool
    missing: bool
    followed: bool
    mailed: bool
    delayed: bool
    silent: bool
    successor: str | None = None
    guest: str = ""
    resend_from: datetime | None = None
    asked_by_mail: int = 0
    ticks: tuple[SeenTick, ...] = ()


_OF_INVITEES = frozenset({LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.NOT_ME})


@dataclass(frozen=True, slots=True)
class Beside:
    """Another appointment at the time of a booking: one of our bookings, by its invitee's `name`, or an event of the
    host.

    An event is named by its `calendar`, as titles are not stored.
    """

    time: Interval
    name: str = ""
    calendar: str = ""


def beside(rt: Runtime, booking: Booking, *, now: datetime) -> tuple[Beside, ...]:
    """What else of the host's overlaps the booking, bookings first."""
    time, host_id = booking.time, booking.host_id
    with snapshot(rt.engine) as session:
        others = reservations.live_over(session, host_id, time, now=now, but=booking.id)
        ours = [bookings.get(session, each) for each in others]
        names = {each.id: each.name for each in calendars.of_host(session, host_id)}
        events = busy.standing_over(session, host_id, time)
    return (
        *(Beside(each.time, name=each.invitee.name) for each in ours),
        *(Beside(each.time, calendar=names.get(each.calendar_id, "")) for each in events),
    )


def offering_of(rt: Runtime, seen: SeenBooking, *, now: datetime) -> Offering:
    """The booking's offering, with the present health of its calendars."""
    return find_offering(rt, seen.host.slug, seen.meeting.slug, now=now)


def waiting(rt: Runtime, public_id: str, *, now: datetime) -> SeenBooking:
    """The booking behind a waiting page. Raises UnknownBooking, BookingErased."""
    with snapshot(rt.engine) as session:
        booking = bookings.by_public_id(session, public_id)
        if booking is None:
            raise UnknownBooking("no booking answers to this address")
        links.refuse_erased(session, booking)
        held = booking.state is BookingState.HELD
        return replace(
            _seen(rt, session, booking),
            resend_from=resend_from(rt, session, booking, now=now) if held else None,
            asked_by_mail=ticks.asked_by_mail(session, booking),
        )


def embed_from(rt: Runtime, public_id: str) -> tuple[str, ...]:
    """The origins that may embed this booking's waiting page. Raises UnknownBooking."""
    with snapshot(rt.engine) as session:
        booking = bookings.by_public_id(session, public_id)
        if booking is None:
            raise UnknownBooking("no booking answers to this address")
        return meetings.get(session, booking.meeting_type_id).embed_from


def opened(rt: Runtime, token: str, purpose: LinkPurpose, *, now: datetime) -> SeenBooking:
    """The booking behind a mailed link. Raises UnknownBooking, BookingErased."""
    with snapshot(rt.engine) as session:
        booking, guest = links.opened(session, token, purpose)
        ticked = ticks.show(rt, session, booking, now=now) if purpose in _OF_INVITEES else ()
        return replace(_seen(rt, session, booking, guest=guest), ticks=ticked)


def link(rt: Runtime, booking: Booking, purpose: LinkPurpose) -> str:
    """The path of another link of this booking, for whoever proved to own its mailbox."""
    return f"/{purpose}/{links.token(rt, booking, purpose)}"


def own_hold(rt: Runtime, offering: Offering, form_key: str, start: datetime, *, now: datetime) -> str | None:
    """The public id of the live booking that this form made for this time; None where there is none."""
    with snapshot(rt.engine) as session:
        made = bookings.by_form_key(session, offering.host.id, form_key) if form_key else None
    return made.public_id if made and made.blocks(now) and made.time.start == start else None


def free_again(rt: Runtime, seen: SeenBooking, *, now: datetime) -> bool:
    """Whether an ended booking's time is on offer again."""
    start = seen.booking.time.start
    if start <= now:
        return False
    window = Interval(start, start + timedelta.resolution)
    return bool(find_slots(rt, seen.host.slug, seen.meeting.slug, window, now=now).slots)


def calendar_file(rt: Runtime, seen: SeenBooking, *, language: Language, now: datetime) -> bytes:
    """The booking as an .ics file, with the UID of the invitation, so that a calendar keeps only one of them."""
    with snapshot(rt.engine) as session:
        uid = reservations.of_booking(session, seen.booking.id)[0].uid
    event = attendee_event(
        seen.booking, uid=uid, host=seen.host, meeting=seen.meeting, language=language, manage_url="", now=now
    )
    return ics.build(event)


def _seen(rt: Runtime, session: Session, booking: Booking, *, guest: str = "") -> SeenBooking:
    ours = reservations.of_booking(session, booking.id)
    entries = timeline.of_booking(session, booking.id)
    return SeenBooking(
        booking=booking,
        host=hosts.get(session, booking.host_id),
        meeting=meetings.of_booking(session, booking),
        organisation=hosts.organisation(session),
        unlooked=any(each.verdict is None for each in ours),
        missing=any(each.missing_at is not None for each in ours) and booking.state is BookingState.CONFIRMED,
        followed=_followed(entries),
        mailed=any(each.what == Happened.MAILED and each.detail.get("to") == MailRole.INVITEE for each in entries),
        delayed=booking.state is BookingState.HELD
        and outbox.has_failed(session, bookings.mail_lane(booking.id), kind="mail"),
        silent=access.is_blocked(session, limits.mailbox_marks(rt, booking.invitee.email)),
        successor=_successor(session, booking.successor_id),
        guest=guest,
    )


def _followed(entries: Sequence[TimelineEntry]) -> bool:
    last = timeline.last_move(entries)
    return last is not None and last.what == Happened.MOVED and last.by == Party.HOST


def _successor(session: Session, successor_id: UUID | None) -> str | None:
    after = bookings.find(session, successor_id) if successor_id else None
    return after.public_id if after and not after.withdrawn else None
