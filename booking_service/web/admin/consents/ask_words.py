"""A list to ask, in words."""

from ....actions.consent.ask_list import ShownAskList
from ....domain.ask_list import AskVerdict
from ....language import Language

ASK = "/admin/consents/ask"


def verdict_name(verdict: AskVerdict, language: Language) -> tuple[str, str]:
    """A verdict's name, and whether such contacts are asked."""
    no, never = language.text("No"), language.text("No, never")
    return {
        AskVerdict.ASKED: (
            language.text("A consent that is less than double opt-in, or too old"),
            language.text("Yes"),
        ),
        AskVerdict.CONFIRMED: (language.text("Already double opt-in"), no),
        AskVerdict.WAITING: (language.text("Asked, no answer yet"), language.text("No, wait")),
        AskVerdict.NEVER: (language.text("No consent on record"), language.text("Only one by one, with a reason")),
        AskVerdict.OWN_NO: (language.text("Said no themselves"), never),
        AskVerdict.STAFFS_NO: (language.text("Opted out by staff"), no),
        AskVerdict.STOPPED: (language.text("Locked"), never),
        AskVerdict.BLOCKED: (language.text("The owner of their mailbox wants no mail from us"), never),
        AskVerdict.UNCONCERNED: (language.text("The purpose does not concern them"), no),
        AskVerdict.NO_ADDRESS: (language.text("No email address"), no),
        AskVerdict.GONE: (language.text("Erased or merged"), no),
    }[verdict]


def answered(found: ShownAskList, language: Language) -> str:
    """The present state of those who were asked."""
    counts = (
        (found.answers.yes, language.text("said yes")),
        (found.answers.no, language.text("said no")),
        (found.answers.waiting, language.text("have not answered yet")),
        (found.answers.lapsed, language.text("did not answer in time")),
    )
    return " · ".join(f"{count} {word}" for count, word in counts if count)
