"""What the page of a contact says was just done."""

from collections.abc import Callable, Mapping

from ....language import Language


def done_in_words(did: str, language: Language) -> str:
    """ "" where nothing was."""
    told = _TOLD.get(did)
    return told(language) if told else ""


_TOLD: Mapping[str, Callable[[Language], str]] = {
    "theirs": lambda language: language.text("Ended from this moment on. Only the person can undo it."),
    "ours": lambda language: language.text("Ended from this moment on. Staff can undo it, with a reason."),
    "ask": lambda language: language.text(
        "The question is on its way by email. What stands stays until there is an answer."
    ),
    "record": lambda language: language.text("Recorded. Nobody was written to."),
    "implied": lambda language: language.text("Recorded. Nobody was written to."),
    "revert": lambda language: language.text("Taken back. It stands as single opt-in, by staff."),
    "made": lambda language: language.text(
        "The contact is there. Nobody was written to, and nothing is agreed to yet."
    ),
    "known": lambda language: language.text("This contact was there already. Nothing was changed."),
    "number": lambda language: language.text("Saved. A yes to calls that was given for another number is not used."),
    "no-number": lambda language: language.text("Saved. No number of theirs is kept any more."),
    "filled": lambda language: language.text("Saved. Nobody was written to."),
    "filled-but": lambda language: language.text(
        "Saved. What they ended the permission for meanwhile is locked and stays empty. Nobody was written to."
    ),
    "locked": lambda language: language.text("They ended what allowed to keep it meanwhile. Nothing is saved."),
    "stopped": lambda language: language.text("All use has stopped. Only the person can lift that."),
    "erased": lambda language: language.text(
        "Erased. What proves their consents is sealed, and opens by their address only."
    ),
    "merged": lambda language: language.text(
        "Merged. A no of either counts for both; a yes to email has to be asked for anew."
    ),
    "parted": lambda language: language.text("Parted. Each has its own noes again."),
    "reason": lambda language: language.text("The reason stands in the access log now."),
    "same": lambda language: language.text("It stood so already. Nothing was changed."),
}
