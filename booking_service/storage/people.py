"""People who may sign in."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from ..domain.availability import zone_of
from ..domain.people import Host, Person, sign_in_key
from ..domain.roles import Permission, Role
from .tables.people import (
    AddressChangeRow,
    ApiTokenRow,
    CredentialRow,
    IdentityRow,
    KnownBrowserRow,
    PersonRow,
    RecoveryCodeRow,
    SecondStepRow,
    SessionRow,
    SignInRow,
)
from .tables.setup import HostRow


def get(session: Session, person_id: UUID) -> Person:
    """Raises NoResultFound: there is no such person."""
    return to_person(session.exec(select(PersonRow).where(PersonRow.id == person_id)).one())


def find(session: Session, person_id: UUID) -> Person | None:
    row = session.get(PersonRow, person_id)
    return to_person(row) if row else None


def by_email(session: Session, email: str) -> Person | None:
    row = session.exec(select(PersonRow).where(PersonRow.email_key == sign_in_key(email))).first()
    return to_person(row) if row else None


def locked_by_email(session: Session, email: str) -> Person | None:
    """As `by_email`, locked until the transaction ends."""
    row = session.exec(
        select(PersonRow).where(PersonRow.email_key == sign_in_key(email)).with_for_update(key_share=True)
    ).first()
    return to_person(row) if row else None


def by_host(session: Session, host_id: UUID) -> Person | None:
    row = session.exec(select(PersonRow).where(PersonRow.host_id == host_id)).first()
    return to_person(row) if row else None


def every(session: Session) -> list[Person]:
    return [to_person(row) for row in session.exec(select(PersonRow).order_by(col(PersonRow.email_key)))]


def names(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those of these people who still exist."""
    rows = session.exec(select(PersonRow.id, PersonRow.name).where(col(PersonRow.id).in_(ids)))
    return dict(rows.all())


def hosts_without_one(session: Session) -> list[tuple[str, str]]:
    """Slug and mail address of each host as whom nobody can sign in."""
    whose = select(PersonRow.id).where(PersonRow.host_id == HostRow.id).exists()
    here = select(HostRow.slug, HostRow.email).where(~whose, col(HostRow.left_at).is_(None))
    rows = session.exec(here.order_by(col(HostRow.slug)))
    return [(slug, email) for slug, email in rows]


def save(session: Session, person: Person, *, now: datetime) -> None:
    """Insert or update. `now`: the creation time of a new person."""
    standing = session.get(PersonRow, person.id)
    session.merge(
        PersonRow(
            id=person.id,
            email=person.email,
            email_key=sign_in_key(person.email),
            name=person.name,
            language=person.language,
            zone=person.zone.key,
            roles=sorted(person.roles),
            permissions=sorted(person.permissions),
            host_id=person.host_id,
            created_at=standing.created_at if standing else now,
        )
    )
    session.flush()


def remove(session: Session, person_id: UUID) -> None:
    """Delete a person with all their ways to sign in and their API tokens. Nothing else refers to people by id."""
    by_it = (
        *(CredentialRow, IdentityRow, RecoveryCodeRow, KnownBrowserRow),
        *(SignInRow, SecondStepRow, SessionRow, ApiTokenRow, AddressChangeRow),
    )
    for each in by_it:
        session.exec(delete(each).where(col(each.person_id) == person_id))
    session.exec(delete(PersonRow).where(col(PersonRow.id) == person_id))


def of_new_host(session: Session, host: Host, *, id: UUID, now: datetime) -> Person | None:
    """Create the person of a new host. None: the host has one, or another person has that address."""
    if by_host(session, host.id) is not None or by_email(session, host.email) is not None:
        return None
    person = Person(
        id=id,
        email=host.email,
        name=host.name,
        language=host.language,
        zone=host.zone,
        roles=frozenset({Role.HOST}),
        host_id=host.id,
    )
    save(session, person, now=now)
    return person


def to_person(row: PersonRow) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        language=row.language,
        zone=zone_of(row.zone),
        roles=frozenset(map(Role, row.roles)),
        permissions=frozenset(map(Permission, row.permissions)),
        host_id=row.host_id,
    )
