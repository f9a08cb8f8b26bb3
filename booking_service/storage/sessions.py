"""Sign-in requests and sessions. Tokens are stored as hashes."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult
from sqlmodel import Session as Database
from sqlmodel import col, delete, func, select, update

from ..domain.people import Person
from ..domain.sessions import Session, SignIn
from .people import to_person
from .tables.people import CredentialRow, PersonRow, SessionRow, SignInRow


def put_sign_in(database: Database, sign_in: SignIn, *, hash: str) -> None:
    database.add(
        SignInRow(
            id=sign_in.id,
            hash=hash,
            person_id=sign_in.person_id,
            email=sign_in.email,
            asked_at=sign_in.asked_at,
            ends_at=sign_in.ends_at,
            agent=sign_in.agent,
            onwards=sign_in.onwards,
        )
    )
    database.flush()


def find_sign_in(database: Database, sign_in_id: UUID) -> SignIn | None:
    row = database.get(SignInRow, sign_in_id)
    return _to_sign_in(row) if row else None


def sign_in_of(database: Database, hash: str) -> SignIn | None:
    row = database.exec(select(SignInRow).where(SignInRow.hash == hash)).first()
    return _to_sign_in(row) if row else None


def hash_of_sign_in(database: Database, sign_in_id: UUID) -> str | None:
    return database.exec(select(SignInRow.hash).where(SignInRow.id == sign_in_id)).first()


def use_sign_in(database: Database, sign_in_id: UUID, *, now: datetime) -> bool:
    """Use up a sign-in request. False: somebody else just did, or it has expired."""
    unused = update(SignInRow).where(
        col(SignInRow.id) == sign_in_id, col(SignInRow.used_at).is_(None), col(SignInRow.ends_at) > now
    )
    done = database.exec(unused.values(used_at=now).execution_options(synchronize_session=False))
    return cast("CursorResult[object]", done).rowcount == 1


def end_sign_ins(database: Database, person_id: UUID, *, now: datetime) -> None:
    """Invalidate all sign-ins mailed to this person so far."""
    unused = update(SignInRow).where(
        col(SignInRow.person_id) == person_id, col(SignInRow.used_at).is_(None), col(SignInRow.ends_at) > now
    )
    database.exec(unused.values(ends_at=now).execution_options(synchronize_session=False))


def forget_sign_ins(database: Database, *, before: datetime) -> None:
    database.exec(delete(SignInRow).where(col(SignInRow.asked_at) < before, col(SignInRow.ends_at) < before))


def put(database: Database, session: Session, *, hash: str) -> None:
    database.add(
        SessionRow(
            id=session.id,
            hash=hash,
            person_id=session.person_id,
            kept=session.kept,
            created_at=session.created_at,
            seen_at=session.seen_at,
            proved_at=session.proved_at,
            second_at_provider=session.second_at_provider,
            agent=session.agent,
            network=session.network,
        )
    )
    database.flush()


def find(database: Database, hash: str) -> tuple[Session, Person, bool] | None:
    """The session, its person, and whether they have a second factor."""
    found = database.exec(
        select(SessionRow, PersonRow, CredentialRow.totp)
        .join(PersonRow, col(PersonRow.id) == SessionRow.person_id)
        .outerjoin(CredentialRow, col(CredentialRow.person_id) == SessionRow.person_id)
        .where(SessionRow.hash == hash)
    ).first()
    return (_to_session(found[0]), to_person(found[1]), found[2] is not None) if found else None


def of_person(database: Database, person_id: UUID) -> list[Session]:
    """A person's sessions, last used first."""
    rows = select(SessionRow).where(SessionRow.person_id == person_id).order_by(col(SessionRow.seen_at).desc())
    return [_to_session(row) for row in database.exec(rows)]


def last_seen(database: Database) -> dict[UUID, datetime]:
    """When each person with a session was last here."""
    rows = select(SessionRow.person_id, func.max(SessionRow.seen_at)).group_by(col(SessionRow.person_id))
    return dict(database.exec(rows).all())


def seen(database: Database, session_id: UUID, *, now: datetime) -> None:
    database.exec(update(SessionRow).where(col(SessionRow.id) == session_id).values(seen_at=now))


def proved(database: Database, session_id: UUID, *, now: datetime) -> None:
    database.exec(update(SessionRow).where(col(SessionRow.id) == session_id).values(proved_at=now, seen_at=now))


def end(database: Database, session_id: UUID) -> None:
    database.exec(delete(SessionRow).where(col(SessionRow.id) == session_id))


def end_all(database: Database, person_id: UUID) -> None:
    database.exec(delete(SessionRow).where(col(SessionRow.person_id) == person_id))


def end_others(database: Database, person_id: UUID, *, but: UUID) -> None:
    """End all sessions of a person except one."""
    database.exec(delete(SessionRow).where(col(SessionRow.person_id) == person_id, col(SessionRow.id) != but))


def forget(database: Database, *, before: datetime) -> None:
    """Delete sessions not used since."""
    database.exec(delete(SessionRow).where(col(SessionRow.seen_at) < before))


def _to_sign_in(row: SignInRow) -> SignIn:
    return SignIn(
        id=row.id,
        person_id=row.person_id,
        email=row.email,
        asked_at=row.asked_at,
        ends_at=row.ends_at,
        used_at=row.used_at,
        agent=row.agent,
        onwards=row.onwards,
    )


def _to_session(row: SessionRow) -> Session:
    return Session(
        id=row.id,
        person_id=row.person_id,
        kept=row.kept,
        created_at=row.created_at,
        seen_at=row.seen_at,
        proved_at=row.proved_at,
        second_at_provider=row.second_at_provider,
        agent=row.agent,
        network=row.network,
    )
