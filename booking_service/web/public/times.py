"""A look at free times: who looks, at what, in which zone, and where the links of the page lead."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from ...actions.times.offers import OfferedSlots, Offering, next_slot, slots_of
from ...domain.availability import DAY
from ...domain.booking import Booking
from ...domain.interval import Interval
from ...language import Language
from ..http.parsing import read_day
from ..http.request import PageRequest
from ..http.responses import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What somebody came to the page of free times for: to book, or to move a booking.

    `base`: the address of this very page. `action` and `method`: where the chosen time goes, `button`: how that is
    called. `current`: the time that is given up for it, in words, and `back` to it. `notice`: why the last choice was
    refused. `zone` and `day`: what to show unless something else is chosen. `start`: the time that is chosen already.
    `kept`: what was typed before and must come along; it travels in a form, as addresses are written down in many
    places. `here`: what reloading the page asks for, where that isn't `base`.
    """

    base: str
    action: str
    method: str
    button: str
    title: str
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


@dataclass(frozen=True, slots=True)
class TimesPage:
    """Who looks at what, in which zone."""

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
        """The last date that may hold a time: the host's last one, and the next day where the clocks are ahead."""
        today = self.request.now.astimezone(self.offering.host.zone).date()
        return self.offering.meeting.rules.horizon.ends_on(today) + DAY

    @property
    def wished_day(self) -> date | None:
        return read_day(self.request.query.get("day", "")) or self.errand.day

    def offers(self, window: Interval) -> OfferedSlots:
        return slots_of(self.request.rt, self.offering, window, now=self.request.now, but=self.but)

    def next_after(self, instant: datetime) -> Interval | None:
        return next_slot(self.request.rt, self.offering, after=instant, now=self.request.now, but=self.but)

    def href(self, **query: str) -> str:
        chosen = self.request.zone
        return self.request.href(self.errand.base, **query, zone=chosen.key if chosen else None)

    def day_href(self, day: date) -> str:
        return self.href(day=day.isoformat()) + "#times"


def window_of(month: date, zone: ZoneInfo) -> Interval:
    """The instants of a month on the clocks of `zone`."""
    return Interval(start_of(month, zone), start_of((month + 31 * DAY).replace(day=1), zone))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """When `day` begins; a midnight that a clock change leaves out counts as the moment of the change."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def month_of(day: date | None) -> date | None:
    return day.replace(day=1) if day else None
