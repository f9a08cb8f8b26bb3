"""The latest check of the whole ledger, made by a worker each night or on request, as it takes too long for a page."""

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
from . import timestamps
from .timestamps import Anchored
from .verify import Verified, verify

KIND = "ledger-check"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """The latest check: when, of how many entries, its findings. `head`: as `verify` takes it; "" of an old version's
    check.

    `anchored`: the latest valid time stamp. `asked`: another check is requested or running.
    """

    at: datetime | None
    size: int
    findings: Sequence[str]
    head: str
    anchored: Anchored | None
    asked: bool


def ask(rt: Runtime, *, now: datetime) -> None:
    """Have a worker check it now; a request during a check causes another one."""
    with transaction(rt.engine) as session:
        outbox.wake(session, KIND, kind=KIND, lane=KIND, payload={}, due_at=now, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    now = rt.clock.now()
    found = verify(rt, now=now)
    with transaction(rt.engine) as session:
        keep(session, found, now=now)
        outbox.finish(session, claimed, now=now)


def keep(session: Session, found: Verified, *, now: datetime) -> None:
    """Store a check's result in place of the previous one; faults are logged too."""
    detail = {
        "size": found.size,
        "root": found.root.hex(),
        "findings": [each.sentence for each in found.findings],
    }
    operations.note(session, operations.LEDGER, at=now, detail=detail)
    if found.findings:
        log.error("ledger_tampered_with", kinds=sorted(each.kind for each in found.findings))


def show(rt: Runtime) -> LedgerCheck:
    with snapshot(rt.engine) as session:
        noted, asked = operations.noted(session, operations.LEDGER), outbox.open_since(session, KIND) is not None
    try:
        anchored = timestamps.latest(rt)
    except NotStamped:
        anchored = None  # named by the check itself
    if noted is None:
        return LedgerCheck(at=None, size=0, findings=(), head="", anchored=anchored, asked=asked)
    detail = noted.detail
    return LedgerCheck(
        at=noted.at,
        size=detail["size"],
        findings=tuple(detail["findings"]),
        head=f"{detail['size']}:{detail['root']}" if "root" in detail else "",
        anchored=anchored,
        asked=asked,
    )
