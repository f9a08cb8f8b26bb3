"""Reservations: the stretches that keep others out, and what is remembered of each one's event."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, or_, select, update

from ..domain.booking import Booking, BookingState
from ..domain.interval import Interval
from ..domain.reservation import Copy, Reservation, Verdict
from ..domain.slots import Booked
from ..domain.timeline import Happened
from .busy import a_piece_before
from .meetings import to_rules
from .tables.booking import BookingRow, ReservationRow, StretchRow, TimelineRow
from .tables.calendar import BusyRow
from .tables.setup import MeetingTypeRow

TEXTS_KEPT = 5  # revisions whose words are remembered; an event carries an older one only after a long outage
_AT_ONCE = 500  # ids in one statement
LONGEST = timedelta(days=31)  # no stretch is longer, so a query need not look further back


def add(session: Session, booking: Booking, *, calendar_id: UUID | None, now: datetime) -> Reservation:
    """A reservation for a new booking, with a UID of its own that its event keeps for life."""
    uid = str(uuid4())
    row = ReservationRow(
        id=uuid4(),
        booking_id=booking.id,
        host_id=booking.host_id,
        calendar_id=calendar_id,
        uid=uid,
        href=f"{uid}.ics",
        revision=booking.revision,
        times=_times({booking.revision: booking.time}),
        summaries={},
        requested_at=now,
    )
    session.add(row)
    session.flush()
    return to_reservation(row)


def get(session: Session, reservation_id: UUID) -> Reservation:
    """Raises NoResultFound where there is none."""
    return to_reservation(_row(session, reservation_id))


def of_booking(session: Session, booking_id: UUID) -> list[Reservation]:
    rows = session.exec(select(ReservationRow).where(ReservationRow.booking_id == booking_id))
    return [to_reservation(row) for row in rows]


def of_calendar(session: Session, calendar_id: UUID, among: Sequence[UUID]) -> list[UUID]:
    """Those of these reservations whose event is kept in the calendar."""
    found: list[UUID] = []
    for at in range(0, len(among), _AT_ONCE):
        few = select(ReservationRow.id).where(col(ReservationRow.id).in_(among[at : at + _AT_ONCE]))
        found += session.exec(few.where(ReservationRow.calendar_id == calendar_id))
    return found


def any_of_host(session: Session, host_id: UUID, among: Sequence[UUID]) -> bool:
    """Whether one of these is the host's."""
    return any(
        session.exec(
            select(ReservationRow.id)
            .where(col(ReservationRow.id).in_(among[at : at + _AT_ONCE]), ReservationRow.host_id == host_id)
            .limit(1)
        ).first()
        for at in range(0, len(among), _AT_ONCE)
    )


def by_uids(session: Session, host_id: UUID, uids: Sequence[str]) -> dict[str, Reservation]:
    """This host's among these UIDs. Whatever else carries our marks or another host's UID is foreign: who books with a
    colleague has the invitation in their own calendar, where it blocks their time as any event does."""
    found: dict[str, Reservation] = {}
    for at in range(0, len(uids), _AT_ONCE):
        few = select(ReservationRow).where(ReservationRow.host_id == host_id)
        rows = session.exec(few.where(col(ReservationRow.uid).in_(uids[at : at + _AT_ONCE])))
        found |= {row.uid: to_reservation(row) for row in rows}
    return found


def in_calendar(session: Session, calendar_id: UUID, *, after: datetime) -> list[Reservation]:
    """Reservations of live bookings that end `after` this, and whose event is known to have stood in this calendar."""
    rows = session.exec(
        select(ReservationRow)
        .join(BookingRow, col(BookingRow.id) == col(ReservationRow.booking_id))
        .where(ReservationRow.calendar_id == calendar_id, col(ReservationRow.seen).is_(True))
        .where(col(BookingRow.state).in_((BookingState.HELD, BookingState.CONFIRMED)), BookingRow.ends_at > after)
    )
    return [to_reservation(row) for row in rows]


def standing(session: Session, host_id: UUID, *, after: datetime) -> list[tuple[Reservation, UUID]]:
    """Of live bookings of a host that end `after` this, whose event is known to have stood; each with its meeting type."""
    rows = session.exec(
        select(ReservationRow, BookingRow.meeting_type_id)
        .join(BookingRow, col(BookingRow.id) == col(ReservationRow.booking_id))
        .where(BookingRow.host_id == host_id, BookingRow.starts_at > after - LONGEST, BookingRow.ends_at > after)
        .where(col(BookingRow.state).in_((BookingState.HELD, BookingState.CONFIRMED)))
        .where(col(ReservationRow.seen).is_(True), col(ReservationRow.calendar_id).is_not(None))
    )
    return [(to_reservation(row), meeting_id) for row, meeting_id in rows]


def count_copies(session: Session, calendar_ids: Sequence[UUID]) -> int:
    """How many events may have a second copy in these calendars."""
    return session.exec(select(func.count()).where(col(ReservationRow.copy_calendar_id).in_(calendar_ids))).one()


