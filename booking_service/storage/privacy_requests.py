"""Wishes to be erased, in a queue until they are done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select, update

from ..domain.consent import CONTACT
from ..domain.privacy import Mode
from .tables.consent import PrivacyRequestRow

_ERASE = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """`due_at`: when it is done automatically, if staff have not done it. `done_by`: `staff:id`, system, or the person.

    `delay`: why it was put off. `refusal`: why it was refused, which closes it. The person was told both.
    """

    id: UUID
    contact_id: UUID
    mode: Mode = Mode.WHOLE
    made_at: datetime
    due_at: datetime
    done_at: datetime | None = None
    done_by: str = ""
    delay: str = ""
    refusal: str = ""

    @property
    def reference(self) -> str:
        """The reference that a person gives when asking about it."""
        return f"DL-{self.id.hex[-6:].upper()}"

    @property
    def taken_back(self) -> bool:
        return self.done_at is not None and self.done_by == CONTACT

    def may_be_taken_back(self, *, now: datetime) -> bool:
        """Whether it can be taken back: not once it is being done, as the last mail leaves then."""
        return self.done_at is None and now < self.due_at


def save(session: Session, request: PrivacyRequest) -> None:
    """Insert or update."""
    session.merge(
        PrivacyRequestRow(
            id=request.id,
            contact_id=request.contact_id,
            kind=_ERASE,
            mode=request.mode.value,
            made_at=request.made_at,
            due_at=request.due_at,
            done_at=request.done_at,
            done_by=request.done_by,
            delay=request.delay,
            refusal=request.refusal,
        )
    )
    session.flush()


def get(session: Session, id: UUID) -> PrivacyRequest | None:
    row = session.get(PrivacyRequestRow, id, populate_existing=True)
    return _request(row) if row else None


def open_of(session: Session, contact_id: UUID) -> PrivacyRequest | None:
    """The open one; nobody has two."""
    return next(iter(all_open_of(session, contact_id)), None)


def all_open_of(session: Session, contact_id: UUID) -> list[PrivacyRequest]:
    """The open ones by due time. More than one only where a person asked twice while that still made two."""
    found = select(PrivacyRequestRow).where(
        PrivacyRequestRow.contact_id == contact_id, col(PrivacyRequestRow.done_at).is_(None)
    )
    return [_request(row) for row in session.exec(found.order_by(col(PrivacyRequestRow.due_at)))]


def kept_since(session: Session, contact_ids: Collection[UUID], instant: datetime) -> set[UUID]:
    """Those of these contacts who took a wish back at `instant` or later."""
    rows = select(PrivacyRequestRow.contact_id).where(
        col(PrivacyRequestRow.contact_id).in_(contact_ids),
        PrivacyRequestRow.done_by == CONTACT,
        col(PrivacyRequestRow.done_at) >= instant,
    )
    return set(session.exec(rows))


def waiting(session: Session) -> list[PrivacyRequest]:
    """Open ones, by due time."""
    rows = select(PrivacyRequestRow).where(col(PrivacyRequestRow.done_at).is_(None))
    return [_request(row) for row in session.exec(rows.order_by(col(PrivacyRequestRow.due_at)))]


def done_lately(session: Session, *, limit: int) -> list[PrivacyRequest]:
    """The latest that were done or refused."""
    rows = select(PrivacyRequestRow).where(col(PrivacyRequestRow.done_at).is_not(None))
    return [_request(row) for row in session.exec(rows.order_by(col(PrivacyRequestRow.done_at).desc()).limit(limit))]


def forget_reasons(session: Session, contact_id: UUID) -> None:
    """Delete the reasons, which may name the person."""
    theirs = update(PrivacyRequestRow).where(col(PrivacyRequestRow.contact_id) == contact_id)
    session.exec(theirs.values(delay="", refusal=""))


def due_before(session: Session, instant: datetime, *, limit: int) -> list[PrivacyRequest]:
    """Open ones due before then, by due time."""
    rows = select(PrivacyRequestRow).where(
        col(PrivacyRequestRow.done_at).is_(None), col(PrivacyRequestRow.due_at) < instant
    )
    return [_request(row) for row in session.exec(rows.order_by(col(PrivacyRequestRow.due_at)).limit(limit))]


def _request(row: PrivacyRequestRow) -> PrivacyRequest:
    return PrivacyRequest(
        id=row.id,
        contact_id=row.contact_id,
        mode=Mode(row.mode or Mode.WHOLE),
        made_at=row.made_at,
        due_at=row.due_at,
        done_at=row.done_at,
        done_by=row.done_by,
        delay=row.delay,
        refusal=row.refusal,
    )
