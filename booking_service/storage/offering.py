"""What decides about a host's offers, in as few statements as possible: a page view asks for it each time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Uuid, cast, null, or_, true, union_all
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from ..domain.interval import Interval, merged
from ..domain.meeting import MeetingType
from ..domain.people import Host, Organisation
from ..domain.slots import Booked
from .busy import PIECE
from .calendars import Connected, to_connected
from .hosts import to_host, to_organisation
from .meetings import to_meeting, to_rules
from .reservations import LONGEST
from .tables import BookingRow, BusyRow, CalendarRow, HostRow, MeetingTypeRow, OrganisationRow, StretchRow
from .types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Standing:
    """A host's meeting by the names in an address. `version` rises with whatever changes its offers, but for the time."""

    organisation: Organisation
    host: Host
    meeting: MeetingType
    calendars: tuple[Connected, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Occupied:
    """What calendars block, merged, and what live bookings take. `until`: when the first of the holds among them ends."""

    busy: tuple[Interval, ...]
    booked: tuple[Booked, ...]
    until: datetime | None


def standing(session: Session, host: str, meeting: str) -> Standing | None:
    """One statement; a row per calendar."""
    rows = session.exec(
        select(HostRow, MeetingTypeRow, OrganisationRow, CalendarRow)
        .join(MeetingTypeRow, col(MeetingTypeRow.host_id) == col(HostRow.id))
        .join(OrganisationRow, true(), isouter=True)
        .join(CalendarRow, col(CalendarRow.host_id) == col(HostRow.id), isouter=True)
        .where(HostRow.slug == host, MeetingTypeRow.slug == meeting)
    ).all()
    if not rows:
        return None
    host_row, meeting_row, organisation_row, _ = rows[0]
    calendar_rows: list[CalendarRow | None] = [row[3] for row in rows]  # an outer join: None where there is none
    return Standing(
        organisation=to_organisation(organisation_row),
        host=to_host(host_row),
        meeting=to_meeting(meeting_row),
        calendars=tuple(to_connected(row) for row in calendar_rows if row is not None),
        version=host_row.offers_version,
    )


def occupied(
    session: Session, host_id: UUID, *, busy: Interval, booked: Interval, now: datetime, but: UUID | None = None
) -> Occupied:
    """One statement for both kinds of what is taken. A hold past its deadline takes nothing. `but`: a booking left out."""
    in_force = or_(col(StretchRow.hold_until).is_(None), col(StretchRow.hold_until) > now)
    blocked = core_select(
        cast(null(), Uuid).label("meeting"), col(BusyRow.starts_at), col(BusyRow.ends_at),
        cast(null(), UtcDateTime()).label("hold_until"), cast(null(), JSON).label("rules"),
    ).where(
        col(BusyRow.host_id) == host_id, col(BusyRow.starts_at) > busy.start - PIECE, col(BusyRow.starts_at) < busy.end,
        col(BusyRow.ends_at) > busy.start,
    )  # fmt: skip
    taken = (
        core_select(
            col(BookingRow.meeting_type_id), col(StretchRow.starts_at), col(StretchRow.ends_at),
            col(StretchRow.hold_until), col(MeetingTypeRow.rules),
        )
        .join(BookingRow, col(BookingRow.id) == col(StretchRow.booking_id))
        .join(MeetingTypeRow, col(MeetingTypeRow.id) == col(BookingRow.meeting_type_id))
        .where(
            col(StretchRow.host_id) == host_id, col(StretchRow.starts_at) > booked.start - LONGEST,
            col(StretchRow.starts_at) < booked.end, col(StretchRow.ends_at) > booked.start, in_force,
            col(StretchRow.booking_id) != (but or UUID(int=0)),
        )
    )  # fmt: skip
    rows = session.execute(union_all(blocked, taken)).all()
    holds = [row.hold_until for row in rows if row.hold_until is not None]
    return Occupied(
        busy=tuple(merged(Interval(row.starts_at, row.ends_at) for row in rows if row.meeting is None)),
        booked=tuple(_booked(row) for row in rows if row.meeting is not None),
        until=min(holds) if holds else None,
    )


def _booked(row: Any) -> Booked:
    rules = to_rules(row.rules)
    return Booked(
        time=Interval(row.starts_at, row.ends_at), buffer_before=rules.buffer_before, buffer_after=rules.buffer_after,
        meeting_type_id=row.meeting,
    )  # fmt: skip