def unshown(session: Session, calendar_id: UUID) -> list[Reservation]:
    """Those with a write to this calendar that no pull has shown yet."""
    rows = session.exec(
        select(ReservationRow).where(ReservationRow.calendar_id == calendar_id, col(ReservationRow.unshown) > 0)
    )
    return [to_reservation(row) for row in rows]


def save(session: Session, reservation: Reservation) -> None:
    """Write the memory of a reservation; its stretches follow from its booking (`occupy`)."""
    row = _row(session, reservation.id)
    r = reservation
    row.calendar_id, row.href, row.revision, row.times = r.calendar_id, r.href, r.revision, _times(r.times)
    row.base, row.etag, row.seen, row.touched = r.base, r.etag, r.seen, r.touched
    row.missing_at, row.gone_at, row.mark, row.settled_mark = r.missing_at, r.gone_at, r.mark, r.settled_mark
    row.verdict = str(r.verdict) if r.verdict else None
    row.beside_start, row.beside_end = (r.beside.start, r.beside.end) if r.beside else (None, None)
    row.requested_at, row.fence, row.lane_until, row.looks = r.requested_at, r.fence, r.lane_until, r.looks
    row.unshown, row.run = r.unshown, r.run
    row.copy_calendar_id, row.copy_href, row.copy_etag = (
        (r.copy.calendar_id, r.copy.href, r.copy.etag) if r.copy else (None, "", None)
    )
    session.add(row)
    session.flush()


