"""Which times are on offer. No calendar server is asked: pulls fill the cache.

A calendar whose cache is too old, or whose pulls fail, closes the page, as what can't be verified is not free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection
from sqlmodel import Session

from ...domain.availability import DAY, local_date, openings
from ...domain.booking import Booking
from ...domain.errors import CalendarUnverified, HostPaused, OneTimeOnly, SlotTaken, UnknownBooking, UnknownMeeting
from ...domain.freshness import is_fresh
from ...domain.interval import Interval
from ...domain.meeting import MeetingType
from ...domain.network_blocks import NetworkBlock
from ...domain.people import Host, Organisation
from ...domain.slots import AHEAD_AT_MOST, NotOffered, Reason, SlotFacts, offered_slot, slots, taken
from ...runtime import Runtime
from ...storage import calendars, hosts, meetings
from ...storage.engine import glance, snapshot
from ...storage.offers import CalendarState, Occupied, OfferBasis, OfferingState, basis, occupied, offering_state
from ...telemetry import process_figures
from .exceptions import exceptions_of

WEEK = timedelta(days=7)
MONTH = timedelta(days=31)


class Closed(StrEnum):
    """Why nothing is offered, although there may be free times."""

    PAUSED = "paused"  # by the host, until a day
    NO_CALENDAR = "no-calendar"  # none is connected for bookings
    UNREAD = "unread"  # connected, but never read
    STALE = "stale"  # not read recently enough
    FAILING = "failing"  # can't be read now


@dataclass(frozen=True, slots=True)
class OfferedSlots:
    """What a page shows: meeting type, host, and the slots of a window; none if `closed`."""

    organisation: Organisation
    host: Host
    meeting: MeetingType
    slots: tuple[Interval, ...]
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class Offering:
    """A host's meeting type as in the database, found by the names in an address.

    `version`: rises whenever its offers change. `next_release`: the first deadline of the host's holds. `attack_until`:
    the end of attack mode, possibly past. `blocks`: blocked networks, only if read inside a transaction.
    """

    organisation: Organisation
    host: Host
    meeting: MeetingType
    calendars: tuple[CalendarState, ...] = ()
    version: int = 0
    next_release: datetime | None = None
    attack_until: datetime | None = None
    blocks: tuple[NetworkBlock, ...] = ()

    @property
    def lead(self) -> timedelta:
        return self.meeting.lead(forced=self.organisation.doi_forced)

    @property
    def keeps_times(self) -> bool:
        """Whether a requested time is kept until somebody confirms."""
        return self.meeting.keeps_times(forced=self.organisation.doi_forced)

    def attacked(self, now: datetime) -> bool:
        return self.attack_until is not None and now < self.attack_until

    @property
    def known_until(self) -> datetime | None:
        """How far every calendar that counts has been read; later times are not verified."""
        ends = [each.read_until for each in self.calendars]
        return min((end for end in ends if end is not None), default=None) if None not in ends else None


def find_slots(rt: Runtime, host: str, meeting: str, window: Interval, *, now: datetime) -> OfferedSlots:
    """The slots that start in `window`, by the names in an address. Raises UnknownMeeting."""
    return slots_of(rt, find_offering(rt, host, meeting, now=now), window, now=now)


def slots_of(
    rt: Runtime, offering: Offering, window: Interval, *, now: datetime, but: Booking | None = None
) -> OfferedSlots:
    """The slots that start in `window`. `but`: a booking that is about to move, and is not in the way of itself."""
    closed = closed_now(rt, offering, now=now)
    free = () if closed is not None else _free(rt, offering, window, now=now, but=but)
    return OfferedSlots(offering.organisation, offering.host, offering.meeting, free, closed)


def next_slot(
    rt: Runtime, offering: Offering, *, after: datetime, now: datetime, but: Booking | None = None
) -> Interval | None:
    """The first slot from `after` on, searched for in a month, then in the rest of the horizon."""
    if closed_now(rt, offering, now=now) is not None:
        return None
    last_on = offering.meeting.rules.horizon.ends_on(local_date(now, offering.host.zone))
    month = Interval(after, after + MONTH)
    rest = Interval(month.end, max(month.end, datetime.combine(last_on + DAY, time.min, offering.host.zone)) + DAY)
    free = _free(rt, offering, month, now=now, but=but) or _free(rt, offering, rest, now=now, but=but)
    return free[0] if free else None


def nearest_slots(
    rt: Runtime, host: str, meeting: str, *, to: datetime, now: datetime, count: int = 6
) -> list[Interval]:
    """The free slots nearest to an instant, in chronological order."""
    window = Interval(max(now, to - 7 * DAY), max(now, to - 7 * DAY) + 21 * DAY)
    free = find_slots(rt, host, meeting, window, now=now).slots
    return sorted(sorted(free, key=lambda slot: abs(slot.start - to))[:count])


def find_public(rt: Runtime, host: str, meeting: str, *, one_time: bool = False, now: datetime) -> Offering:
    """The offering for an address; `one_time`: by a one-time link. Raises UnknownMeeting, OneTimeOnly."""
    offering = find_offering(rt, host, meeting, now=now)
    refuse_without_link(offering.meeting, one_time=one_time)
    return offering


def refuse_without_link(meeting: MeetingType, *, one_time: bool) -> None:
    """Raises OneTimeOnly: it can't be booked without a one-time link."""
    if meeting.one_time_only and not one_time:
        raise OneTimeOnly("it is booked by one-time links alone")


