"""Messages to contacts, and what came of each mail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, col, delete, func, select, update

from ..domain.effects import MailKind
from ..domain.messages import Message, MessageOutcome, MessageState
from .purposes import kept_conditions, read_conditions
from .tables.consent import MessageLineRow, MessageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The mail of a message to one contact. `why`: the gate's word or the mail server's, where none was sent."""

    contact_id: UUID
    outcome: MessageOutcome
    why: str
    ended_at: datetime | None


def save(session: Session, message: Message) -> None:
    """Insert or update."""
    values = {name: getattr(message, name) for name in _COLUMNS}
    values |= {"left_out": dict(message.left_out), "among": kept_conditions(message.among)}
    session.merge(MessageRow(**values))
    session.flush()


def get(session: Session, id: UUID, *, lock: bool = False) -> Message | None:
    """`lock`: nobody else works at it until this transaction ends."""
    query = select(MessageRow).where(MessageRow.id == id).execution_options(populate_existing=True)
    row = session.exec(query.with_for_update() if lock else query).first()
    return _message(row) if row else None


def latest(
    session: Session, *, kinds: Collection[MailKind] = (MailKind.MESSAGE,), drafts: bool = False, limit: int
) -> list[Message]:
    """Those of these kinds that were begun, or begin by themselves, the newest first; `drafts`: those that were not, as well."""
    begun = col(MessageRow.queued_at).is_not(None) | (col(MessageRow.state) == MessageState.WAITING)
    query = select(MessageRow).where(col(MessageRow.kind).in_(kinds))
    if not drafts:
        query = query.where(begun)
    newest_first = col(MessageRow.made_at).desc(), col(MessageRow.id).desc()
    return [_message(row) for row in session.exec(query.order_by(*newest_first).limit(limit))]


def under_way(session: Session) -> list[Message]:
    """Those that go out, or begin by themselves."""
    begun = col(MessageRow.queued_at).is_not(None) & col(MessageRow.state).in_(
        (MessageState.MAKING, MessageState.RUNNING)
    )
    waiting = col(MessageRow.state) == MessageState.WAITING
    return [
        _message(row) for row in session.exec(select(MessageRow).where(begun | waiting).order_by(col(MessageRow.id)))
    ]


def add_lines(session: Session, id: UUID, contacts: Sequence[UUID]) -> None:
    """Whom it is to go to. Those who are in the list stay as they are."""
    fresh = {"message_id": id, "outcome": MessageOutcome.OPEN.value, "why": "", "ended_at": None}
    listed = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    known = set(session.exec(listed.where(col(MessageLineRow.contact_id).in_(contacts))))
    new = [fresh | {"contact_id": each} for each in contacts if each not in known]
    if new:
        session.execute(insert(MessageLineRow), new)


def last_listed(session: Session, id: UUID) -> UUID | None:
    """The last of a list in the order of ids: as far as it is made."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    return session.exec(query.order_by(col(MessageLineRow.contact_id).desc()).limit(1)).first()


def open_among(session: Session, id: UUID, wanted: Collection[UUID]) -> set[UUID]:
    """Which of these are in a list and wait for their turn."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    waits = col(MessageLineRow.outcome) == MessageOutcome.OPEN
    return set(session.exec(query.where(waits, col(MessageLineRow.contact_id).in_(wanted))))


def leave_out(session: Session, id: UUID) -> None:
    """Take those who were refused out of a list, once they are counted."""
    of_them = col(MessageLineRow.message_id) == id, col(MessageLineRow.outcome) == MessageOutcome.REFUSED
    session.exec(delete(MessageLineRow).where(*of_them))


def line(session: Session, id: UUID, contact_id: UUID) -> Line | None:
    row = session.get(MessageLineRow, (id, contact_id), populate_existing=True)
    return _line(row) if row else None


