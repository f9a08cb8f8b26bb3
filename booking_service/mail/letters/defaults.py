"""The starting text for whoever writes a mail in their own words: the usual mail with placeholders."""

from collections.abc import Callable, Mapping

from ...domain.effects import MailKind
from ...domain.mail_texts import RULES, Word
from ...language import Language
from ..facts import OwnText

_SUBJECTS: Mapping[MailKind, Callable[[Language], str]] = {
    MailKind.CONFIRM_BOOKING: lambda language: language.text("Please confirm: {when} with {host}"),
    MailKind.HOLD_REMINDER: lambda language: language.text("Still yours until {until}: {when} with {host}"),
    MailKind.HOLD_ENDED: lambda language: language.text("Your hold has ended: {when} with {host}"),
    MailKind.BOOKED: lambda language: language.text("{title} with {host}"),
    MailKind.MOVED: lambda language: language.text("Moved to {when}: {title}"),
    MailKind.CANCELLED: lambda language: language.text("Cancelled: {when} with {host}"),
    MailKind.UNINVITED: lambda language: language.text("You are not taking part: {when} with {host}"),
    MailKind.GUEST_DECLINED: lambda language: language.text("A guest won't come: {when}"),
    MailKind.GUEST_COMES: lambda language: language.text("A guest is coming after all: {when}"),
    MailKind.TIME_OFFERED: lambda language: language.text("{host} offers another time: {offered}"),
    MailKind.REMINDER: lambda language: language.text("Reminder: {when} with {host}"),
    MailKind.APPROVE_BOOKING: lambda language: language.text("Please decide: {name}, {when}"),
    MailKind.HOST_HELD: lambda language: language.text("Hold: {name}, {when}"),
    MailKind.HOST_BOOKED: lambda language: language.text("Booked by {name}: {when}"),
    MailKind.HOST_MOVED: lambda language: language.text("Moved by {name} to {when}"),
    MailKind.HOST_CANCELLED: lambda language: language.text("Cancelled by {name}: {when}"),
    MailKind.OFFER_DECLINED: lambda language: language.text("{name} keeps {when}"),
    MailKind.CALENDAR_UNREADABLE: lambda language: language.text("We can't read your calendar"),
    MailKind.CALENDAR_CHANGED: lambda language: language.text("Your calendar changed: {name}, {when}"),
    MailKind.MASS_DELETION: lambda language: language.text("Many bookings are gone from your calendar"),
    MailKind.MANY_HOLDS: lambda language: language.text("Unconfirmed requests for your time: {count}"),
    MailKind.CONFIRM_CONSENT: lambda language: language.text("Please confirm: {what}").replace("{what}", "{consent}"),
    MailKind.CONSENT_CONFIRMED: lambda language: language.text("Confirmed: {what}").replace("{what}", "{consent}"),
    MailKind.CONSENT_ENDED: lambda language: language.text("Ended: {what}").replace("{what}", "{consent}"),
    MailKind.PURPOSE_NEWS: lambda language: language.text("New question about your data: {what}").replace(
        "{what}", "{consent}"
    ),
    MailKind.PAGE_NEWS: lambda language: language.text("A page about your emails and data"),
    MailKind.PREFERENCES_LINK: lambda language: language.text("Your bookings and data"),
    MailKind.CONFIRM_CHANGE: lambda language: language.text("Please confirm: {what}").replace("{what}", "{consent}"),
    MailKind.DATA_READY: lambda language: language.text("Your data is ready"),
    MailKind.DELETION_DELAYED: lambda language: language.text("Deleting your data takes longer"),
    MailKind.DELETION_REFUSED: lambda language: language.text("Your data will not be deleted"),
    MailKind.DELETION_TAKEN_BACK: lambda language: language.text("Your data stays"),
    MailKind.DATA_ERASED: lambda language: language.text("Your data is being deleted"),
    MailKind.SIGN_IN: lambda language: language.text("Your sign-in link"),
    MailKind.INVITED: lambda language: language.text("You can sign in now"),
    MailKind.NEW_BROWSER: lambda language: language.text("You signed in with a new browser"),
    MailKind.ACCOUNT_CHANGED: lambda language: language.text("How you sign in has changed"),
    MailKind.CONFIRM_ADDRESS: lambda language: language.text("Confirm your new address"),
    MailKind.ADMIN_NOTICE: lambda language: language.text("The booking service needs you"),
}


def starting_text(kind: MailKind, language: Language) -> OwnText:
    """A text that renders as the usual mail, except for sentences that are always added below."""
    possible = RULES[kind].words
    blocks = [word for word in (Word.NEWS, Word.WORDING, Word.DETAILS) if word in possible]
    words = (*blocks, *(word for word in possible if word.is_link))
    return OwnText(_SUBJECTS[kind](language), "\n\n".join(f"{{{word}}}" for word in words))
