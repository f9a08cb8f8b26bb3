"""What was just done on a contact's page."""

from collections.abc import Callable, Mapping

from ....language import Language


def done_in_words(did: str, language: Language) -> str:
    """The sentence; "" for nothing."""
    told = _TOLD.get(did)
    return told(language) if told else ""


_TOLD: Mapping[str, Callable[[Language], str]] = {
    "theirs": lambda language: language.text("Ended from this moment on. Only the person can undo it."),
    "ours": lambda language: language.text("Ended from this moment on. Staff can undo it, with a reason."),
    "ask": lambda language: language.text(
        "The question is on its way by email. The current state stays until there is an answer."
    ),
    "record": lambda language: language.text("Recorded. Nobody was written to."),
    "implied": lambda language: language.text("Recorded. Nobody was written to."),
    "revert": lambda language: language.text("Taken back. It is now recorded as single opt-in, by staff."),
    "made": lambda language: language.text(
        "The contact is added. Nobody was written to, and nothing is agreed to yet."
    ),
    "known": lambda language: language.text("This contact was there already. Nothing was changed."),
    "number": lambda language: language.text("Saved. A yes to calls that was given for another number is not used."),
    "no-number": lambda language: language.text("Saved. We no longer keep any number for them."),
    "filled": lambda language: language.text("Saved. Nobody was written to."),
    "filled-but": lambda language: language.text(
        "Saved. Anything they have since ended the permission for is locked and stays empty. Nobody was written to."
    ),
    "locked": lambda language: language.text(
        "In the meantime they ended what allowed us to keep it. Nothing is saved."
    ),
    "stopped": lambda language: language.text("All use has stopped. Only the person can lift that."),
    "erased": lambda language: language.text(
        "Erased. The proof of their consents is sealed, and can be opened only with their address."
    ),
    "merged": lambda language: language.text(
        "Merged. A no of either counts for both; a yes to email has to be asked for again."
    ),
    "parted": lambda language: language.text("Separated. Each has its own noes again."),
    "reason": lambda language: language.text("The reason is now in the access log."),
    "same": lambda language: language.text("That was already recorded. Nothing was changed."),
}
