"""A view of free times: reader, offering, zone, and where the page's links lead."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ...actions.times.offers import OfferedSlots, Offering, next_slot, slots_of
from ...domain.availability import DAY, start_of_day
from ...domain.booking import Booking
from ...domain.interval import Interval
from ...domain.localized_text import LocalizedText, worded
from ...language import Language
from ..http.parsing import read_day
from ..http.request import PageRequest
from ..http.responses import Step
from ..parts.slots import slot_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The reader's purpose on the page of free times: to book, or to move a booking.

    `base`: the page's own address. `action`, `method`, `button`: where the chosen time goes. `current`: the present
    time in words, with `back` to it. `notice`: why the last choice was refused. `zone`, `day`: shown by default.
    `start`: an already chosen time. `kept`: input to carry along, in a form, as addresses get logged. `here`: the
    address for reloading, if not `base`.
    """

    base: str
    action: str
    method: str
    button: str
    title: LocalizedText
    current: str = ""
    back: str = ""
    notice: tuple[str, str] | None = None
    zone: ZoneInfo | None = None
    day: date | None = None
    private: bool = False
    step: Step | None = Step.TIME
    start: datetime | None = None
    kept: tuple[tuple[str, str], ...] = ()
    here: str = ""


def errand_with(
    request: PageRequest,
    offering: Offering,
    language: Language,
    typed: tuple[tuple[str, str], ...],
    *,
    start: datetime | None,
) -> Errand:
    """To book, with earlier input carried along, and possibly a chosen time."""
    base = f"/{offering.host.slug}/{offering.meeting.slug}"
    zone = request.zone or offering.host.zone
    return Errand(
        base=f"{base}/times",
        action=f"{base}/details",
        method="post",
        button=language.text("Continue"),
        title=worded(offering.meeting.title, language.code, writer=offering.host.language),
        zone=zone,
        day=start.astimezone(zone).date() if start else None,
        private=True,
        start=start,
        kept=(*typed, *((("start", slot_value(start)),) if start else ())),
        here=base,
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    """The days shown at once: from the first of a month to `end`, exclusive."""

    month: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.month <= day < self.end

    def window(self, zone: ZoneInfo) -> Interval:
        """Its instants in `zone`."""
        return Interval(start_of_day(self.month, zone), start_of_day(self.end, zone))

    def title(self, language: Language) -> str:
        """ "November 2026" or "November – December 2026"."""
        return language.months(self.month, self.end - DAY)


@dataclass(frozen=True, slots=True)
class TimesPage:
    """A view of an offering's free times in a zone."""

    request: PageRequest
    offering: Offering
    errand: Errand
    language: Language
    zone: ZoneInfo
    but: Booking | None

    @property
    def today(self) -> date:
        return self.request.now.astimezone(self.zone).date()

    @property
    def last_on(self) -> date:
        """The last date that may have a time: the host's last one, or the next day in zones further ahead."""
        today = self.request.now.astimezone(self.offering.host.zone).date()
        return self.offering.meeting.rules.horizon.ends_on(today) + DAY

    @property
    def wished_day(self) -> date | None:
        return read_day(self.request.query.get("day", "")) or self.errand.day

    def sheet(self, day: date) -> Sheet:
        """The sheet of the month of `day`, within the horizon."""
        first, last = self.today.replace(day=1), max(self.last_on, self.today).replace(day=1)
        month = min(max(day.replace(day=1), first), last)
        return sheet_of(month, today=self.today, last_on=self.last_on, week_of=self.language.week_of)

    def offers(self, window: Interval) -> OfferedSlots:
        return slots_of(self.request.rt, self.offering, window, now=self.request.now, but=self.but)

    def next_after(self, instant: datetime) -> Interval | None:
        return next_slot(self.request.rt, self.offering, after=instant, now=self.request.now, but=self.but)

    def href(self, **query: str) -> str:
        chosen = self.request.zone
        return self.request.href(self.errand.base, **query, zone=chosen.key if chosen else None)

    def day_href(self, day: date) -> str:
        return self.href(day=day.isoformat()) + "#times"


def sheet_of(month: date, *, today: date, last_on: date, week_of: Callable[[date], date]) -> Sheet:
    """A month; late in the present one, with fewer than four weeks left, the five weeks from this one on.

    Never beyond the horizon. `week_of`: the first day of a day's week.
    """
    end = (month + 31 * DAY).replace(day=1)
    this_week = week_of(today)
    if month != today.replace(day=1) or end - this_week > 21 * DAY:
        return Sheet(month, end)
    return Sheet(month, max(end, min(this_week + 35 * DAY, week_of(last_on) + 7 * DAY)))
