"""Questions about consents that wait for an answer. Working data, deleted with the answer; the ledger has the
evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, or_, select

from .tables.consent import QuestionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """`entry_id`: the entry that asks; or that of a further tick, for which no mail is sent.

    `mails`: how many were sent. `mail_at`: when the next is due; None for none.
    """

    entry_id: UUID
    contact_id: UUID
    purpose: str
    address: str
    language: str = ""
    booking_id: UUID | None = None
    asked_at: datetime
    until: datetime
    mails: int = 0
    mail_at: datetime | None = None


def save(session: Session, question: OpenQuestion) -> None:
    """Insert or update."""
    session.merge(QuestionRow(**{name: getattr(question, name) for name in _COLUMNS}))
    session.flush()


def find(session: Session, entry_id: UUID) -> OpenQuestion | None:
    row = session.get(QuestionRow, entry_id)
    return _question(row) if row else None


def of_ids(session: Session, entry_ids: Iterable[UUID]) -> list[OpenQuestion]:
    rows = select(QuestionRow).where(col(QuestionRow.entry_id).in_(list(entry_ids)))
    return [_question(row) for row in session.exec(rows)]


def of_booking(session: Session, booking_id: UUID) -> list[OpenQuestion]:
    """The questions from this booking's ticks, and its ticks for questions that waited already; oldest first."""
    rows = select(QuestionRow).where(QuestionRow.booking_id == booking_id)
    return [_question(row) for row in session.exec(rows.order_by(*_OLDEST_FIRST))]


def of_purpose(session: Session, contact_id: UUID, purpose: str) -> list[OpenQuestion]:
    """As `of_booking`, of one contact and purpose."""
    rows = select(QuestionRow).where(QuestionRow.contact_id == contact_id, QuestionRow.purpose == purpose)
    return [_question(row) for row in session.exec(rows.order_by(*_OLDEST_FIRST))]


def concerned(session: Session, *, now: datetime) -> set[UUID]:
    """The contacts with a question whose next mail is due, or that can't be answered any more."""
    due = or_(col(QuestionRow.mail_at) <= now, col(QuestionRow.until) <= now)
    return set(session.exec(select(QuestionRow.contact_id).where(due)))


def to_remind(session: Session, *, now: datetime, limit: int = 100) -> list[OpenQuestion]:
    """Questions whose next mail is due, the longest due first."""
    due = select(QuestionRow).where(col(QuestionRow.mail_at) <= now, col(QuestionRow.until) > now)
    return [_question(row) for row in session.exec(due.order_by(col(QuestionRow.mail_at)).limit(limit))]


def over(session: Session, *, now: datetime) -> None:
    """Delete questions that can't be answered any more."""
    session.exec(delete(QuestionRow).where(col(QuestionRow.until) <= now))


def mailed(session: Session, entry_id: UUID, *, next_at: datetime | None) -> None:
    """Another mail was sent; the next is due at `next_at`."""
    row = session.get(QuestionRow, entry_id)
    if row is not None:
        row.mails, row.mail_at = row.mails + 1, next_at
        session.add(row)


def put_off(session: Session, entry_id: UUID, *, next_at: datetime | None) -> None:
    """Send no mail before `next_at`; None: none until it is set again."""
    row = session.get(QuestionRow, entry_id)
    if row is not None:
        row.mail_at = next_at
        session.add(row)


def ticked_again(session: Session, entry_id: UUID, *, of: UUID) -> None:
    """The tick of another booking takes the place of the one that began the question."""
    row = session.get(QuestionRow, entry_id)
    if row is not None:
        row.booking_id = of
        session.add(row)


def answered(session: Session, entry_ids: Iterable[UUID]) -> None:
    session.exec(delete(QuestionRow).where(col(QuestionRow.entry_id).in_(list(entry_ids))))


def closed_of(session: Session, contact_id: UUID, purpose: str | None) -> None:
    """Delete the questions about a purpose, or all (None), as a no closes them."""
    those = delete(QuestionRow).where(col(QuestionRow.contact_id) == contact_id)
    session.exec(those if purpose is None else those.where(col(QuestionRow.purpose) == purpose))


_OLDEST_FIRST = col(QuestionRow.asked_at), col(QuestionRow.entry_id)
_COLUMNS = tuple(OpenQuestion.__dataclass_fields__)


def _question(row: QuestionRow) -> OpenQuestion:
    return OpenQuestion(**{name: getattr(row, name) for name in _COLUMNS})
