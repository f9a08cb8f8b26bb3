"""How a meeting and its time are said on pages: when, where, in whose zone, and in which state a booking is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ..actions.booking.show import SeenBooking
from ..domain.availability import zone_kept
from ..domain.booking import BookingState, Cause, Party
from ..domain.interval import Interval
from ..domain.meeting import Approval, MeetingType, Place
from ..domain.people import Host
from ..language import Language, ambiguous, offset, zone_label
from .http.request import Asked

_SAFE_LINKS = ("https://", "http://", "tel:", "mailto:")
_UTC = "%Y%m%dT%H%M%SZ"


class State(StrEnum):
    """What has become of a booking, as its pages tell it. The words stand in addresses and in state.json."""

    WRITING = "writing"  # decided, but the calendar has not said yet that it stands there
    WAITING = "waiting"  # for the invitee's confirmation
    WITH_HOST = "with-host"  # for the host's agreement
    BOOKED = "booked"
    CHECKING = "checking"  # its event was not found; the host is the one who knows
    EXPIRED = "expired"
    TAKEN = "taken"  # somebody else was first
    UNREACHABLE = "unreachable"  # the calendar could not be written
    RELEASED = "released"  # given up before it was confirmed
    CANCELLED = "cancelled"
    DECLINED = "declined"  # the host released or cancelled it
    UNDELIVERABLE = "undeliverable"


ENDED = frozenset({State.EXPIRED, State.TAKEN, State.UNREACHABLE, State.RELEASED, State.CANCELLED, State.DECLINED,
                   State.UNDELIVERABLE})  # fmt: skip


@dataclass(frozen=True, slots=True)
class When:
    """A time in words: `date`, `span`, the zone's label, and the host's own clock where it shows something else."""

    date: str
    span: str
    zone: str
    host: str

    @property
    def full(self) -> str:
        return f"{self.date}, {self.span}"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in words, and a link where there is one to follow."""

    text: str
    href: str = ""


def state_of(seen: SeenBooking, *, now: datetime) -> State:
    booking = seen.booking
    match booking.state:
        case BookingState.CONFIRMED:
            if seen.missing:
                return State.CHECKING
            return State.WRITING if booking.owed and seen.unlooked else State.BOOKED
        case BookingState.HELD if now >= booking.hold_until:
            return State.EXPIRED
        case BookingState.HELD if booking.owed:
            return State.WRITING
        case BookingState.HELD:
            return State.WITH_HOST if host_is_asked(seen) else State.WAITING
        case BookingState.EXPIRED:
            return State.EXPIRED
        case BookingState.CANCELLED:
            return _ended_by(seen)


def zone_for(asked: Asked, seen: SeenBooking) -> ZoneInfo:
    """The zone a booking is shown in: the venue's where people meet in person, else chosen now, else when booking."""
    if seen.meeting.place is Place.IN_PERSON:
        return seen.host.zone
    return asked.zone or zone_kept(seen.booking.invitee.zone, otherwise=seen.host.zone)


def when(time: Interval, zone: ZoneInfo, host: Host, said: Language) -> When:
    return When(
        date=said.full_date(time.start.astimezone(zone).date()),
        span=said.span(time.start, time.end, zone),
        zone=zone_label(time.start, zone),
        host=_for_host(time, zone, host, said),
    )


def clock_of(start: datetime, zone: ZoneInfo) -> str:
    """09:00; with its offset where the clock shows this time twice that night."""
    local = start.astimezone(zone)
    return f"{local:%H:%M} ({offset(local)})" if ambiguous(local) else f"{local:%H:%M}"


def where(meeting: MeetingType, state: State, said: Language) -> Where:
    """Where people meet. An address is told at once; how to dial in is for those who are expected."""
    kind, location = said.place(meeting.place), meeting.location
    if meeting.place is Place.IN_PERSON:
        return Where(location or kind)
    if not location or state in ENDED:
        return Where(kind)
    if state in (State.BOOKED, State.CHECKING):
        return Where(location, location if location.lower().startswith(_SAFE_LINKS) else "")
    if meeting.place is Place.VIDEO:
        return Where(said.text("Video call, the link follows in the confirmation"))
    return Where(said.text("Phone call, the number follows in the confirmation"))


