"""Making the host's calendar show what a booking now is: claim the lane → ask → look → settle.

A run carries no content. It reads the booking, computes the event it should have (or none) and makes it so; repeating
it does no harm, and whoever comes after a crash gets to the same result. The rules are in domain/publishing.py and
domain/settlement.py; this module performs them (CONTRIBUTING describes the way between them).
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlmodel import Session

from calendars.model import Capabilities, Event

from ...domain import publishing
from ...domain.booking import Booking
from ...domain.errors import StorageBusy
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.publishing import ClaimedState, Elsewhere, Finding, Gone, HostMoved, Missing, Silence, Stands
from ...domain.reservation import Reservation, Verdict, claim_lane, wanted_event
from ...domain.settlement import Circumstances, Look, Settlement, settle
from ...domain.timeline import Happened
from ...invites import booking_page, host_event
from ...runtime import Runtime
from ...storage import bookings, busy, calendars, hosts, meetings, outbox, reservations, timeline
from ...storage.busy import name_of
from ...storage.engine import snapshot, transaction
from ..access import limit_refunds
from . import host_notices
from .conflict_check import look
from .pull import Owner
from .requests import CalendarRequests, KnownCalendar, Work, drive

WAIT = timedelta(seconds=2)  # how long a browser waits for a calendar
LANE_TAKEN = timedelta(seconds=2)
_PUT_OFF = "publishing_put_off"

log = structlog.get_logger()


def claim(
    rt: Runtime, session: Session, booking: Booking, *, of: tuple[MeetingType, Host], now: datetime
) -> list[Work]:
    """Take the lanes of a booking in the transaction that decides, for a run right after it (`publish_now`).

    `of`: its meeting type and host. If the process dies before that, a worker publishes it after the lease.
    """
    meeting, host = of
    free = (claim_lane(each, now=now) for each in reservations.of_booking(session, booking.id))
    return [_gathered(rt, session, each, booking, meeting, host, now=now) for each in free if each is not None]


def publish_now(rt: Runtime, booking_id: UUID, *, asked_at: datetime, claimed: Sequence[Work] = ()) -> Booking:
    """Publish a decided booking at once, waiting at most WAIT. Returns the booking as it then is.

    `claimed`: lanes that the decision took already. A run that answers in time gives the hold up where the calendar
    can't be reached. A slower run, or one that fails on our side, is left to the worker, and the booking is returned as
    decided, even where the database has become unreachable. Raises StorageBusy: it is unreachable, and nothing was
    claimed.
    """
    try:
        return _published(rt, booking_id, claimed, until=asked_at + WAIT)
    except StorageBusy as error:
        if not claimed:
            raise
        log.warning(_PUT_OFF, booking=str(booking_id), error=str(error))
        return claimed[0].booking


def _published(rt: Runtime, booking_id: UUID, claimed: Sequence[Work], *, until: datetime) -> Booking:
    if claimed:
        runs = [_start_claimed(rt, work, until=until) for work in claimed]
    else:
        with snapshot(rt.engine) as session:
            ours = reservations.of_booking(session, booking_id)
        runs = [_start(rt, each, until=until) for each in ours]
    settled = [_settled(rt, run, booking_id, until=until) for run in runs]
    if len(settled) == 1 and settled[0] is not None:
        return settled[0]
    with snapshot(rt.engine) as session:
        return bookings.get(session, booking_id)


def _settled(rt: Runtime, run: Future[Booking | None] | None, booking_id: UUID, *, until: datetime) -> Booking | None:
    """The booking as a run left it; None where it did not finish in time, so that a worker must."""
    if run is None:
        return None
    try:
        left = min(until - rt.clock.now(), WAIT)  # even if the clock is set back meanwhile
        failed = run.exception(timeout=max(0.0, left.total_seconds()))
    except NotYet:
        return None
    if isinstance(failed, StorageBusy):
        log.warning(_PUT_OFF, booking=str(booking_id), error=str(failed))
        return None
    if failed is not None:
        log.error("publishing_failed", booking=str(booking_id), exc_info=failed)
        return None
    return run.result()


def _start(rt: Runtime, reservation: Reservation, *, until: datetime) -> Future[Booking | None] | None:
    return rt.pools.submit(reservation.host_id, lambda: publish(rt, reservation.id, browser_waits_until=until))


def _start_claimed(rt: Runtime, work: Work, *, until: datetime) -> Future[Booking | None] | None:
    """Start a claimed run. Where no thread is free, undo the claim, so that a worker need neither wait nor read
    first."""
    run = rt.pools.submit(work.host.id, lambda: _run(rt, work, browser_waits_until=until))
    if run is None:
        with transaction(rt.engine) as session:
            before = work.snapshot.reservation
            row = reservations.lock(session, before.id)
            if row.fence == before.fence:
                reservations.save(session, replace(row, lane_until=None, touched=before.touched))
    return run


def publish(
    rt: Runtime, reservation_id: UUID, *, browser_waits_until: datetime | None = None, attempts: int = 0
) -> Booking | None:
    """One run for one reservation, whose settlement says when to run again.

    Returns the booking as it left it; None where another run has the lane.
    """
    work = _claim(rt, reservation_id)
    return _run(rt, work, browser_waits_until=browser_waits_until, attempts=attempts) if work is not None else None


def _run(rt: Runtime, work: Work, *, browser_waits_until: datetime | None, attempts: int = 0) -> Booking | None:
    requests, ended = CalendarRequests(rt, work), list[tuple[Finding, Booking | None]]()
    finding, seen = drive(publishing.run(work.snapshot), requests), None

    def end(session: Session, finding: Finding, look: Look) -> None:
        now = rt.clock.now()
        waiting = browser_waits_until is not None and now < browser_waits_until
        found = Circumstances(look=look, patient=not waiting, attempts=attempts)
        ended.append((finding, conclude(rt, session, work, finding, found, now=now)))

    if isinstance(finding, Stands | Gone) and work.snapshot.reservation.verdict is None and work.looks:
        finding, seen = _look(work, requests, finding, end)
    if not ended:
        with transaction(rt.engine) as session:
            end(session, finding, seen)
    finding, left = ended[-1]
    note_settled(work, finding)
    return left


def note_settled(work: Work, finding: Finding) -> None:
    """Log the result of a run, once that is committed."""
    booking, reservation = str(work.booking.id), str(work.snapshot.reservation.id)
    log.info("event_settled", booking=booking, reservation=reservation, found=type(finding).__name__)


def _claim(rt: Runtime, reservation_id: UUID) -> Work | None:
    """Take the lane; None while another run has it, which the outbox tries again later."""
    with transaction(rt.engine) as session:
        known = reservations.lock(session, reservation_id)
        now = rt.clock.now()
        reservation = claim_lane(known, now=now)
        if reservation is None:
            key = bookings.publish_key(reservation_id)
            outbox.settle_key(session, key, again_at=now + LANE_TAKEN, error="being written now", now=now)
            return None
        booking = bookings.get(session, reservation.booking_id)
        meeting, host = meetings.get(session, booking.meeting_type_id), hosts.get(session, booking.host_id)
        return _gathered(rt, session, reservation, booking, meeting, host, now=now)


def _gathered(
    rt: Runtime,
    session: Session,
    reservation: Reservation,
    booking: Booking,
    meeting: MeetingType,
    host: Host,
    *,
    now: datetime,
) -> Work:
    meeting = meeting.for_booking(booking.id)
    wanted = wanted_event(booking, policy=meeting.hold_policy, now=now)
    page = booking_page(rt.settings.base_url, booking)
    event = host_event(booking, uid=reservation.uid, host=host, meeting=meeting, url=page, now=now)
    texts: Mapping[int, dict[str, str]] = {}
    if wanted:
        touched = replace(reservation, touched=True)
        texts = reservations.save_with_texts(session, touched, booking.revision, _texts(event))
    else:
        reservations.save(session, reservation)
    places = places_of(session, reservation)
    guards = guarded(places)
    return Work(
        snapshot=ClaimedState(reservation, wanted, guards=guards),
        booking=booking,
        meeting=meeting,
        host=host,
        places=places,
        event=event,
        texts=texts,
        now=now,
    )


def places_of(session: Session, reservation: Reservation) -> tuple[KnownCalendar, ...]:
    """The reservation's own calendar first; none at all once that is disconnected."""
    if reservation.calendar_id is None:
        return ()
    connected = calendars.of_host(session, reservation.host_id)
    own = next(each for each in connected if each.id == reservation.calendar_id)
    found = [own, *(each for each in calendars.looked_at(connected) if each.id != own.id)]
    accounts = {each: calendars.account(session, each) for each in {each.account_id for each in found}}
    return tuple(KnownCalendar(each, accounts[each.account_id]) for each in found)


