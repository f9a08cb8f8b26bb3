"""API tokens."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select, update

from ..domain.api_tokens import ApiToken, Scope
from .tables.people import ApiTokenRow


def add(session: Session, token: ApiToken) -> None:
    given = {each.name: getattr(token, each.name) for each in fields(ApiToken)}
    session.add(ApiTokenRow(**{**given, "scopes": sorted(token.scopes)}))
    session.flush()


def by_hash(session: Session, hash: str) -> ApiToken | None:
    row = session.exec(select(ApiTokenRow).where(ApiTokenRow.hash == hash)).first()
    return _token(row) if row else None


def every(session: Session) -> Sequence[ApiToken]:
    """All tokens: valid ones first, then revoked ones; newest first."""
    order = (col(ApiTokenRow.revoked_at).is_not(None), col(ApiTokenRow.created_at).desc())
    return [_token(row) for row in session.exec(select(ApiTokenRow).order_by(*order))]


def working(session: Session, person_id: UUID, name: str) -> ApiToken | None:
    """The valid token of this name that acts as this person."""
    named = select(ApiTokenRow).where(
        ApiTokenRow.person_id == person_id, ApiTokenRow.name == name, col(ApiTokenRow.revoked_at).is_(None)
    )
    row = session.exec(named.with_for_update()).first()
    return _token(row) if row else None


def revoke(session: Session, id: UUID, *, now: datetime) -> ApiToken | None:
    """Revoke a token. None where it does not exist or is already revoked."""
    row = session.exec(select(ApiTokenRow).where(ApiTokenRow.id == id).with_for_update()).first()
    if row is None or row.revoked_at is not None:
        return None
    row.revoked_at = now
    session.add(row)
    session.flush()
    return _token(row)


def used(session: Session, id: UUID, *, now: datetime) -> None:
    session.exec(update(ApiTokenRow).where(col(ApiTokenRow.id) == id).values(used_at=now))


def _token(row: ApiTokenRow) -> ApiToken:
    given = {each.name: getattr(row, each.name) for each in fields(ApiToken)}
    return ApiToken(**{**given, "scopes": frozenset(Scope(each) for each in row.scopes)})
