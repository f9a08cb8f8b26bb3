"""Which contacts of a list may be asked by email for a double opt-in, and why the others may not.

Only contacts with a recorded consent to build on are asked. A contact without one can be asked singly, with a reason (§
7 UWG).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from .consent import Basis, Standing
from .gate import Refused


class AskVerdict(StrEnum):
    """Whether one contact of the list is asked, and if not, why."""

    ASKED = "asked"
    CONFIRMED = "confirmed"  # has a double opt-in already
    WAITING = "waiting"  # an earlier question is still open
    NEVER = "never"  # no consent was ever recorded
    OWN_NO = "own-no"
    STAFFS_NO = "staffs-no"
    STOPPED = "stopped"
    BLOCKED = "blocked"  # the mailbox wants no mail
    UNCONCERNED = "unconcerned"  # does not meet the purpose's conditions
    NO_ADDRESS = "no-address"
    GONE = "gone"  # erased, or merged into another contact


class RunState(StrEnum):
    """State of a run over a list: checked, sending, stopped by somebody, or finished."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


def judged(
    standing: Standing,
    refused: Refused | None,
    *,
    has_address: bool,
    gone: bool,
    lasts: timedelta | None,
    now: datetime,
) -> AskVerdict:
    """Verdict for one contact. `refused`: why the gate lets nothing of the purpose out to it now; None where it does."""
    if gone:
        return AskVerdict.GONE
    return _no(standing) or _out_of_reach(refused, has_address=has_address) or _stands(standing, lasts=lasts, now=now)


def _no(standing: Standing) -> AskVerdict | None:
    if standing.stopped is not None:
        return AskVerdict.STOPPED
    if standing.own_no is not None:
        return AskVerdict.OWN_NO
    return AskVerdict.STAFFS_NO if standing.basis is Basis.OUT_USER else None


def _out_of_reach(refused: Refused | None, *, has_address: bool) -> AskVerdict | None:
    if not has_address:
        return AskVerdict.NO_ADDRESS
    if refused is Refused.BLOCKED:
        return AskVerdict.BLOCKED
    return AskVerdict.UNCONCERNED if refused is Refused.CONDITIONS else None


def _stands(standing: Standing, *, lasts: timedelta | None, now: datetime) -> AskVerdict:
    if standing.open_question(now=now) is not None:
        return AskVerdict.WAITING
    if not standing.granted:
        return AskVerdict.NEVER
    if standing.basis is Basis.DOUBLE and not standing.expired(lasts=lasts, now=now):
        return AskVerdict.CONFIRMED
    return AskVerdict.ASKED
