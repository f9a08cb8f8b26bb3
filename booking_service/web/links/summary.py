"""How a meeting and its time are said on pages: when, where, in whose zone, and in which state a booking is."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ...actions.booking.show import SeenBooking
from ...domain.availability import zone_kept
from ...domain.booking import Party
from ...domain.meeting import MeetingType, Place
from ...language import Language
from ..http.request import PageRequest
from ..parts.when import When, until_when, when
from .state import ENDED, State, host_is_asked

_SAFE_LINKS = ("https://", "http://", "tel:", "mailto:")
_UTC = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in words, and a link where there is one to follow."""

    text: str
    href: str = ""


def zone_for(request: PageRequest, seen: SeenBooking) -> ZoneInfo:
    """The zone a booking is shown in: the venue's where people meet in person, else chosen now, else when booking."""
    if seen.meeting.place is Place.IN_PERSON:
        return seen.host.zone
    return request.zone or zone_kept(seen.booking.invitee.zone, otherwise=seen.host.zone)


def where(meeting: MeetingType, state: State, language: Language) -> Where:
    """Where people meet. An address is told at once; how to dial in is for those who are expected."""
    kind, location = language.place(meeting.place), meeting.location
    if meeting.place is Place.IN_PERSON:
        return Where(location or kind)
    if not location or state in ENDED:
        return Where(kind)
    if state in (State.BOOKED, State.CHECKING):
        return Where(location, location if location.lower().startswith(_SAFE_LINKS) else "")
    if meeting.place is Place.VIDEO:
        return Where(language.text("Video call, the link follows in the confirmation"))
    return Where(language.text("Phone call, the number follows in the confirmation"))


def masked(email: str) -> str:
    """g•••@example.org: enough to see a slip in one's own address, nothing for who only has the page."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def kept_until(seen: SeenBooking, zone: ZoneInfo, *, now: datetime, language: Language) -> str:
    """Until when a time is kept, or else something can still come of it: what its reader may rely on."""
    booking = seen.booking
    time = until_when(booking.hold_until, zone, now=now, language=language)
    if booking.reserves:
        return language.text("Held for you until {time}", time=time)
    if host_is_asked(seen):
        return language.text("{host} can answer until {time}", host=seen.host.name, time=time)
    return language.text("The link works until {time}", time=time)


def unheld(seen: SeenBooking, language: Language) -> str:
    """What somebody must know whose request holds nothing."""
    if seen.booking.reserves:
        return ""
    if host_is_asked(seen):
        return language.text("It is not held for you: somebody else may get it first.")
    return language.text("It is not held for you: whoever confirms first gets it.")


def decides(seen: SeenBooking, language: Language) -> str:
    """That the invitee's own confirmation is not the last word, where it is not."""
    if Party.HOST not in seen.booking.awaits or host_is_asked(seen):
        return ""
    return language.text("Once you have confirmed, {host} decides.", host=seen.host.name)


def minutes_left(until: datetime, *, now: datetime, language: Language) -> str:
    left = max(0, int((until - now).total_seconds() // 60))
    if left < 120:
        return language.plural("{count} minute left", "{count} minutes left", left)
    return language.plural("{count} hour left", "{count} hours left", left // 60)


def calendar_links(seen: SeenBooking, language: Language) -> tuple[tuple[str, str], ...]:
    """Name and address of web calendars that take an event from a link."""
    time, title = seen.booking.time, language.text("{title} with {host}", title=seen.meeting.title, host=seen.host.name)
    place = seen.meeting.location
    google = {
        "action": "TEMPLATE",
        "text": title,
        "location": place,
        "dates": f"{time.start:{_UTC}}/{time.end:{_UTC}}",
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "location": place,
        "startdt": time.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "enddt": time.end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return (
        ("Google Calendar", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        ("Outlook.com", f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
    )


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What, when, where and with whom. `who` and `answers` are for whoever proved to hold the mailbox."""

    what: str
    when: When
    where: Where
    who: tuple[str, ...]
    answers: tuple[tuple[str, str], ...] = ()


def facts_of(seen: SeenBooking, zone: ZoneInfo, language: Language, state: State, *, proven: bool) -> PageFacts:
    booking, meeting, host = seen.booking, seen.meeting, seen.host
    labels = {question.key: question.label for question in meeting.questions}
    return PageFacts(
        what=language.text("{title} with {host}", title=meeting.title, host=host.name),
        when=when(booking.time, zone, host, language),
        where=where(meeting, state, language),
        who=(f"{booking.invitee.name}, {booking.invitee.email}", *booking.guests) if proven else (),
        answers=tuple((labels.get(key, key), text) for key, text in booking.answers if text) if proven else (),
    )
