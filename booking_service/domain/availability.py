"""When a host is willing to meet: their wall-clock hours, and the UTC instants these are on each date.

Wall-clock time is used here and in rendering only. One rule decides every clock change (PEP 495): an instant is open
when the host's clock shows a time within a span at that instant. So a wall-clock time in the gap never comes, an
opening that would begin in the gap begins at its end, and both readings of a repeated hour are open; they are told
apart by their instants.
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
_BETWEEN = re.compile(r",|\b(?:and|und|en)\b", re.IGNORECASE)  # between the spans of one day
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
    """Hours that can't be stored. `part`: the piece of the text that is wrong; `spans`: what was read of it, if
    anything was."""

    def __init__(self, message: str, trouble: HoursTrouble, *, part: str = "", spans: "tuple[Span, ...]" = ()) -> None:
        super().__init__(message)
        self.trouble, self.part, self.spans = trouble, part, spans


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Wall-clock hours of one day, [start, end), without seconds. An `end` of 00:00 means 24:00, the end of that day."""

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
        """Start and end on `day` in wall-clock time: naive on purpose, as they are no instants yet."""
        last = day + DAY if self.end == MIDNIGHT else day
        return datetime.combine(day, self.start), datetime.combine(last, self.end)

    def __str__(self) -> str:
        end = "24:00" if self.end == MIDNIGHT else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


WHOLE_DAY = Span(MIDNIGHT, MIDNIGHT)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of each week, Monday first; a day without spans is closed."""

    weekly: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        if len(self.weekly) != DAYS_PER_WEEK:
            raise ValueError(f"A week has 7 days of hours, Monday first; got {len(self.weekly)}.")
        for spans in self.weekly:
            _refuse_overlap(spans)


@dataclass(frozen=True, slots=True)
class DateOverride:
    """Other hours from `first_on` to `last_on`, both inclusive; without spans the host is away. `name`: what for, or
    "".

    Where several cover one date, the one over the fewest days counts (see `override_on`).
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
    """The public holidays on which a host is away.

    All holidays of `region` ("DE", "DE-BE") except those in `works_on`, which are named in the country's own language.
    An empty `region` means none.
    """

    region: str = ""
    works_on: tuple[str, ...] = ()


def parse_spans(text: str) -> tuple[Span, ...]:
    """The spans of one day as people write them: "9-12, 13:30-17", "9-12 und 13-17 Uhr", or nothing for closed.

    Raises HoursRefused.
    """
    if not text.strip():
        return ()
    if len(text) > _SPANS_LENGTH:
        raise HoursRefused("That is too many hours for one day. Write them like 9-12, 13-17.", HoursTrouble.TOO_LONG)
    spans = tuple(sorted(_parse_span(part.strip()) for part in _BETWEEN.split(_OCLOCK.sub("", text))))
    _refuse_overlap(spans)
    return spans


def spans_text(spans: Sequence[Span]) -> str:
    """The spans as text that `parse_spans` reads back unchanged."""
    return ", ".join(str(span) for span in spans)


def spans_written(spans: Sequence[Span]) -> str:
    """The spans as people write them ("9-12, 13:30-17"), for a form field in which they are edited."""
    return ", ".join(f"{_hour(span.start)}-{'24' if span.end == MIDNIGHT else _hour(span.end)}" for span in spans)


def hours_length(spans: Sequence[Span]) -> timedelta:
    """Total length of the spans on a day without a clock change."""
    shown = (span.on(date(2001, 1, 1)) for span in spans)
    return sum((end - start for start, end in shown), timedelta())


@cache
def zone_names() -> frozenset[str]:
    """The names of the IANA time zone database, links included, without entries that name no place."""
    return frozenset(available_timezones() - _NOT_A_PLACE)


def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name, spelt exactly. Raises ValueError: any other text ("localtime", a path); no file is
    opened for it."""
    if name not in zone_names():
        raise ValueError(f"{name[:64]!r} is not a time zone. Write its IANA name, such as Europe/Berlin.")
    return ZoneInfo(name)


def zone_kept(name: str, *, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of a stored name, or `otherwise` where the zone database no longer has it."""
    try:
        return zone_of(name)
    except ValueError:
        return otherwise


def openings(
    hours: WorkingHours, overrides: Sequence[DateOverride], zone: ZoneInfo, window: Interval
) -> list[Interval]:
    """All openings that overlap `window`: sorted, disjoint, in UTC.

    They are not cut to the window, so that an opening and its grid of starts don't depend on who asks. Outside the
    years 1900 to 2199 there are none.
    """
    if window.start < EARLIEST or window.end > LATEST:
        return []
    first_on, last_on = local_date(window.start, zone) - DAY, local_date(window.end, zone) + DAY
    return list(touching(_openings(hours, tuple(overrides), zone, first_on, last_on), window))


def spans_on(hours: WorkingHours, overrides: Sequence[DateOverride], day: date) -> tuple[Span, ...]:
    """The spans that apply on this date."""
    override = override_on(overrides, day)
    return hours.weekly[day.weekday()] if override is None else override.spans


def override_on(overrides: Sequence[DateOverride], day: date) -> DateOverride | None:
    """The override that applies on this date: the one over the fewest days; of equal ones the later in the list."""
    covering = (override for override in reversed(overrides) if override.covers(day))
    return min(covering, key=lambda override: override.last_on - override.first_on, default=None)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The date that a clock in this zone shows at `instant`."""
    return instant.astimezone(zone).date()


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """When `day` begins, in UTC; where a clock change skips midnight, the moment of the change."""
    return datetime.combine(day, MIDNIGHT, zone).astimezone(UTC)


def local_day(day: date, zone: ZoneInfo) -> list[Interval]:
    """The instants of a local date: 23 to 25 hours, none for a skipped date (Samoa, 30 December 2011)."""
    return merged(
        piece for lasting, offset in _offsets(zone, day, day) for piece in _instants(WHOLE_DAY, day, offset, lasting)
    )


def days(first_on: date, last_on: date) -> Iterator[date]:
    """All dates from `first_on` to `last_on`, both inclusive."""
    return (first_on + ahead * DAY for ahead in range((last_on - first_on).days + 1))


@lru_cache(maxsize=1024)
def _openings(
    hours: WorkingHours, overrides: tuple[DateOverride, ...], zone: ZoneInfo, first_on: date, last_on: date
) -> tuple[Interval, ...]:
    """`openings` of whole days, cached: a pure function of its arguments, asked for the same days all day long."""
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
    """The instants within `lasting`, where the zone has this `offset`, at which its clocks show a time of `span`.

    `day`: the date on those clocks at the span's start.
    """
    shown_from, shown_to = span.on(day)
    start = max((shown_from - offset).replace(tzinfo=UTC), lasting.start)
    end = min((shown_to - offset).replace(tzinfo=UTC), lasting.end)
    if start < end:
        yield Interval(start, end)


def _offsets(zone: ZoneInfo, first_on: date, last_on: date) -> Iterator[tuple[Interval, timedelta]]:
    """The stretches in which the zone keeps one offset from UTC, in order, covering all instants of these local dates.

    The offset is read once a day: since 1970 no zone changed its offset twice within 48 hours.
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
    """The first second at which the offset of `after` applies; the offset at `before` is another one."""
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
    assert offset is not None  # ZoneInfo always has an offset # noqa: S101
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