def _texts(event: Event) -> dict[str, str]:
    return {
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "url": event.url,
        "conference": event.conference,
        "color": event.color,
    }


def guarded(places: Sequence[KnownCalendar]) -> bool:
    """Whether the event's calendar proved to honour preconditions. One that was never probed is trusted."""
    return all(Capabilities(**place.connected.capabilities).guards for place in places[:1])


def _look(
    work: Work, requests: CalendarRequests, finding: Stands | Gone, end: Callable[[Session, Finding, Look], None]
) -> tuple[Finding, Look]:
    """Check for conflicts; where the calendar did not show our event as written, read it again first.

    `end`: runs in the transaction that stores the pulls, so that a run needs no further one. An event then read as
    wanted counts as shown. One that had to be written again does not: some servers say "created" and store nothing.
    """
    rt = requests._rt
    etag = finding.etag if isinstance(finding, Stands) else None
    of = Owner(work.host, {each.account.id: each.account for each in work.places})
    asked = partial(look, rt, work.snapshot, work.booking, work.meeting, of=of)
    seen = asked(etag=etag, then=lambda session, look: end(session, _shown(finding, look), look))
    if seen.shown:
        return _shown(finding, seen.look), seen.look
    again = drive(publishing.run(work.snapshot, read_first=True), requests)
    if not isinstance(again, Stands):
        return again, None
    proven, then = requests.read_last, lambda session, look: end(session, again, look)
    return again, asked(etag=again.etag, proven=proven, then=then).look


