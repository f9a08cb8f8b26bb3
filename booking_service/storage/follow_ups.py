"""Who is told of answers, or of bookings and calendars; and of whom others may have been told."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, or_
from sqlmodel import Session, col, delete, select, update

from ..domain.follow_ups import Audience, FollowUp
from .outbox import FOLLOW_UP
from .prefixes import begins_with
from .statements import first_of, scalars_of, write
from .tables.consent import FollowUpRow, FollowUpToldRow
from .tables.outbox import OutboxRow
from .types import UtcDateTime


def save(session: Session, follow_up: FollowUp) -> None:
    """Insert or update."""
    session.merge(FollowUpRow(**{each.name: getattr(follow_up, each.name) for each in fields(FollowUp)}))
    session.flush()


def get(session: Session, id: UUID, *, lock: bool = False) -> FollowUp | None:
    query = select(FollowUpRow).where(FollowUpRow.id == id)
    row = session.exec(query.with_for_update() if lock else query).first()
    return _follow_up(row) if row else None


def every(session: Session) -> list[FollowUp]:
    """The oldest first."""
    rows = session.exec(select(FollowUpRow).order_by(col(FollowUpRow.made_at), col(FollowUpRow.id)))
    return [_follow_up(row) for row in rows]


def of_purpose(session: Session, purpose: str) -> list[UUID]:
    return [*scalars_of(session, _OF_PURPOSE, purpose=purpose)]


def of_changes(session: Session, host_id: UUID) -> list[UUID]:
    """Who is told of this host's bookings and calendars."""
    return [*scalars_of(session, _OF_CHANGES, host_id=host_id)]


def of_host(session: Session, host_id: UUID) -> list[FollowUp]:
    """Those that a host set up, the oldest first."""
    rows = select(FollowUpRow).where(FollowUpRow.host_id == host_id)
    return [_follow_up(row) for row in session.exec(rows.order_by(col(FollowUpRow.made_at), col(FollowUpRow.id)))]


def lanes(id: UUID) -> str:
    """How the lanes begin in which one of them is told."""
    return f"{FOLLOW_UP}:{id.hex}:"


def any_due(session: Session, *, now: datetime) -> bool:
    """Whether something waits to be told, to whomever."""
    return first_of(session, _ANY_DUE, now=now) is not None


def free(session: Session, *, now: datetime) -> list[UUID]:
    """Those that nobody is telling something and that do not rest; first who was not told for the longest time."""
    return [*scalars_of(session, _FREE, now=now)]


def take(session: Session, id: UUID, *, until: datetime, now: datetime) -> bool:
    """Have it for oneself until it is given back, or until then. False: somebody else was faster."""
    return write(session, _TAKE, of_id=id, until=until, now=now) == 1


def give_back(session: Session, id: UUID, *, now: datetime) -> None:
    write(session, _GIVE_BACK, of_id=id, taken_until=now)


def fail(
    session: Session, id: UUID, *, failures: int, since: datetime, error: str, rests_until: datetime | None
) -> None:
    """A try failed, which was so many in a row."""
    write(session, _COUNT, of_id=id, failures=failures, failing_since=since, error=error, rests_until=rests_until)


def succeed(session: Session, id: UUID) -> None:
    """A try succeeded: nothing of those before it counts any more."""
    write(session, _COUNT, of_id=id, failures=0, failing_since=None, error="", rests_until=None)


def wake(session: Session, id: UUID) -> None:
    """It rests no longer. What failed still counts."""
    write(session, _WAKE, of_id=id, rests_until=None)


def failing(session: Session) -> list[FollowUp]:
    """Those of which the last try failed, the longest first."""
    query = select(FollowUpRow).where(col(FollowUpRow.failures) > 0)
    rows = session.exec(query.order_by(col(FollowUpRow.failing_since).asc().nulls_first(), col(FollowUpRow.id)))
    return [_follow_up(row) for row in rows]


def remove(session: Session, id: UUID) -> None:
    """With all that waits for it: nobody would ever be told that."""
    session.exec(delete(OutboxRow).where(begins_with(col(OutboxRow.lane), lanes(id))))
    session.exec(delete(FollowUpToldRow).where(col(FollowUpToldRow.follow_up_id) == id))
    session.exec(delete(FollowUpRow).where(col(FollowUpRow.id) == id))


def note_told(session: Session, id: UUID, contact_id: UUID, *, now: datetime) -> None:
    """Before it is told: nobody knows afterwards whether a request that failed arrived."""
    session.merge(FollowUpToldRow(follow_up_id=id, contact_id=contact_id, at=now))
    session.flush()


def told_of(session: Session, contacts: Collection[UUID], purpose: str = "") -> list[tuple[UUID, UUID]]:
    """Who may have been told of whom, for a purpose or for any."""
    query = (
        select(FollowUpToldRow.follow_up_id, FollowUpToldRow.contact_id)
        .join(FollowUpRow, col(FollowUpRow.id) == col(FollowUpToldRow.follow_up_id))
        .where(col(FollowUpToldRow.contact_id).in_(contacts))
    )
    rows = session.exec(query.where(FollowUpRow.purpose == purpose) if purpose else query)
    return [(follow_up, contact) for follow_up, contact in rows]


def was_told(session: Session, id: UUID, contact_id: UUID) -> bool:
    return session.get(FollowUpToldRow, (id, contact_id)) is not None


def forget_told(session: Session, id: UUID, contact_id: UUID) -> None:
    """They were told of the end."""
    of_it = (col(FollowUpToldRow.follow_up_id) == id, col(FollowUpToldRow.contact_id) == contact_id)
    session.exec(delete(FollowUpToldRow).where(*of_it))


_NOW = bindparam("now", type_=UtcDateTime())
_IS_FREE = (
    or_(col(FollowUpRow.taken_until).is_(None), col(FollowUpRow.taken_until) <= _NOW),
    or_(col(FollowUpRow.rests_until).is_(None), col(FollowUpRow.rests_until) <= _NOW),
)
_FREE = (
    select(FollowUpRow.id)
    .where(*_IS_FREE)
    .order_by(col(FollowUpRow.taken_until).asc().nulls_first(), col(FollowUpRow.id))
)
_OF_ID = update(FollowUpRow).where(col(FollowUpRow.id) == bindparam("of_id"))
_TAKE = _OF_ID.where(*_IS_FREE).values(taken_until=bindparam("until", type_=UtcDateTime()))
_GIVE_BACK = _OF_ID.values(taken_until=bindparam("taken_until", type_=UtcDateTime()))
_WAKE = _OF_ID.values(rests_until=bindparam("rests_until", type_=UtcDateTime()))
_COUNT = _WAKE.values(
    failures=bindparam("failures"),
    failing_since=bindparam("failing_since", type_=UtcDateTime()),
    error=bindparam("error"),
)
_OF_CHANGES = select(FollowUpRow.id).where(
    FollowUpRow.purpose == "", or_(col(FollowUpRow.host_id).is_(None), col(FollowUpRow.host_id) == bindparam("host_id"))
)
_ANY_DUE = (
    select(OutboxRow)
    .where(col(OutboxRow.done_at).is_(None), col(OutboxRow.dead_at).is_(None))
    .where(OutboxRow.kind == FOLLOW_UP, OutboxRow.due_at <= bindparam("now"))
    .limit(1)
)
_OF_PURPOSE = select(FollowUpRow.id).where(FollowUpRow.purpose == bindparam("purpose"))


def _follow_up(row: FollowUpRow) -> FollowUp:
    values = {each.name: getattr(row, each.name) for each in fields(FollowUp)}
    return FollowUp(**values | {"audience": Audience(row.audience)})
