"""Making the host's calendar show what a booking now is: claim the lane → ask → look → settle.

A run carries no content. It reads the booking, computes the event it should have (or none) and makes it so; performing
it once more does no harm, and whoever comes after a crash comes to the same end. The rules are in domain/publishing.py
and domain/settling.py; this is the hand that carries them out.
"""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session

from calendars import ics
from calendars.errors import CalendarError, Precondition
from calendars.model import Capabilities, Event, StoredObject
from calendars.port import Calendar

from ..domain import publishing as rules
from ..domain.booking import Booking
from ..domain.interval import Interval
from ..domain.meeting import HoldPolicy, MeetingType
from ..domain.people import Host
from ..domain.publishing import (
    Absent,
    Answer,
    Ask,
    Create,
    Delete,
    Done,
    Finding,
    Get,
    Gone,
    HostMoved,
    Missing,
    NotDone,
    Replace,
    Reservation,
    Silence,
    Snapshot,
    Standing,
    Stands,
    Status,
)  # fmt: skip
from ..domain.settling import Circumstances, Settlement, settle
from ..invites import host_event, revision_of
from ..runtime import Runtime
from ..storage import bookings, busy, calendars, history, hosts, meetings, outbox, reservations
from ..storage.engine import lock_host, snapshot, transaction
from .looking import look, silence

WAIT = timedelta(seconds=2)  # how long a browser waits for a calendar
LANE_TAKEN = timedelta(seconds=2)
_ANY = "*"  # If-Match: * (RFC 9110 §13.1.1), where the server gives no ETag that could be named

log = structlog.get_logger()


def publish_now(rt: Runtime, booking_id: UUID, *, asked_at: datetime) -> bool:
    """Publish a booking just decided on, at once, waiting WAIT at most. True: the run is over, whatever it found.

    A run that answers while the browser waits gives up at once where the calendar can't be reached; one that takes
    longer is the worker's to finish.
    """
    with snapshot(rt.engine) as session:
        ours = reservations.of_booking(session, booking_id)
    runs = [_start(rt, each, until=asked_at + WAIT) for each in ours]
    over = True
    for run in runs:
        if run is None:
            return False
        try:
            run.result(timeout=max(0.0, (asked_at + WAIT - rt.clock.now()).total_seconds()))
        except NotYet:
            over = False
    return over


def _start(rt: Runtime, reservation: Reservation, *, until: datetime) -> Future[None] | None:
    return rt.pools.submit(reservation.host_id, lambda: publish(rt, reservation.id, browser_waits_until=until))


