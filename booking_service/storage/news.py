"""Who was told of a purpose or the preferences page, so that nobody is told twice."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, delete, select

from . import named_locks
from .tables.consent import NewsToldRow


def one_at_a_time(session: Session, purpose: str) -> None:
    """Let nobody else tell about this until the transaction ends. Does nothing on SQLite."""
    named_locks.alone(session, [f"news of {purpose}"])


def told(session: Session, purpose: str, wanted: Collection[UUID]) -> dict[UUID, UUID]:
    """Those of these contacts that were told, and by which message."""
    query = select(NewsToldRow.contact_id, NewsToldRow.message_id).where(NewsToldRow.purpose == purpose)
    return dict(session.exec(query.where(col(NewsToldRow.contact_id).in_(wanted))).all())


def tell(session: Session, purpose: str, wanted: Collection[UUID], *, message_id: UUID, at: datetime) -> None:
    """Note that these contacts are told; the database refuses one who was told before."""
    if wanted:
        session.execute(
            insert(NewsToldRow),
            [{"contact_id": each, "purpose": purpose, "message_id": message_id, "at": at} for each in wanted],
        )


def take_back(session: Session, message_id: UUID, wanted: Collection[UUID]) -> None:
    """These contacts were not told by this message after all."""
    of_them = col(NewsToldRow.message_id) == message_id, col(NewsToldRow.contact_id).in_(wanted)
    session.exec(delete(NewsToldRow).where(*of_them))


def of_contact(session: Session, contact_id: UUID) -> list[tuple[str, datetime]]:
    """What a contact was told of and when, in order."""
    query = select(NewsToldRow.purpose, NewsToldRow.at).where(NewsToldRow.contact_id == contact_id)
    return list(session.exec(query.order_by(col(NewsToldRow.at), col(NewsToldRow.purpose))))


def forget_contact(session: Session, contact_id: UUID) -> None:
    session.exec(delete(NewsToldRow).where(col(NewsToldRow.contact_id) == contact_id))
