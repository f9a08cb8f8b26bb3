"""Messages to contacts, and the outcome of each mail."""

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
    """The mail of a message to one contact. `why`: the gate's or mail server's reason where it was not sent."""

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
    """The message. `lock`: locked until the transaction ends."""
    query = select(MessageRow).where(MessageRow.id == id).execution_options(populate_existing=True)
    row = session.exec(query.with_for_update() if lock else query).first()
    return _message(row) if row else None


def latest(
    session: Session, *, kinds: Collection[MailKind] = (MailKind.MESSAGE,), drafts: bool = False, limit: int
) -> list[Message]:
    """The latest messages of these kinds that were begun or are scheduled, newest first; with `drafts` those too."""
    begun = col(MessageRow.queued_at).is_not(None) | (col(MessageRow.state) == MessageState.WAITING)
    query = select(MessageRow).where(col(MessageRow.kind).in_(kinds))
    if not drafts:
        query = query.where(begun)
    newest_first = col(MessageRow.made_at).desc(), col(MessageRow.id).desc()
    return [_message(row) for row in session.exec(query.order_by(*newest_first).limit(limit))]


def under_way(session: Session) -> list[Message]:
    """Messages that are being sent or scheduled."""
    begun = col(MessageRow.queued_at).is_not(None) & col(MessageRow.state).in_(
        (MessageState.MAKING, MessageState.RUNNING)
    )
    waiting = col(MessageRow.state) == MessageState.WAITING
    return [
        _message(row) for row in session.exec(select(MessageRow).where(begun | waiting).order_by(col(MessageRow.id)))
    ]


def add_lines(session: Session, id: UUID, contacts: Sequence[UUID]) -> None:
    """Add recipients; existing ones are left unchanged."""
    fresh = {"message_id": id, "outcome": MessageOutcome.OPEN.value, "why": "", "ended_at": None}
    listed = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    known = set(session.exec(listed.where(col(MessageLineRow.contact_id).in_(contacts))))
    new = [fresh | {"contact_id": each} for each in contacts if each not in known]
    if new:
        session.execute(insert(MessageLineRow), new)


def last_listed(session: Session, id: UUID) -> UUID | None:
    """The last contact id in the list: how far it has been made."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    return session.exec(query.order_by(col(MessageLineRow.contact_id).desc()).limit(1)).first()


def open_among(session: Session, id: UUID, wanted: Collection[UUID]) -> set[UUID]:
    """Those of these contacts that are in a list and not yet processed."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    waits = col(MessageLineRow.outcome) == MessageOutcome.OPEN
    return set(session.exec(query.where(waits, col(MessageLineRow.contact_id).in_(wanted))))


def leave_out(session: Session, id: UUID) -> None:
    """Remove refused contacts from a list, once they are counted."""
    of_them = col(MessageLineRow.message_id) == id, col(MessageLineRow.outcome) == MessageOutcome.REFUSED
    session.exec(delete(MessageLineRow).where(*of_them))


def line(session: Session, id: UUID, contact_id: UUID) -> Line | None:
    row = session.get(MessageLineRow, (id, contact_id), populate_existing=True)
    return _line(row) if row else None


def first_listed(session: Session, id: UUID) -> UUID | None:
    """A recipient, always the same one."""
    query = select(MessageLineRow.contact_id).where(MessageLineRow.message_id == id)
    return session.exec(query.order_by(col(MessageLineRow.contact_id)).limit(1)).first()


def with_outcome(session: Session, id: UUID, outcome: MessageOutcome, *, limit: int) -> list[UUID]:
    """The first contacts with this outcome."""
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
    """Store outcomes. Contacts erased meanwhile have no row, and are skipped."""
    of_them = col(MessageLineRow.message_id) == id, col(MessageLineRow.contact_id).in_(contacts)
    values = {"outcome": outcome.value, "why": why, "ended_at": ended_at}
    session.exec(update(MessageLineRow).where(*of_them).values(values))


def counts(session: Session, id: UUID) -> dict[tuple[MessageOutcome, str], int]:
    """The number of contacts by outcome and reason; failures without the server's words."""
    query = select(MessageLineRow.outcome, MessageLineRow.why, func.count()).where(MessageLineRow.message_id == id)
    found: dict[tuple[MessageOutcome, str], int] = {}
    for word, why, count in session.exec(query.group_by(col(MessageLineRow.outcome), col(MessageLineRow.why))):
        outcome = MessageOutcome(word)
        key = outcome, why if outcome is MessageOutcome.REFUSED else ""
        found[key] = found.get(key, 0) + count
    return found


def of_contact(session: Session, contact_id: UUID) -> list[tuple[Message, Line]]:
    """Messages to a contact, oldest first, without drafts."""
    query = (
        select(MessageRow, MessageLineRow)
        .where(MessageRow.kind == MailKind.MESSAGE)
        .where(MessageLineRow.message_id == MessageRow.id, MessageLineRow.contact_id == contact_id)
        .where(col(MessageRow.queued_at).is_not(None))
        .order_by(col(MessageRow.made_at), col(MessageRow.id))
    )
    return [(_message(row), _line(line)) for row, line in session.exec(query)]


def forget_contact(session: Session, contact_id: UUID) -> None:
    """Delete that the contact was a recipient, and messages to them alone."""
    alone = select(MessageRow.id).where(MessageRow.contact_id == contact_id)
    session.exec(delete(MessageLineRow).where(col(MessageLineRow.contact_id) == contact_id))
    session.exec(delete(MessageLineRow).where(col(MessageLineRow.message_id).in_(alone)))
    session.exec(delete(MessageRow).where(col(MessageRow.contact_id) == contact_id))


def forget(session: Session, *, drafts_before: datetime, before: datetime) -> None:
    """Delete drafts that were never begun, and everything about messages that ended long ago."""
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
