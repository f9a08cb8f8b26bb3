"""A booking's timeline in words for its host: what happened, by whom, when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...actions.booking.find import TimelineEntry, Whole
from ...domain.booking import Party
from ...domain.effects import MailKind, MailRole
from ...domain.timeline import Happened
from ...language import Language

_BROKEN = frozenset({Happened.MISSING, Happened.MAIL_DEAD})

# What happened; with who did it, where that varies.
_WORDS: Mapping[Happened, Callable[[Language, str], str]] = {
    Happened.HELD: lambda language, by: language.text("Asked for {by}", by=by),
    Happened.CONFIRMED: lambda language, by: language.text("Confirmed {by}", by=by),
    Happened.EXPIRED: lambda language, by: language.text("Nobody answered before the deadline; the time is free again"),
    Happened.CANCELLED: lambda language, by: language.text("Ended {by}", by=by),
    Happened.MOVED: lambda language, by: language.text("Moved {by}", by=by),
    Happened.MOVED_BACK: lambda language, by: language.text("Moved back, as the new time was not available"),
    Happened.RESENT: lambda language, by: language.text("Link requested again {by}", by=by),
    Happened.INVITED_AGAIN: lambda language, by: language.text("Invitation sent again {by}", by=by),
    Happened.ADDRESS_CORRECTED: lambda language, by: language.text(
        "Address corrected {by}; the old link no longer works", by=by
    ),
    Happened.AGREED_HOST: lambda language, by: language.text("Agreed to {by}", by=by),
    Happened.AGREED_INVITEE: lambda language, by: language.text("Agreed to {by}", by=by),
    Happened.GUEST_DECLINED: lambda language, by: language.text("A guest declined"),
    Happened.GUEST_COMES: lambda language, by: language.text("A guest who had declined is coming after all"),
    Happened.REMINDERS_STOPPED: lambda language, by: language.text("No more reminders wanted"),
    Happened.HELD_LONGER: lambda language, by: language.text("Kept longer, as the email with the link was sent late"),
    Happened.OFFERED: lambda language, by: language.text("Another time offered {by}", by=by),
    Happened.OFFER_DECLINED: lambda language, by: language.text("The current time kept {by}", by=by),
    Happened.KEPT: lambda language, by: language.text("Kept alongside the other appointment {by}", by=by),
    Happened.BLOCKED: lambda language, by: language.text("No more email wanted at this address"),
    Happened.UNBLOCKED: lambda language, by: language.text("Email wanted at this address again"),
    Happened.OPENED: lambda language, by: language.text("A mailed link was opened; opening changes nothing"),
    Happened.ERASED: lambda language, by: language.text("The details entered are erased"),
    Happened.REVEALED: lambda language, by: language.text("Sensitive answers shown to you"),
}

_LETTERS: Mapping[MailKind, Callable[[Language], str]] = {
    MailKind.CONFIRM_BOOKING: lambda language: language.text("the link to confirm"),
    MailKind.HOLD_REMINDER: lambda language: language.text("the link again, before the hold ends"),
    MailKind.HOLD_ENDED: lambda language: language.text("the hold has ended"),
    MailKind.BOOKED: lambda language: language.text("it is booked"),
    MailKind.HOST_BOOKED: lambda language: language.text("it is booked"),
    MailKind.MOVED: lambda language: language.text("it has a new time"),
    MailKind.HOST_MOVED: lambda language: language.text("it has a new time"),
    MailKind.CANCELLED: lambda language: language.text("it is cancelled"),
    MailKind.HOST_CANCELLED: lambda language: language.text("it is cancelled"),
    MailKind.UNINVITED: lambda language: language.text("a guest is no longer expected"),
    MailKind.GUEST_DECLINED: lambda language: language.text("a guest is no longer expected"),
    MailKind.GUEST_COMES: lambda language: language.text("a guest is coming after all"),
    MailKind.TIME_OFFERED: lambda language: language.text("another time on offer"),
    MailKind.OFFER_DECLINED: lambda language: language.text("the current time is kept"),
    MailKind.REMINDER: lambda language: language.text("a reminder"),
    MailKind.HOST_HELD: lambda language: language.text("it is held"),
    MailKind.APPROVE_BOOKING: lambda language: language.text("the question whether you agree"),
}


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """`about`: when, and details. `sign`: now, todo or bad-step."""

    text: str
    about: str
    sign: str = "now"


def lines(found: Whole, language: Language, *, zone: ZoneInfo) -> tuple[TimelineLine, ...]:
    return tuple(_line(found, each, language, zone=zone) for each in found.timeline)


def _line(found: Whole, entry: TimelineEntry, language: Language, *, zone: ZoneInfo) -> TimelineLine:
    more = _more(entry, language, zone=zone)
    about = f"{_at(entry.at, language, zone=zone)} · {more}" if more else _at(entry.at, language, zone=zone)
    return TimelineLine(_text(found, entry, language), about, "bad-step" if entry.what in _BROKEN else "now")


def _text(found: Whole, entry: TimelineEntry, language: Language) -> str:
    match entry.what:
        case Happened.MAILED | Happened.MAIL_DROPPED | Happened.MAIL_DEAD | Happened.HOST_ASKED:
            return _mail(found, entry, language)
        case Happened.WRITTEN | Happened.REMOVED | Happened.MISSING | Happened.FOUND_ELSEWHERE | Happened.PUT_ELSEWHERE:
            return _in_calendar(entry.what, language)
        case _:
            return _act(entry, _by(found, entry, language), language)


def _act(entry: TimelineEntry, by: str, language: Language) -> str:
    if entry.what is Happened.CONFIRMED and entry.detail.get("for"):
        return language.text("Confirmed {by} on behalf of the invitee", by=by)
    if entry.what is Happened.HELD and entry.by == Party.HOST:
        return language.text("Held {by} for the invitee", by=by)
    if entry.what is Happened.HELD_LONGER and entry.by == Party.HOST:
        return language.text("Kept longer {by}", by=by)
    return _WORDS[Happened(entry.what)](language, by)


def _in_calendar(what: Happened, language: Language) -> str:
    match what:
        case Happened.WRITTEN:
            return language.text("Written to your calendar")
        case Happened.REMOVED:
            return language.text("Removed from your calendar")
        case Happened.MISSING:
            return language.text("Not found in your calendar; we are looking for it")
        case Happened.PUT_ELSEWHERE:
            return language.text("Moved to another of your calendars")
        case _:
            return language.text("Found in another of your calendars")


def _mail(found: Whole, entry: TimelineEntry, language: Language) -> str:
    what, to = _letter(MailKind(entry.detail["kind"]), language), _reader(found, entry, language)
    match entry.what:
        case Happened.MAIL_DROPPED if entry.detail.get("why") == "blocked":
            return language.text("Email {to} not sent, as that address wants none: {what}", to=to, what=what)
        case Happened.MAIL_DROPPED:
            return language.text("Email {to} no longer needed: {what}", to=to, what=what)
        case Happened.MAIL_DEAD:
            return language.text("Email {to} could not be delivered: {what}", to=to, what=what)
        case _:
            return language.text("Email {to}: {what}", to=to, what=what)


def _reader(found: Whole, entry: TimelineEntry, language: Language) -> str:
    name = found.line.booking.invitee.name
    match MailRole(entry.detail.get("to", MailRole.HOST)):
        case MailRole.INVITEE | MailRole.CONTACT if name:
            return language.text("to {name}", name=name)
        case MailRole.INVITEE | MailRole.CONTACT:
            return language.text("to the invitee")
        case MailRole.GUEST:
            return language.text("to a guest")
        case MailRole.HOST | MailRole.PERSON | MailRole.PARTNER:
            return language.text("to you")


def _letter(kind: MailKind, language: Language) -> str:
    named = _LETTERS.get(kind)
    return named(language) if named else language.text("about your calendar")


def _by(found: Whole, entry: TimelineEntry, language: Language) -> str:
    name = found.line.booking.invitee.name
    match entry.by:
        case Party.HOST:
            return language.text("by you")
        case Party.INVITEE if name:
            return language.text("by {name}", name=name)
        case Party.INVITEE:
            return language.text("by the invitee")
        case _:
            return language.text("by this service")


def _more(entry: TimelineEntry, language: Language, *, zone: ZoneInfo) -> str:
    """Details: the time before a move, why it ended, the browser that opened a link."""
    detail = entry.detail
    if start := detail.get("from"):
        was = datetime.fromisoformat(start)
        return language.text("from {time}", time=language.instant(was, zone))
    if start := detail.get("to_start"):
        return language.instant(datetime.fromisoformat(start), zone)
    if reason := detail.get("reason"):
        return language.text("“{reason}”", reason=reason)
    if until := detail.get("until"):
        return language.text("until {time}", time=language.instant(datetime.fromisoformat(until), zone))
    if told := detail.get("told"):
        return language.text("the form said: “{text}”", text=told)
    if entry.what is Happened.OPENED:
        return language.browser(detail.get("agent", ""))
    return detail.get("answer", "") if entry.what is Happened.MAIL_DEAD else ""


def _at(instant: datetime, language: Language, *, zone: ZoneInfo) -> str:
    local = instant.astimezone(zone)
    return f"{language.short_day(local.date())}, {language.time_to_the_second(local)}"
