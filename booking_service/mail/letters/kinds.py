"""Which letter each kind of mail has."""

from zoneinfo import ZoneInfo

from ...domain.availability import zone_kept
from ...domain.effects import Mail, MailKind
from ...language import language_of
from ..facts import ContactFacts, HostNoticeFacts, MailFacts
from .account import AccountFacts, account_changed, admin_notice, confirm_address, invited, new_browser, sign_in
from .attendees import (
    booked,
    cancelled,
    confirm_booking,
    guest_comes,
    guest_declined,
    hold_ended,
    hold_reminder,
    moved,
    reminder,
    uninvited,
)
from .blocks import Letter
from .calendar import changed, many_holds, mass_deletion, unreadable
from .consent import confirm_consent, consent_confirmed, consent_ended, consent_told, message, page_news, purpose_news
from .host import approve_booking, host_booked, host_cancelled, host_held, host_moved
from .own_data import (
    confirm_change,
    data_erased,
    data_ready,
    deletion_delayed,
    deletion_refused,
    deletion_taken_back,
    preferences_link,
)
from .own_notices import account_in_own_words, contact_in_own_words, notice_in_own_words
from .own_words import in_own_words, text_kind
from .phrases import Reader, reader_of
from .time_offers import offer_declined, time_offered


def letter(mail: Mail, facts: MailFacts) -> Letter:
    """The letter of a mail about a booking, in the owner's own words if there are any.

    Raises KeyError: the kind is not about a booking.
    """
    reader = reader_of(mail, facts)
    usual = ABOUT_BOOKINGS[mail.kind](reader, mail, facts)
    kind = text_kind(mail, told=facts.told, confirmed=facts.confirmed)
    if facts.own is None or kind is None:
        return usual
    return in_own_words(usual, facts.own, kind=kind, reader=reader, facts=facts)


def calendar_letter(kind: MailKind, facts: HostNoticeFacts) -> Letter | None:
    """The letter of a notice to the host; None where there is nothing to tell any more.

    Raises KeyError: the kind is not about a calendar.
    """
    host = facts.host
    reader = Reader(language_of(host.language), host.zone, host.zone, "")
    usual = ABOUT_CALENDARS[kind](reader, facts)
    return notice_in_own_words(usual, kind=kind, reader=reader, facts=facts) if usual else None


def contact_letter(kind: MailKind, facts: ContactFacts) -> Letter:
    """The letter to a contact. Raises KeyError: the kind goes to no contact."""
    zone = zone_kept(facts.zone, otherwise=ZoneInfo("UTC"))
    reader = Reader(language_of(facts.language), zone, zone, "")
    return contact_in_own_words(TO_CONTACTS[kind](reader, facts), kind=kind, reader=reader, facts=facts)


def account_letter(kind: MailKind, facts: AccountFacts) -> Letter:
    """The letter to a person about their account. Raises KeyError: the kind is not about an account."""
    return account_in_own_words(ABOUT_PEOPLE[kind](facts), kind=kind, facts=facts)


ABOUT_BOOKINGS = {
    MailKind.CONFIRM_BOOKING: confirm_booking,
    MailKind.HOLD_REMINDER: hold_reminder,
    MailKind.HOLD_ENDED: hold_ended,
    MailKind.BOOKED: booked,
    MailKind.HOST_BOOKED: host_booked,
    MailKind.MOVED: moved,
    MailKind.HOST_MOVED: host_moved,
    MailKind.CANCELLED: cancelled,
    MailKind.UNINVITED: uninvited,
    MailKind.GUEST_DECLINED: guest_declined,
    MailKind.GUEST_COMES: guest_comes,
    MailKind.HOST_CANCELLED: host_cancelled,
    MailKind.TIME_OFFERED: time_offered,
    MailKind.OFFER_DECLINED: offer_declined,
    MailKind.REMINDER: reminder,
    MailKind.APPROVE_BOOKING: approve_booking,
    MailKind.HOST_HELD: host_held,
}

TO_CONTACTS = {
    MailKind.CONFIRM_CONSENT: confirm_consent,
    MailKind.CONSENT_CONFIRMED: consent_confirmed,
    MailKind.CONSENT_ENDED: consent_ended,
    MailKind.MESSAGE: message,
    MailKind.PURPOSE_NEWS: purpose_news,
    MailKind.PAGE_NEWS: page_news,
    MailKind.CONSENT_TOLD: consent_told,
    MailKind.PREFERENCES_LINK: preferences_link,
    MailKind.CONFIRM_CHANGE: confirm_change,
    MailKind.DATA_READY: data_ready,
    MailKind.DELETION_DELAYED: deletion_delayed,
    MailKind.DELETION_REFUSED: deletion_refused,
    MailKind.DELETION_TAKEN_BACK: deletion_taken_back,
    MailKind.DATA_ERASED: data_erased,
}

ABOUT_CALENDARS = {
    MailKind.CALENDAR_UNREADABLE: unreadable,
    MailKind.CALENDAR_CHANGED: changed,
    MailKind.MASS_DELETION: mass_deletion,
    MailKind.MANY_HOLDS: many_holds,
}

ABOUT_PEOPLE = {
    MailKind.SIGN_IN: sign_in,
    MailKind.NEW_BROWSER: new_browser,
    MailKind.ACCOUNT_CHANGED: account_changed,
    MailKind.CONFIRM_ADDRESS: confirm_address,
    MailKind.INVITED: invited,
    MailKind.ADMIN_NOTICE: admin_notice,
}