def _shown(finding: Stands | Gone, look: Look) -> Stands | Gone:
    """The finding, no longer known by the server's word alone, as the calendars were read with a verdict."""
    return replace(finding, written=False) if isinstance(look, Verdict) and isinstance(finding, Stands) else finding


def conclude(
    rt: Runtime, session: Session, work: Work, finding: Finding, found: Circumstances, *, now: datetime
) -> Booking | None:
    """The second transaction of a run: record the finding, decide, and say when to run again.

    Returns the booking as it then is; None where the lane was lost.
    """
    row = reservations.lock(session, work.snapshot.reservation.id)
    of = row, bookings.get(session, row.booking_id)
    return concluded(rt, session, work, finding, found, of=of, now=now)


def concluded(
    rt: Runtime,
    session: Session,
    work: Work,
    finding: Finding,
    found: Circumstances,
    *,
    of: tuple[Reservation, Booking],
    now: datetime,
) -> Booking | None:
    """As `conclude`, where the caller has locked the host and read the reservation and its booking (`of`)."""
    (row, booking), snapshot_ = of, work.snapshot
    finding, found = _weighed(session, work, finding, found, now=now)
    settlement = settle(row, snapshot_, finding, booking=booking, meeting=work.meeting, found=found, now=now)
    if settlement is None:
        log.info("lane_lost", reservation=str(row.id))
        return None
    _record(session, work, finding, settlement, now=now)
    if settlement.decision is None:
        return booking
    limit_refunds.give_back(rt, session, settlement.decision.booking)
    return settlement.decision.booking


