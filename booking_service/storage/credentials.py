"""How people sign in besides by mail. Passwords stand here as hashes only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session as Database

from .tables.people import CredentialRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """`password`: its hash; None where there is none."""

    person_id: UUID
    password: str | None = None
    password_set_at: datetime | None = None


def get(database: Database, person_id: UUID) -> Credential:
    """What there is; nothing for whoever signs in by mail alone."""
    row = database.get(CredentialRow, person_id)
    if row is None:
        return Credential(person_id=person_id)
    return Credential(person_id=row.person_id, password=row.password, password_set_at=row.password_set_at)


def save(database: Database, credential: Credential) -> None:
    """Insert or update."""
    database.merge(
        CredentialRow(
            person_id=credential.person_id,
            password=credential.password,
            password_set_at=credential.password_set_at,
        )
    )
    database.flush()
