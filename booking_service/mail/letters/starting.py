"""Where somebody begins who writes a mail in their own words: what the usual one says, with its placeholders."""

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
    MailKind.TIME_OFFERED: lambda language: language.text("{host} offers another time: {offered}"),
    MailKind.REMINDER: lambda language: language.text("Reminder: {when} with {host}"),
    MailKind.APPROVE_BOOKING: lambda language: language.text("Please decide: {name}, {when}"),
    MailKind.HOST_BOOKED: lambda language: language.text("Booked by {name}: {when}"),
    MailKind.HOST_MOVED: lambda language: language.text("Moved by {name} to {when}"),
    MailKind.HOST_CANCELLED: lambda language: language.text("Cancelled by {name}: {when}"),
    MailKind.OFFER_DECLINED: lambda language: language.text("{name} keeps {when}"),
}


def starting_text(kind: MailKind, language: Language) -> OwnText:
    """What renders as the usual mail does, but for sentences that are always below it."""
    links = [word for word in RULES[kind].words if word.is_link]
    words = (Word.NEWS, Word.DETAILS, *links)
    return OwnText(_SUBJECTS[kind](language), "\n\n".join(f"{{{word}}}" for word in words))
