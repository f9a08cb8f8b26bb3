"""A booking as a calendar event, for calendar and mail: the one place that sets UID, SEQUENCE and STATUS.

The host's copy has no ORGANIZER and no ATTENDEE: some servers mail attendees whatever SCHEDULE-AGENT says (RFC 6638
§7.1), and nobody may be invited twice, or before they confirmed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from calendars.model import Event, EventStatus, Period

from .domain.booking import Booking, BookingState
from .domain.localized_text import worded
from .domain.meeting import MeetingType
from .domain.people import Host
from .domain.questions import Answered, answered
from .domain.text import introduced
from .language import Language, language_of

REVISION = "X-BOOKING-REVISION"
BOOKING_ID = "X-BOOKING-ID"
RUN = "X-BOOKING-RUN"  # the one of our first PUTs that the event stems from


def host_event(booking: Booking, *, uid: str, host: Host, meeting: MeetingType, now: datetime, url: str = "") -> Event:
    """The event in the host's calendar and language: TENTATIVE while held, CONFIRMED after.

    Its title begins with the person, as a week's view shows a dozen characters. Of an erased booking only time and
    meeting type are told. `url`: the host's page about the booking, behind their sign-in.
    """
    language = language_of(host.language)
    held = booking.state is BookingState.HELD
    name, title = booking.invitee.name, worded(meeting.title, language.code, writer=host.language).text
    return Event(
        uid=uid,
        time=Period(booking.time.start, booking.time.end),
        status=EventStatus.TENTATIVE if held else EventStatus.CONFIRMED,
        summary=title if booking.erased else f"{held_name(host, name)} · {title}" if held else f"{name} · {title}",
        sequence=booking.sequence,
        stamped_at=now,
        description=_description(booking, host, meeting, language),
        location=meeting.location,
        url=url,
        conference=meeting.joined,
        color="orange" if held else "",
        categories=("Booking",),
        alarm_before=None if held else meeting.alarm_before,
        marks={BOOKING_ID: str(booking.id), REVISION: str(booking.revision)},
    )


def attendee_event(
    booking: Booking, *, uid: str, host: Host, meeting: MeetingType, language: Language, manage_url: str, now: datetime
) -> Event:
    """The event in invitees' and guests' mails: same UID, SEQUENCE and time, in their language."""
    cancelled = booking.state is BookingState.CANCELLED
    title = worded(meeting.title, language.code, writer=host.language).text
    return Event(
        uid=uid,
        time=Period(booking.time.start, booking.time.end),
        status=EventStatus.CANCELLED if cancelled else EventStatus.CONFIRMED,
        summary=language.text("{title} with {host}", title=title, host=host.name),
        sequence=booking.sequence,
        stamped_at=now,
        description=language.text("Reschedule or cancel: {url}", url=manage_url)
        if manage_url and not cancelled
        else "",
        location=meeting.location,
        conference=meeting.joined,
    )


def held_name(host: Host, name: str) -> str:
    """The title of a held time in the host's calendar, prefix first: a week's view shows a dozen characters."""
    return f"{host.hold_mark} {name}?".lstrip()


def booking_page(base_url: str | None, booking: Booking | None = None) -> str:
    """The address of the host's page about a booking, as in its event; without a booking, the prefix of all."""
    return f"{(base_url or '').rstrip('/')}/host/bookings/{booking.id if booking is not None else ''}"


def revision_of(marks: Mapping[str, str]) -> int | None:
    """The revision in our event; None where a client dropped our properties."""
    text = marks.get(REVISION, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def run_of(marks: Mapping[str, str]) -> str | None:
    """The PUT that our event stems from; None where a client dropped our properties."""
    text = marks.get(RUN, "")
    return text if 0 < len(text) < 40 else None


def from_run(event: Event, run: str | None) -> Event:
    """The event, marked as stemming from that PUT."""
    return event if run is None else replace(event, marks={**event.marks, RUN: run})


def _description(booking: Booking, host: Host, meeting: MeetingType, language: Language) -> str:
    if booking.erased:
        return ""
    if booking.state is BookingState.HELD:
        return _held_text(booking, host, language)
    return _booked_text(booking, meeting, language)


def _held_text(booking: Booking, host: Host, language: Language) -> str:
    """Says until when it is held; with the date only if that is another day."""
    asked_on = booking.created_at.astimezone(host.zone).date()
    return language.text(
        "Not confirmed. Released automatically at {time} ({zone}) unless confirmed.",
        time=language.instant(booking.hold_until, host.zone, today=asked_on),
        zone=host.zone.key,
    )


def _booked_text(booking: Booking, meeting: MeetingType, language: Language) -> str:
    lines = [f"{booking.invitee.name} <{booking.invitee.email}>"]
    lines += [language.text("Guest: {address}", address=guest) for guest in booking.guests]
    lines += [_answered(each, language) for each in answered(meeting.questions, booking.answers, booking.sealed)]
    return "\n".join(lines)


def _answered(given: Answered, language: Language) -> str:
    """The answer; one to a removed question by its key, without sensitive ones."""
    question = given.question
    label = worded(question.label, language.code, writer=language.code).text if question else given.key
    return f"{introduced(label)} {language.given(given, writer=language.code)}"
