"""Bookings: read, locked, and recorded together with everything that must follow."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial
from string import hexdigits
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, bindparam, func, insert, or_
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from ..domain.booking import NOBODYS_FAULT, Booking, BookingState, Cause, Decision, Party
from ..domain.effects import Mail, MailKind, MailRole, PublishBooking, SendMail
from ..domain.interval import Interval
from ..domain.people import Invitee, canonical_mailbox
from ..domain.questions import SealedAnswer
from ..domain.reservation import Reservation, old_time_kept
from ..telemetry import process_figures
from . import hosts, outbox, reservations, timeline, webhook_changes
from .engine import after_commit, lock_host_of
from .statements import first_of, one_of, rows_of, run, scalars_of, write
from .tables.booking import BookingRow

_LONGEST = timedelta(days=1)  # of a booking, so that a time window can use the index

_BOOKING = select(BookingRow).where(BookingRow.id == bindparam("of_id"))
_BOOKINGS = select(BookingRow).where(col(BookingRow.id).in_(bindparam("ids", expanding=True)))
_HOST = select(BookingRow.host_id).where(BookingRow.id == bindparam("of_id"))
_BY_PUBLIC_ID = select(BookingRow).where(BookingRow.public_id == bindparam("public_id"))
_BY_FORM_KEY = select(BookingRow).where(
    BookingRow.host_id == bindparam("host_id"), BookingRow.form_key == bindparam("form_key")
)
_HELD = (col(BookingRow.state) == BookingState.HELD, col(BookingRow.hold_until) > bindparam("now"))
_UNPROVEN = (
    columns_of(col(BookingRow.hold_until), col(BookingRow.awaits))
    .where(*_HELD, col(BookingRow.mailbox) == bindparam("mailbox"))
    .order_by(col(BookingRow.hold_until))
)
_UNCONFIRMED = (
    columns_of(col(BookingRow.created_at), col(BookingRow.invited))
    .where(col(BookingRow.host_id) == bindparam("host_id"), col(BookingRow.created_at) > bindparam("since"))
    .where(col(BookingRow.state) != BookingState.CONFIRMED, col(BookingRow.reserves))
    .where(or_(col(BookingRow.cause).is_(None), col(BookingRow.cause).not_in(NOBODYS_FAULT)))
    .order_by(col(BookingRow.created_at))
)
_NETWORK = select(BookingRow.network).where(BookingRow.id == bindparam("of_id"))
_CREATE = insert(BookingRow)
_OF_ID = update(BookingRow).where(col(BookingRow.id) == bindparam("of_id"))
_OF_REVISION = _OF_ID.where(col(BookingRow.revision) == bindparam("of_revision"))
_OF_ANOTHER = _OF_ID.where(col(BookingRow.revision) != bindparam("of_revision"))


def get(session: Session, booking_id: UUID) -> Booking:
    """Raises NoResultFound: there is no such booking."""
    return to_booking(one_of(session, _BOOKING, of_id=booking_id))


def find(session: Session, booking_id: UUID) -> Booking | None:
    row = first_of(session, _BOOKING, of_id=booking_id)
    return to_booking(row) if row else None


def of_ids(session: Session, ids: Collection[UUID]) -> list[Booking]:
    """These bookings in any order; unknown ids are skipped."""
    return [to_booking(row) for row in rows_of(session, _BOOKINGS, ids=list(ids))] if ids else []


def by_public_id(session: Session, public_id: str) -> Booking | None:
    row = first_of(session, _BY_PUBLIC_ID, public_id=public_id)
    return to_booking(row) if row else None


def by_form_key(session: Session, host_id: UUID, form_key: str) -> Booking | None:
    """The booking that this form made last, found when the form is sent again."""
    row = first_of(session, _BY_FORM_KEY, host_id=host_id, form_key=form_key)
    return to_booking(row) if row else None


def let_go_of_form(session: Session, booking_id: UUID) -> None:
    """Take the form key away from this booking: its form is about to make another one, which is to be found by that key."""
    write(session, _OF_ID, of_id=booking_id, form_key=None)


def preceding(session: Session, booking: Booking) -> list[Booking]:
    """The ended booking whose place this one took, if it took one's. Reads all of the host's: for what happens seldom."""
    of_host = select(BookingRow).where(BookingRow.host_id == booking.host_id)
    return [to_booking(row) for row in session.exec(of_host.where(BookingRow.successor_id == booking.id))]


def lock(session: Session, booking_id: UUID) -> Booking:
    """The booking, with its host locked until the transaction ends."""
    lock_host_of(session, _HOST, of_id=booking_id)
    session.expire_all()
    return get(session, booking_id)


def unproven_until(session: Session, *, mailbox: str, now: datetime) -> list[datetime]:
    """The deadlines of a mailbox's live holds whose invitee has not confirmed, soonest first."""
    found = run(session, _UNPROVEN, {"mailbox": mailbox, "now": now})
    return [until for until, awaits in found if Party.INVITEE in awaits]


