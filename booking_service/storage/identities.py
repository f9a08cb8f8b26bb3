"""Accounts of identity providers linked with people: each belongs to one person, who has one at each provider."""

from uuid import UUID

from sqlmodel import Session as Database
from sqlmodel import col, delete, select

from ..domain.identities import Identity
from ..domain.people import Person
from .people import to_person
from .tables.people import IdentityRow, PersonRow


def owner(database: Database, issuer: str, subject: str) -> Person | None:
    """The person who signs in with this account."""
    theirs = select(PersonRow).join(IdentityRow, col(IdentityRow.person_id) == PersonRow.id)
    row = database.exec(theirs.where(IdentityRow.issuer == issuer, IdentityRow.subject == subject)).first()
    return to_person(row) if row else None


def of_person(database: Database, person_id: UUID) -> list[Identity]:
    rows = select(IdentityRow).where(IdentityRow.person_id == person_id).order_by(col(IdentityRow.linked_at))
    return [_to_identity(row) for row in database.exec(rows)]


def every(database: Database) -> dict[UUID, list[Identity]]:
    """By person, their accounts, earliest link first."""
    found: dict[UUID, list[Identity]] = {}
    for row in database.exec(select(IdentityRow).order_by(col(IdentityRow.linked_at))):
        found.setdefault(row.person_id, []).append(_to_identity(row))
    return found


def of_issuer(database: Database, person_id: UUID, issuer: str) -> Identity | None:
    """A person's account at this provider."""
    found = select(IdentityRow).where(IdentityRow.person_id == person_id, IdentityRow.issuer == issuer)
    row = database.exec(found).first()
    return _to_identity(row) if row else None


def put(database: Database, identity: Identity) -> None:
    database.add(
        IdentityRow(
            id=identity.id,
            person_id=identity.person_id,
            issuer=identity.issuer,
            subject=identity.subject,
            email=identity.email,
            linked_at=identity.linked_at,
        )
    )
    database.flush()


def remove(database: Database, identity_id: UUID) -> None:
    database.exec(delete(IdentityRow).where(col(IdentityRow.id) == identity_id))


def _to_identity(row: IdentityRow) -> Identity:
    return Identity(
        id=row.id,
        person_id=row.person_id,
        issuer=row.issuer,
        subject=row.subject,
        email=row.email,
        linked_at=row.linked_at,
    )
