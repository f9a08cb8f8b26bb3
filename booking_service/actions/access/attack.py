"""Attack mode: one switch for the organisation, in the database, so that all processes see it at once."""

from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.attack import Attack, checked
from ...domain.audit import Actor, AuditAct
from ...runtime import Runtime
from ...storage import operations
from ...storage.engine import snapshot, transaction
from . import audit


def show(rt: Runtime) -> Attack | None:
    """The last state of the switch; None where it was never on."""
    with snapshot(rt.engine) as session:
        return read(session)


def read(session: Session) -> Attack | None:
    return attack_of(operations.noted(session, operations.ATTACK))


def attack_of(noted: operations.Noted | None) -> Attack | None:
    """Read the switch from the stored operation."""
    if noted is None:
        return None
    return Attack(since=noted.at, until=datetime.fromisoformat(noted.detail["until"]), by=noted.detail["by"])


def begin(rt: Runtime, *, lasts: timedelta, by: Actor, now: datetime) -> Attack:
    """Switch attack mode on for this long from now, even where it is on. Raises ValueError: too short or too long."""
    until = now + checked(lasts)
    with transaction(rt.engine) as session:
        before = read(session)
        since = before.since if before and before.on(now) else now
        _set(session, Attack(since, until, by.name))
        audit.record(session, AuditAct.ATTACK_ON, by=by, after=until.isoformat(), now=now)
    return Attack(since, until, by.name)


def end(rt: Runtime, *, by: Actor, now: datetime) -> bool:
    """Switch attack mode off. False where it was off; then nothing is recorded."""
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