def proven_by_mail(session: Session, email: str) -> bool:
    """Whether the address is proven by a mail about some booking that is still stored."""
    return any(each.mailbox_answered for each in of_address(session, email))


def of_address(session: Session, email: str) -> list[Booking]:
    """All bookings with this address that are not erased, by time."""
    theirs = select(BookingRow).where(BookingRow.mailbox == canonical_mailbox(email), BookingRow.name != "")
    rows = session.exec(theirs.order_by(col(BookingRow.starts_at)))
    return [to_booking(row) for row in rows if row.email.lower() == email.lower()]


def unproven_of_network(session: Session, marks: Sequence[str], *, now: datetime) -> list[tuple[datetime, set[str]]]:
    """As `unproven_until` for a network, by any of its marks; each deadline with the marks of all its hold's
    networks."""
    values = {f"mark_{n}": mark for n, mark in enumerate(marks)}
    found = run(session, _unproven_of_network(len(marks)), {"now": now, **values})
    return [(until, set(came_from.split())) for until, awaits, came_from in found if Party.INVITEE in awaits]


def network_of(session: Session, booking_id: UUID) -> tuple[str, ...]:
    """The keyed hashes of the network that a hold came from, and of those around it; empty once it is no hold."""
    return tuple(scalars_of(session, _NETWORK, of_id=booking_id)[0].split())


def unconfirmed_since(session: Session, host_id: UUID, *, since: datetime) -> list[datetime]:
    """When each hold of this host was made that nobody confirmed in time, oldest first, after `since`.

    Requests without a hold took nobody's time, and are not counted.
    """
    found = run(session, _UNCONFIRMED, {"host_id": host_id, "since": since})
    return [created_at for created_at, invited in found if not invited]


def of_host(
    session: Session, host_id: UUID | None, *, states: Iterable[BookingState] = (), limit: int | None = 200
) -> list[Booking]:
    """Bookings by descending start; all where `limit` is None; of all hosts where `host_id` is None."""
    query = select(BookingRow).order_by(col(BookingRow.starts_at).desc()).limit(limit)
    if host_id is not None:
        query = query.where(BookingRow.host_id == host_id)
    if wanted := [str(state) for state in states]:
        query = query.where(col(BookingRow.state).in_(wanted))
    return [to_booking(row) for row in session.exec(query)]


def waiting_of(session: Session, host_id: UUID, *, now: datetime, limit: int) -> list[Booking]:
    """Live holds of a host, by deadline."""
    rows = session.exec(_waiting(host_id, now=now).order_by(col(BookingRow.hold_until)).limit(limit))
    return [to_booking(row) for row in rows]


def count_waiting(session: Session, host_id: UUID, *, now: datetime) -> int:
    return session.exec(select(func.count()).select_from(_waiting(host_id, now=now).subquery())).one()