def find_offering(rt: Runtime, host: str, meeting: str, *, now: datetime) -> Offering:
    """The offering for a page view: one small query, and a second if something changed. Raises UnknownMeeting.

    The second may read data newer than the version under which it is cached; nobody asks for that version again.
    """
    with glance(rt.engine) as connection:
        state = _state_of(connection, host, meeting, now=now)
        kept: OfferBasis | None = rt.cache.get(_key(state))
        if kept is not None:
            return _active(_offering(kept, state))
        with Session(connection) as session:
            return _active(to_offering(rt, session, state))


def read_offering(rt: Runtime, session: Session, host: str, meeting: str, *, now: datetime) -> Offering:
    """As `find_offering`, inside a transaction. Raises UnknownMeeting."""
    return _active(to_offering(rt, session, _state_of(session.connection(), host, meeting, now=now, to_hold=True)))


def to_offering(rt: Runtime, session: Session, state: OfferingState) -> Offering:
    """The offering of this state, read again only if the version rose."""
    kept: OfferBasis | None = rt.cache.get(_key(state))
    if kept is None:
        kept = basis(session, state.host_id, state.meeting_id)
        rt.cache.put(_key(state), kept)
    return _offering(kept, state)


def gather(
    session: Session, offering: Offering, window: Interval, *, now: datetime, but: UUID | None = None
) -> SlotFacts:
    """Everything that decides about the times of `window`. `but`: a booking to leave out, as it is about to move."""
    wide = _widened(offering, window)
    held = occupied(session, offering.host.id, busy=wide, booked=wide.padded(WEEK, WEEK), now=now, but=but)
    return _facts(offering, wide, held, now=now)


def check_slot(
    rt: Runtime, session: Session, offering: Offering, start: datetime, *, now: datetime, but: UUID | None = None
) -> Interval:
    """The slot on offer at `start`, decided inside the caller's transaction.

    Raises NotOffered, CalendarUnverified, HostPaused.
    """
    closed = closed_now(rt, offering, now=now)
    if until := offering.host.paused(now):
        raise HostPaused(f"{offering.host.slug} takes no bookings before {until}", until=until)
    if closed is not None:
        raise CalendarUnverified(f"a calendar of {offering.host.slug} is {closed}")
    if start > now + AHEAD_AT_MOST:
        raise NotOffered(Reason.BEYOND_HORIZON)
    window = Interval(start, start + offering.meeting.rules.duration)
    slot = offered_slot(gather(session, offering, window, now=now, but=but), start)
    if not _verified(offering, slot):
        raise CalendarUnverified(f"the calendars of {offering.host.slug} were not read that far ahead yet")
    return slot


