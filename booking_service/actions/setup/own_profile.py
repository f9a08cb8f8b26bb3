"""A person's own name, zone and language; a host's page follows."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.audit import Actor, AuditAct, named
from ...domain.people import Person
from ...runtime import Runtime
from ...storage import hosts, people
from ...storage.engine import lock_host, transaction
from ..access import audit
from ..access.people import found
from .record import record_host

_SHARED = ("name", "zone", "language")  # what person and host both have


def save(rt: Runtime, person_id: UUID, *, name: str, zone: ZoneInfo, language: str, by: Actor, now: datetime) -> Person:
    """Save; the person's host is changed too, so that its hours are meant in the new zone. Raises NotFound."""
    with transaction(rt.engine) as session:
        before = found(session, person_id)
        after = replace(before, name=name, zone=zone, language=language)
        if after == before:
            return before
        _let_host_follow(session, before, after, by=by, now=now)
        people.save(session, after, now=now)
        if after.name != before.name:
            told = {"before": before.name, "after": after.name}
            audit.record(session, AuditAct.PERSON_RENAMED, by=by, about=named(before), **told, now=now)
    return after


def _let_host_follow(session: Session, before: Person, after: Person, *, by: Actor, now: datetime) -> None:
    if before.host_id is None:
        return
    lock_host(session, before.host_id)
    session.expire_all()
    host = hosts.get(session, before.host_id)
    changed = {each: getattr(after, each) for each in _SHARED if getattr(after, each) != getattr(before, each)}
    renewed = replace(host, **changed)
    if renewed != host:
        hosts.save(session, renewed)
        record_host(session, host, renewed, by=by.name, now=now)
