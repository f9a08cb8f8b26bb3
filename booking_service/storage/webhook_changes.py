"""Changes of bookings and calendars, owed to the webhooks that hear of them in the transaction that makes each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from ..domain.booking import Decision
from ..domain.webhook_changes import Delivery, ToldChange, change_of, facts_of
from . import follow_ups, outbox
from .calendars import Connected
from .prefixes import begins_with
from .tables.outbox import OutboxRow


def owe_of_bookings(session: Session, decisions: Sequence[Decision], host_id: UUID, *, now: datetime) -> None:
    """Of bookings of one host. One statement where nobody hears of them."""
    told = [(each, change) for each in decisions if (change := change_of(each)) is not None]
    for id in follow_ups.of_changes(session, host_id) if told else ():
        for decision, change in told:
            facts = {"booking": decision.booking.id.hex, **facts_of(decision, now=now)}
            _owe(session, id, decision.booking.id, change, facts, now=now)


def owe_of_calendar(
    session: Session, connected: Connected, change: ToldChange, *, since: datetime, now: datetime
) -> None:
    """`since`: when the calendar could not be read for the first time."""
    facts = {"calendar": connected.id.hex, "at": now.isoformat(), "since": since.isoformat()}
    for id in follow_ups.of_changes(session, connected.host_id):
        _owe(session, id, connected.id, change, facts, now=now)


def owe_test(session: Session, id: UUID, *, now: datetime) -> None:
    """A message about nothing, to one webhook."""
    _owe(session, id, id, ToldChange.TEST, {"at": now.isoformat()}, now=now)


def deliveries(session: Session, id: UUID, *, behind: int | None = None, limit: int) -> list[Delivery]:
    """What one webhook was told, and is to be, the latest first. `behind`: only what was owed before this number."""
    rows = select(OutboxRow).where(begins_with(col(OutboxRow.lane), follow_ups.lanes(id)))
    if behind is not None:
        rows = rows.where(col(OutboxRow.id) < behind)
    return [_delivery(row) for row in session.exec(rows.order_by(col(OutboxRow.id).desc()).limit(limit))]


def redeliver(session: Session, id: UUID, number: int, *, now: datetime) -> bool:
    """Have one message of a webhook sent now, whatever became of it. False: there is none of this number."""
    row = session.get(OutboxRow, number)
    if row is None or not row.lane.startswith(follow_ups.lanes(id)):
        return False
    outbox.wake(session, row.key, kind=row.kind, lane=row.lane, payload=row.payload, due_at=now, now=now)
    return True


def _owe(
    session: Session, id: UUID, subject: UUID, change: ToldChange, facts: Mapping[str, str], *, now: datetime
) -> None:
    """In a lane of its own for each booking or calendar: what changed first is told first."""
    lane, mark = f"{follow_ups.lanes(id)}{subject.hex}", f"{facts.get('revision', '0')}_{now:%Y%m%dT%H%M%S%f}"
    message = f"msg_{id.hex}_{subject.hex}_{mark}"
    payload = {"follow_up": id.hex, "change": change.value, "message": message, **facts}
    key = f"{lane}:{change}:{mark}"
    outbox.add_once(session, key, kind=outbox.FOLLOW_UP, lane=lane, payload=payload, due_at=now, now=now)


def _delivery(row: OutboxRow) -> Delivery:
    return Delivery(
        number=row.id or 0,
        change=ToldChange(row.payload["change"]),
        created_at=row.created_at,
        due_at=row.due_at,
        done_at=row.done_at,
        dead_at=row.dead_at,
        attempts=row.attempts,
        error=row.error,
    )
