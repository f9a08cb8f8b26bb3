"""Who was told of a purpose or of the page, so that nobody is told twice."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, delete, select

from . import named_locks
from .tables.consent import NewsToldRow


def one_at_a_time(session: Session, purpose: str) -> None:
    """Let nobody else tell of this until this transaction ends. On SQLite nobody does."""
    named_locks.alone(session, [f"news of {purpose}"])


def told(session: Session, purpose: str, wanted: Collection[UUID]) -> dict[UUID, UUID]:
    """Who of these was told, and by which message."""
    query = select(NewsToldRow.contact_id, NewsToldRow.message_id).where(NewsToldRow.purpose == purpose)
    return dict(session.exec(query.where(col(NewsToldRow.contact_id).in_(wanted))).all())


def tell(session: Session, purpose: str, wanted: Collection[UUID], *, message_id: UUID, at: datetime) -> None:
    """Put down that they are told. The database refuses whoever was told before."""
    if wanted:
        session.execute(
            insert(NewsToldRow),
            [{"contact_id": each, "purpose": purpose, "message_id": message_id, "at": at} for each in wanted],
        )


def take_back(session: Session, message_id: UUID, wanted: Collection[UUID]) -> None:
    """These were not told by this message after all."""
    of_them = col(NewsToldRow.message_id) == message_id, col(NewsToldRow.contact_id).in_(wanted)
    session.exec(delete(NewsToldRow).where(*of_them))


def of_contact(session: Session, contact_id: UUID) -> list[tuple[str, datetime]]:
    """What somebody was told of, and when, in that order."""
    query = select(NewsToldRow.purpose, NewsToldRow.at).where(NewsToldRow.contact_id == contact_id)
    return list(session.exec(query.order_by(col(NewsToldRow.at), col(NewsToldRow.purpose))))


def forget_contact(session: Session, contact_id: UUID) -> None:
    session.exec(delete(NewsToldRow).where(col(NewsToldRow.contact_id) == contact_id))
