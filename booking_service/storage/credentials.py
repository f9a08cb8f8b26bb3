"""How people sign in besides by mail: passwords as hashes, secrets of second factors sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult
from sqlmodel import Session as Database
from sqlmodel import col, or_, select, update

from . import named_locks
from .tables.people import CredentialRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """`password`: its hash. `totp`: the sealed secret of the second factor. None where there is none."""

    person_id: UUID
    password: str | None = None
    password_set_at: datetime | None = None
    totp: str | None = None
    totp_set_at: datetime | None = None


def get(database: Database, person_id: UUID) -> Credential:
    """The credential; an empty one for a person who signs in by mail alone."""
    return _to_credential(database.get(CredentialRow, person_id), person_id)


def held(database: Database, person_id: UUID) -> Credential:
    """As `get`, locked until the transaction ends, even where it does not exist yet."""
    named_locks.alone(database, [f"credential {person_id}"])
    return _to_credential(database.get(CredentialRow, person_id, with_for_update=True), person_id)


def save(database: Database, credential: Credential) -> None:
    """Insert or update, without the latest used time step: see `use_step`."""
    standing = database.get(CredentialRow, credential.person_id)
    database.merge(
        CredentialRow(
            person_id=credential.person_id,
            password=credential.password,
            password_set_at=credential.password_set_at,
            totp=credential.totp,
            totp_set_at=credential.totp_set_at,
            totp_step=standing.totp_step if standing else None,
        )
    )
    database.flush()


def use_step(database: Database, person_id: UUID, step: int) -> bool:
    """Use up the codes of this time step and all before. False: this or a later one was used already."""
    unused = update(CredentialRow).where(
        col(CredentialRow.person_id) == person_id,
        or_(col(CredentialRow.totp_step).is_(None), col(CredentialRow.totp_step) < step),
    )
    done = database.exec(unused.values(totp_step=step).execution_options(synchronize_session=False))
    return cast("CursorResult[object]", done).rowcount == 1


def with_second_factor(database: Database) -> dict[UUID, str]:
    """The sealed secrets of all people with a second factor, by person."""
    rows = select(CredentialRow.person_id, CredentialRow.totp).where(col(CredentialRow.totp).is_not(None))
    return {person_id: sealed for person_id, sealed in database.exec(rows) if sealed is not None}


def _to_credential(row: CredentialRow | None, person_id: UUID) -> Credential:
    if row is None:
        return Credential(person_id=person_id)
    return Credential(
        person_id=row.person_id,
        password=row.password,
        password_set_at=row.password_set_at,
        totp=row.totp,
        totp_set_at=row.totp_set_at,
    )
