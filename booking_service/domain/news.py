"""Who is told, once, that a purpose or the preferences page was switched on, and why others are not.

The gate has already refused those who said no to it or want no mail. Nobody is told who was asked about it before. A
contact without any consent must have proven the mailbox and said no to nothing else: unsolicited mail needs a basis (§
7 UWG).
"""

from collections.abc import Iterable
from enum import StrEnum

from .consent import OUT, Standing


class NotTold(StrEnum):
    """Why a contact is not told."""

    NOT_AMONG = "not-among"  # the conditions on who is told are not met
    KNOWS = "knows"  # was asked before, or agreed
    TOLD = "told"
    NO_ELSEWHERE = "no-elsewhere"
    UNPROVEN = "unproven"


def why_not(standing: Standing, others: Iterable[Standing], *, told: bool, proven: bool) -> NotTold | None:
    """Why a contact is not told; None where it is.

    `standing`: for the purpose concerned. `others`: for every purpose there is. `told`: it was told before. `proven`:
    its mailbox answered a mail.
    """
    held = list(others)
    if standing.granted or standing.question is not None:
        return NotTold.KNOWS
    if told:
        return NotTold.TOLD
    if any(each.granted for each in held):
        return None
    if any(each.own_no is not None or each.basis in OUT for each in held):
        return NotTold.NO_ELSEWHERE
    return None if proven else NotTold.UNPROVEN
