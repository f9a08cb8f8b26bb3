"""Reservations: the stretches that keep others out, and what is known of their events."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, bindparam, insert
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, delete, func, or_, select, update

from ..domain.booking import Booking, BookingState
from ..domain.interval import Interval
from ..domain.reservation import Copy, Reservation, Verdict
from ..domain.slots import Booked
from ..domain.timeline import Happened
from .busy import a_piece_before
from .engine import lock_host_of
from .meetings import to_rules
from .statements import one_of, rows_of, run, scalar_of, scalars_of, write
from .tables.booking import BookingRow, ReservationRow, StretchRow, TimelineRow
from .tables.calendar import BusyRow
from .tables.setup import MeetingTypeRow

TEXTS_KEPT = 5  # revisions whose texts are kept; an event has an older one only after a long outage
_AT_ONCE = 500  # ids in one statement
LONGEST = timedelta(days=31)  # no stretch is longer, so that a time window can use the index

_RESERVATION = select(ReservationRow).where(ReservationRow.id == bindparam("of_id"))
_RESERVATIONS = select(ReservationRow).where(col(ReservationRow.id).in_(bindparam("ids", expanding=True)))
_HOST = select(ReservationRow.host_id).where(ReservationRow.id == bindparam("of_id"))
_SUMMARIES = select(ReservationRow.summaries).where(ReservationRow.id == bindparam("of_id"))
_OF_BOOKING = select(ReservationRow).where(ReservationRow.booking_id == bindparam("booking_id"))
_OF_BOOKINGS = select(ReservationRow).where(
    col(ReservationRow.booking_id).in_(bindparam("booking_ids", expanding=True))
)
_UNSHOWN = select(ReservationRow).where(
    col(ReservationRow.calendar_id).in_(bindparam("calendar_ids", expanding=True)), col(ReservationRow.unshown) > 0
)
_WITH_UIDS = select(ReservationRow).where(
    ReservationRow.host_id == bindparam("host_id"), col(ReservationRow.uid).in_(bindparam("uids", expanding=True))
)
_ADD = insert(ReservationRow)
_OF_ID = update(ReservationRow).where(col(ReservationRow.id) == bindparam("of_id"))
_OF_IDS = update(ReservationRow).where(col(ReservationRow.id).in_(bindparam("ids", expanding=True)))
_MARK = _OF_IDS.values(mark=col(ReservationRow.mark) + 1)
_TAKE = insert(StretchRow)
_FREE = delete(StretchRow).where(col(StretchRow.reservation_id) == bindparam("reservation_id"))

_IN_FORCE = or_(col(StretchRow.hold_until).is_(None), col(StretchRow.hold_until) > bindparam("now"))
_OVERLAPS = (
    col(StretchRow.host_id) == bindparam("host_id"),
    col(StretchRow.starts_at) > bindparam("not_before"),
    col(StretchRow.starts_at) < bindparam("end"),
    col(StretchRow.ends_at) > bindparam("start"),
    _IN_FORCE,
)
_LIVE_OVER = (
    select(StretchRow.booking_id)
    .where(*_OVERLAPS, col(StretchRow.booking_id) != bindparam("but"))
    .order_by(col(StretchRow.starts_at))
)
_TAKEN = (
    columns_of(
        col(StretchRow.starts_at),
        col(StretchRow.ends_at),
        col(StretchRow.hold_until),
        col(BookingRow.meeting_type_id),
        col(MeetingTypeRow.rules),
    )
    .join(BookingRow, col(BookingRow.id) == col(StretchRow.booking_id))
    .join(MeetingTypeRow, col(MeetingTypeRow.id) == col(BookingRow.meeting_type_id))
    .where(*_OVERLAPS, col(StretchRow.booking_id) != bindparam("but"))
    .order_by(col(StretchRow.starts_at))
)
_PROMISED = (
    select(StretchRow)
    .join(ReservationRow, col(ReservationRow.id) == col(StretchRow.reservation_id))
    .where(*_OVERLAPS, col(ReservationRow.verdict) == str(Verdict.CLEAN))
)
_ANY_HELD = (
    select(StretchRow.booking_id)
    .where(StretchRow.host_id == bindparam("host_id"), col(StretchRow.hold_until) > bindparam("now"))
    .limit(1)
)


def add(session: Session, booking: Booking, *, calendar_id: UUID | None, now: datetime) -> Reservation:
    """Create a reservation for a new booking, with a UID that its event keeps for life."""
    uid = str(uuid4())
    made = Reservation(
        id=uuid4(),
        booking_id=booking.id,
        host_id=booking.host_id,
        calendar_id=calendar_id,
        uid=uid,
        href=f"{uid}.ics",
        revision=booking.revision,
        times={booking.revision: booking.time},
        requested_at=now,
    )
    whose = {"id": made.id, "booking_id": made.booking_id, "host_id": made.host_id, "uid": made.uid, "summaries": {}}
    write(session, _ADD, whose | _columns(made))
    _take(session, made, booking, now=now)
    return made


def get(session: Session, reservation_id: UUID) -> Reservation:
    """Raises NoResultFound: there is no such reservation."""
    return to_reservation(one_of(session, _RESERVATION, of_id=reservation_id))


def lock(session: Session, reservation_id: UUID) -> Reservation:
    """As `get`, with the host locked until the transaction ends."""
    lock_host_of(session, _HOST, of_id=reservation_id)
    return get(session, reservation_id)


def of_booking(session: Session, booking_id: UUID) -> list[Reservation]:
    return [to_reservation(row) for row in rows_of(session, _OF_BOOKING, booking_id=booking_id)]


def of_bookings(session: Session, booking_ids: Collection[UUID]) -> list[Reservation]:
    """The reservations of these bookings, in any order."""
    found = rows_of(session, _OF_BOOKINGS, booking_ids=list(booking_ids)) if booking_ids else ()
    return [to_reservation(row) for row in found]


def of_ids(session: Session, ids: Collection[UUID]) -> dict[UUID, Reservation]:
    return {row.id: to_reservation(row) for row in rows_of(session, _RESERVATIONS, ids=list(ids))} if ids else {}


def of_calendar(session: Session, calendar_id: UUID, among: Sequence[UUID]) -> list[UUID]:
    """Those of these reservations whose event is in this calendar."""
    found: list[UUID] = []
    for at in range(0, len(among), _AT_ONCE):
        few = select(ReservationRow.id).where(col(ReservationRow.id).in_(among[at : at + _AT_ONCE]))
        found += session.exec(few.where(ReservationRow.calendar_id == calendar_id))
    return found


def any_of_host(session: Session, host_id: UUID, among: Sequence[UUID]) -> bool:
    """Whether any of these reservations is the host's."""
    return any(
        session.exec(
            select(ReservationRow.id)
            .where(col(ReservationRow.id).in_(among[at : at + _AT_ONCE]), ReservationRow.host_id == host_id)
            .limit(1)
        ).first()
        for at in range(0, len(among), _AT_ONCE)
    )


