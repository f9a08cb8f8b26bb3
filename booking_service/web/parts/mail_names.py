"""Names of the kinds of mail in lists."""

from collections.abc import Callable, Mapping

from ...domain.effects import MailKind
from ...language import Language

_NAMES: Mapping[MailKind, Callable[[Language], str]] = {
    MailKind.CONFIRM_BOOKING: lambda language: language.text("Please confirm"),
    MailKind.HOLD_REMINDER: lambda language: language.text("Please confirm, as a reminder"),
    MailKind.HOLD_ENDED: lambda language: language.text("The hold has ended"),
    MailKind.BOOKED: lambda language: language.text("Booked"),
    MailKind.HOST_HELD: lambda language: language.text("New hold"),
    MailKind.HOST_BOOKED: lambda language: language.text("New booking"),
    MailKind.MOVED: lambda language: language.text("Rescheduled"),
    MailKind.HOST_MOVED: lambda language: language.text("Rescheduled"),
    MailKind.CANCELLED: lambda language: language.text("Cancelled"),
    MailKind.HOST_CANCELLED: lambda language: language.text("Cancelled"),
    MailKind.UNINVITED: lambda language: language.text("No longer invited"),
    MailKind.GUEST_DECLINED: lambda language: language.text("A guest declined"),
    MailKind.GUEST_COMES: lambda language: language.text("Guest is coming after all"),
    MailKind.TIME_OFFERED: lambda language: language.text("Another time on offer"),
    MailKind.OFFER_DECLINED: lambda language: language.text("Current time kept"),
    MailKind.REMINDER: lambda language: language.text("Reminder"),
    MailKind.CALENDAR_UNREADABLE: lambda language: language.text("Calendar can't be read"),
    MailKind.CALENDAR_CHANGED: lambda language: language.text("Something overlaps a booking"),
    MailKind.MASS_DELETION: lambda language: language.text("Many events disappeared"),
    MailKind.MANY_HOLDS: lambda language: language.text("Many unconfirmed requests"),
    MailKind.APPROVE_BOOKING: lambda language: language.text("Please approve"),
    MailKind.SIGN_IN: lambda language: language.text("Sign-in link"),
    MailKind.ADMIN_NOTICE: lambda language: language.text("What administrators should look at"),
    MailKind.NEW_BROWSER: lambda language: language.text("New browser"),
    MailKind.ACCOUNT_CHANGED: lambda language: language.text("Signing in changed"),
    MailKind.CONFIRM_ADDRESS: lambda language: language.text("Please confirm the new address"),
    MailKind.INVITED: lambda language: language.text("Invitation"),
    MailKind.CONFIRM_CONSENT: lambda language: language.text("Is this consent yours?"),
    MailKind.CONSENT_CONFIRMED: lambda language: language.text("Consent confirmed"),
    MailKind.CONSENT_ENDED: lambda language: language.text("Consent ended"),
    MailKind.CONSENT_TOLD: lambda language: language.text("Consent passed on to others"),
    MailKind.MESSAGE: lambda language: language.text("Message to a list"),
    MailKind.PURPOSE_NEWS: lambda language: language.text("News about a purpose"),
    MailKind.PAGE_NEWS: lambda language: language.text("News about the preferences page"),
    MailKind.PREFERENCES_LINK: lambda language: language.text("Link to one's own data"),
    MailKind.CONFIRM_CHANGE: lambda language: language.text("Please confirm the change"),
    MailKind.DATA_READY: lambda language: language.text("Copy of one's own data"),
    MailKind.DELETION_DELAYED: lambda language: language.text("Deletion put off"),
    MailKind.DELETION_REFUSED: lambda language: language.text("Deletion refused"),
    MailKind.DELETION_TAKEN_BACK: lambda language: language.text("Deletion taken back"),
    MailKind.DATA_ERASED: lambda language: language.text("Data erased"),
}


def mail_name(kind: str, language: Language) -> str:
    """The kind in a word or two, for staff; the stored word for a kind without a name."""
    named = _NAMES.get(MailKind(kind)) if kind in {*MailKind} else None
    return named(language) if named else kind
