"""The switch for times of attack: one for the organisation, kept in the database, so that every process sees it at once."""

from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.attack import Attack, checked
from ...domain.audit import Actor, AuditAct
from ...runtime import Runtime
from ...storage import operations
from ...storage.engine import snapshot, transaction
from . import audit


def show(rt: Runtime) -> Attack | None:
    """How the switch was set last; None where it never was on."""
    with snapshot(rt.engine) as session:
        return read(session)


def read(session: Session) -> Attack | None:
    return attack_of(operations.noted(session, operations.ATTACK))


def attack_of(noted: operations.Noted | None) -> Attack | None:
    """The switch, as it is kept among the operations."""
    if noted is None:
        return None
    return Attack(since=noted.at, until=datetime.fromisoformat(noted.detail["until"]), by=noted.detail["by"])


def begin(rt: Runtime, *, lasts: timedelta, by: Actor, now: datetime) -> Attack:
    """Switch it on for so long from now, also where it is on already. Raises ValueError: not so long."""
    until = now + checked(lasts)
    with transaction(rt.engine) as session:
        before = read(session)
        since = before.since if before and before.on(now) else now
        _set(session, Attack(since, until, by.name))
        audit.record(session, AuditAct.ATTACK_ON, by=by, after=until.isoformat(), now=now)
    return Attack(since, until, by.name)


def end(rt: Runtime, *, by: Actor, now: datetime) -> bool:
    """Switch it off. False where it was off, and then nothing is written down."""
    with transaction(rt.engine) as session:
        before = read(session)
        if before is None or not before.on(now):
            return False
        _set(session, Attack(before.since, now, by.name))
        audit.record(session, AuditAct.ATTACK_OFF, by=by, before=before.until.isoformat(), now=now)
    return True


def _set(session: Session, attack: Attack) -> None:
    detail = {"until": attack.until.isoformat(), "by": attack.by}
    operations.note(session, operations.ATTACK, at=attack.since, detail=detail)