def coming_of(session: Session, host_id: UUID, *, now: datetime, limit: int) -> list[Booking]:
    """Confirmed bookings of a host that are not over, by time."""
    rows = session.exec(
        select(BookingRow)
        .where(BookingRow.host_id == host_id, BookingRow.state == BookingState.CONFIRMED)
        .where(BookingRow.starts_at > now - _LONGEST, BookingRow.ends_at > now)
        .order_by(col(BookingRow.starts_at))
        .limit(limit)
    )
    return [to_booking(row) for row in rows]


def still_to_come(session: Session, host_id: UUID, *, now: datetime) -> tuple[list[Booking], list[Booking]]:
    """A host's live holds, and the confirmed bookings that have not begun."""
    rows = select(BookingRow).where(BookingRow.host_id == host_id, BookingRow.starts_at > now)
    live = col(BookingRow.state).in_((BookingState.HELD, BookingState.CONFIRMED))
    found = [to_booking(row) for row in session.exec(rows.where(live).order_by(col(BookingRow.starts_at)))]
    held = [each for each in found if each.state is BookingState.HELD]
    return held, [each for each in found if each.state is BookingState.CONFIRMED]


def live_of_host(session: Session, host_id: UUID, *, now: datetime) -> bool:
    """Whether a host has a held or confirmed booking that is not over."""
    live = col(BookingRow.state).in_((BookingState.HELD, BookingState.CONFIRMED))
    rows = select(BookingRow.id).where(BookingRow.host_id == host_id, BookingRow.ends_at > now, live)
    return session.exec(rows.limit(1)).first() is not None


def publishing_of_host(session: Session, host_id: UUID) -> bool:
    """Whether any event of this host still has to be written."""
    waiting = [UUID(payload["reservation_id"]) for payload in outbox.open_payloads(session, "publish")]
    return reservations.any_of_host(session, host_id, waiting)