def masked(email: str) -> str:
    """g•••@example.org: enough to see a slip in one's own address, nothing for who only has the page."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def until_when(until: datetime, zone: ZoneInfo, *, now: datetime, said: Language) -> str:
    """10:44, Europe/Berlin (UTC+1): every time that is shown names its zone."""
    return f"{said.instant(until, zone, today=now.astimezone(zone).date())}, {zone_label(until, zone)}"


def kept_until(seen: SeenBooking, zone: ZoneInfo, *, now: datetime, said: Language) -> str:
    """Until when a time is kept, or else something can still come of it: what its reader may rely on."""
    booking = seen.booking
    time = until_when(booking.hold_until, zone, now=now, said=said)
    if booking.reserves:
        return said.text("Held for you until {time}", time=time)
    if host_is_asked(seen):
        return said.text("{host} can answer until {time}", host=seen.host.name, time=time)
    return said.text("The link works until {time}", time=time)


def unheld(seen: SeenBooking, said: Language) -> str:
    """What somebody must know whose request holds nothing."""
    if seen.booking.reserves:
        return ""
    if host_is_asked(seen):
        return said.text("It is not held for you: somebody else may get it first.")
    return said.text("It is not held for you: whoever confirms first gets it.")


def decides(seen: SeenBooking, said: Language) -> str:
    """That the invitee's own confirmation is not the last word, where it is not."""
    if Party.HOST not in seen.booking.awaits or host_is_asked(seen):
        return ""
    return said.text("Once you have confirmed, {host} decides.", host=seen.host.name)


def minutes_left(until: datetime, *, now: datetime, said: Language) -> str:
    left = max(0, int((until - now).total_seconds() // 60))
    if left < 120:
        return said.plural("{count} minute left", "{count} minutes left", left)
    return said.plural("{count} hour left", "{count} hours left", left // 60)


def calendar_links(seen: SeenBooking, said: Language) -> tuple[tuple[str, str], ...]:
    """Name and address of web calendars that take an event from a link."""
    time, title = seen.booking.time, said.text("{title} with {host}", title=seen.meeting.title, host=seen.host.name)
    place = seen.meeting.location
    google = {
        "action": "TEMPLATE", "text": title, "location": place,
        "dates": f"{time.start:{_UTC}}/{time.end:{_UTC}}",
    }  # fmt: skip
    outlook = {
        "path": "/calendar/action/compose", "rru": "addevent", "subject": title, "location": place,
        "startdt": time.start.strftime("%Y-%m-%dT%H:%M:%SZ"), "enddt": time.end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip
    return (
        ("Google Calendar", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        ("Outlook.com", f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
    )


def host_is_asked(seen: SeenBooking) -> bool:
    awaits = seen.booking.awaits
    first = seen.meeting.approval is Approval.BEFORE
    return Party.HOST in awaits and (first or Party.INVITEE not in awaits)


def _ended_by(seen: SeenBooking) -> State:
    booking = seen.booking
    match booking.cause, booking.cancelled_by:
        case Cause.TAKEN, _:
            return State.TAKEN
        case Cause.CALENDAR, _:
            return State.UNREACHABLE
        case Cause.UNDELIVERABLE, _:
            return State.UNDELIVERABLE
        case _, Party.HOST:
            return State.DECLINED
        case _:
            return State.CANCELLED if booking.invited else State.RELEASED


def _for_host(time: Interval, zone: ZoneInfo, host: Host, said: Language) -> str:
    if host.zone.key == zone.key:
        return ""
    here, there = time.start.astimezone(zone), time.start.astimezone(host.zone)
    if here.utcoffset() == there.utcoffset():
        return said.text("the same time for {host}", host=host.name)
    span = said.span(time.start, time.end, host.zone)
    if here.date() != there.date():
        span = f"{said.short_day(there.date())}, {span}"
    return said.text("for {host}: {time}, {zone}", host=host.name, time=span, zone=zone_label(time.start, host.zone))
