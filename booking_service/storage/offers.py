"""What decides about a host's offers, in as few statements as possible, as each page view needs it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Connection,
    Executable,
    ScalarSelect,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    null,
    or_,
    true,
    union_all,
)
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from ..domain.interval import Interval, merged
from ..domain.meeting import MeetingType
from ..domain.network_blocks import NetworkBlock
from ..domain.people import Host, Organisation
from ..domain.slots import Booked
from . import operations
from .busy import PIECE
from .hosts import to_host, to_organisation
from .meetings import to_meeting, to_rules
from .network_blocks import blocks_of
from .reservations import LONGEST
from .statements import run
from .tables.booking import BookingRow, StretchRow
from .tables.calendar import BusyRow, CalendarRow
from .tables.operations import OperationRow
from .tables.setup import HostRow, MeetingTypeRow, OrganisationRow


@dataclass(frozen=True, slots=True)
class CalendarState:
    """A calendar that counts, as far as offers depend on it. `read_until`: the end of what was read."""

    target: bool
    pulled_at: datetime | None
    failing_since: datetime | None
    read_until: datetime | None


@dataclass(frozen=True, slots=True)
class OfferingState:
    """What can change between two page views.

    `version`: rises with every change of a host's offers, except for time and the calendars' health, which are here.
    `next_release`: the first deadline of the host's holds. `attack_until`: the end of attack mode, possibly past.
    `blocks`: blocked networks, only read for holding.
    """

    host_id: UUID
    meeting_id: UUID
    version: int
    calendars: tuple[CalendarState, ...]
    next_release: datetime | None
    attack_until: datetime | None = None
    blocks: tuple[NetworkBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferBasis:
    """Organisation, host and meeting type: everything about an offer that is constant while the version is."""

    organisation: Organisation
    host: Host
    meeting: MeetingType


@dataclass(frozen=True, slots=True)
class Occupied:
    """Merged busy periods, and the times of live bookings."""

    busy: tuple[Interval, ...]
    booked: tuple[Booked, ...]


def _state_statement(*, to_hold: bool) -> Executable:
    """`to_hold`: with the blocked networks, to which pages are still shown."""
    release = (
        core_select(func.min(col(StretchRow.hold_until)))
        .where(col(StretchRow.host_id) == col(HostRow.id), col(StretchRow.hold_until) > bindparam("now"))
        .correlate(HostRow)
        .scalar_subquery()
    )
    noted = [operations.ATTACK, *([operations.BLOCKS] if to_hold else [])]
    readable = or_(col(CalendarRow.left_out_until).is_(None), col(CalendarRow.left_out_until) <= bindparam("now"))
    counts = or_(and_(col(CalendarRow.conflicts), readable), col(CalendarRow.target))
    return (
        core_select(
            col(HostRow.id).label("host_id"),
            col(MeetingTypeRow.id).label("meeting_id"),
            col(HostRow.offers_version),
            col(CalendarRow.target),
            col(CalendarRow.pulled_at),
            col(CalendarRow.failing_since),
            col(CalendarRow.window_end),
            release.label("release"),
            *(_noted(each).label(each) for each in noted),
        )
        .join(MeetingTypeRow, col(MeetingTypeRow.host_id) == col(HostRow.id))
        .join(CalendarRow, and_(col(CalendarRow.host_id) == col(HostRow.id), counts), isouter=True)
        .where(col(HostRow.slug) == bindparam("host"), col(MeetingTypeRow.slug) == bindparam("meeting"))
    )


def _noted(name: str) -> ScalarSelect[Any]:
    return core_select(col(OperationRow.detail)).where(col(OperationRow.name) == name).scalar_subquery()


def _occupied_statement() -> Executable:
    in_force = or_(col(StretchRow.hold_until).is_(None), col(StretchRow.hold_until) > bindparam("now"))
    blocked = core_select(
        cast(null(), Uuid).label("meeting"),
        col(BusyRow.starts_at),
        col(BusyRow.ends_at),
        cast(null(), String).label("rules"),
        cast(null(), Boolean).label("held"),
    ).where(
        col(BusyRow.host_id) == bindparam("host_id"),
        col(BusyRow.starts_at) > bindparam("busy_not_before"),
        col(BusyRow.starts_at) < bindparam("busy_end"),
        col(BusyRow.ends_at) > bindparam("busy_start"),
    )
    taken = (
        core_select(
            col(BookingRow.meeting_type_id),
            col(StretchRow.starts_at),
            col(StretchRow.ends_at),
            cast(MeetingTypeRow.rules, String),
            col(StretchRow.hold_until).is_not(None),
        )
        .join(BookingRow, col(BookingRow.id) == col(StretchRow.booking_id))
        .join(MeetingTypeRow, col(MeetingTypeRow.id) == col(BookingRow.meeting_type_id))
        .where(
            col(StretchRow.host_id) == bindparam("host_id"),
            col(StretchRow.starts_at) > bindparam("not_before"),
            col(StretchRow.starts_at) < bindparam("end"),
            col(StretchRow.ends_at) > bindparam("start"),
            in_force,
            col(StretchRow.booking_id) != bindparam("but"),
        )
    )
    return union_all(blocked, taken)


_STATE = _state_statement(to_hold=False)  # built once: building costs more than running it
_STATE_TO_HOLD = _state_statement(to_hold=True)
_BASIS = (
    select(HostRow, MeetingTypeRow, OrganisationRow)
    .join(MeetingTypeRow, col(MeetingTypeRow.host_id) == col(HostRow.id))
    .join(OrganisationRow, true(), isouter=True)
    .where(HostRow.id == bindparam("host_id"), MeetingTypeRow.id == bindparam("meeting_id"))
)
_OCCUPIED = _occupied_statement()


def offering_state(
    connection: Connection, host: str, meeting: str, *, now: datetime, to_hold: bool = False
) -> OfferingState | None:
    """The state, by one small statement with a row per calendar that counts; None for unknown names."""
    statement = _STATE_TO_HOLD if to_hold else _STATE
    rows = connection.execute(statement, {"host": host, "meeting": meeting, "now": now}).all()
    if not rows:
        return None
    calendars = tuple(
        CalendarState(row.target, row.pulled_at, row.failing_since, row.window_end)
        for row in rows
        if row.target is not None
    )
    first = rows[0]
    attack_until = datetime.fromisoformat(first.attack["until"]) if first.attack else None
    return OfferingState(
        first.host_id,
        first.meeting_id,
        first.offers_version,
        calendars,
        first.release,
        attack_until,
        blocks_of(first.blocks) if to_hold else (),
    )


def basis(session: Session, host_id: UUID, meeting_id: UUID) -> OfferBasis:
    """By one statement. Raises NoResultFound: there is no such pair."""
    host, meeting, organisation = session.exec(_BASIS, params={"host_id": host_id, "meeting_id": meeting_id}).one()
    return OfferBasis(to_organisation(organisation), to_host(host), to_meeting(meeting))


def occupied(
    session: Session, host_id: UUID, *, busy: Interval, booked: Interval, now: datetime, but: UUID | None = None
) -> Occupied:
    """Everything that occupies time, in one statement. A hold past its deadline does not. `but`: a booking to leave
    out."""
    bounds = {"busy_not_before": busy.start - PIECE, "busy_start": busy.start, "busy_end": busy.end}
    bounds |= {"not_before": booked.start - LONGEST, "start": booked.start, "end": booked.end}
    rows = run(session, _OCCUPIED, {"host_id": host_id, "now": now, "but": but or UUID(int=0), **bounds}).all()
    return Occupied(
        busy=tuple(merged(Interval(row.starts_at, row.ends_at) for row in rows if row.meeting is None)),
        booked=tuple(_booked(row) for row in rows if row.meeting is not None),
    )


def _booked(row: Any) -> Booked:
    before, after = _buffers(row.rules)
    return Booked(
        time=Interval(row.starts_at, row.ends_at),
        buffer_before=before,
        buffer_after=after,
        meeting_type_id=row.meeting,
        held=bool(row.held),
    )


@lru_cache
def _buffers(rules: str) -> tuple[timedelta, timedelta]:
    """The buffers in these rules; cached, as a window has hundreds of bookings of one meeting type."""
    read = to_rules(json.loads(rules))
    return read.buffer_before, read.buffer_after
