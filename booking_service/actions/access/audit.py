"""The audit log: written by whatever changes people, their ways to sign in, or who sees what; read by
administrators."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...domain.audit import Actor, AuditAct, AuditCursor, AuditEntry, Sought
from ...domain.networks import masked
from ...runtime import Runtime
from ...storage import audit
from ...storage.engine import snapshot, transaction

PAGE = 25
COUNTED_TO = 1000
EXPORTED_AT_MOST = 50_000
_AT_ONCE = 500  # entries read from each source by one statement
_LONGEST = 300  # characters of each text


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of entries, the total number (counted to COUNTED_TO + 1), and where the next page begins."""

    entries: tuple[AuditEntry, ...]
    count: int
    further: AuditCursor | None


def record(
    session: Session,
    act: AuditAct,
    *,
    by: Actor,
    about: str = "",
    before: str = "",
    after: str = "",
    reason: str = "",
    now: datetime,
) -> None:
    """Record an act, in the transaction that does it. Only a part of the actor's network is stored."""
    entry = AuditEntry(
        at=now,
        act=act,
        by=by.name[:_LONGEST],
        about=about[:_LONGEST],
        before=before[:_LONGEST],
        after=after[:_LONGEST],
        reason=reason,
        agent=by.agent[:_LONGEST],
        network=masked(by.network),
    )
    audit.add(session, entry)


def find(rt: Runtime, sought: Sought, *, behind: AuditCursor | None = None) -> AuditPage:
    """A page of matching entries, newest first."""
    with snapshot(rt.engine) as session:
        entries = audit.found(session, sought, behind=behind, limit=PAGE + 1)
        count = audit.count(session, sought, most=COUNTED_TO + 1)
    shown = tuple(entries[:PAGE])
    return AuditPage(shown, count, shown[-1].place if len(entries) > PAGE else None)


def export(rt: Runtime, sought: Sought, *, by: Actor, now: datetime) -> Iterator[AuditEntry]:
    """All matching entries, at most EXPORTED_AT_MOST, read in portions as they are consumed.

    The export itself is recorded first. Neither that entry nor later ones are included.
    """
    with snapshot(rt.engine) as session:
        newest = audit.found(session, sought, limit=_AT_ONCE)
        count = min(EXPORTED_AT_MOST, audit.count(session, sought, most=EXPORTED_AT_MOST))
    with transaction(rt.engine) as session:
        record(session, AuditAct.AUDIT_EXPORTED, by=by, after=str(count), now=now)
    return _all_from(rt, sought, newest, count=count)


def _all_from(rt: Runtime, sought: Sought, part: list[AuditEntry], *, count: int) -> Iterator[AuditEntry]:
    while part:
        yield from part
        count -= len(part)
        with snapshot(rt.engine) as session:
            part = audit.found(session, sought, behind=part[-1].place, limit=min(_AT_ONCE, count)) if count else []
