"""Figures about the whole service, counted in the database, so that all processes report the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select, text

from ..domain.booking import BookingState
from .tables.booking import BookingRow
from .tables.mail_log import MailLogRow

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BookingGauges:
    """`open_holds`: holds in force that reserve their time. `decided`: by state, bookings that entered it within a
    day."""

    open_holds: int
    decided: Mapping[str, int]


def of_bookings(session: Session, *, now: datetime) -> BookingGauges:
    live = (text("state = 'held'"), col(BookingRow.hold_until) > now, col(BookingRow.reserves))
    held = select(func.count()).where(*live)
    return BookingGauges(session.exec(held).one(), decided(session, now=now))


def decided(session: Session, *, now: datetime) -> Mapping[str, int]:
    """The number of bookings that entered each state within a day."""
    by_state = (
        select(BookingRow.state, func.count()).where(col(BookingRow.decided_at) > now - DAY).group_by(BookingRow.state)
    )
    counted = {str(state): number for state, number in session.exec(by_state)}
    return {state.value: counted.get(state, 0) for state in BookingState}


def of_mails(session: Session, *, now: datetime) -> Mapping[tuple[str, str], int]:
    """The number of mails tried within a day, by kind and latest outcome."""
    counted = (
        select(MailLogRow.kind, MailLogRow.outcome, func.count())
        .where(col(MailLogRow.at) > now - DAY)
        .group_by(col(MailLogRow.kind), col(MailLogRow.outcome))
    )
    return {(kind, outcome): number for kind, outcome, number in session.exec(counted)}