def by_uids(session: Session, host_id: UUID, uids: Sequence[str]) -> dict[str, Reservation]:
    """Those of these UIDs that are this host's, with their reservations.

    Another host's UID, or anything else with our marks, is foreign: who books with a colleague has that invitation in
    their own calendar, where it blocks time like any event.
    """
    found: dict[str, Reservation] = {}
    for at in range(0, len(uids), _AT_ONCE):
        few = rows_of(session, _WITH_UIDS, host_id=host_id, uids=list(uids[at : at + _AT_ONCE]))
        found |= {row.uid: to_reservation(row) for row in few}
    return found


def in_calendar(session: Session, calendar_id: UUID, *, after: datetime) -> list[Reservation]:
    """Reservations of live bookings that end after `after` and whose event is known to have stood in this calendar."""
    found = session.exec(
        select(ReservationRow)
        .join(BookingRow, col(BookingRow.id) == col(ReservationRow.booking_id))
        .where(ReservationRow.calendar_id == calendar_id, col(ReservationRow.seen).is_(True))
        .where(col(BookingRow.state).in_((BookingState.HELD, BookingState.CONFIRMED)), BookingRow.ends_at > after)
    )
    return [to_reservation(row) for row in found]


def standing(session: Session, host_id: UUID, *, after: datetime) -> list[tuple[Reservation, UUID]]:
    """As `in_calendar` for all calendars of a host, each with its meeting type."""
    rows = session.exec(
        select(ReservationRow, BookingRow.meeting_type_id)
        .join(BookingRow, col(BookingRow.id) == col(ReservationRow.booking_id))
        .where(BookingRow.host_id == host_id, BookingRow.starts_at > after - LONGEST, BookingRow.ends_at > after)
        .where(col(BookingRow.state).in_((BookingState.HELD, BookingState.CONFIRMED)))
        .where(col(ReservationRow.seen).is_(True), col(ReservationRow.calendar_id).is_not(None))
    )
    return [(to_reservation(row), meeting_id) for row, meeting_id in rows]


def count_copies(session: Session, calendar_ids: Sequence[UUID]) -> int:
    """The number of events that may have a second copy in these calendars."""
    return session.exec(select(func.count()).where(col(ReservationRow.copy_calendar_id).in_(calendar_ids))).one()


