"""A month with its free days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ...domain.availability import DAY
from ...domain.interval import Interval
from ...language import Language
from ..http.responses import Link
from .times import Sheet, TimesPage


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. Free ones have an address, and a name with the number of times.

    `month`: its short name on the first day shown of it, after another one. `today`: a word for that.
    """

    number: int
    month: str = ""
    today: str = ""
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


def month_sheet(times: TimesPage, shown: Sheet, days: Mapping[date, Sequence[Interval]], chosen: date | None) -> Month:
    language, today = times.language, times.today
    before, after = shown.month - DAY, (shown.month + 31 * DAY).replace(day=1)

    def cell(day: date) -> Cell | None:
        return _cell(times, shown, day, len(days.get(day, ())), chosen) if day in shown else None

    return Month(
        title=shown.title(language),
        caption=language.text("Days with free times in {month}", month=shown.title(language)),
        weekdays=tuple(language.weekdays()),
        weeks=tuple(tuple(map(cell, week)) for week in _weeks(shown, language) if week[-1] >= today),
        before=_link(times, before, language.text("Previous month, {month}", month=language.month(before)))
        if before >= today.replace(day=1)
        else None,
        after=_link(times, after, language.text("Next month, {month}", month=language.month(after)))
        if after <= times.last_on
        else None,
    )


def _link(times: TimesPage, month: date, text: str) -> Link:
    return Link(text, times.href(month=f"{month:%Y-%m}"))


def _weeks(shown: Sheet, language: Language) -> list[list[date]]:
    """Its whole weeks."""
    first = language.week_of(shown.month)
    return [[first + (start + n) * DAY for n in range(7)] for start in range(0, (shown.end - first).days, 7)]


def _cell(times: TimesPage, shown: Sheet, day: date, free: int, chosen: date | None) -> Cell:
    begins = times.language.short_month(day) if day.day == 1 and day != shown.month else ""
    today = times.language.text("today") if day == times.today else ""
    if not free:
        return Cell(day.day, begins, today, chosen=day == chosen)
    name = times.language.plural(
        "{day}, {count} time free", "{day}, {count} times free", free, day=times.language.day(day)
    )
    named = f"{name}, {today}" if today else name
    return Cell(day.day, begins, today, times.day_href(day), named, chosen=day == chosen)
