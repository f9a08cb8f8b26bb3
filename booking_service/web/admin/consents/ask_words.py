"""What pages say of a list that is asked."""

from ....actions.consent.ask_list import Look
from ....domain.ask_list import AskVerdict
from ....language import Language

ASK = "/admin/consents/ask"


def verdict_name(verdict: AskVerdict, language: Language) -> tuple[str, str]:
    """Who these are, and whether they are asked."""
    no, never = language.text("No"), language.text("No, never")
    return {
        AskVerdict.ASKED: (
            language.text("A consent that is less than double opt-in, or too old"),
            language.text("Yes"),
        ),
        AskVerdict.CONFIRMED: (language.text("Already double opt-in"), no),
        AskVerdict.WAITING: (language.text("Asked, no answer yet"), language.text("No, wait")),
        AskVerdict.NEVER: (language.text("No consent on record"), language.text("Only singly, with a reason")),
        AskVerdict.OWN_NO: (language.text("Said no themselves"), never),
        AskVerdict.STAFFS_NO: (language.text("Opted out by staff"), no),
        AskVerdict.STOPPED: (language.text("Locked"), never),
        AskVerdict.BLOCKED: (language.text("Their mailbox wants no mail from here"), never),
        AskVerdict.UNCONCERNED: (language.text("The purpose does not concern them"), no),
        AskVerdict.NO_ADDRESS: (language.text("No email address"), no),
        AskVerdict.GONE: (language.text("Erased or merged"), no),
    }[verdict]


def answered(found: Look, language: Language) -> str:
    """How those who were asked stand by now."""
    counts = (
        (found.answers.yes, language.text("said yes")),
        (found.answers.no, language.text("said no")),
        (found.answers.waiting, language.text("have not answered yet")),
        (found.answers.lapsed, language.text("did not answer in time")),
    )
    return " · ".join(f"{count} {word}" for count, word in counts if count)
