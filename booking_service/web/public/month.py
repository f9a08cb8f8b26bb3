"""The sheet of one month, with its free days to choose from."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ...domain.availability import DAY
from ...domain.interval import Interval
from ..http.responses import Link
from .times import TimesPage


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the month: free days have an address, and a name that says how many times are free."""

    number: int
    href: str = ""
    name: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    title: str
    caption: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[Cell | None, ...], ...]
    before: Link | None
    after: Link | None


def month_sheet(times: TimesPage, shown: date, days: Mapping[date, Sequence[Interval]], chosen: date | None) -> Month:
    language, today = times.language, times.today
    weeks = Calendar().monthdatescalendar(shown.year, shown.month)
    before, after = shown - DAY, (shown + 31 * DAY).replace(day=1)

    def cell(day: date) -> Cell | None:
        return _cell(times, day, len(days.get(day, ())), chosen) if day.month == shown.month else None

    return Month(
        title=language.month(shown),
        caption=language.text("Days with free times in {month}", month=language.month(shown)),
        weekdays=tuple(language.weekdays()),
        weeks=tuple(tuple(map(cell, week)) for week in weeks if week[-1] >= today),
        before=_link(times, before, language.text("Previous month, {month}", month=language.month(before)))
        if before >= today.replace(day=1)
        else None,
        after=_link(times, after, language.text("Next month, {month}", month=language.month(after)))
        if after <= times.last_on
        else None,
    )


def _link(times: TimesPage, month: date, text: str) -> Link:
    return Link(text, times.href(month=f"{month:%Y-%m}"))


def _cell(times: TimesPage, day: date, free: int, chosen: date | None) -> Cell:
    if not free:
        return Cell(day.day, chosen=day == chosen)
    name = times.language.plural(
        "{day}, {count} time free", "{day}, {count} times free", free, day=times.language.day(day)
    )
    return Cell(day.day, times.day_href(day), name, chosen=day == chosen)
