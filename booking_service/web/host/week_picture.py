"""A picture of a host's week: openings, and what calendars and bookings take of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ...actions.setup.hours import Hours
from ...domain.availability import DAY
from ...domain.interval import Interval
from ...language import Language

_TOP, _HEIGHT, _LEFT, _COLUMN, _WIDTH = 24, 212, 32, 38, 32
_EARLIEST, _LATEST = 8 * 60, 18 * 60  # minutes of the day that are always shown


@dataclass(frozen=True, slots=True)
class Rect:
    """`kind`: "g0" day, "g2" open, "g3" taken (classes in the style sheet)."""

    kind: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Label:
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class WeekPicture:
    rects: tuple[Rect, ...]
    labels: tuple[Label, ...]


def week_picture(hours: Hours, language: Language) -> WeekPicture:
    """Monday to Sunday in the host's zone; taken time is shown within openings only."""
    zone, monday = hours.host.zone, hours.monday
    opened = list(_on_the_wall(hours.opened, zone, monday))
    taken = list(_on_the_wall(_shared(hours.opened, hours.taken), zone, monday))
    first = min([_EARLIEST, *(start // 60 * 60 for _, start, _ in opened)])
    last = max([_LATEST, *(-(-end // 60) * 60 for _, _, end in opened)])

    def placed(kind: str, pieces: Iterable[tuple[int, int, int]]) -> Iterator[Rect]:
        for day, start, end in pieces:
            y, below = (_TOP + (minute - first) * _HEIGHT // (last - first) for minute in (start, end))
            yield Rect(kind, _LEFT + day * _COLUMN, y, max(1, below - y))

    whole = ((day, first, last) for day in range(7))
    step = 120 if last - first <= 14 * 60 else 240
    clock = (
        Label(0, _TOP + (minute - first) * _HEIGHT // (last - first) + 10, str(minute // 60))
        for minute in range(first, last, step)
    )
    names = (Label(_LEFT + day * _COLUMN + 2, 14, short) for day, (short, _) in enumerate(language.days_of_the_week()))
    return WeekPicture((*placed("g0", whole), *placed("g2", opened), *placed("g3", taken)), (*names, *clock))


def _shared(opened: Sequence[Interval], taken: Sequence[Interval]) -> Iterator[Interval]:
    for one in opened:
        for other in taken:
            if one.overlaps(other):
                yield Interval(max(one.start, other.start), min(one.end, other.end))


def _on_the_wall(times: Iterable[Interval], zone: ZoneInfo, monday: date) -> Iterator[tuple[int, int, int]]:
    """(day of the week from 0, minute of start, minute of end), cut to the week and at midnight."""
    for each in times:
        start, end = (_naive(instant, zone) for instant in (each.start, each.end))
        for day in range(7):
            begins = datetime.combine(monday + day * DAY, time.min)
            first, last = max(start, begins), min(end, begins + DAY)
            if first < last:
                yield day, _minutes(first - begins), _minutes(last - begins)


def _naive(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