def beginning_with(session: Session, reference: str) -> list[Booking]:
    """At most two bookings whose id begins so: enough to know whether there is exactly one."""
    digits = reference.lower().replace("-", "")
    if not 0 < len(digits) <= 32 or set(digits) - set(hexdigits):
        return []
    so = col(BookingRow.id).between(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")))
    return [to_booking(row) for row in session.exec(select(BookingRow).where(so).limit(2))]


def held(session: Session) -> list[Booking]:
    """All holds, those that end first in front."""
    held = select(BookingRow).where(BookingRow.state == BookingState.HELD).order_by(col(BookingRow.hold_until))
    return [to_booking(row) for row in session.exec(held)]


def create(
    session: Session,
    decision: Decision,
    *,
    calendar_id: UUID | None,
    form_key: str | None,
    network: Sequence[str],
    now: datetime,
    publish_at: datetime | None = None,
) -> Booking:
    """Write a new booking, its reservation and what must follow, in one transaction.

    `network`: keyed hashes of where it came from (`network_of`), kept while it is a hold. Raises Overlap (at the
    flush): the database has a live booking in the way.
    """
    came_from = " ".join(network) if decision.booking.state is BookingState.HELD else ""
    write(session, _CREATE, to_columns(decision.booking), form_key=form_key, network=came_from)
    reservation = reservations.add(session, decision.booking, calendar_id=calendar_id, now=now)
    _follow_up(session, decision, [reservation], now=now, publish_at=publish_at)
    count_transition(session, decision, new=True)
    return decision.booking


def record(session: Session, decision: Decision, *, now: datetime, publish_at: datetime | None = None) -> Booking:
    """Write a decision and what must follow, in one transaction. The host must be locked.

    `publish_at`: when a worker should publish it, for a caller that publishes it itself; now otherwise.
    """
    booking = decision.booking
    columns = to_columns(booking) | ({} if booking.state is BookingState.HELD else {"network": ""})
    published = any(isinstance(each, PublishBooking) for each in decision.effects)  # else no new revision
    tried = (_OF_ANOTHER, _OF_REVISION) if published else (_OF_REVISION, _OF_ANOTHER)
    which = {"of_id": booking.id, "of_revision": booking.revision}
    met = next((each for each in tried if write(session, each, columns, **which)), None)
    if met is None:
        raise LookupError(f"there is no booking {booking.id}")
    ours = _revise(session, decision, now=now) if met is _OF_ANOTHER else []
    _follow_up(session, decision, ours, now=now, publish_at=publish_at)
    count_transition(session, decision)
    return booking


def count_transition(session: Session, decision: Decision, *, new: bool = False) -> None:
    """Count the change of state for monitoring, once it is committed."""
    before, state = "none" if new else decision.before, decision.booking.state
    if before is not None:
        after_commit(session, partial(process_figures.TRANSITIONS.add, before, state))


def _revise(session: Session, decision: Decision, *, now: datetime) -> list[Reservation]:
    """Bring the reservations to the new revision: what their events must say, and which time they occupy until then."""
    booking = decision.booking
    ours = reservations.of_booking(session, booking.id)
    for reservation in ours:
        times = {**reservation.times, booking.revision: booking.time}
        revised = replace(reservation, revision=booking.revision, times=times)
        if decision.look:
            beside = old_time_kept(reservation, decision.beside)
            revised = replace(revised, verdict=None, looks=0, requested_at=now, beside=beside)
        if not booking.live:
            revised = replace(revised, beside=None)
        reservations.save(session, revised)
        reservations.occupy(session, revised, booking, now=now)
    return ours


def _follow_up(
    session: Session, decision: Decision, ours: Sequence[Reservation], *, now: datetime, publish_at: datetime | None
) -> None:
    """Write the timeline entry and the effects. `ours`: the booking's reservations, if they are known already."""
    for effect in decision.effects:
        match effect:
            case PublishBooking(booking_id=booking_id):
                for each in ours or reservations.of_booking(session, booking_id):
                    wake_publishing(session, each.id, due_at=publish_at or now, now=now)
            case SendMail(booking_id=booking_id, mail=mail):
                owe_mail(session, booking_id, mail, now=now)
    if decision.happened:
        detail = {key: value for key, value in decision.detail if value}
        timeline.add(session, decision.booking.id, decision.happened, by=decision.by, at=now, detail=detail)
        webhook_changes.owe_of_bookings(session, [decision], decision.booking.host_id, now=now)
        hosts.offers_changed(session, decision.booking.host_id)


def owe_mail(session: Session, booking_id: UUID, mail: Mail, *, due_at: datetime | None = None, now: datetime) -> bool:
    """Owe a mail once ever, due at `due_at` or now. False: it was owed before."""
    payload = {"booking_id": str(booking_id), **{name: str(value) for name, value in asdict(mail).items()}}
    lane = f"{mail_lane(booking_id)}{mail.queue}"
    return outbox.add_once(
        session, mail_key(booking_id, mail), kind="mail", lane=lane, payload=payload, due_at=due_at or now, now=now
    )


def mail_lane(booking_id: UUID) -> str:
    """The common prefix of the lanes of all mails about this booking."""
    return f"mail:{booking_id}:"


def mail_key(booking_id: UUID, mail: Mail) -> str:
    return f"mail:{booking_id}:{mail.kind}:{mail.to}:{mail.guest}:{mail.occasion}"


def publish_key(reservation_id: UUID) -> str:
    return f"publish:{reservation_id}"


def wake_publishing(session: Session, *reservation_ids: UUID, due_at: datetime, now: datetime) -> None:
    payloads = {publish_key(each): {"reservation_id": str(each)} for each in reservation_ids}
    outbox.wake_each(session, payloads, kind="publish", due_at=due_at, now=now)


def hasten_publishing(session: Session, calendar_id: UUID, *, now: datetime) -> None:
    """The calendar answers again: make everything that waits to be written to it due now."""
    waiting = [UUID(payload["reservation_id"]) for payload in outbox.waiting(session, "publish", after=now)]
    for reservation_id in reservations.of_calendar(session, calendar_id, waiting):
        wake_publishing(session, reservation_id, due_at=now, now=now)


@lru_cache
def _unproven_of_network(marks: int) -> Executable:
    of_network = or_(*(col(BookingRow.network).contains(bindparam(f"mark_{n}")) for n in range(marks)))
    return (
        columns_of(col(BookingRow.hold_until), col(BookingRow.awaits), col(BookingRow.network))
        .where(*_HELD, col(BookingRow.reserves), of_network)
        .order_by(col(BookingRow.hold_until))
    )


def to_columns(b: Booking) -> dict[str, Any]:
    return {
        "id": b.id,
        "public_id": b.public_id,
        "host_id": b.host_id,
        "meeting_type_id": b.meeting_type_id,
        "starts_at": b.time.start,
        "ends_at": b.time.end,
        "state": str(b.state),
        "hold_until": b.hold_until,
        "awaits": sorted(map(str, b.awaits)),
        "name": b.invitee.name,
        "email": b.invitee.email,
        "mailbox": b.invitee.mailbox,
        "language": b.invitee.language,
        "zone": b.invitee.zone,
        "guests": list(b.guests),
        "answers": [list(pair) for pair in b.answers],
        "sealed": [[each.key, each.sealed, each.exposed] for each in b.sealed],
        "created_at": b.created_at,
        "decided_at": b.decided_at,
        "revision": b.revision,
        "sequence": b.sequence,
        "generation": b.generation,
        "moves": b.moves,
        "resends": b.resends,
        "asked": b.asked,
        "invited": list(b.invited),
        "owed": [{k: str(v) for k, v in asdict(mail).items()} for mail in b.owed],
        "conflicted": b.conflicted,
        "reserves": b.reserves,
        "cancelled_by": str(b.cancelled_by) if b.cancelled_by else None,
        "cause": str(b.cause) if b.cause else None,
        "reason": b.reason,
        "successor_id": b.successor_id,
        "reminders": b.reminders,
        "vouched": b.vouched,
        "test": b.test,
        "offered_starts_at": b.offered.start if b.offered else None,
        "offered_ends_at": b.offered.end if b.offered else None,
    }


def _waiting(host_id: UUID, *, now: datetime) -> SelectOfScalar[BookingRow]:
    held = BookingRow.state == BookingState.HELD
    return select(BookingRow).where(BookingRow.host_id == host_id, held, BookingRow.hold_until > now)


def to_booking(row: BookingRow) -> Booking:
    return Booking(
        id=row.id,
        public_id=row.public_id,
        host_id=row.host_id,
        meeting_type_id=row.meeting_type_id,
        time=Interval(row.starts_at, row.ends_at),
        state=BookingState(row.state),
        hold_until=row.hold_until,
        awaits=frozenset(map(Party, row.awaits)),
        invitee=Invitee(name=row.name, email=row.email, language=row.language, zone=row.zone),
        guests=tuple(row.guests),
        answers=tuple((key, value) for key, value in row.answers),
        sealed=tuple(SealedAnswer(*each) for each in row.sealed),
        created_at=row.created_at,
        decided_at=row.decided_at,
        revision=row.revision,
        sequence=row.sequence,
        generation=row.generation,
        moves=row.moves,
        resends=row.resends,
        asked=row.asked,
        invited=tuple(row.invited),
        owed=tuple(to_mail(mail) for mail in row.owed),
        conflicted=row.conflicted,
        reserves=row.reserves,
        cancelled_by=Party(row.cancelled_by) if row.cancelled_by else None,
        cause=Cause(row.cause) if row.cause else None,
        reason=row.reason,
        successor_id=row.successor_id,
        reminders=row.reminders,
        vouched=row.vouched,
        test=row.test,
        offered=Interval(row.offered_starts_at, row.offered_ends_at)
        if row.offered_starts_at and row.offered_ends_at
        else None,
    )


def to_mail(kept: dict[str, str]) -> Mail:
    """A mail as stored in the outbox and with the booking."""
    return Mail(MailKind(kept["kind"]), MailRole(kept["to"]), kept["occasion"], kept["guest"])