def mark(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """A pull saw that these events changed, and not by our last write."""
    _update_some(session, reservation_ids, mark=col(ReservationRow.mark) + 1)


def mark_seen(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """The same, of events that stand there: also where the run that wrote one died before it could remember."""
    _update_some(session, reservation_ids, mark=col(ReservationRow.mark) + 1, seen=True)


def shown(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """A pull showed what was written."""
    _update_some(session, reservation_ids, unshown=0)


def remember_texts(
    session: Session, reservation_id: UUID, revision: int, texts: dict[str, str]
) -> dict[int, dict[str, str]]:
    """Keep what the event of this revision says, before it is written. Returns what is kept, by revision.

    A later write tells the host's words from ours by it."""
    row = _row(session, reservation_id)
    kept = {int(each): text for each, text in row.summaries.items()} | {revision: texts}
    row.summaries = {str(each): kept[each] for each in sorted(kept)[-TEXTS_KEPT:]}
    session.add(row)
    return kept


def mark_descriptions(session: Session, booking_id: UUID, *, marked: Callable[[str], str]) -> None:
    """Keep of what the events of a booking said no words, but what stands for them (`marked`)."""
    for row in session.exec(select(ReservationRow).where(ReservationRow.booking_id == booking_id)):
        row.summaries = {
            revision: texts | {"description": marked(texts["description"])} if texts.get("description") else texts
            for revision, texts in row.summaries.items()
        }
        session.add(row)


def occupy(session: Session, reservation: Reservation, booking: Booking, *, now: datetime) -> None:
    """Make the reservation's stretches what its booking takes now: its time, and an old time kept beside it.

    Deleting first and inserting after is what lets a booking move over its own old time.
    """
    session.exec(delete(StretchRow).where(col(StretchRow.reservation_id) == reservation.id))
    if not (booking.blocks(now) and booking.reserves):
        return
    until = booking.hold_until if booking.state is BookingState.HELD else None
    for time in dict.fromkeys([booking.time, *([reservation.beside] if reservation.beside else [])]):
        session.add(
            StretchRow(
                reservation_id=reservation.id,
                booking_id=booking.id,
                host_id=booking.host_id,
                starts_at=time.start,
                ends_at=time.end,
                hold_until=until,
                overridden=booking.conflicted,
            )
        )
    session.flush()


def live_over(session: Session, host_id: UUID, window: Interval, *, now: datetime, but: UUID) -> list[UUID]:
    """The live bookings of the host, `but` one, of which a stretch overlaps `window`; the earliest first."""
    rows = session.exec(
        select(StretchRow.booking_id)
        .where(StretchRow.host_id == host_id, StretchRow.booking_id != but, _in_force(now))
        .where(col(StretchRow.starts_at) > window.start - LONGEST, StretchRow.starts_at < window.end)
        .where(col(StretchRow.ends_at) > window.start)
        .order_by(col(StretchRow.starts_at))
    )
    return list(dict.fromkeys(rows))


def taken(session: Session, host_id: UUID, window: Interval, *, now: datetime, but: UUID | None = None) -> list[Booked]:
    """What live bookings of the host take of `window`, with the buffers of their meeting types.

    A hold past its deadline takes nothing, whether or not the worker has come to it. `but`: a booking to leave out.
    """
    query = (
        select(StretchRow, BookingRow.meeting_type_id, MeetingTypeRow.rules)
        .join(BookingRow, col(BookingRow.id) == col(StretchRow.booking_id))
        .join(MeetingTypeRow, col(MeetingTypeRow.id) == col(BookingRow.meeting_type_id))
        .where(StretchRow.host_id == host_id)
        .where(col(StretchRow.starts_at) > window.start - LONGEST, StretchRow.starts_at < window.end)
        .where(col(StretchRow.ends_at) > window.start, _in_force(now))
        .order_by(col(StretchRow.starts_at))
    )
    if but is not None:
        query = query.where(col(StretchRow.booking_id) != but)
    found: list[Booked] = []
    for row, meeting_type_id, kept in session.exec(query):
        rules = to_rules(dict(kept))
        found.append(
            Booked(
                time=Interval(row.starts_at, row.ends_at),
                buffer_before=rules.buffer_before,
                buffer_after=rules.buffer_after,
                meeting_type_id=meeting_type_id,
                held=row.hold_until is not None,
            )
        )
    return found


def any_held(session: Session, host_id: UUID, *, now: datetime) -> bool:
    """Whether any hold keeps others out of this host's time."""
    rows = select(StretchRow.id).where(StretchRow.host_id == host_id, col(StretchRow.hold_until) > now).limit(1)
    return session.exec(rows).first() is not None


def promised(session: Session, host_id: UUID, window: Interval, *, now: datetime) -> list[tuple[UUID, Interval]]:
    """Booking and time of every stretch in force that touches `window`, was looked at and found clean."""
    rows = session.exec(
        select(StretchRow)
        .join(ReservationRow, col(ReservationRow.id) == col(StretchRow.reservation_id))
        .where(StretchRow.host_id == host_id, ReservationRow.verdict == str(Verdict.CLEAN), _in_force(now))
        .where(col(StretchRow.starts_at) > window.start - LONGEST, StretchRow.starts_at < window.end)
        .where(col(StretchRow.ends_at) > window.start)
    )
    return [(row.booking_id, Interval(row.starts_at, row.ends_at)) for row in rows]


def in_conflict(session: Session, host_id: UUID, *, now: datetime, limit: int) -> list[UUID]:
    """Bookings in force and not over, soonest first, over which another event or booking of the host's lies, though the
    time was found free when it was asked for; without those that the host said to keep at the time they have now."""
    earliest = a_piece_before(session, col(StretchRow.starts_at))
    foreign = (
        select(BusyRow.id)
        .where(BusyRow.host_id == host_id, col(BusyRow.starts_at) > earliest)
        .where(col(BusyRow.starts_at) < col(StretchRow.ends_at), col(BusyRow.ends_at) > col(StretchRow.starts_at))
    )
    rows = session.exec(
        select(StretchRow.booking_id)
        .join(ReservationRow, col(ReservationRow.id) == col(StretchRow.reservation_id))
        .where(StretchRow.host_id == host_id, ReservationRow.verdict == str(Verdict.CLEAN), _in_force(now))
        .where(col(StretchRow.starts_at) > now - LONGEST, col(StretchRow.ends_at) > now)
        .where(or_(col(StretchRow.overridden).is_(True), foreign.exists()))
        .where(_last(Happened.KEPT) <= _last(Happened.MOVED, Happened.MOVED_BACK))
        .order_by(col(StretchRow.starts_at))
        .limit(limit)
    )
    return list(dict.fromkeys(rows))


def _last(*what: Happened) -> ColumnElement[int]:
    """The number of the latest of these entries in the booking's timeline; 0 where there is none."""
    entries = select(func.coalesce(func.max(TimelineRow.id), 0)).where(TimelineRow.booking_id == StretchRow.booking_id)
    return entries.where(col(TimelineRow.what).in_(list(map(str, what)))).scalar_subquery()


def _update_some(session: Session, reservation_ids: Sequence[UUID], **values: object) -> None:
    if reservation_ids:
        session.exec(
            update(ReservationRow)
            .where(col(ReservationRow.id).in_(reservation_ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        session.expire_all()


def _in_force(now: datetime) -> ColumnElement[bool]:
    return or_(col(StretchRow.hold_until).is_(None), col(StretchRow.hold_until) > now)


def _row(session: Session, reservation_id: UUID) -> ReservationRow:
    return session.get_one(ReservationRow, reservation_id)


def _times(times: Mapping[int, Interval]) -> dict[str, list[str]]:
    return {str(revision): [t.start.isoformat(), t.end.isoformat()] for revision, t in times.items()}


def to_reservation(row: ReservationRow) -> Reservation:
    beside = Interval(row.beside_start, row.beside_end) if row.beside_start and row.beside_end else None
    return Reservation(
        id=row.id,
        booking_id=row.booking_id,
        host_id=row.host_id,
        calendar_id=row.calendar_id,
        uid=row.uid,
        href=row.href,
        revision=row.revision,
        times={int(k): Interval(*map(datetime.fromisoformat, v)) for k, v in row.times.items()},
        base=row.base,
        etag=row.etag,
        seen=row.seen,
        touched=row.touched,
        missing_at=row.missing_at,
        gone_at=row.gone_at,
        mark=row.mark,
        settled_mark=row.settled_mark,
        verdict=Verdict(row.verdict) if row.verdict else None,
        beside=beside,
        requested_at=row.requested_at,
        fence=row.fence,
        lane_until=row.lane_until,
        looks=row.looks,
        unshown=row.unshown,
        run=row.run,
        copy=Copy(row.copy_calendar_id, row.copy_href, row.copy_etag) if row.copy_calendar_id else None,
    )
