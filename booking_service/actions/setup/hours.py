"""A host's hours: the week, exceptions, and public holidays; each tab is saved by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ... import public_holidays
from ...domain.availability import DAY, DateOverride, HolidayRule, WorkingHours, local_date, openings, start_of_day
from ...domain.booking import Booking
from ...domain.booking_filter import BookingFilter, ListCursor
from ...domain.interval import Interval
from ...domain.people import Host
from ...public_holidays import Holiday
from ...runtime import Runtime
from ...storage import booking_lists, hosts, meetings
from ...storage.engine import snapshot
from ...storage.offers import occupied
from ..times.exceptions import exceptions_of
from ..times.offers import find_offering, next_slot
from .record import change_host

EXCEPTIONS_AT_MOST = 500
_YEAR = timedelta(days=366)
_AT_ONCE = 200  # bookings read by one statement
_NOBODY = UUID(int=0)


class HoursChanged(Exception):
    """Somebody saved other hours since the form was shown. `host`: as it is now."""

    def __init__(self, host: Host) -> None:
        super().__init__("the hours were changed since they were shown")
        self.host = host


class SameDays(Exception):
    """There is an exception for exactly these days already."""


class NoSuchException(Exception):
    """There is no exception for exactly these days, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What the page shows. `opened`, `taken`: of the host's present week, in UTC.

    `holidays`: of the coming twelve months, including those on which the host works.
    """

    host: Host
    monday: date
    opened: tuple[Interval, ...]
    taken: tuple[Interval, ...]
    holidays: tuple[Holiday, ...]


def show(rt: Runtime, host_id: UUID, *, now: datetime, language: str) -> Hours:
    """By two statements."""
    with snapshot(rt.engine) as session:
        host = hosts.get(session, host_id)
        today = local_date(now, host.zone)
        monday = today - today.weekday() * DAY
        week = Interval(start_of_day(monday, host.zone), start_of_day(monday + 7 * DAY, host.zone))
        held = occupied(session, host_id, busy=week, booked=week, now=now)
    named = public_holidays.between(host.holidays.region, today, today + _YEAR, language=language)
    return Hours(
        host=host,
        monday=monday,
        opened=tuple(openings(host.hours, exceptions_of(host, week), host.zone, week)),
        taken=(*held.busy, *(each.time for each in held.booked)),
        holidays=tuple(named),
    )


def first_free(rt: Runtime, host_id: UUID, *, now: datetime) -> datetime | None:
    """The first time that can be booked, of the first meeting type; None for none."""
    with snapshot(rt.engine) as session:
        host = hosts.get(session, host_id)
        offered = next((each for each in meetings.of_host(session, host_id) if each.active), None)
    if offered is None or not host.active:
        return None
    found = next_slot(rt, find_offering(rt, host.slug, offered.slug, now=now), after=now, now=now)
    return found.start if found else None


def bookings_inside(rt: Runtime, host_id: UUID, exception: DateOverride, *, now: datetime) -> list[Booking]:
    """Live bookings outside the hours of an exception, soonest first. They stay until somebody cancels them."""
    with snapshot(rt.engine) as session:
        host = hosts.get(session, host_id)
        begins = start_of_day(exception.first_on, host.zone)
        ends = start_of_day(exception.last_on + DAY, host.zone)
        found = _upcoming(session, host_id, Interval(max(begins, now) - DAY, ends), now=now)
    held = openings(WorkingHours((exception.spans,) * 7), (), host.zone, Interval(begins, ends))
    within = (each for each in found if each.time.overlaps(Interval(begins, ends)))
    return [each for each in within if not any(opening.covers(each.time) for opening in held)]


def _upcoming(session: Session, host_id: UUID, within: Interval, *, now: datetime) -> list[Booking]:
    """Live bookings that begin within this time, soonest first, and some that begin later."""
    found: list[Booking] = []
    after = ListCursor(within.start, _NOBODY)
    while True:
        some = booking_lists.page_of(session, host_id, BookingFilter(), now=now, after=after, limit=_AT_ONCE)
        found += some
        if len(some) < _AT_ONCE or some[-1].time.start >= within.end:
            return found
        after = ListCursor(some[-1].time.start, some[-1].id)


def exception_of(rt: Runtime, host_id: UUID, first_on: date, last_on: date) -> DateOverride:
    """The exception for exactly these days. Raises NoSuchException."""
    with snapshot(rt.engine) as session:
        return _exception(hosts.get(session, host_id), first_on, last_on)


def save_week(
    rt: Runtime, host_id: UUID, week: WorkingHours, *, seen: WorkingHours | None, by: str, now: datetime
) -> None:
    """Save the week. `seen`: the hours that the form showed; None if it does not say.

    Raises HoursChanged.
    """

    def changed(host: Host) -> Host:
        if host.hours not in (seen, week):
            raise HoursChanged(host)
        return replace(host, hours=week)

    change_host(rt, host_id, changed, by=by, now=now)


def add_exception(rt: Runtime, host_id: UUID, exception: DateOverride, *, by: str, now: datetime) -> None:
    """Raises SameDays, ValueError: there are too many."""

    def changed(host: Host) -> Host:
        _refuse_same_days(host.overrides, exception)
        if len(host.overrides) >= EXCEPTIONS_AT_MOST:
            raise ValueError(f"a host has at most {EXCEPTIONS_AT_MOST} exceptions")
        return replace(host, overrides=_in_order([*host.overrides, exception]))

    change_host(rt, host_id, changed, by=by, now=now)


def change_exception(
    rt: Runtime, host_id: UUID, exception: DateOverride, *, seen: DateOverride, by: str, now: datetime
) -> None:
    """Replace `seen`, as the form showed it, by `exception`.

    Raises HoursChanged: it is another one now; NoSuchException: it is gone; SameDays.
    """

    def changed(host: Host) -> Host:
        standing = _exception(host, seen.first_on, seen.last_on)
        if standing not in (seen, exception):
            raise HoursChanged(host)
        others = [each for each in host.overrides if each != standing]
        _refuse_same_days(others, exception)
        return replace(host, overrides=_in_order([*others, exception]))

    change_host(rt, host_id, changed, by=by, now=now)


def remove_exception(rt: Runtime, host_id: UUID, first_on: date, last_on: date, *, by: str, now: datetime) -> None:
    """Remove an exception, so that the week's hours apply again. Repeating does no harm."""

    def changed(host: Host) -> Host:
        kept = tuple(each for each in host.overrides if (each.first_on, each.last_on) != (first_on, last_on))
        return replace(host, overrides=kept)

    change_host(rt, host_id, changed, by=by, now=now)


