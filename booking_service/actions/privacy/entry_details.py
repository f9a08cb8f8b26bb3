"""Deleting personal details of entries that are no longer needed. The chain stays, and records the deletion.

Only all at once, and only where nothing stands: from that entry on the database's guards release every earlier detail
of the contact. Answered ones go into the vault, as for erased contacts.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...domain.consent import SYSTEM, Act, How
from ...domain.consent_moves import Draft
from ...domain.purposes import EVERY, Purpose
from ...domain.retention import AFTER_QUESTION, are_evidence, kept_until
from ...runtime import Runtime
from ...storage import contacts, entry_details, erasure, ledger, purposes
from ...storage.engine import snapshot, transaction
from ..consent import append
from ..consent.contacts import Circle, circles_of, locked
from . import vault

AT_MOST = 10_000  # contacts in one night, so that the following check is not delayed
_BATCH = 200

log = structlog.get_logger()


def forget_due(rt: Runtime, *, now: datetime) -> int:
    """Delete the details of all contacts whose time is over, one per transaction. Returns of how many."""
    after: UUID | None = None
    forgotten = 0
    while forgotten < AT_MOST:
        with snapshot(rt.engine) as session:
            ids = entry_details.candidates(session, before=now - AFTER_QUESTION, after=after, limit=_BATCH, now=now)
            due = list(_due(rt, session, ids, now=now))
        if not ids:
            break
        forgotten += sum(_forget(rt, each, now=now) for each in due)
        after = ids[-1]
    with transaction(rt.engine) as session:
        entry_details.empty_lines(session)
    if forgotten:
        log.info("details_forgotten", contacts=forgotten)
    return forgotten


def _due(rt: Runtime, session: Session, ids: list[UUID], *, now: datetime) -> Iterable[UUID]:
    every, found = purposes.every(session), contacts.of_ids(session, ids)
    for id, circle in circles_of(rt, session, [*found.values()]).items():
        if _is_due(circle, every, now=now):
            yield id


def _is_due(circle: Circle, every: Iterable[Purpose], *, now: datetime) -> bool:
    until = kept_until(circle.own)
    if circle.contact.erased_at is not None or until is None or until > now:
        return False
    return not any(_stands(circle, each, now=now) for each in every)


def _stands(circle: Circle, purpose: Purpose, *, now: datetime) -> bool:
    """Whether anybody in the circle agrees, or can still answer a question."""
    asked = (circle.of(each).standing(purpose).open_question(now=now) for each in circle.members(purpose.kind))
    return circle.agrees(purpose) or any(each is not None for each in asked)


def _forget(rt: Runtime, contact_id: UUID, *, now: datetime) -> bool:
    """False: somebody made a statement meanwhile."""
    with transaction(rt.engine) as session:
        circle = locked(rt, session, contact_id)
        if not _is_due(circle, purposes.every(session), now=now):
            return False
        evidence, links = are_evidence(circle.own), ledger.links(session, contact_id)
        proofs = [each for each in links if each.entry.purpose in evidence or each.entry.purpose == EVERY]
        vault.keep(rt, session, circle.contact, proofs if evidence else [], act=Act.FORGOTTEN, now=now)
        taken_off = Draft(purpose=EVERY, act=Act.FORGOTTEN, by=SYSTEM, how=How.TIMER)
        append.append(session, circle, taken_off, now=now)
        erasure.details(session, [each.entry.id for each in links])
    return True
