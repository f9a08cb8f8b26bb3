"""Lists of a host's bookings: a page, the count, and the texts that are searched."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, not_, or_
from sqlmodel import Session, col, func, select

from ..domain.booking import Booking, BookingState
from ..domain.booking_filter import BookingFilter, ListCursor, Which
from ..domain.people import canonical_mailbox
from .bookings import to_booking
from .tables.booking import BookingRow

_LONGEST = timedelta(days=1)  # of a booking, so that a time window can use the index


@dataclass(frozen=True, slots=True)
class SearchedBooking:
    """The searchable texts of a booking. `exposed`: the readable ends of sensitive answers."""

    place: ListCursor
    meeting_id: UUID
    name: str
    email: str
    answers: tuple[tuple[str, str], ...]
    exposed: tuple[str, ...]


def page_of(
    session: Session, host_id: UUID, wanted: BookingFilter, *, now: datetime, after: ListCursor | None, limit: int
) -> list[Booking]:
    """Bookings in list order after the position `after`; `wanted.text` is ignored."""
    query = _ordered(select(BookingRow).where(*_which(host_id, wanted, now=now)), wanted)
    if after is not None:
        query = query.where(*_behind(after, wanted))
    return [to_booking(row) for row in session.exec(query.limit(limit))]


def count(
    session: Session, host_id: UUID, wanted: BookingFilter, *, now: datetime, most: int, until: ListCursor | None = None
) -> int:
    """The number of bookings, of those in the list up to `until` if it is given, counted up to `most`; `wanted.text` is ignored."""
    query = select(BookingRow.id).where(*_which(host_id, wanted, now=now))
    if until is not None:
        query = query.where(not_(and_(*_behind(until, wanted))))
    return session.exec(select(func.count()).select_from(query.limit(most).subquery())).one()


def count_of_mailbox(session: Session, host_id: UUID, mailbox: str, *, most: int) -> int:
    """The number of bookings of any state that this mailbox made with the host, counted up to `most`."""
    theirs = select(BookingRow.id).where(
        BookingRow.mailbox == mailbox, BookingRow.host_id == host_id, BookingRow.name != ""
    )
    return session.exec(select(func.count()).select_from(theirs.limit(most).subquery())).one()


def entries(
    session: Session, host_id: UUID, wanted: BookingFilter, *, now: datetime, mailbox: str = "", limit: int
) -> list[SearchedBooking]:
    """The searchable texts in list order, without erased bookings. `mailbox`: only this one's bookings."""
    columns: Any = select  # its overloads end at four columns
    query = columns(
        BookingRow.id,
        BookingRow.starts_at,
        BookingRow.meeting_type_id,
        BookingRow.name,
        BookingRow.email,
        BookingRow.answers,
        BookingRow.sealed,
    ).where(*_which(host_id, wanted, now=now), BookingRow.name != "")
    if mailbox:
        query = query.where(BookingRow.mailbox == mailbox)
    return [
        SearchedBooking(
            ListCursor(starts_at, id),
            meeting_id,
            name,
            email,
            tuple((key, text) for key, text in answers),
            tuple(exposed for _key, _sealed, exposed in sealed if exposed),
        )
        for id, starts_at, meeting_id, name, email, answers, sealed in session.exec(
            _ordered(query, wanted).limit(limit)
        )
    ]


def of_ids(session: Session, ids: Sequence[UUID]) -> list[Booking]:
    """These bookings, in this order."""
    rows = session.exec(select(BookingRow).where(col(BookingRow.id).in_(ids)))
    found = {row.id: to_booking(row) for row in rows}
    return [found[each] for each in ids]


def live_of_meeting(session: Session, meeting_id: UUID, *, now: datetime) -> list[Booking]:
    """Live bookings of a meeting type that are not over, by time."""
    held = and_(col(BookingRow.state) == BookingState.HELD, col(BookingRow.hold_until) > now)
    rows = session.exec(
        select(BookingRow)
        .where(BookingRow.meeting_type_id == meeting_id, BookingRow.ends_at > now)
        .where(or_(col(BookingRow.state) == BookingState.CONFIRMED, held))
        .order_by(col(BookingRow.starts_at))
    )
    return [to_booking(row) for row in rows]


def proven_among(session: Session, emails: Collection[str]) -> set[str]:
    """Those of these addresses that are proven by a mail about some booking still stored, in lower case."""
    wanted = {each.lower() for each in emails}
    mailboxes = {canonical_mailbox(each) for each in emails}
    theirs = select(BookingRow).where(col(BookingRow.mailbox).in_(mailboxes), BookingRow.name != "")
    read = map(to_booking, session.exec(theirs))
    return wanted & {each.invitee.email.lower() for each in read if each.mailbox_answered}


def _which(host_id: UUID, wanted: BookingFilter, *, now: datetime) -> list[Any]:
    conditions: list[Any] = [BookingRow.host_id == host_id]
    if wanted.meeting_id is not None:
        conditions.append(BookingRow.meeting_type_id == wanted.meeting_id)
    match wanted.which:
        case Which.UPCOMING:
            held = and_(col(BookingRow.state) == BookingState.HELD, col(BookingRow.hold_until) > now)
            live = or_(col(BookingRow.state) == BookingState.CONFIRMED, held)
            return [*conditions, BookingRow.starts_at > now - _LONGEST, BookingRow.ends_at > now, live]
        case Which.PAST:
            return [*conditions, BookingRow.state == BookingState.CONFIRMED, BookingRow.ends_at <= now]
        case Which.HELD | Which.EXPIRED | Which.CANCELLED as one_state:
            return [*conditions, BookingRow.state == str(one_state)]
        case Which.ALL:
            return conditions


def _ordered(query: Any, wanted: BookingFilter) -> Any:
    starts_at, id = col(BookingRow.starts_at), col(BookingRow.id)
    return query.order_by(*((starts_at, id) if wanted.soonest_first else (starts_at.desc(), id.desc())))


def _behind(after: ListCursor, wanted: BookingFilter) -> list[Any]:
    """The condition for bookings after the position; its first part lets the index be used."""
    starts_at, id = col(BookingRow.starts_at), col(BookingRow.id)
    if wanted.soonest_first:
        return [starts_at >= after.starts_at, or_(starts_at > after.starts_at, id > after.id)]
    return [starts_at <= after.starts_at, or_(starts_at < after.starts_at, id < after.id)]


def of_mailbox(session: Session, mailbox: str, *, limit: int) -> list[Booking]:
    """The latest bookings of this mailbox with any host, by descending start."""
    query = select(BookingRow).where(BookingRow.mailbox == mailbox, BookingRow.name != "")
    rows = session.exec(query.order_by(col(BookingRow.starts_at).desc()).limit(limit))
    return [to_booking(row) for row in rows] if mailbox else []