def unshown(session: Session, calendar_ids: Sequence[UUID]) -> list[Reservation]:
    """Reservations with a write to one of these calendars that no pull has confirmed."""
    return [to_reservation(row) for row in rows_of(session, _UNSHOWN, calendar_ids=calendar_ids)]


def save(session: Session, reservation: Reservation) -> None:
    """Write a reservation. Its stretches follow from its booking (`occupy`)."""
    write(session, _OF_ID, of_id=reservation.id, **_columns(reservation))


def save_all(session: Session, some: Sequence[Reservation]) -> None:
    """As `save` for several, in one statement."""
    if some:
        write(session, _OF_ID, *({"of_id": each.id, **_columns(each)} for each in some))


def mark(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """Note that a pull saw these events changed, not by our last write."""
    if reservation_ids:
        write(session, _MARK, ids=list(reservation_ids))


def mark_seen(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """As `mark`, and that the events stand, even where the run that wrote one died before recording it."""
    if reservation_ids:
        write(session, _MARK.values(seen=True), ids=list(reservation_ids))


def shown(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """Note that a pull confirmed the writes."""
    if reservation_ids:
        write(session, _OF_IDS, ids=list(reservation_ids), unshown=0)


def save_with_texts(
    session: Session, reservation: Reservation, revision: int, texts: dict[str, str]
) -> dict[int, dict[str, str]]:
    """As `save`, and store the texts of this revision's event before it is written. Returns all stored texts, by
    revision.

    By these a later write tells the host's words from ours.
    """
    before: Mapping[str, dict[str, str]] = scalar_of(session, _SUMMARIES, of_id=reservation.id) or {}
    kept = {int(each): text for each, text in before.items()} | {revision: texts}
    latest = {str(each): kept[each] for each in sorted(kept)[-TEXTS_KEPT:]}
    write(session, _OF_ID, of_id=reservation.id, summaries=latest, **_columns(reservation))
    return kept


def kept_texts(session: Session, reservation_id: UUID, part: str) -> list[str]:
    """The stored texts of one part of the event, over all revisions."""
    kept: Mapping[str, dict[str, str]] = scalar_of(session, _SUMMARIES, of_id=reservation_id) or {}
    return [text for each in kept.values() if (text := each.get(part))]


def change_texts(session: Session, reservation_id: UUID, part: str, changed: Callable[[str], str]) -> None:
    """Change a part's stored texts."""
    kept: Mapping[str, dict[str, str]] = scalar_of(session, _SUMMARIES, of_id=reservation_id) or {}
    after = {
        each: stored | {part: changed(stored[part])} if stored.get(part) else stored for each, stored in kept.items()
    }
    write(session, _OF_ID, of_id=reservation_id, summaries=after)


def mark_descriptions(session: Session, booking_id: UUID, *, marked: Callable[[str], str]) -> None:
    """Replace the stored descriptions of a booking's events by marks (`marked`), without their words."""
    for row in session.exec(select(ReservationRow).where(ReservationRow.booking_id == booking_id)):
        row.summaries = {
            revision: texts | {"description": marked(texts["description"])} if texts.get("description") else texts
            for revision, texts in row.summaries.items()
        }
        session.add(row)


def occupy(session: Session, reservation: Reservation, booking: Booking, *, now: datetime) -> None:
    """Set the reservation's stretches to what its booking occupies now: its time, and an old time kept beside it.

    Deleting before inserting lets a booking move over its own old time.
    """
    write(session, _FREE, reservation_id=reservation.id)
    _take(session, reservation, booking, now=now)


def free(session: Session, reservation_ids: Sequence[UUID]) -> None:
    """Delete these reservations' stretches."""
    if reservation_ids:
        write(session, _FREE, *({"reservation_id": each} for each in reservation_ids))


def _take(session: Session, reservation: Reservation, booking: Booking, *, now: datetime) -> None:
    if not (booking.blocks(now) and booking.reserves):
        return
    until = booking.hold_until if booking.state is BookingState.HELD else None
    whose: dict[str, object] = {"reservation_id": reservation.id, "booking_id": booking.id, "host_id": booking.host_id}
    how: dict[str, object] = {"hold_until": until, "overridden": booking.conflicted}
    for time in dict.fromkeys([booking.time, *([reservation.beside] if reservation.beside else [])]):
        write(session, _TAKE, whose | how, starts_at=time.start, ends_at=time.end)


def live_over(session: Session, host_id: UUID, window: Interval, *, now: datetime, but: UUID) -> list[UUID]:
    """Live bookings of the host, without `but`, that overlap `window`; earliest first."""
    found = scalars_of(session, _LIVE_OVER, host_id=host_id, but=but, now=now, **_bounds(window))
    return list(dict.fromkeys(found))


def taken(session: Session, host_id: UUID, window: Interval, *, now: datetime, but: UUID | None = None) -> list[Booked]:
    """What live bookings of the host occupy of `window`, with the buffers of their meeting types.

    A hold past its deadline occupies nothing, whether or not the worker has ended it. `but`: a booking to leave out.
    """
    found: list[Booked] = []
    values = {"host_id": host_id, "but": but or UUID(int=0), "now": now, **_bounds(window)}
    for row in run(session, _TAKEN, values):
        rules = to_rules(dict(row.rules))
        found.append(
            Booked(
                time=Interval(row.starts_at, row.ends_at),
                buffer_before=rules.buffer_before,
                buffer_after=rules.buffer_after,
                meeting_type_id=row.meeting_type_id,
                held=row.hold_until is not None,
            )
        )
    return found


def any_held(session: Session, host_id: UUID, *, now: datetime) -> bool:
    """Whether any live hold occupies this host's time."""
    return scalar_of(session, _ANY_HELD, host_id=host_id, now=now) is not None


def promised(session: Session, host_id: UUID, window: Interval, *, now: datetime) -> list[tuple[UUID, Interval]]:
    """Booking and time of each stretch in force that touches `window` and had a clean conflict check."""
    rows = rows_of(session, _PROMISED, host_id=host_id, now=now, **_bounds(window))
    return [(row.booking_id, Interval(row.starts_at, row.ends_at)) for row in rows]


def in_conflict(session: Session, host_id: UUID, *, now: datetime, limit: int) -> list[UUID]:
    """Bookings in force over which another event or booking lies now, soonest first.

    Only where the time was free when it was booked, and without those that the host said to keep at their present time.
    """
    earliest = a_piece_before(session, col(StretchRow.starts_at))
    foreign = (
        select(BusyRow.id)
        .where(BusyRow.host_id == host_id, col(BusyRow.starts_at) > earliest)
        .where(col(BusyRow.starts_at) < col(StretchRow.ends_at), col(BusyRow.ends_at) > col(StretchRow.starts_at))
    )
    found = (
        select(StretchRow.booking_id)
        .join(ReservationRow, col(ReservationRow.id) == col(StretchRow.reservation_id))
        .where(StretchRow.host_id == host_id, ReservationRow.verdict == str(Verdict.CLEAN), _IN_FORCE)
        .where(col(StretchRow.starts_at) > now - LONGEST, col(StretchRow.ends_at) > now)
        .where(or_(col(StretchRow.overridden).is_(True), foreign.exists()))
        .where(_last(Happened.KEPT) <= _last(Happened.MOVED, Happened.MOVED_BACK))
        .order_by(col(StretchRow.starts_at))
        .limit(limit)
    )
    return list(dict.fromkeys(scalars_of(session, found, now=now)))


def _last(*what: Happened) -> ColumnElement[int]:
    """The number of the latest of these entries in a booking's timeline; 0 for none."""
    entries = select(func.coalesce(func.max(TimelineRow.id), 0)).where(TimelineRow.booking_id == StretchRow.booking_id)
    return entries.where(col(TimelineRow.what).in_(list(map(str, what)))).scalar_subquery()


def _bounds(window: Interval) -> dict[str, object]:
    return {"not_before": window.start - LONGEST, "start": window.start, "end": window.end}


def _times(times: Mapping[int, Interval]) -> dict[str, list[str]]:
    return {str(revision): [t.start.isoformat(), t.end.isoformat()] for revision, t in times.items()}


def _columns(r: Reservation) -> dict[str, object]:
    """The columns that may change."""
    return {
        "calendar_id": r.calendar_id,
        "href": r.href,
        "revision": r.revision,
        "times": _times(r.times),
        "base": r.base,
        "etag": r.etag,
        "seen": r.seen,
        "touched": r.touched,
        "missing_at": r.missing_at,
        "gone_at": r.gone_at,
        "mark": r.mark,
        "settled_mark": r.settled_mark,
        "verdict": str(r.verdict) if r.verdict else None,
        "beside_start": r.beside.start if r.beside else None,
        "beside_end": r.beside.end if r.beside else None,
        "requested_at": r.requested_at,
        "fence": r.fence,
        "lane_until": r.lane_until,
        "looks": r.looks,
        "unshown": r.unshown,
        "run": r.run,
        "copy_calendar_id": r.copy.calendar_id if r.copy else None,
        "copy_href": r.copy.href if r.copy else "",
        "copy_etag": r.copy.etag if r.copy else None,
    }


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
