"""The latest check of the whole ledger, which a worker makes each night, or when somebody asks: kept, as it takes too long for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from ...domain.timestamps import NotStamped
from ...runtime import Runtime
from ...storage import operations, outbox
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from . import anchors
from .anchors import Anchored
from .verify import Verified, verify

KIND = "ledger-check"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """When, over how many entries, and the sentences of what was found. `head`: of the tree, as `verify` takes it, "" of a check by a
    version that kept none; `anchored`: the latest time stamp that is one; `asked`: another check waits, or is being made."""

    at: datetime | None
    size: int
    findings: Sequence[str]
    head: str
    anchored: Anchored | None
    asked: bool


def ask(rt: Runtime, *, now: datetime) -> None:
    """Have a worker check it now; asked again meanwhile, it is checked once more."""
    with transaction(rt.engine) as session:
        outbox.wake(session, KIND, kind=KIND, lane=KIND, payload={}, due_at=now, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    now = rt.clock.now()
    found = verify(rt, now=now)
    with transaction(rt.engine) as session:
        keep(session, found, now=now)
        outbox.finish(session, claimed, now=now)


def keep(session: Session, found: Verified, *, now: datetime) -> None:
    """Note what a check found, in place of the one before, also in the log where something is wrong."""
    detail = {
        "size": found.size,
        "root": found.root.hex(),
        "findings": [each.sentence for each in found.findings],
    }
    operations.note(session, operations.LEDGER, at=now, detail=detail)
    if found.findings:
        log.error("ledger_tampered_with", kinds=sorted(each.kind for each in found.findings))


def show(rt: Runtime) -> Checked:
    with snapshot(rt.engine) as session:
        noted, asked = operations.noted(session, operations.LEDGER), outbox.open_since(session, KIND) is not None
    try:
        anchored = anchors.latest(rt)
    except NotStamped:
        anchored = None  # the check names it
    if noted is None:
        return Checked(at=None, size=0, findings=(), head="", anchored=anchored, asked=asked)
    detail = noted.detail
    return Checked(
        at=noted.at,
        size=detail["size"],
        findings=tuple(detail["findings"]),
        head=f"{detail['size']}:{detail['root']}" if "root" in detail else "",
        anchored=anchored,
        asked=asked,
    )
