"""Own texts of mails in words: placeholders, occasions, recipients."""

from collections.abc import Callable, Mapping

from ...domain.effects import MailKind, MailRole
from ...domain.mail_kinds import ROWS, Subject
from ...domain.mail_texts import Word
from ...language import Language

_WHEN: Mapping[MailKind, Callable[[Language], str]] = {
    MailKind.CONFIRM_BOOKING: lambda language: language.text("When a time is held"),
    MailKind.HOLD_REMINDER: lambda language: language.text("Halfway through the hold"),
    MailKind.HOLD_ENDED: lambda language: language.text("When nobody confirmed"),
    MailKind.BOOKED: lambda language: language.text("When confirmed, with the invitation"),
    MailKind.REMINDER: lambda language: language.text("Before the meeting"),
    MailKind.HOST_BOOKED: lambda language: language.text("When confirmed"),
    MailKind.HOST_HELD: lambda language: language.text("When a time is held, where a meeting type says so"),
    MailKind.APPROVE_BOOKING: lambda language: language.text("When a request waits for an answer"),
    MailKind.UNINVITED: lambda language: language.text("When a guest declined, or was removed"),
    MailKind.GUEST_DECLINED: lambda language: language.text("When a guest declined"),
    MailKind.GUEST_COMES: lambda language: language.text("When a guest who declined is coming after all"),
    MailKind.TIME_OFFERED: lambda language: language.text("When the host offers another time"),
    MailKind.OFFER_DECLINED: lambda language: language.text("When the invitee does not accept the other time"),
    MailKind.CALENDAR_UNREADABLE: lambda language: language.text("When a calendar can no longer be read"),
    MailKind.CALENDAR_CHANGED: lambda language: language.text("When an event overlaps a booking"),
    MailKind.MASS_DELETION: lambda language: language.text("When many bookings disappear from a calendar at once"),
    MailKind.MANY_HOLDS: lambda language: language.text("When unconfirmed requests take up much of the time"),
    MailKind.CONFIRM_CONSENT: lambda language: language.text("When a box was ticked, and as a reminder of it"),
    MailKind.CONSENT_CONFIRMED: lambda language: language.text("After a yes"),
    MailKind.CONSENT_ENDED: lambda language: language.text("After a no"),
    MailKind.PURPOSE_NEWS: lambda language: language.text("When a purpose was switched on, once to each"),
    MailKind.PAGE_NEWS: lambda language: language.text("When the preferences page was switched on, once to each"),
    MailKind.PREFERENCES_LINK: lambda language: language.text("When somebody asks for their page"),
    MailKind.CONFIRM_CHANGE: lambda language: language.text("When a change on somebody’s own page has to be confirmed"),
    MailKind.DATA_READY: lambda language: language.text("When a copy of the data was asked for"),
    MailKind.DELETION_DELAYED: lambda language: language.text("When staff put a deletion off, with the reason"),
    MailKind.DELETION_REFUSED: lambda language: language.text("When staff refuse a deletion, with the reason"),
    MailKind.DELETION_TAKEN_BACK: lambda language: language.text("When somebody took back their request to be deleted"),
    MailKind.DATA_ERASED: lambda language: language.text("Before the address is forgotten"),
    MailKind.SIGN_IN: lambda language: language.text("When somebody signs in by email"),
    MailKind.INVITED: lambda language: language.text("When somebody is given the right to sign in"),
    MailKind.NEW_BROWSER: lambda language: language.text("After signing in with a new browser"),
    MailKind.ACCOUNT_CHANGED: lambda language: language.text("When the password or second factor changed"),
    MailKind.CONFIRM_ADDRESS: lambda language: language.text("When somebody changes their address"),
    MailKind.ADMIN_NOTICE: lambda language: language.text(
        "When a task was given up, backups have stopped, or many people ask and never confirm"
    ),
}


def when_sent(kind: MailKind, language: Language) -> str:
    return _WHEN[kind](language) if kind in _WHEN else language.text("When something changes")


def recipients(kind: MailKind, language: Language, *, own: bool) -> str:
    """The recipients, as a heading. `own`: for a host reading about their own mails."""
    if MailRole.INVITEE in ROWS[kind].to:
        return language.text("To the invitee")
    if MailRole.GUEST in ROWS[kind].to:
        return language.text("To guests")
    match ROWS[kind].subject:
        case Subject.CONTACT:
            return language.text("To contacts, about consents and their data")
        case Subject.PERSON:
            return language.text("To people who sign in")
        case _:
            return language.text("To you") if own else language.text("To the host")


_MEANINGS: Mapping[Word, Callable[[Language], str]] = {
    Word.NEWS: lambda language: language.text("what happened, in one sentence written by us"),
    Word.DETAILS: lambda language: language.text("the table: what, when, where, with whom"),
    Word.WHEN: lambda language: language.text("day and time of the meeting"),
    Word.ZONE: lambda language: language.text("the time zone in which the times are written"),
    Word.TITLE: lambda language: language.text("what is booked"),
    Word.HOST: lambda language: language.text("the host’s name"),
    Word.ORGANISATION: lambda language: language.text("the organisation’s name"),
    Word.UNTIL: lambda language: language.text("the deadline for an answer"),
    Word.OFFERED: lambda language: language.text("the day and time offered"),
    Word.NAME: lambda language: language.text("the invitee’s name"),
    Word.EMAIL: lambda language: language.text("the invitee’s email address"),
    Word.WORDING: lambda language: language.text("the exact text it is about, or the reason that was given"),
    Word.CONSENT: lambda language: language.text("what the consent is called, or what was asked for"),
    Word.CALENDAR: lambda language: language.text("the calendar’s name"),
    Word.COUNT: lambda language: language.text("how many there are"),
    Word.PERSON: lambda language: language.text("the name of the person who gets the email"),
}


def meaning(word: Word, language: Language) -> str:
    """What the placeholder stands for."""
    if word.is_link:
        return language.text("a button or link, on a line of its own")
    return _MEANINGS[word](language)