def for_the_host(offering: Offering) -> Offering:
    """The offering without a pause: for the host, and for whoever takes a time that the host offered."""
    return replace(offering, host=replace(offering.host, paused_until=None))


def why_closed(rt: Runtime, session: Session, host_id: UUID, *, now: datetime) -> Closed | None:
    """Why nothing of this host can be offered now; None where it can."""
    if hosts.get(session, host_id).paused(now):
        return Closed.PAUSED
    counting = calendars.verified(calendars.of_host(session, host_id), now=now)
    return _closed(
        rt,
        [
            CalendarState(each.target, each.pulled_at, each.failing_since, each.window.end if each.window else None)
            for each in counting
        ],
        now=now,
    )


def closed_now(rt: Runtime, offering: Offering, *, now: datetime) -> Closed | None:
    """As `why_closed`, of an offering that was just read."""
    if offering.host.paused(now):
        return Closed.PAUSED
    return _closed(rt, offering.calendars, now=now)


def _state_of(
    connection: Connection, host: str, meeting: str, *, now: datetime, to_hold: bool = False
) -> OfferingState:
    state = offering_state(connection, host, meeting, now=now, to_hold=to_hold)
    if state is None:
        raise UnknownMeeting(f"nothing can be booked at /{host}/{meeting}")
    return state


def _key(state: OfferingState) -> tuple[object, ...]:
    """The cache key: an entry is valid while the version is the host's present one, which each look asks for."""
    return ("basis", state.host_id, state.meeting_id, state.version)


def _offering(kept: OfferBasis, state: OfferingState) -> Offering:
    return Offering(
        kept.organisation,
        kept.host,
        kept.meeting,
        state.calendars,
        state.version,
        state.next_release,
        state.attack_until,
        state.blocks,
    )


def _active(offering: Offering) -> Offering:
    """Raises UnknownMeeting: it is switched off."""
    if not (offering.host.active and offering.meeting.active):
        raise UnknownMeeting(f"nothing can be booked at /{offering.host.slug}/{offering.meeting.slug}")
    return offering


def _free(
    rt: Runtime, offering: Offering, window: Interval, *, now: datetime, but: Booking | None
) -> tuple[Interval, ...]:
    """Not cached: whole pages are (web/http/page_cache.py), and other views cost one look at the window."""
    known_until = offering.known_until
    if known_until is None or known_until <= window.start:
        return ()
    wide, without = _widened(offering, window), but.id if but is not None else None
    with snapshot(rt.engine) as session:
        held = occupied(session, offering.host.id, busy=wide, booked=wide.padded(WEEK, WEEK), now=now, but=without)
    return tuple(
        slot
        for slot in slots(_facts(offering, wide, held, now=now), window)
        if _verified(offering, slot) and (but is None or slot != but.time)
    )


def _verified(offering: Offering, slot: Interval) -> bool:
    """Whether the calendars have been read as far as the slot and its buffers reach."""
    return offering.known_until is not None and taken(slot, offering.meeting.rules).end <= offering.known_until


def _widened(offering: Offering, window: Interval) -> Interval:
    return window.padded(DAY + offering.meeting.rules.duration, DAY + offering.meeting.rules.duration)


def _facts(offering: Offering, wide: Interval, taken: Occupied, *, now: datetime) -> SlotFacts:
    host, meeting = offering.host, offering.meeting
    return SlotFacts(
        rules=meeting.rules,
        meeting_type_id=meeting.id,
        openings=openings(meeting.hours or host.hours, exceptions_of(host, wide), host.zone, wide),
        busy=taken.busy,
        booked=taken.booked,
        limits=host.limits,
        now=now,
        earliest_after=offering.lead,
        zone=host.zone,
    )