def publish(
    rt: Runtime, reservation_id: UUID, *, browser_waits_until: datetime | None = None, attempts: int = 0
) -> None:
    """One run for one reservation. Its own settlement says when it must be performed again."""
    work = _claim(rt, reservation_id)
    if work is None:
        return
    hands = _Hands(rt, work)
    finding = _drive(rules.run(work.snapshot), hands)
    found = Circumstances(attempts=attempts)
    if isinstance(finding, Stands | Gone) and work.snapshot.reservation.verdict is None and work.looks:
        finding, found = _look(work, hands, finding, found)
    if isinstance(finding, Missing):
        finding, found = _doubt(rt, work, hands, found)
    now = rt.clock.now()
    waiting = browser_waits_until is not None and now < browser_waits_until
    with transaction(rt.engine) as session:
        _settle(session, work, finding, replace(found, patient=not waiting), now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What a run reasons from, as of its claim."""

    snapshot: Snapshot
    booking: Booking
    meeting: MeetingType
    host: Host
    calendar: calendars.Connected | None
    account: calendars.Account | None
    texts: dict[str, str]
    now: datetime

    @property
    def looks(self) -> bool:
        return self.booking.blocks(self.now)


def _claim(rt: Runtime, reservation_id: UUID) -> _Work | None:
    """Take the lane; None while another run has it, which the outbox then tries again after."""
    with transaction(rt.engine) as session:
        lock_host(session, reservations.get(session, reservation_id).host_id)
        session.expire_all()
        now = rt.clock.now()
        reservation = rules.claimed(reservations.get(session, reservation_id), now=now)
        if reservation is None:
            key = bookings.publish_key(reservation_id)
            outbox.settle_key(session, key, again_at=now + LANE_TAKEN, error="being written now", now=now)
            return None
        booking = bookings.get(session, reservation.booking_id)
        meeting = meetings.get(session, booking.meeting_type_id)
        wanted = rules.wanted(booking, policy=meeting.hold_policy, now=now)
        reservations.save(session, replace(reservation, touched=reservation.touched or wanted is not None))
        calendar = calendars.get(session, reservation.calendar_id) if reservation.calendar_id else None
        return _Work(
            snapshot=Snapshot(reservation, wanted, guards=calendar is None or _guarded(calendar)),
            booking=booking, meeting=meeting, host=hosts.get(session, booking.host_id), calendar=calendar,
            account=calendars.account(session, calendar.account_id) if calendar else None,
            texts=reservations.written_texts(session, reservation.id), now=now,
        )  # fmt: skip


def _guarded(calendar: calendars.Connected) -> bool:
    """Whether this calendar proved that it honours preconditions. What was never probed is taken at the RFC's word."""
    return Capabilities(**calendar.capabilities).guards


class _Hands:
    """Carries out what a run asks, on one calendar object. Remembers what it read, to merge into."""

    def __init__(self, rt: Runtime, work: _Work) -> None:
        self._rt, self._work = rt, work
        self._standing: StoredObject | None = None
        self.event: Event = host_event(
            work.booking, uid=work.snapshot.reservation.uid, host=work.host, meeting=work.meeting,
            base_url=str(rt.settings.base_url or ""), now=work.now,
        )  # fmt: skip

    def calendar(self) -> Calendar:
        if self._work.calendar is None or self._work.account is None:
            raise Disconnected("the calendar was disconnected")
        return self._rt.open_calendar(self._work.account, self._work.calendar.url)

    def perform(self, ask: Ask) -> Answer:
        try:
            return self._perform(ask, self.calendar(), self._work.snapshot.reservation)
        except Precondition:
            return NotDone()
        except CalendarError as error:
            log.warning("calendar_asked", ask=type(ask).__name__, error=type(error).__name__)
            return silence(error)
        except ics.Unreadable:
            return Silence("what stands there can't be read")

    def _perform(self, ask: Ask, calendar: Calendar, r: Reservation) -> Answer:
        match ask:
            case Get():
                self._standing = calendar.get(r.href)
                return self._read(self._standing)
            case Create():
                return Done(calendar.create(r.href, ics.build(self.event)))
            case Replace(etag=etag, merge=False):
                return Done(calendar.replace(r.href, ics.build(self.event), etag=etag or _ANY))
            case Replace(etag=etag):
                return Done(calendar.replace(r.href, self._merged(), etag=etag or _ANY), clean=False)
            case Delete(etag=etag):
                return Done(None) if calendar.delete(r.href, etag=etag) else Absent()

    def _read(self, standing: StoredObject | None) -> Standing | Absent:
        if standing is None:
            return Absent()
        event = ics.read(standing.body, zone=self._work.host.zone)
        if event is None:
            raise ics.Unreadable("there is no event in it")
        status = Status(event.status.value) if event.status else Status.CONFIRMED
        time = Interval(event.time.start, max(event.time.end, event.time.start + timedelta(minutes=1)))
        return Standing(revision_of(event.marks), time, status, standing.etag)

    def _merged(self) -> bytes:
        texts, standing = self._work.texts, self._standing
        if standing is None:
            return ics.build(self.event)
        return ics.merge(
            standing.body, self.event, previous_summary=texts.get("summary"),
            previous_description=texts.get("description"), previous_location=texts.get("location"),
            previous_color=texts.get("color"), zone=self._work.host.zone,
        )  # fmt: skip


class Disconnected(CalendarError):
    """The calendar of this reservation is not connected any more."""


def _drive(run: rules.Run, hands: _Hands) -> Finding:
    """Answer what the run asks until it comes to a finding."""
    try:
        ask = next(run)
        while True:
            ask = run.send(hands.perform(ask))
    except StopIteration as stop:
        finding: Finding = stop.value
        return finding


def _look(work: _Work, hands: _Hands, finding: Stands | Gone, found: Circumstances) -> tuple[Finding, Circumstances]:
    """Look; where the calendar did not show our event as written, read it again before believing anything."""
    rt = hands._rt
    etag = finding.etag if isinstance(finding, Stands) else None
    seen = look(rt, work.snapshot, work.booking, work.meeting, etag=etag)
    if seen.shown:
        return finding, replace(found, look=seen.look)
    again = _drive(rules.run(work.snapshot, read_first=True), hands)
    if not isinstance(again, Stands):
        return again, found
    seen = look(rt, work.snapshot, work.booking, work.meeting, etag=again.etag)
    return again, replace(found, look=seen.look)


def _doubt(rt: Runtime, work: _Work, hands: _Hands, found: Circumstances) -> tuple[Finding, Circumstances]:
    """Before a deletion is believed: the calendar itself must answer, must not know the UID at another place, and must
    not just have lost many events at once. An event that turns up elsewhere is adopted there."""
    try:
        elsewhere = hands.calendar().find(work.snapshot.reservation.uid)
    except CalendarError as error:
        return silence(error), found
    with transaction(rt.engine) as session:
        if elsewhere is not None:
            return _adopted(session, work, elsewhere.href, work.snapshot.reservation.calendar_id), found
        known = busy.calendars_with_uid(session, work.host.id, work.snapshot.reservation.uid)
        moved_to = [each for each in known if each != work.snapshot.reservation.calendar_id]
        if moved_to:
            kept = busy.object_with_uid(session, moved_to[0], work.snapshot.reservation.uid)
            return _adopted(session, work, kept.name if kept else work.snapshot.reservation.href, moved_to[0]), found
        doubtful = work.calendar is not None and calendars.get(session, work.calendar.id).doubtful_since is not None
    return Missing(), replace(found, plausible=not doubtful)


def _adopted(session: Session, work: _Work, href: str, calendar_id: UUID | None) -> Finding:
    """The host moved the event to another place: from now on it is looked for there."""
    row = reservations.get(session, work.snapshot.reservation.id)
    reservations.save(session, replace(row, href=href, calendar_id=calendar_id, etag=None, missing_at=None))
    return Silence("the event was found at another place")


def _settle(session: Session, work: _Work, finding: Finding, found: Circumstances, *, now: datetime) -> None:
    """The second transaction of a run: remember what was found, decide, and say when to run again."""
    snapshot_ = work.snapshot
    lock_host(session, snapshot_.reservation.host_id)
    session.expire_all()
    row = reservations.get(session, snapshot_.reservation.id)
    booking = bookings.get(session, row.booking_id)
    if isinstance(finding, HostMoved):
        others = reservations.taken(session, booking.host_id, finding.time, now=now, but=booking.id)
        found = replace(found, conflicted=any(each.time.overlaps(finding.time) for each in others))
    settlement = settle(row, snapshot_, finding, booking=booking, meeting=work.meeting, found=found, now=now)
    if settlement is None:
        log.info("lane_lost", reservation=str(row.id))
        return
    _record(session, work, finding, settlement, now=now)


def _record(session: Session, work: _Work, finding: Finding, settlement: Settlement, *, now: datetime) -> None:
    kept = settlement.reservation
    again_at = now if kept.marked and settlement.again_at is None else settlement.again_at
    reservations.save(session, kept)
    if isinstance(finding, Stands):
        _remember_texts(session, work, kept)
    key = bookings.publish_key(kept.id)
    outbox.settle_key(session, key, again_at=again_at, error=settlement.note, now=now)
    if not isinstance(finding, Silence):
        _note(session, work, finding, kept, now=now)
    if settlement.decision is not None:
        reserves = _reserves(work.meeting, settlement.decision.booking)
        bookings.record(session, settlement.decision, reserves=reserves, now=now)
    if kept.beside != work.snapshot.reservation.beside:
        _free_beside(session, work, kept, now=now)


def _free_beside(session: Session, work: _Work, kept: Reservation, *, now: datetime) -> None:
    """The old time of a moved booking is free again, or the new one of a move that was taken back."""
    booking = bookings.get(session, kept.booking_id)
    reservation = reservations.get(session, kept.id)
    reservations.occupy(session, reservation, booking, reserves=_reserves(work.meeting, booking), now=now)


def _remember_texts(session: Session, work: _Work, kept: Reservation) -> None:
    event = host_event(work.booking, uid=kept.uid, host=work.host, meeting=work.meeting, base_url="", now=work.now)
    texts = {
        "summary": event.summary, "description": event.description, "location": event.location, "color": event.color,
    }  # fmt: skip
    reservations.remember_summary(session, kept.id, kept.revision, texts)


def _note(session: Session, work: _Work, finding: Finding, kept: Reservation, *, now: datetime) -> None:
    """A line for the timeline where the calendar now shows something else than before."""
    before = work.snapshot.reservation
    if isinstance(finding, Stands) and before.base != kept.base:
        detail = {"revision": str(kept.base), "etag": kept.etag or ""}
        history.add(session, kept.booking_id, "written", by="calendar", at=now, detail=detail)
    elif isinstance(finding, Gone) and before.seen and not kept.seen:
        history.add(session, kept.booking_id, "removed", by="calendar", at=now)
    elif isinstance(finding, Missing) and before.missing_at is None:
        history.add(session, kept.booking_id, "missing", by="calendar", at=now)


def _reserves(meeting: MeetingType, booking: Booking) -> bool:
    return meeting.hold_policy is not HoldPolicy.NONE or booking.state.value == "confirmed"