def keep_holidays(rt: Runtime, host_id: UUID, region: str, *, by: str, now: datetime) -> None:
    """Be away on the public holidays of a region; "" for none. Raises ValueError: unknown region."""
    wanted = public_holidays.read_region(region)

    def changed(host: Host) -> Host:
        same_country = host.holidays.region.partition("-")[0] == wanted.partition("-")[0]
        return replace(host, holidays=HolidayRule(wanted, host.holidays.works_on if wanted and same_country else ()))

    change_host(rt, host_id, changed, by=by, now=now)


def work_on(rt: Runtime, host_id: UUID, holiday: str, works: bool, *, by: str, now: datetime) -> None:
    """Set whether the host works on a public holiday (by key), this year and later."""

    def changed(host: Host) -> Host:
        known = public_holidays.names(host.holidays.region, local_date(now, host.zone).year)
        others = [each for each in host.holidays.works_on if each != holiday]
        works_on = sorted([*others, holiday]) if works and holiday in known else others
        return replace(host, holidays=HolidayRule(host.holidays.region, tuple(works_on)))

    change_host(rt, host_id, changed, by=by, now=now)


def _exception(host: Host, first_on: date, last_on: date) -> DateOverride:
    found = next((each for each in host.overrides if (each.first_on, each.last_on) == (first_on, last_on)), None)
    if found is None:
        raise NoSuchException(f"no exception from {first_on} to {last_on}")
    return found


def _refuse_same_days(standing: Sequence[DateOverride], exception: DateOverride) -> None:
    if any((each.first_on, each.last_on) == (exception.first_on, exception.last_on) for each in standing):
        raise SameDays(f"{exception.first_on} to {exception.last_on} has an exception already")


def _in_order(exceptions: Sequence[DateOverride]) -> tuple[DateOverride, ...]:
    return tuple(sorted(exceptions, key=lambda each: (each.first_on, each.last_on)))