def first_listed(session: Session, id: UUID) -> UUID | None:
    """One of the list, the same each time."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    return session.exec(query.order_by(col(MessageLineRow.contact_id)).limit(1)).first()


def with_outcome(session: Session, id: UUID, outcome: MessageOutcome, *, limit: int) -> list[UUID]:
    """The first contacts of whom this came."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id, MessageLineRow.outcome == outcome)
    return list(session.exec(query.order_by(col(MessageLineRow.contact_id)).limit(limit)))


def settle(
    session: Session,
    id: UUID,
    contacts: Collection[UUID],
    outcome: MessageOutcome,
    *,
    why: str = "",
    ended_at: datetime | None = None,
) -> None:
    """Nothing where the contact was erased meanwhile: their row is gone."""
    of_them = col(MessageLineRow.message_id) == id, col(MessageLineRow.contact_id).in_(contacts)
    values = {"outcome": outcome.value, "why": why, "ended_at": ended_at}
    session.exec(update(MessageLineRow).where(*of_them).values(values))


def counts(session: Session, id: UUID) -> dict[tuple[MessageOutcome, str], int]:
    """How many contacts there are of each outcome and why; of failures without the server's words."""
    query = select(MessageLineRow.outcome, MessageLineRow.why, func.count()).where(MessageLineRow.message_id == id)
    found: dict[tuple[MessageOutcome, str], int] = {}
    for word, why, count in session.exec(query.group_by(col(MessageLineRow.outcome), col(MessageLineRow.why))):
        outcome = MessageOutcome(word)
        key = outcome, why if outcome is MessageOutcome.REFUSED else ""
        found[key] = found.get(key, 0) + count
    return found


def of_contact(session: Session, contact_id: UUID) -> list[tuple[Message, Line]]:
    """What staff wrote to somebody, oldest first; drafts are nothing of theirs yet."""
    query = (
        select(MessageRow, MessageLineRow)
        .where(MessageRow.kind == MailKind.MESSAGE)
        .where(MessageLineRow.message_id == MessageRow.id, MessageLineRow.contact_id == contact_id)
        .where(col(MessageRow.queued_at).is_not(None))
        .order_by(col(MessageRow.made_at), col(MessageRow.id))
    )
    return [(_message(row), _line(line)) for row, line in session.exec(query)]


def forget_contact(session: Session, contact_id: UUID) -> None:
    """That they were written to; and what was written to them alone."""
    alone = select(MessageRow.id).where(MessageRow.contact_id == contact_id)
    session.exec(delete(MessageLineRow).where(col(MessageLineRow.contact_id) == contact_id))
    session.exec(delete(MessageLineRow).where(col(MessageLineRow.message_id).in_(alone)))
    session.exec(delete(MessageRow).where(col(MessageRow.contact_id) == contact_id))


def forget(session: Session, *, drafts_before: datetime, before: datetime) -> None:
    """Drafts that nobody began, and all of what is long over."""
    stale = (
        col(MessageRow.state).in_((MessageState.MAKING, MessageState.PAUSED, MessageState.DRAFT))
        & (col(MessageRow.made_at) < drafts_before)
        & col(MessageRow.queued_at).is_(None)
    )
    gone = stale | (col(MessageRow.ended_at) < before)
    session.exec(delete(MessageLineRow).where(col(MessageLineRow.message_id).in_(select(MessageRow.id).where(gone))))
    session.exec(delete(MessageRow).where(gone))


_COLUMNS = tuple(Message.__dataclass_fields__)


def _message(row: MessageRow) -> Message:
    kept = {name: getattr(row, name) for name in _COLUMNS}
    read = {"state": MessageState(row.state), "kind": MailKind(row.kind), "among": read_conditions(row.among)}
    return Message(**(kept | read))


def _line(row: MessageLineRow) -> Line:
    return Line(contact_id=row.contact_id, outcome=MessageOutcome(row.outcome), why=row.why, ended_at=row.ended_at)
