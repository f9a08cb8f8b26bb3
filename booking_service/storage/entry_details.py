"""Contacts whose entries have details that may no longer be needed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, bindparam, cast, exists, or_
from sqlmodel import Session, col, select, update

from ..domain.consent import Basis
from .standings import PENDING
from .statements import run
from .tables.consent import ContactRow, ImportLineRow, StandingRow
from .tables.ledger import LedgerDetailRow, LedgerEntryRow
from .types import as_kept, kept_id

_ENDED = [Basis.NONE.value, Basis.OUT_USER.value, Basis.OUT_CONTACT.value]


def candidates(session: Session, *, before: datetime, after: UUID | None, limit: int, now: datetime) -> list[UUID]:
    """Contacts without any consent or open question by the cached standings, with details from before `before`, by id.

    The cache knows nothing of merged contacts, so the caller checks each.
    """
    behind = {} if after is None else {"after": after}
    query = _CANDIDATES if after is None else _CANDIDATES.where(col(ContactRow.id) > bindparam("after"))
    rows = run(session, query, {"before": before, "now": now, "limit": limit, **behind})
    return [kept_id(id) for (id,) in rows]


def empty_lines(session: Session) -> None:
    """Empty the import lines whose entries have no details any more."""
    gone = exists().where(
        col(LedgerEntryRow.id) == col(ImportLineRow.entry_id),
        col(LedgerEntryRow.detail).is_not(None),
        ~exists().where(col(LedgerDetailRow.entry_id) == col(LedgerEntryRow.id)),
    )
    says = cast(col(ImportLineRow.values), String) != "{}"
    those = update(ImportLineRow).where(col(ImportLineRow.entry_id).is_not(None), says, gone)
    session.exec(those.values(values={}).execution_options(synchronize_session=False))


_OPEN = and_(col(StandingRow.question) == PENDING, col(StandingRow.until) > bindparam("now"))
_STANDS = exists().where(
    col(StandingRow.contact_id) == col(ContactRow.id), or_(col(StandingRow.basis).not_in(_ENDED), _OPEN)
)
_KEPT = exists().where(
    col(LedgerEntryRow.contact_id) == col(ContactRow.id),
    col(LedgerEntryRow.at) <= bindparam("before"),
    col(LedgerDetailRow.entry_id) == col(LedgerEntryRow.id),
)
_CANDIDATES: Any = (
    select(as_kept(ContactRow.id))
    .where(col(ContactRow.erased_at).is_(None), ~_STANDS, _KEPT)
    .order_by(col(ContactRow.id))
    .limit(bindparam("limit"))
)
