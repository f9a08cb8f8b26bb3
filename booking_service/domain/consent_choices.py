"""What staff may choose when they change a standing by hand, and why not the rest."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from .consent import How, Standing
from .consent_moves import AskedByStaff, Change, ConsentRefused, OptedOut, Recorded, Reverted, Withdrawn, decide
from .purposes import OptIn, Purpose, PurposeKind


class Choice(StrEnum):
    """What staff can record. Double opt-in is missing on purpose: only the person can give it, from their own mailbox."""

    THEIRS = "theirs"  # the person's own no, passed on by staff
    OURS = "ours"
    ASK = "ask"
    RECORD = "record"
    IMPLIED = "implied"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice for the present standing. `refusal`: why it can't be taken; None where it can."""

    choice: Choice
    refusal: ConsentRefused | None


def options(
    standing: Standing, purpose: Purpose, *, now: datetime, by_mail: bool, replaces: bool = False
) -> tuple[Option, ...]:
    """The choices of the form, in its order: those that would change something, and those refused with a reason.

    `by_mail`: there is an address to ask, and a wording to ask with. `replaces`: a consent would be for the present
    phone number, while the standing is for another one.
    """
    found = []
    for choice in Choice:
        if choice is Choice.ASK and not (by_mail and asks_by_mail(purpose)):
            continue
        option = _option(choice, standing, purpose, now=now, replaces=replaces)
        if option is not None:
            found.append(option)
    return tuple(found)


def asks_by_mail(purpose: Purpose) -> bool:
    """Whether a question by mail makes sense: for calls only where that is set expressly, as it proves no number."""
    return purpose.kind is not PurposeKind.PHONE or purpose.opt_in is OptIn.ON


def change_of(choice: Choice, *, staff: str, lasts: timedelta, wording: bytes | None = None) -> Change:
    match choice:
        case Choice.THEIRS:
            return Withdrawn(How.TOLD)
        case Choice.OURS:
            return OptedOut(staff=staff)
        case Choice.ASK:
            return AskedByStaff(staff=staff, lasts=lasts, wording=wording)
        case Choice.RECORD:
            return Recorded(staff=staff)
        case Choice.IMPLIED:
            return Recorded(staff=staff, implied=True)
        case Choice.REVERT:
            return Reverted(staff)
        case _:
            assert_never(choice)


def _option(choice: Choice, standing: Standing, purpose: Purpose, *, now: datetime, replaces: bool) -> Option | None:
    change = change_of(choice, staff="", lasts=timedelta(days=1))
    if isinstance(change, Recorded):
        change = replace(change, replaces=replaces)
    try:
        draft = decide(standing, change, purpose=purpose.slug, now=now, lasts=purpose.lasts)
    except ConsentRefused as refusal:
        return None if choice in (Choice.REVERT, Choice.IMPLIED) else Option(choice, refusal)
    return Option(choice, None) if draft is not None else None
