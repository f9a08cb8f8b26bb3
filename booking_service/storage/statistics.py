"""Counts of bookings: adding to them, reading them, and the timeline entries that are yet to be counted."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from ..domain.availability import zone_of
from ..domain.booking import NOBODYS_FAULT, Cause
from ..domain.statistics import Counted, Figures
from ..domain.timeline import Happened
from .statements import insert_of
from .tables.booking import BookingRow, TimelineRow
from .tables.setup import HostRow
from .tables.statistics import CountedRow, StatisticRow

_TOLD = (Happened.HELD, Happened.CONFIRMED, Happened.EXPIRED, Happened.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCount:
    """A timeline entry with what is counted of it. `stood`: the booking had been confirmed.

    `withdrawn`: it was never confirmed, by nobody's fault. `test`: the host's own trial.
    """

    what: Happened
    at: datetime
    host_id: UUID
    meeting_id: UUID
    zone: ZoneInfo
    created_at: datetime
    starts_at: datetime
    asked: bool
    vouched: bool
    stood: bool
    withdrawn: bool
    test: bool


def add(session: Session, counts: Mapping[Counted, int]) -> None:
    """Add to counts, which start at 0; several processes may do so at once."""
    dialect = session.get_bind().dialect.name
    for each, number in sorted(
        counts.items(), key=lambda pair: repr(pair[0])
    ):  # always in the same order, so that there is no deadlock
        row = {"host_id": each.host_id, "on_date": each.on, "meeting_type_id": each.meeting_id, "what": each.what}
        insert = insert_of(dialect)(StatisticRow).values(**row, count=number)
        more = col(StatisticRow.count) + insert.excluded.count
        session.execute(insert.on_conflict_do_update(index_elements=list(row), set_={"count": more}))


def figures(session: Session, host_id: UUID, *, first_on: date) -> dict[UUID, Figures]:
    """By meeting type, from this day on, by one statement."""
    rows = session.exec(
        select(StatisticRow.meeting_type_id, StatisticRow.what, func.sum(StatisticRow.count))
        .where(StatisticRow.host_id == host_id, StatisticRow.on_date >= first_on)
        .group_by(col(StatisticRow.meeting_type_id), col(StatisticRow.what))
    )
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for meeting_id, what, count in rows:
        found[meeting_id][what] = int(count)
    return {meeting_id: Figures(counts) for meeting_id, counts in found.items()}


def figures_of_all(session: Session, host_id: UUID, *, first_on: date) -> Figures:
    """As `figures`, summed over all meeting types."""
    rows = session.exec(
        select(StatisticRow.what, func.sum(StatisticRow.count))
        .where(StatisticRow.host_id == host_id, StatisticRow.on_date >= first_on)
        .group_by(col(StatisticRow.what))
    )
    return Figures({what: int(count) for what, count in rows})


def next_to_count(session: Session, *, before: datetime, limit: int) -> list[ToCount] | None:
    """The next timeline entries to count, up to the first not older than `before`, marking them as counted.

    None where there are none. A concurrent caller waits.
    """
    position = session.get_one(CountedRow, 1, with_for_update=True)
    rows = session.exec(
        select(TimelineRow.id, TimelineRow.at, TimelineRow.what, TimelineRow.booking_id)
        .where(col(TimelineRow.id) > position.history_id)
        .order_by(col(TimelineRow.id))
        .limit(limit)
    ).all()
    old = rows[: next((at for at, row in enumerate(rows) if row[1] >= before), len(rows))]
    if not old:
        return None
    position.history_id = old[-1][0] or position.history_id
    session.add(position)
    told = [(at, Happened(what), booking_id) for _, at, what, booking_id in old if what in _TOLD]
    known = _bookings(session, {booking_id for _, _, booking_id in told})
    return [_to_count(what, at, *known[booking_id]) for at, what, booking_id in told]


def _bookings(session: Session, ids: set[UUID]) -> dict[UUID, tuple[BookingRow, HostRow]]:
    rows = session.exec(
        select(BookingRow, HostRow)
        .join(HostRow, col(HostRow.id) == col(BookingRow.host_id))
        .where(col(BookingRow.id).in_(ids))
    )
    return {booking.id: (booking, host) for booking, host in rows}


def _to_count(what: Happened, at: datetime, booking: BookingRow, host: HostRow) -> ToCount:
    return ToCount(
        what=what,
        at=at,
        host_id=booking.host_id,
        meeting_id=booking.meeting_type_id,
        zone=zone_of(host.zone),
        created_at=booking.created_at,
        starts_at=booking.starts_at,
        asked=booking.asked,
        vouched=booking.vouched,
        stood=not booking.awaits,
        withdrawn=booking.cause is not None and Cause(booking.cause) in NOBODYS_FAULT,
        test=booking.test,
    )
