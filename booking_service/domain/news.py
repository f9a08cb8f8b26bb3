"""Who is told, once, that a purpose or the preferences page was switched on, and why others are not.

The gate has refused before whoever said no to it, or wants nothing. Beside that it is no news to who was asked already; and
somebody of whom nothing stands must have shown that the mailbox is theirs, and have said no to nothing else (§ 7 UWG: a mail
that nobody asked for has to rest on something).
"""

from collections.abc import Iterable
from enum import StrEnum

from .consent import OUT, Standing


class NotTold(StrEnum):
    """Why somebody is not told."""

    NOT_AMONG = "not-among"  # the rule on whom leaves them out
    KNOWS = "knows"  # they were asked, or agreed
    TOLD = "told"
    NO_ELSEWHERE = "no-elsewhere"
    UNPROVEN = "unproven"


def why_not(standing: Standing, others: Iterable[Standing], *, told: bool, proven: bool) -> NotTold | None:
    """`standing`: of what it is about, `others`: of every purpose there is; `proven`: who reads the mailbox answered a mail."""
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