def _weighed(
    session: Session, work: Work, finding: Finding, found: Circumstances, *, now: datetime
) -> tuple[Finding, Circumstances]:
    """The finding, with what the database knows about it."""
    r = work.snapshot.reservation
    match finding:
        case HostMoved(time=time):
            others = reservations.taken(session, r.host_id, time, now=now, but=r.booking_id)
            return finding, replace(found, conflicted=any(each.time.overlaps(time) for each in others))
        case Missing():
            doubtful = r.calendar_id is not None and calendars.get(session, r.calendar_id).doubtful_since is not None
            return finding, replace(found, plausible=not doubtful)
        case Gone(proven=True) if r.calendar_id is not None:  # the host may have made a copy with the same UID
            copies = busy.places_of(session, r.host_id, r.uid)
            copy = next((each for each in copies if each != (r.calendar_id, name_of(r.href))), None)
            return (Elsewhere(*copy) if copy else finding), found
        case _:
            return finding, found


def _record(session: Session, work: Work, finding: Finding, settlement: Settlement, *, now: datetime) -> None:
    kept = settlement.reservation
    again_at = now if kept.marked and settlement.again_at is None else settlement.again_at
    reservations.save(session, kept)
    key = bookings.publish_key(kept.id)
    outbox.settle_key(session, key, again_at=again_at, error=settlement.note, now=now)
    if not isinstance(finding, Silence):
        _note(session, work, finding, kept, now=now)
    if isinstance(finding, Stands | HostMoved | Elsewhere):
        _have_it_missed(session, kept, now=now)
    if settlement.decision is not None:
        bookings.record(session, settlement.decision, now=now)
        if isinstance(finding, HostMoved):
            _tell_of_conflict(session, settlement.decision.booking, now=now)
    if kept.beside != work.snapshot.reservation.beside:
        _free_beside(session, kept, now=now)


def _have_it_missed(session: Session, kept: Reservation, *, now: datetime) -> None:
    """Pulls only miss what they saw before, so an event unknown to them (the host dragged it there) is not missed.

    Then its calendar is read from the start; but not for an event that no check has ever shown, as a server that claims
    to have stored it has lost nothing.
    """
    if kept.calendar_id is None or kept.verdict is None:
        return
    if busy.object_with_uid(session, kept.calendar_id, kept.uid) is None:
        calendars.read_whole(session, kept.calendar_id, now=now)


def _free_beside(session: Session, kept: Reservation, *, now: datetime) -> None:
    """Free the old time of a moved booking, or the new time of a move that was taken back."""
    booking = bookings.get(session, kept.booking_id)
    reservation = reservations.get(session, kept.id)
    reservations.occupy(session, reservation, booking, now=now)
    hosts.offers_changed(session, booking.host_id)


def _tell_of_conflict(session: Session, booking: Booking, *, now: datetime) -> None:
    """The host moved it over something else, perhaps without seeing that."""
    if booking.conflicted or busy.standing_over(session, booking.host_id, booking.time):
        host_notices.tell_of_conflict(session, booking.host_id, booking.id, time=booking.time, now=now)


def _note(session: Session, work: Work, finding: Finding, kept: Reservation, *, now: datetime) -> None:
    """Add a timeline entry where the calendar now shows something else."""
    before = work.snapshot.reservation
    if isinstance(finding, Stands) and before.base != kept.base:
        detail = {"revision": str(kept.base), "etag": kept.etag or ""}
        timeline.add(session, kept.booking_id, Happened.WRITTEN, by="calendar", at=now, detail=detail)
    elif isinstance(finding, Gone) and before.seen and not kept.seen:
        timeline.add(session, kept.booking_id, Happened.REMOVED, by="calendar", at=now)
    elif isinstance(finding, Missing) and before.missing_at is None:
        timeline.add(session, kept.booking_id, Happened.MISSING, by="calendar", at=now)
    elif isinstance(finding, Elsewhere):
        timeline.add(session, kept.booking_id, Happened.FOUND_ELSEWHERE, by="calendar", at=now)
