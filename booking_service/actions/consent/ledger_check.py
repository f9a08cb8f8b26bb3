"""The latest check of the whole ledger, which a worker makes each night: kept, as it takes too long for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...domain.timestamps import NotStamped
from ...runtime import Runtime
from ...storage import operations
from ...storage.engine import snapshot
from . import anchors
from .anchors import Anchored
from .verify import Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """When, over how many entries, and the sentences of what was found; `anchored`: the latest time stamp that is one."""

    at: datetime | None
    size: int
    findings: Sequence[str]
    anchored: Anchored | None


def keep(session: Session, found: Verified, *, now: datetime) -> None:
    """Note what a check found, in place of the one before."""
    detail = {"size": found.size, "findings": [each.sentence for each in found.findings]}
    operations.note(session, operations.LEDGER, at=now, detail=detail)


def show(rt: Runtime) -> Checked:
    with snapshot(rt.engine) as session:
        noted = operations.noted(session, operations.LEDGER)
    try:
        anchored = anchors.latest(rt)
    except NotStamped:
        anchored = None  # the check names it
    if noted is None:
        return Checked(at=None, size=0, findings=(), anchored=anchored)
    detail = noted.detail
    return Checked(at=noted.at, size=detail["size"], findings=tuple(detail["findings"]), anchored=anchored)
