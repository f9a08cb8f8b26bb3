"""The nightly audit: made once, by the first worker, and stored for administrators."""

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
from ..privacy import entry_details
from .consistency import Discrepancy, FollowMove, audit_all
from .repair import repair

AUDITED_AT = time(3)  # UTC: at night for most users, and no two clock changes fall on it
GIVEN_UP_AFTER = timedelta(hours=1)  # an audit without a result after this long has died
KEPT = 50  # findings; the total number is stored too

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Audited:
    """The latest audit. `count`: of all findings; `findings`: the first of them, in words."""

    at: datetime
    count: int
    findings: Sequence[str]


def audit_nightly(rt: Runtime) -> bool:
    """Audit once AUDITED_AT has passed, after deleting what is outdated. Repairs moves that no pull noticed.

    False: it is not due, or another worker does it.
    """
    now = rt.clock.now()
    with transaction(rt.engine) as session:
        mine = operations.take_turn(session, operations.AUDITING, since=_latest(now), stuck=GIVEN_UP_AFTER, now=now)
    if not mine:
        return False
    entry_details.forget_due(rt, now=now)
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
    """Store the findings in place of the previous ones."""
    detail = {"count": len(found), "findings": [in_words(each) for each in found[:KEPT]]}
    operations.note(session, operations.AUDIT, at=now, detail=detail)


def audited(noted: Noted) -> Audited:
    """The audit as it was stored."""
    return Audited(noted.at, noted.detail["count"], tuple(noted.detail["findings"]))


def in_words(finding: Discrepancy) -> str:
    """One line, as `booking-service audit` prints it."""
    about = f"booking {finding.booking_id} " if finding.booking_id else ""
    about += f"contact {finding.contact_id} " if finding.contact_id else ""
    return f"{finding.question} {about}{finding.sentence}"


def _latest(now: datetime) -> datetime:
    today = datetime.combine(now.date(), AUDITED_AT, tzinfo=now.tzinfo)
    return today if today <= now else today - timedelta(days=1)
