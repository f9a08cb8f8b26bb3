"""Dates, times and durations in iCalendar's spelling (RFC 5545 §3.3.4 to §3.3.6), and the instants they mean."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from ..errors import CalendarError

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?=T?\d)(?:(\d{1,7})W)?(?:(\d{1,7})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?", re.ASCII
)
DAY = timedelta(days=1)
NOTHING = timedelta()
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


class Unreadable(CalendarError):
    """No readable iCalendar: a value that is no date, a component without an end."""


def moment(value: str, zone: tzinfo | None) -> date | datetime:
    """A DATE, or a DATE-TIME in UTC, in `zone` (its TZID's), or floating where `zone` is None. Raises Unreadable.

    A leap second counts as the second before it.
    """
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        raise Unreadable("not a date or date with time")
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    try:
        if match[4] is None:
            return date(year, month, day)
        hour, minute, second = int(match[4]), int(match[5]), min(int(match[6]), 59)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC if match[7] else zone)
    except ValueError as error:
        raise Unreadable("a date that no calendar has") from error


def instant(when: date | datetime, zone: tzinfo) -> datetime:
    """The UTC instant. A floating time is in `zone`; a date means its midnight there.

    A local time skipped by a clock change has the offset before the change, one that occurs twice means the first (RFC
    5545 §3.3.5). Beyond the first and last possible instants, those stand.
    """
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=zone)
    elif when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return FIRST if when.year == 1 else LAST


@dataclass(frozen=True, slots=True)
class Length:
    """A duration: first whole days on the wall clock, then elapsed time (RFC 5545 §3.3.6)."""

    days: int = 0
    time: timedelta = NOTHING

    def after(self, when: date | datetime, zone: tzinfo) -> datetime:
        """The UTC instant at which it has passed; at most the last possible one."""
        try:
            return instant(when + timedelta(days=self.days) if self.days else when, zone) + self.time
        except OverflowError:
            return LAST if self.days > 0 or self.time > NOTHING else FIRST

    def __abs__(self) -> timedelta:
        """Roughly its length, as a day may have 23 or 25 hours."""
        return abs(timedelta(days=self.days) + self.time)


def duration(value: str) -> Length:
    """A DURATION (RFC 5545 §3.3.6). Raises Unreadable."""
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise Unreadable("not a duration")
    sign = -1 if match[1] == "-" else 1
    weeks, days, hours, minutes, seconds = (sign * int(part or 0) for part in match.groups()[1:])
    try:
        timedelta(days=7 * weeks + days)
        return Length(7 * weeks + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))
    except OverflowError as error:
        raise Unreadable("a duration beyond all years") from error


def written(when: datetime) -> str:
    """An aware instant as DATE-TIME in UTC."""
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def written_duration(length: timedelta) -> str:
    """A DURATION in the largest units that divide it."""
    seconds = int(abs(length).total_seconds())
    sign = "-" if length < NOTHING else ""
    for unit, size in (("D", 86400), ("TH", 3600), ("TM", 60)):
        if seconds and seconds % size == 0:
            return f"{sign}P{unit[:-1]}{seconds // size}{unit[-1]}"
    return f"{sign}PT{seconds}S"
