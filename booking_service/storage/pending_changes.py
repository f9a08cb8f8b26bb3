"""Requests made on preferences pages that wait for the mailbox to confirm. Working data, no evidence."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete, or_, select, update

from ..domain.privacy import PendingChange, Wish
from .tables.consent import PendingChangeRow


def save(session: Session, change: PendingChange) -> None:
    """Insert or update."""
    payload: dict[str, Any] = {"purpose": change.purpose, "cancels": change.cancels, "zone": change.zone}
    if change.staff:
        payload |= {"staff": change.staff, "called": change.called, "reason": change.reason}
    if change.empties:
        payload["empties"] = True
    if change.replaced:
        payload["replaced"] = True
    if change.question is not None:
        payload["question"] = change.question.hex
    if change.request is not None:
        payload["request"] = change.request.hex
    session.merge(
        PendingChangeRow(
            id=change.id,
            contact_id=change.contact_id,
            what=change.wish.value,
            payload=payload,
            made_at=change.made_at,
            until=change.until,
            done_at=change.done_at,
            field_id=change.field,
            value=change.value,
            sealed=change.sealed,
        )
    )
    session.flush()


def get(session: Session, id: UUID) -> PendingChange | None:
    row = session.get(PendingChangeRow, id, populate_existing=True)
    return _change(row) if row else None


def open_of(session: Session, contact_id: UUID, *, now: datetime) -> list[PendingChange]:
    """What a contact's mailbox may still confirm, oldest first."""
    theirs = select(PendingChangeRow).where(PendingChangeRow.contact_id == contact_id, PendingChangeRow.until > now)
    rows = session.exec(theirs.order_by(col(PendingChangeRow.made_at)))
    return [each for each in map(_change, rows) if each.done_at is None and not (each.replaced or each.forgotten)]


def lapsed_of(session: Session, contact_id: UUID, *, now: datetime) -> list[PendingChange]:
    """Requests of a contact that expired, oldest first."""
    theirs = select(PendingChangeRow).where(PendingChangeRow.contact_id == contact_id, PendingChangeRow.until <= now)
    rows = session.exec(theirs.order_by(col(PendingChangeRow.made_at)))
    return [change for change in map(_change, rows) if change.done_at is None]


def drop(session: Session, contact_id: UUID, *, id: UUID | None = None) -> None:
    """Delete one request, or all of a contact."""
    those = delete(PendingChangeRow).where(col(PendingChangeRow.contact_id) == contact_id)
    session.exec(those if id is None else those.where(col(PendingChangeRow.id) == id))


def forget_values(session: Session, field: UUID, *, contact: UUID | None = None) -> None:
    """Delete the new values for a field, of everybody or one contact; the requests stay, to say what became of them."""
    those = update(PendingChangeRow).where(col(PendingChangeRow.field_id) == field)
    if contact is not None:
        those = those.where(col(PendingChangeRow.contact_id) == contact)
    session.exec(those.values(value="", sealed=""))


def of_field(session: Session, field: UUID) -> list[PendingChange]:
    """Requests with a new value for a field."""
    those = select(PendingChangeRow).where(PendingChangeRow.field_id == field, _HOLDS_A_VALUE)
    return [_change(row) for row in session.exec(those)]


def over(session: Session, *, at: datetime) -> list[PendingChange]:
    """Requests with a new value for a field that had expired at `at`."""
    those = select(PendingChangeRow).where(PendingChangeRow.until <= at, _HOLDS_A_VALUE)
    return [_change(row) for row in session.exec(those)]


def sealed(session: Session) -> list[PendingChange]:
    """Requests with a sealed value."""
    return [_change(row) for row in session.exec(select(PendingChangeRow).where(PendingChangeRow.sealed != ""))]


def seal(session: Session, change: PendingChange, *, sealed: str) -> None:
    """Seal the waiting value of a request, unless that was done, dropped or replaced meanwhile."""
    those = update(PendingChangeRow).where(
        col(PendingChangeRow.id) == change.id,
        col(PendingChangeRow.value) == change.value,
        col(PendingChangeRow.sealed) == change.sealed,
    )
    session.exec(those.values(value="", sealed=sealed))


def done_lately(session: Session, wish: Wish, *, limit: int) -> list[PendingChange]:
    """Wishes of this kind that were confirmed, the latest first, for as long as they are kept."""
    query = select(PendingChangeRow).where(PendingChangeRow.what == wish, col(PendingChangeRow.done_at).is_not(None))
    return [_change(row) for row in session.exec(query.order_by(col(PendingChangeRow.until).desc()).limit(limit))]


def forget(session: Session, *, before: datetime) -> None:
    """Delete requests that expired before then."""
    session.exec(delete(PendingChangeRow).where(col(PendingChangeRow.until) < before))


_HOLDS_A_VALUE = or_(col(PendingChangeRow.value) != "", col(PendingChangeRow.sealed) != "")


def _change(row: PendingChangeRow) -> PendingChange:
    kept = row.payload
    return PendingChange(
        id=row.id,
        contact_id=row.contact_id,
        wish=Wish(row.what),
        purpose=kept.get("purpose", ""),
        question=UUID(kept["question"]) if "question" in kept else None,
        cancels=kept.get("cancels", False),
        request=UUID(kept["request"]) if "request" in kept else None,
        zone=kept.get("zone", "UTC"),
        staff=kept.get("staff", ""),
        called=kept.get("called", ""),
        reason=kept.get("reason", ""),
        field=row.field_id,
        value=row.value,
        sealed=row.sealed,
        empties=kept.get("empties", False),
        replaced=kept.get("replaced", False),
        made_at=row.made_at,
        until=row.until,
        done_at=row.done_at,
    )
