"""When a host is willing to meet: wall-clock hours of their zone, and the instants these are on each date.

Wall-clock time lives here and in rendering only. One rule decides every clock change (PEP 495): an instant is open
when the host's clock then shows a time within a span. So a time in the gap never comes, an opening that would begin
in the gap begins at its end, and both times of the overlap are open, told apart by their instants.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from .interval import Interval, merged, touching

MIDNIGHT = time(0)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
DAYS_PER_WEEK = 7
EARLIEST, LATEST = datetime(1900, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NOT_A_PLACE = {"Factory", "localtime", "posixrules"}
_BETWEEN = re.compile(r",|\b(?:and|und|en)\b", re.IGNORECASE)  # spans of one day
_OCLOCK = re.compile(r"(?<=\d)\s*(?:Uhr|uur)\b", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?", re.ASCII)
_SPANS_LENGTH = 200


class HoursTrouble(StrEnum):
    """What can be wrong with the hours of a day."""

    TOO_LONG = "too-long"
    NO_SPAN = "no-span"
    OFF_THE_CLOCK = "off-the-clock"
    ENDS_AT_START = "ends-at-start"
    BACKWARDS = "backwards"
    OVERLAP = "overlap"


class HoursRefused(ValueError):
    """Hours that can't be kept. `part`: which of what was written; `spans`: as it was read, where it was."""

    def __init__(self, message: str, trouble: HoursTrouble, *, part: str = "", spans: "tuple[Span, ...]" = ()) -> None:
        super().__init__(message)
        self.trouble, self.part, self.spans = trouble, part, spans


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Wall-clock hours of one day, [start, end). An `end` of 00:00 is 24:00, the end of that day; no seconds."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if any(t.tzinfo is not None or t.second or t.microsecond for t in (self.start, self.end)):
            raise ValueError("Hours are whole minutes of the host's own clock, such as 09:00.")
        if self.end != MIDNIGHT and self.start >= self.end:
            raise HoursRefused(
                f"{self} ends before it begins. For hours past midnight, write {self.start:%H:%M}-24:00 on this day "
                "and the rest on the next.",
                HoursTrouble.BACKWARDS,
                part=str(self),
            )

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Start and end as the clock on the wall shows them on `day`: naive on purpose, no instants yet."""
        last = day + DAY if self.end == MIDNIGHT else day
        return datetime.combine(day, self.start), datetime.combine(last, self.end)

    def __str__(self) -> str:
        end = "24:00" if self.end == MIDNIGHT else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


WHOLE_DAY = Span(MIDNIGHT, MIDNIGHT)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of every week, Monday first; a day without spans is closed."""

    weekly: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        if len(self.weekly) != DAYS_PER_WEEK:
            raise ValueError(f"A week has 7 days of hours, Monday first; got {len(self.weekly)}.")
        for spans in self.weekly:
            _refuse_overlap(spans)


