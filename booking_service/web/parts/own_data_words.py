"""Names for the stored words in a person's data. An unknown word stays as it is."""

from collections.abc import Mapping

from ...domain.consent import Act, Asked, Basis, How
from ...domain.effects import MailRole
from ...domain.purposes import Part
from ...language import Language


def booking_state(word: str, language: Language) -> str:
    return {
        "held": language.text("Held, not confirmed"),
        "confirmed": language.text("Confirmed"),
        "expired": language.text("Expired"),
        "cancelled": language.text("Cancelled"),
    }.get(word, word)


def mailed_to(word: str, language: Language) -> str:
    """To whom of a booking's people a mail went."""
    return {
        MailRole.INVITEE.value: language.text("to you"),
        MailRole.CONTACT.value: language.text("to you"),
        MailRole.GUEST.value: language.text("to a guest"),
        MailRole.HOST.value: language.text("to the host"),
    }.get(word, word)


def basis(word: str, language: Language) -> str:
    return {
        Basis.NONE.value: language.text("No consent"),
        Basis.IMPLIED.value: language.text("Existing relationship"),
        Basis.FORM.value: language.text("Agreed, on a form"),
        Basis.USER.value: language.text("Agreed, recorded by us"),
        Basis.DOUBLE.value: language.text("Agreed, and confirmed by email"),
        Basis.OUT_USER.value: language.text("Ended by us"),
        Basis.OUT_CONTACT.value: language.text("Ended by you"),
    }.get(word, word)


def question(word: str | None, language: Language) -> str:
    return {
        Asked.PENDING.value: language.text("Asked, no answer yet"),
        Asked.LAPSED.value: language.text("Lapsed"),
        Asked.DECLINED.value: language.text("Answered no"),
    }.get(word or "", word or "")


def act(word: str, name: str, language: Language, *, mine: bool) -> str:
    """`mine`: by the person themselves."""
    return {
        Act.ASKED.value: language.text("“{what}” ticked", what=name)
        if mine
        else language.text("Asked about “{what}”", what=name),
        Act.MAILED.value: language.text("Email about “{what}” handed over", what=name),
        Act.CONFIRMED.value: language.text("“{what}” confirmed", what=name),
        Act.DECLINED.value: language.text("“{what}” answered with no", what=name),
        Act.RETRACTED.value: language.text("An entry about “{what}” taken back", what=name),
        Act.GIVEN.value: language.text("“{what}” given on a form", what=name),
        Act.RECORDED.value: language.text("“{what}” recorded", what=name),
        Act.WITHDRAWN.value: language.text("“{what}” ended by you", what=name)
        if mine
        else language.text("“{what}” ended by us", what=name),
        Act.REOPENED.value: language.text("Our opt-out of “{what}” taken back", what=name),
        Act.STOPPED.value: language.text("All use of your data stopped"),
        Act.RESUMED.value: language.text("Use of your data allowed again"),
        Act.MERGED.value: language.text("Merged with another contact"),
        Act.PARTED.value: language.text("Separated from another contact"),
        Act.USED.value: language.text("Handed out in a list"),
        Act.ERASED.value: language.text("Data erased"),
        Act.FORGOTTEN.value: language.text("Details removed, as nothing needs them any more"),
    }.get(word, word)


def how(word: str, language: Language) -> str:
    return {
        How.FORM.value: language.text("on a form"),
        How.LINK.value: language.text("by the link in an email"),
        How.PAGE.value: language.text("on your preferences page"),
        How.ONE_CLICK.value: language.text("with one click in your mail program"),
        How.TOLD.value: language.text("told to us"),
        How.HAND.value: language.text("by hand"),
        How.IMPORT.value: language.text("by an imported list"),
        How.API.value: language.text("by another program"),
        How.TIMER.value: language.text("automatically"),
    }.get(word, word)


def said_by(word: str, language: Language) -> str:
    return {
        "you": language.text("You"),
        "staff": language.text("Our staff"),
        "the service": language.text("This service, automatically"),
    }.get(word, word)


def outcome(word: str, language: Language) -> str:
    """The outcome of a mail, or of a message to several."""
    return {
        "accepted": language.text("Accepted by the mail server"),
        "later": language.text("Tried again"),
        "failed": language.text("Not sent"),
        "dropped": language.text("No longer needed"),
        "waiting": language.text("Still to be sent"),
        "queued": language.text("Still to be sent"),
        "sent": language.text("Accepted by the mail server"),
        "refused": language.text("Not sent, as it was not allowed"),
    }.get(word, word)


def looked_at(word: str, labels: Mapping[str, str], language: Language) -> str:
    kind, _, about = word.partition(":")
    return {
        "export": language.text("All of the data, handed out"),
        "proof": language.text("The proof of what was said"),
        "vault": language.text("The sealed proof"),
        "number": language.text("The number to call, changed"),
        "own-page": language.text("This page, as you see it"),
        "field": language.text("“{what}” in full", what=labels.get(about, about)),
    }.get(kind, word)


def part(word: str, language: Language) -> str:
    """A part of a wording."""
    return {
        Part.NAME.value: language.text("Text shown: name"),
        Part.BOX.value: language.text("Text shown: beside the box"),
        Part.BENEFIT.value: language.text("Text shown: what you have of it"),
        Part.MAIL.value: language.text("Text shown: in the email that asks"),
        Part.PAGE.value: language.text("Text shown: on your preferences page"),
        Part.POLICY.value: language.text("Text shown: how your data is used"),
    }.get(word, word)


def detail_name(key: str, language: Language) -> str:
    """The label of a key in an entry's detail."""
    return {
        "who": language.text("Name"),
        "address": language.text("Email"),
        "phone": language.text("Phone"),
        "source": language.text("Source"),
        "given_on": language.text("Given on which day"),
        "optin_id": language.text("Opt-in id"),
        "description": language.text("Description"),
        "page": language.text("Page"),
        "snapshot": language.text("As it was shown"),
        "pressed_at": language.text("Button pressed"),
        "language": language.text("Language"),
        "network": language.text("Network address"),
        "agent": language.text("Browser"),
        "reason": language.text("Reason"),
        "staff": language.text("Our staff"),
        "message_id": language.text("Number of the email (Message-ID)"),
        "answer": language.text("Answer of the mail server"),
        "text": language.text("Text of the email"),
    }.get(key, key)
