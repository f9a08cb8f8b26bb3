"""The facts of a booking on its pages: when, where, until when it is kept, who decides."""

from dataclasses import dataclass
from urllib.parse import urlencode

from ...domain.booking import Party
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import MeetingType, Place
from ...domain.questions import Answered, answered
from ...language import Language
from ..http.responses import Link
from ..parts.when import When, until_when, when
from .booking_page import BookingPage
from .state import ENDED, PageState, host_is_asked

_SAFE_LINKS = ("https://", "http://", "tel:", "mailto:")
_UTC = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in words, with a link if there is one."""

    text: str
    href: str = ""


def where(meeting: MeetingType, state: PageState, language: Language, *, host: str) -> Where:
    """Where people meet, and who calls. An address is told at once; a call's details only where the booking stands."""
    kind, location = language.place(meeting.place), meeting.location
    if meeting.place is Place.IN_PERSON:
        return Where(location or kind)
    if state in ENDED or (not location and meeting.place is Place.VIDEO):
        return Where(kind)
    if not location:
        return Where(language.text("{host} calls you", host=host))
    if meeting.dialled and state in (PageState.BOOKED, PageState.CHECKING):
        return Where(language.text("Call {host}: {number}", host=host, number=location), meeting.dialled)
    if state in (PageState.BOOKED, PageState.CHECKING):
        return Where(location, location if location.lower().startswith(_SAFE_LINKS) else "")
    if meeting.place is Place.VIDEO:
        return Where(language.text("Video call, the link follows in the confirmation"))
    return Where(language.text("You call {host}; the number follows in the confirmation", host=host))


def kept_until(page: BookingPage) -> str:
    """Until when the time is kept; without a hold, until when it can still be confirmed."""
    booking, language = page.booking, page.language
    time = until_when(booking.hold_until, page.zone, now=page.now, language=language)
    if booking.reserves:
        return language.text("Held until {time}", time=time)
    if host_is_asked(page.seen):
        return language.text("{host} can answer until {time}", host=page.host.name, time=time)
    return language.text("The link works until {time}", time=time)


def unheld(page: BookingPage) -> str:
    """What a request without a hold means; "" for a hold."""
    if page.booking.reserves:
        return ""
    if host_is_asked(page.seen):
        return page.language.text("It is not held for you: somebody else may get it first.")
    return page.language.text("It is not held for you: whoever confirms first gets it.")


def decides(page: BookingPage) -> str:
    """The host decides after the invitee confirms; "" where the confirmation suffices."""
    if Party.HOST not in page.booking.awaits or host_is_asked(page.seen):
        return ""
    return page.language.text("Once you have confirmed, {host} decides.", host=page.host.name)


def confirming(page: BookingPage) -> str:
    """The label of the button that confirms, the same in mail and pages."""
    if decides(page):
        return page.language.text("Confirm the request")
    return page.language.text("Confirm booking")


def minutes_left(page: BookingPage) -> str:
    """The time until the hold's deadline in whole minutes, from two hours on in hours."""
    left = max(0, int((page.booking.hold_until - page.now).total_seconds() // 60))
    if left < 120:
        return page.language.text("{count} min left", count=left)
    return page.language.plural("{count} hour left", "{count} hours left", left // 60)


def calendar_links(page: BookingPage) -> tuple[Link, ...]:
    """Links to web calendars that take an event from an address."""
    time, place = page.booking.time, page.meeting.location
    title = page.language.text("{title} with {host}", title=_title(page).text, host=page.host.name)
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
        Link("Google Calendar", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        Link("Outlook.com", f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
    )


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What, when, where and with whom. `who` and `answers`: only for readers who have proven the mailbox."""

    title: LocalizedText
    host: str
    when: When
    where: Where
    who: tuple[str, ...]
    answers: tuple[tuple[LocalizedText, str], ...] = ()


def facts_of(page: BookingPage) -> PageFacts:
    booking, meeting = page.booking, page.meeting
    return PageFacts(
        title=_title(page),
        host=page.host.name,
        when=when(booking.time, page.zone, page.host, page.language),
        where=where(meeting, page.state, page.language, host=page.host.name),
        who=(f"{booking.invitee.name}, {booking.invitee.email}", *booking.guests) if page.proven else (),
        answers=_answers(page) if page.proven else (),
    )


def _answers(page: BookingPage) -> tuple[tuple[LocalizedText, str], ...]:
    """Answers to removed questions are labelled by key; sensitive ones are only shown to the host."""
    language, writer = page.language, page.host.language

    def shown(given: Answered) -> tuple[LocalizedText, str]:
        label = (
            worded(given.question.label, language.code, writer=writer) if given.question else LocalizedText(given.key)
        )
        return label, given.masked if given.text is None else language.given(given, writer=writer)

    booking = page.booking
    return tuple(shown(each) for each in answered(page.meeting.questions, booking.answers, booking.sealed))


def _title(page: BookingPage) -> LocalizedText:
    return worded(page.meeting.title, page.language.code, writer=page.host.language)
