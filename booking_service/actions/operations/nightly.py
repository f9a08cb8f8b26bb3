"""The audit of each night: made once by whichever worker comes first, and kept for administrators to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from sqlmodel import Session

from ...runtime import Runtime
from ...storage import operations
from ...storage.engine import transaction
from ...storage.operations import Noted
from ..consent import ledger_check
from ..consent.verify import verify
from ..privacy import kept_details
from .consistency import Discrepancy, FollowMove, audit_all
from .repair import repair

AUDITED_AT = time(3)  # UTC: night where most who use this live, and no two clock changes fall on it
GIVEN_UP_AFTER = timedelta(hours=1)  # whoever began an audit and kept no result by then has died of it
KEPT = 50  # findings; that there were more is said

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Audited:
    """The latest audit. `count`: of all findings, of which `findings` are the first, in words."""

    at: datetime
    count: int
    findings: Sequence[str]


def audit_nightly(rt: Runtime) -> bool:
    """Audit once AUDITED_AT has passed since the last time, behind forgetting what nothing needs any more, and have hosts followed
    whose moves no pull saw. False: it isn't
    due, or another worker does it."""
    now = rt.clock.now()
    with transaction(rt.engine) as session:
        mine = operations.take_turn(session, operations.AUDITING, since=_latest(now), stuck=GIVEN_UP_AFTER, now=now)
    if not mine:
        return False
    kept_details.forget_due(rt, now=now)
    found, ledger = audit_all(rt, now=now), verify(rt, now=now)
    moved = repair(rt, [each for each in found if isinstance(each.fix, FollowMove)], now=now)
    with transaction(rt.engine) as session:
        keep(session, found, now=now)
        ledger_check.keep(session, ledger, now=now)
        operations.done_turn(session, operations.AUDITING, at=now)
    if moved:
        log.warning("moves_unseen_by_pulls", count=len(moved))
    if found:
        log.warning("audit_found", findings=len(found), questions=sorted({each.question for each in found}))
    return True


def keep(session: Session, found: Sequence[Discrepancy], *, now: datetime) -> None:
    """Note what an audit found, in place of the one before."""
    detail = {"count": len(found), "findings": [in_words(each) for each in found[:KEPT]]}
    operations.note(session, operations.AUDIT, at=now, detail=detail)


def audited(noted: Noted) -> Audited:
    """What was noted of it."""
    return Audited(noted.at, noted.detail["count"], tuple(noted.detail["findings"]))


def in_words(finding: Discrepancy) -> str:
    """One line, as `booking-service audit` prints it."""
    about = f"booking {finding.booking_id} " if finding.booking_id else ""
    about += f"contact {finding.contact_id} " if finding.contact_id else ""
    return f"{finding.question} {about}{finding.sentence}"


def _latest(now: datetime) -> datetime:
    today = datetime.combine(now.date(), AUDITED_AT, tzinfo=now.tzinfo)
    return today if today <= now else today - timedelta(days=1)
