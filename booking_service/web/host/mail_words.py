"""What pages say of mails in one's own words: placeholders, when each mail goes, and to whom."""

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
    MailKind.UNINVITED: lambda language: language.text("When a guest declined, or was taken off"),
    MailKind.GUEST_DECLINED: lambda language: language.text("When a guest declined"),
    MailKind.GUEST_COMES: lambda language: language.text("When a guest who declined comes after all"),
    MailKind.TIME_OFFERED: lambda language: language.text("When the host offers another time"),
    MailKind.OFFER_DECLINED: lambda language: language.text("When the invitee does not take the other time"),
    MailKind.CALENDAR_UNREADABLE: lambda language: language.text("When a calendar can’t be read any more"),
    MailKind.CALENDAR_CHANGED: lambda language: language.text("When an event lies over a booking"),
    MailKind.MASS_DELETION: lambda language: language.text("When many bookings vanish from a calendar at once"),
    MailKind.MANY_HOLDS: lambda language: language.text("When unconfirmed requests keep much of the time"),
    MailKind.CONFIRM_CONSENT: lambda language: language.text("When a box was ticked, and as its reminder"),
    MailKind.CONSENT_CONFIRMED: lambda language: language.text("After a yes"),
    MailKind.CONSENT_ENDED: lambda language: language.text("After a no"),
    MailKind.PURPOSE_NEWS: lambda language: language.text("When a purpose was switched on, once to each"),
    MailKind.PAGE_NEWS: lambda language: language.text("When the preferences page was switched on, once to each"),
    MailKind.PREFERENCES_LINK: lambda language: language.text("When somebody asks for their page"),
    MailKind.CONFIRM_CHANGE: lambda language: language.text("When a change on somebody’s own page has to be confirmed"),
    MailKind.DATA_READY: lambda language: language.text("When a copy of the data was asked for"),
    MailKind.DELETION_DELAYED: lambda language: language.text("When staff put a deletion off, with the reason"),
    MailKind.DELETION_REFUSED: lambda language: language.text("When staff refuse a deletion, with the reason"),
    MailKind.DELETION_TAKEN_BACK: lambda language: language.text("When somebody took their deletion back"),
    MailKind.DATA_ERASED: lambda language: language.text("Before the address is forgotten"),
    MailKind.SIGN_IN: lambda language: language.text("When somebody signs in by mail"),
    MailKind.INVITED: lambda language: language.text("When somebody may sign in from now on"),
    MailKind.NEW_BROWSER: lambda language: language.text("After signing in where one had not been"),
    MailKind.ACCOUNT_CHANGED: lambda language: language.text("When password or second factor changed"),
    MailKind.CONFIRM_ADDRESS: lambda language: language.text("When somebody changes their address"),
    MailKind.ADMIN_NOTICE: lambda language: language.text(
        "When something was given up, no backup is made any more, or many ask who never confirm"
    ),
}


def when_sent(kind: MailKind, language: Language) -> str:
    return _WHEN[kind](language) if kind in _WHEN else language.text("When something changes")


def recipients(kind: MailKind, language: Language, *, own: bool) -> str:
    """To whom it goes, as a heading. `own`: a host reads of their own mails."""
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
    Word.NEWS: lambda language: language.text("what has happened, in one sentence of ours"),
    Word.DETAILS: lambda language: language.text("the table: what, when, where, with whom"),
    Word.WHEN: lambda language: language.text("day and time of the meeting"),
    Word.ZONE: lambda language: language.text("the time zone in which the times are written"),
    Word.TITLE: lambda language: language.text("what is booked"),
    Word.HOST: lambda language: language.text("the host’s name"),
    Word.ORGANISATION: lambda language: language.text("the organisation’s name"),
    Word.UNTIL: lambda language: language.text("until when an answer is awaited"),
    Word.OFFERED: lambda language: language.text("day and time on offer"),
    Word.NAME: lambda language: language.text("the invitee’s name"),
    Word.EMAIL: lambda language: language.text("the invitee’s email address"),
    Word.WORDING: lambda language: language.text("the exact text it is about, or the reason that was given"),
    Word.CONSENT: lambda language: language.text("what the consent is called, or what was asked for"),
    Word.CALENDAR: lambda language: language.text("the calendar’s name"),
    Word.COUNT: lambda language: language.text("how many there are"),
    Word.PERSON: lambda language: language.text("the name of who gets the email"),
}


def meaning(word: Word, language: Language) -> str:
    """What stands in its place."""
    if word.is_link:
        return language.text("a button or link, on a line of its own")
    return _MEANINGS[word](language)