@dataclass(frozen=True, slots=True)
class DateOverride:
    """Other hours from `first_on` to `last_on`, both included; without spans the host is away. `name`: what for, or "".

    Of several for one date the one for fewest days counts: the exception to a holiday. See `override_on`.
    """

    first_on: date
    last_on: date
    spans: tuple[Span, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if self.last_on < self.first_on:
            raise ValueError(f"The last day ({self.last_on}) lies before the first ({self.first_on}): swap them.")
        _refuse_overlap(self.spans)

    def covers(self, day: date) -> bool:
        return self.first_on <= day <= self.last_on


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """On which public holidays a host is away: all of `region` ("DE", "DE-BE") but those they work on, by their names in
    the country's own language; on none where the region is empty."""

    region: str = ""
    works_on: tuple[str, ...] = ()


def parse_spans(text: str) -> tuple[Span, ...]:
    """The spans of one day as people write them: "9-12, 13:30-17", "9-12 und 13-17 Uhr", or nothing for closed.

    Raises HoursRefused.
    """
    if not text.strip():
        return ()
    if len(text) > _SPANS_LENGTH:
        raise HoursRefused("These are too many hours for one day. Write them like 9-12, 13-17.", HoursTrouble.TOO_LONG)
    spans = tuple(sorted(_parse_span(part.strip()) for part in _BETWEEN.split(_OCLOCK.sub("", text))))
    _refuse_overlap(spans)
    return spans


def spans_text(spans: Sequence[Span]) -> str:
    """What `parse_spans` reads back to the same spans."""
    return ", ".join(str(span) for span in spans)


def spans_written(spans: Sequence[Span]) -> str:
    """The same as people write them, 9-12, 13:30-17, for a field that they go on writing in."""
    return ", ".join(f"{_hour(span.start)}-{'24' if span.end == MIDNIGHT else _hour(span.end)}" for span in spans)


def hours_length(spans: Sequence[Span]) -> timedelta:
    """How long the spans are on a day without a clock change."""
    shown = (span.on(date(2001, 1, 1)) for span in spans)
    return sum((end - start for start, end in shown), timedelta())


@cache
def zone_names() -> frozenset[str]:
    """The names of the IANA time zone database, links included, without entries that name no place on earth."""
    return frozenset(available_timezones() - _NOT_A_PLACE)


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name, spelled exactly.
    Everything else (paths, "localtime") is refused before it is opened."""
    if name not in zone_names():
        raise ValueError(f"{name[:64]!r} is not a time zone. Write its IANA name, such as Europe/Berlin.")
    return ZoneInfo(name)


def zone_kept(name: str, *, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of a name that was stored, which the zone database may have dropped since."""
    try:
        return zone_of(name)
    except ValueError:
        return otherwise


def openings(
    hours: WorkingHours, overrides: Sequence[DateOverride], zone: ZoneInfo, window: Interval
) -> list[Interval]:
    """Every opening that touches `window`: sorted, apart from each other, in UTC.

    They are not cut to the window, so that an opening, and the grid that begins with it, never depends on who asks.
    Outside of the years 1900 to 2199 nobody is open.
    """
    if window.start < EARLIEST or window.end > LATEST:
        return []
    first_on, last_on = local_date(window.start, zone) - DAY, local_date(window.end, zone) + DAY
    return list(touching(_openings(hours, tuple(overrides), zone, first_on, last_on), window))


def spans_on(hours: WorkingHours, overrides: Sequence[DateOverride], day: date) -> tuple[Span, ...]:
    """The spans that count on this date."""
    override = override_on(overrides, day)
    return hours.weekly[day.weekday()] if override is None else override.spans


def override_on(overrides: Sequence[DateOverride], day: date) -> DateOverride | None:
    """The override that counts on this date: the one for fewest days, of equals the later given."""
    covering = (override for override in reversed(overrides) if override.covers(day))
    return min(covering, key=lambda override: override.last_on - override.first_on, default=None)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The date on the wall of a host's zone."""
    return instant.astimezone(zone).date()


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """When `day` begins, in UTC; a midnight that a clock change leaves out counts as the moment of the change."""
    return datetime.combine(day, MIDNIGHT, zone).astimezone(UTC)


def local_day(day: date, zone: ZoneInfo) -> list[Interval]:
    """The instants of a host's date: 23 to 25 hours, none for a date that was skipped (Samoa, 30 December 2011)."""
    return merged(
        piece for lasting, offset in _offsets(zone, day, day) for piece in _instants(WHOLE_DAY, day, offset, lasting)
    )


def days(first_on: date, last_on: date) -> Iterator[date]:
    """Both included."""
    return (first_on + ahead * DAY for ahead in range((last_on - first_on).days + 1))


@lru_cache(maxsize=1024)
def _openings(
    hours: WorkingHours, overrides: tuple[DateOverride, ...], zone: ZoneInfo, first_on: date, last_on: date
) -> tuple[Interval, ...]:
    """Remembered, because a host's hours rarely change and the same days are looked at all day long; right for as long as
    the process runs, as nothing but its arguments decides."""
    spans = [(day, span) for day in days(first_on, last_on) for span in spans_on(hours, overrides, day)]
    return tuple(
        merged(
            piece
            for lasting, offset in _offsets(zone, first_on, last_on)
            for day, span in spans
            for piece in _instants(span, day, offset, lasting)
        )
    )


def _instants(span: Span, day: date, offset: timedelta, lasting: Interval) -> Iterator[Interval]:
    """The instants of `lasting`, in which the zone keeps `offset`, when its clocks show a time of `span` on `day`."""
    shown_from, shown_to = span.on(day)
    start = max((shown_from - offset).replace(tzinfo=UTC), lasting.start)
    end = min((shown_to - offset).replace(tzinfo=UTC), lasting.end)
    if start < end:
        yield Interval(start, end)


def _offsets(zone: ZoneInfo, first_on: date, last_on: date) -> Iterator[tuple[Interval, timedelta]]:
    """The stretches in which the zone keeps one offset from UTC, in order, over all instants of these local dates.

    Looks once a day: since 1970 no zone of the database changed its offset twice within 48 hours.
    """
    start = instant = datetime.combine(first_on - DAY, MIDNIGHT, UTC)
    end = datetime.combine(last_on + 2 * DAY, MIDNIGHT, UTC)
    offset = _offset(zone, start)
    while instant < end:
        following = instant + DAY
        if _offset(zone, following) != offset:
            change = _change(zone, instant, following)
            yield Interval(start, change), offset
            start, offset = change, _offset(zone, change)
        instant = following
    yield Interval(start, end + DAY), offset


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second of the offset that holds at `after`, another one than at `before`."""
    old = _offset(zone, before)
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # a ZoneInfo always knows  # noqa: S101
    return offset


def _hour(clock: time) -> str:
    return f"{clock:%H:%M}" if clock.minute else str(clock.hour)


def _refuse_overlap(spans: Sequence[Span]) -> None:
    ordered = sorted(spans)
    for earlier, later in pairwise(ordered):
        if earlier.end == MIDNIGHT or later.start < earlier.end:
            message = f"{earlier} and {later} overlap. Join them, or end one before the other begins."
            raise HoursRefused(message, HoursTrouble.OVERLAP, spans=(earlier, later))


def _parse_span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        message = f"{text!r} is not a span of hours. Write it like 9-12 or 09:00-17:30; 24:00 ends a day."
        raise HoursRefused(message, HoursTrouble.NO_SPAN, part=text)
    from_hour, from_minute, to_hour, to_minute = (int(part or 0) for part in match.groups())
    if (to_hour, to_minute) == (24, 0):
        to_hour = 0
    elif (to_hour, to_minute) == (0, 0):
        message = f"{text!r} ends at the start of the day. Write 24:00 for midnight at its end."
        raise HoursRefused(message, HoursTrouble.ENDS_AT_START, part=text)
    if max(from_hour, to_hour) > 23 or max(from_minute, to_minute) > 59:
        message = f"{text!r} is not on the clock. Hours go from 0 to 23, minutes to 59; 24:00 ends a day."
        raise HoursRefused(message, HoursTrouble.OFF_THE_CLOCK, part=text)
    return Span(time(from_hour, from_minute), time(to_hour, to_minute))
