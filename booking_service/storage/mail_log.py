"""Reading and writing the mail log, newest first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, String, Uuid, and_, bindparam, exists, insert, or_
from sqlalchemy import select as select_values
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, col, delete, func, select, update

from ..domain.effects import MailRole
from ..domain.mail_log import LoggedMail, MailCursor, Outcome, SoughtMail
from .outbox import Claimed
from .statements import write
from .tables.mail_log import MailLogRow
from .tables.outbox import OutboxRow
from .types import UtcDateTime


def note(
    session: Session, claimed: Claimed, mail: LoggedMail, *, booking_id: UUID | None, contact_id: UUID | None
) -> None:
    """Store a try; it replaces the earlier one of the same mail.

    Does nothing where the effect is gone: the recipient was erased while the mail was being sent.
    """
    tried = {"at": mail.at, "outcome": mail.outcome, "answer": mail.answer, "tries": mail.tries}
    if _tried_before(claimed) and write(session, _AGAIN, **_of(claimed), **tried):
        return
    row = {**tried, "kind": mail.kind, "address": mail.address, "message_id": mail.message_id}
    of_whom = {"outbox_id": claimed.id, "booking_id": booking_id, "contact_id": contact_id}
    write(session, _NOTE, **{f"its_{name}": value for name, value in (row | of_whom).items()}, of_key=claimed.key)


def drop(session: Session, claimed: Claimed) -> None:
    """A mail that would be tried again is not needed any more."""
    if _tried_before(claimed):
        write(session, _DROP, **_of(claimed))


def drop_effect(session: Session, number: int, *, since: datetime) -> None:
    """As `drop`, for the effect of this number, owed since `since`."""
    write(session, _DROP, of_effect=number, since=since)


def found(session: Session, sought: SoughtMail, *, behind: MailCursor | None = None, limit: int) -> list[LoggedMail]:
    """Matching mails, newest first, after the position `behind`."""
    query = select(MailLogRow).where(*_conditions(sought), *_behind(behind))
    newest = query.order_by(col(MailLogRow.at).desc(), col(MailLogRow.id).desc()).limit(limit)
    return [_logged(row) for row in session.exec(newest)]


def of_contact(session: Session, contact_id: UUID, *, address: str) -> list[LoggedMail]:
    """The mails to a contact, oldest first."""
    theirs = select(MailLogRow).where(_theirs(contact_id, address))
    return [_logged(row) for row in session.exec(theirs.order_by(col(MailLogRow.at), col(MailLogRow.id)))]


def to_invitee(session: Session, booking_id: UUID) -> list[tuple[str, str]]:
    """The addresses to which mails to a booking's invitee went, or may have, each with its occasion."""
    sent = select_values(col(MailLogRow.address), col(OutboxRow.payload)).where(
        col(MailLogRow.booking_id) == booking_id
    )
    rows = session.execute(sent.join(OutboxRow, col(OutboxRow.id) == col(MailLogRow.outbox_id)))
    owed = {"booking_id": str(booking_id), "to": MailRole.INVITEE}
    return [(address, payload["occasion"]) for address, payload in rows if owed.items() <= payload.items()]


def count(session: Session, sought: SoughtMail, *, most: int) -> int:
    """The number of matching mails, counted up to `most`."""
    matching = select(MailLogRow.id).where(*_conditions(sought)).limit(most).subquery()
    return session.exec(select(func.count()).select_from(matching)).one()


def forget(session: Session, *, before: datetime) -> None:
    session.exec(delete(MailLogRow).where(col(MailLogRow.at) < before))


def forget_booking(session: Session, booking_id: UUID) -> None:
    """Delete what the booking's invitee and guests were sent."""
    session.exec(delete(MailLogRow).where(col(MailLogRow.booking_id) == booking_id))


def forget_contact(session: Session, contact_id: UUID, *, address: str) -> None:
    """Delete what the contact was sent, and everything sent to their address."""
    session.exec(delete(MailLogRow).where(_theirs(contact_id, address)))


def _tried_before(claimed: Claimed) -> bool:
    """Whether an earlier try is stored, automatic or by a person."""
    return claimed.attempts > 1 or claimed.version > 1


def _of(claimed: Claimed) -> dict[str, object]:
    return {"of_effect": claimed.id, "since": claimed.created_at}


def _theirs(contact_id: UUID, address: str) -> Any:
    own = col(MailLogRow.contact_id) == contact_id
    return or_(own, func.lower(col(MailLogRow.address)) == address.lower()) if address else own


def _conditions(sought: SoughtMail) -> list[Any]:
    conditions: list[Any] = []
    if sought.text:
        wanted = sought.text.lower()
        texts = (MailLogRow.address, MailLogRow.message_id)
        conditions.append(or_(*(func.lower(col(each)).contains(wanted, autoescape=True) for each in texts)))
    if sought.kinds:
        conditions.append(col(MailLogRow.kind).in_(sought.kinds))
    if sought.outcome is not None:
        conditions.append(col(MailLogRow.outcome) == sought.outcome)
    return conditions


def _behind(place: MailCursor | None) -> list[Any]:
    """The condition for mails after the position; its first part lets the index be used."""
    if place is None:
        return []
    same = and_(col(MailLogRow.at) == place.at, col(MailLogRow.id) < place.number)
    return [col(MailLogRow.at) <= place.at, or_(col(MailLogRow.at) < place.at, same)]


def _logged(row: MailLogRow) -> LoggedMail:
    return LoggedMail(
        at=row.at,
        kind=row.kind,
        address=row.address,
        outcome=Outcome(row.outcome),
        answer=row.answer,
        tries=row.tries,
        message_id=row.message_id,
        number=row.id or 0,
    )


# SQLite reuses the id of an erased effect, so a row older than the effect is another one's.
_AGAIN = update(MailLogRow).where(
    col(MailLogRow.outbox_id) == bindparam("of_effect"),
    col(MailLogRow.at) >= bindparam("since", type_=UtcDateTime()),
)
_DROP = _AGAIN.where(col(MailLogRow.outcome) == Outcome.LATER).values(outcome=Outcome.DROPPED)
_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "at": UtcDateTime(),
    "kind": String(),
    "address": String(),
    "outcome": String(),
    "answer": String(),
    "tries": Integer(),
    "message_id": String(),
    "outbox_id": Integer(),
    "booking_id": Uuid(),
    "contact_id": Uuid(),
}
_NOTE = insert(MailLogRow).from_select(
    list(_COLUMNS),
    select_values(*(bindparam(f"its_{name}", type_=kind) for name, kind in _COLUMNS.items())).where(
        exists().where(col(OutboxRow.id) == bindparam("its_outbox_id"), col(OutboxRow.key) == bindparam("of_key"))
    ),
)