def _closed(rt: Runtime, counting: Sequence[CalendarState], *, now: datetime) -> Closed | None:
    if not any(each.target for each in counting):
        return Closed.NO_CALENDAR
    within = rt.settings.calendar.freshness_max
    states = (_state(each, now=now, within=within) for each in counting)
    return next((state for state in states if state is not None), None)


def _state(each: CalendarState, *, now: datetime, within: timedelta) -> Closed | None:
    if each.failing_since is not None:
        return Closed.FAILING
    if each.pulled_at is None:
        return Closed.UNREAD
    return None if is_fresh(each.pulled_at, now=now, within=within) else Closed.STALE


def offering_of_draft(
    rt: Runtime, session: Session, host: Host, standing: MeetingType, draft: MeetingType, *, now: datetime
) -> Offering:
    """What would be offered if this meeting type had the settings of the `draft`, switched on or off."""
    state = offering_state(session.connection(), host.slug, standing.slug, now=now)
    if state is None:
        raise UnknownMeeting(f"nothing can be booked at /{host.slug}/{standing.slug}")
    return replace(to_offering(rt, session, state), meeting=draft)


def first_slots(
    rt: Runtime, session: Session, offerings: Sequence[Offering], *, now: datetime
) -> list[Interval | None]:
    """The first free slot of each of one host's offerings, by two statements.

    Searched for in a month, then in the rest of their horizons.
    """
    found: list[Interval | None] = [None] * len(offerings)
    month = Interval(now, now + MONTH)
    for window in (month, _rest_of(offerings, month, now=now)):
        missing = [
            at for at, slot in enumerate(found) if slot is None and closed_now(rt, offerings[at], now=now) is None
        ]
        if not missing or window is None:
            break
        wide = max((_widened(offerings[at], window) for at in missing), key=lambda each: each.end - each.start)
        held = occupied(session, offerings[0].host.id, busy=wide, booked=wide.padded(WEEK, WEEK), now=now)
        for at in missing:
            offering = offerings[at]
            free = slots(_facts(offering, wide, held, now=now), window)
            found[at] = next((slot for slot in free if _verified(offering, slot)), None)
    return found


def _rest_of(offerings: Sequence[Offering], month: Interval, *, now: datetime) -> Interval | None:
    """From the end of the month to the last day that any of them offers and the calendars have been read for."""
    known = [each.known_until for each in offerings if each.known_until is not None]
    ends = [each.meeting.rules.horizon.ends_on(local_date(now, each.host.zone)) for each in offerings]
    if not known or not ends:
        return None
    last = min(max(known), datetime.combine(max(ends) + DAY, time.min, offerings[0].host.zone).astimezone(UTC))
    return Interval(month.end, last) if last > month.end else None


TAKEN = {Reason.BUSY, Reason.BOOKED, Reason.DAY_FULL, Reason.WEEK_FULL}


def bookable_slot(
    rt: Runtime, session: Session, offering: Offering, start: datetime, *, now: datetime, but: UUID | None = None
) -> Interval:
    """The slot at `start`. Raises SlotTaken: offered, but gone; NotOffered: never offered; CalendarUnverified."""
    try:
        return check_slot(rt, session, offering, start, now=now, but=but)
    except NotOffered as error:
        if error.reason in TAKEN:
            process_figures.TAKEN_TIMES.add()
            raise SlotTaken(f"{start:%Y-%m-%d %H:%M} UTC is {error.reason}") from error
        raise


def offering_of_booking(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> Offering:
    """The offering of a booking, whether or not it still takes new ones."""
    host, meeting = hosts.get(session, booking.host_id), meetings.get(session, booking.meeting_type_id)
    state = offering_state(session.connection(), host.slug, meeting.slug, now=now)
    if state is None:
        raise UnknownBooking("its meeting type is gone")
    return to_offering(rt, session, state)
