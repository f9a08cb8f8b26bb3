"""Choosing a time: the month with its free days, the times of one day, the zone they are shown in.

The same page serves a first booking and a reschedule; a `Way` says where its links and its button lead.
"""

from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ..actions import views
from ..actions.offers import Offering, Offers, next_offered, offers_of
from ..domain.interval import Interval
from ..domain.meeting import Place
from ..language import Language
from .answers import Step, page
from .asked import Asked, read_day, read_month
from .closed import closed_page
from .kept import kept
from .wording import clock_of, place_kind
from .zones import Zones, zones_to_choose

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`base`: the address of this very page. `action` and `method`: where the chosen time goes, `button`: how that is
    called. `current`: the time that is given up for it, in words, and `back` to it. `notice`: why the last choice was
    refused. `zone` and `day`: what to show unless something else is chosen."""

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


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the month: free days have an address, and a name that says how many times are free."""

    number: int
    href: str = ""
    name: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A step to another month."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class Month:
    title: str
    caption: str
    weekdays: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[Cell | None, ...], ...]
    before: Turn | None
    after: Turn | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One time: its UTC instant as value, its clock time as label."""

    value: str
    label: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Morning, afternoon or evening."""

    id: str
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickView:
    title: str
    about: str
    description: tuple[str, ...]
    zones: Zones
    month: Month
    day: str
    parts: tuple[Part, ...]
    nothing: str
    onwards: Turn | None
    soonest: Turn | None
    way: Way
    action: str
    here: str
    hidden: tuple[tuple[str, str], ...]
    zone_hidden: tuple[tuple[str, str], ...]


def pick(asked: Asked) -> Response:
    """/{host}/{meeting}"""
    found = views.found(asked.rt, asked.params["host"], asked.params["meeting"], now=asked.now)
    asked.look("slots_per_network")
    return kept(asked, found, lambda: _first_choice(asked, found))


def _first_choice(asked: Asked, found: Offering) -> Response:
    said = asked.speak(found.organisation, host=found.host.language)
    base = f"/{found.host.slug}/{found.meeting.slug}"
    way = Way(
        base=base, action=f"{base}/details", method="get", button=said.text("Continue"), title=found.meeting.title
    )
    return pick_page(asked, found, way, said)


def pick_page(
    asked: Asked, found: Offering, way: Way, said: Language, *, but: UUID | None = None, status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The page of free times, or the one that says why none can be shown. `but`: a booking that gives up its own time."""
    fixed = found.meeting.place is Place.IN_PERSON
    zone = found.host.zone if fixed else asked.zone or way.zone or found.host.zone
    looking = _Looking(asked, found, way, said, zone, but)
    wished = read_month(asked.query.get("month", "")) or _month_of(looking.wished_day)
    shown, offered = _month_to_show(looking, wished)
    if offered.closed is not None:
        return closed_page(asked, offered, said, private=way.private)
    view = _view(looking, shown, _by_day(offered.slots, zone, shown), fixed=fixed)
    return page(
        asked, "booking/pick.html", view, said=said, organisation=found.organisation, brand=found.host.name,
        home=f"/{found.host.slug}", private=way.private, step=way.step, status=status, headers=headers,
        asks_by_mail=found.meeting.wants_doi(forced=found.organisation.doi_forced),
        here=asked.href(way.base) if asked.method == "POST" else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Looking:
    """Who looks at what, in which zone."""

    asked: Asked
    found: Offering
    way: Way
    said: Language
    zone: ZoneInfo
    but: UUID | None

    @property
    def today(self) -> date:
        return self.asked.now.astimezone(self.zone).date()

    @property
    def last_on(self) -> date:
        """The last date that may hold a time: the host's last one, and the next day where the clocks are ahead."""
        today = self.asked.now.astimezone(self.found.host.zone).date()
        return self.found.meeting.rules.horizon.ends_on(today) + DAY

    @property
    def wished_day(self) -> date | None:
        return read_day(self.asked.query.get("day", "")) or self.way.day

    def offers(self, window: Interval) -> Offers:
        return offers_of(self.asked.rt, self.found, window, now=self.asked.now, but=self.but)

    def next_after(self, instant: datetime) -> Interval | None:
        return next_offered(self.asked.rt, self.found, after=instant, now=self.asked.now, but=self.but)

    def href(self, **query: str) -> str:
        chosen = self.asked.zone
        return self.asked.href(self.way.base, **query, zone=chosen.key if chosen else None)

    def day_href(self, day: date) -> str:
        return self.href(day=day.isoformat()) + "#times"


def _month_to_show(looking: _Looking, wished: date | None) -> tuple[date, Offers]:
    """The month asked for, kept within what can be booked; without a wish the first one that has a free time."""
    first, last = looking.today.replace(day=1), max(looking.last_on, looking.today).replace(day=1)
    shown = first if wished is None else min(max(wished, first), last)
    offered = looking.offers(_window(shown, looking.zone))
    if wished is None and offered.closed is None and not offered.slots:
        upcoming = looking.next_after(looking.asked.now)
        if upcoming is not None:
            shown = upcoming.start.astimezone(looking.zone).date().replace(day=1)
            offered = looking.offers(_window(shown, looking.zone))
    return shown, offered


def _view(looking: _Looking, shown: date, days: Mapping[date, Sequence[Interval]], *, fixed: bool) -> PickView:
    said, way, meeting, zone = looking.said, looking.way, looking.found.meeting, looking.zone
    wished = looking.wished_day
    day = wished if wished is not None and _month_of(wished) == shown else next(iter(sorted(days)), None)
    nothing, onwards = _nothing(looking, shown, day, days)
    chosen_language = looking.asked.chosen_language
    hidden = [("zone", zone.key), ("lang", chosen_language or "")]
    zone_hidden = [
        ("day", day.isoformat() if day else ""),
        ("month", f"{shown:%Y-%m}"),
        ("lang", chosen_language or ""),
    ]
    return PickView(
        title=way.title,
        about=" · ".join((
            said.duration(meeting.rules.duration), place_kind(meeting, said),
            said.text("with {host}", host=looking.found.host.name),
        )),
        description=_paragraphs(meeting.description),
        zones=zones_to_choose(
            zone, said, now=looking.asked.now, fixed=fixed,
            suggest=not fixed and looking.asked.zone is None and way.zone is None,
        ),
        month=_month(looking, shown, days, day),
        day=said.day(day) if day else "",
        parts=_parts(days.get(day, ()) if day else (), zone, said),
        nothing=nothing,
        onwards=onwards,
        soonest=_soonest(looking, shown, days),
        way=way,
        action=looking.asked.plain(way.action),
        here=looking.asked.plain(way.base),
        hidden=tuple((name, value) for name, value in hidden if value),
        zone_hidden=tuple((name, value) for name, value in zone_hidden if value),
    )  # fmt: skip


def _month(looking: _Looking, shown: date, days: Mapping[date, Sequence[Interval]], chosen: date | None) -> Month:
    said, today = looking.said, looking.today
    weeks = Calendar().monthdatescalendar(shown.year, shown.month)
    before, after = shown - DAY, (shown + 31 * DAY).replace(day=1)
    return Month(
        title=said.month(shown),
        caption=said.text("Days with free times in {month}", month=said.month(shown)),
        weekdays=tuple(said.weekdays()),
        weeks=tuple(
            tuple(_cell(looking, day, len(days.get(day, ())), chosen) if day.month == shown.month else None for day in week)
            for week in weeks
            if week[-1] >= today
        ),
        before=_turn(looking, before, said.text("Previous month, {month}", month=said.month(before)))
        if before >= today.replace(day=1)
        else None,
        after=_turn(looking, after, said.text("Next month, {month}", month=said.month(after)))
        if after <= looking.last_on
        else None,
    )  # fmt: skip


def _turn(looking: _Looking, month: date, name: str) -> Turn:
    return Turn(looking.href(month=f"{month:%Y-%m}"), name)


def _cell(looking: _Looking, day: date, free: int, chosen: date | None) -> Cell:
    if not free:
        return Cell(day.day, chosen=day == chosen)
    name = looking.said.plural(
        "{day}, {count} time free", "{day}, {count} times free", free, day=looking.said.day(day)
    )  # fmt: skip
    return Cell(day.day, looking.day_href(day), name, chosen=day == chosen)


def _parts(slots: Sequence[Interval], zone: ZoneInfo, said: Language) -> tuple[Part, ...]:
    titles = (
        ("morning", said.text("Morning")),
        ("afternoon", said.text("Afternoon")),
        ("evening", said.text("Evening")),
    )
    grouped: dict[str, list[Choice]] = defaultdict(list)
    for slot in slots:
        hour = slot.start.astimezone(zone).hour
        part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
        grouped[part].append(choice_of(slot.start, clock_of(slot.start, zone)))
    return tuple(Part(name, title, tuple(grouped[name])) for name, title in titles if name in grouped)


def choice_of(start: datetime, label: str, *, checked: bool = False) -> Choice:
    return Choice(slot_value(start), label, checked)


def slot_value(start: datetime) -> str:
    """How a slot is named in forms and addresses: its instant, so that both 02:30s of an autumn night are told apart."""
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _nothing(
    looking: _Looking, shown: date, day: date | None, days: Mapping[date, Sequence[Interval]]
) -> tuple[str, Turn | None]:
    """What to say where there is no time to choose, and the way to the next day that has one."""
    said = looking.said
    if day is not None and days.get(day):
        return "", None
    if day is not None:
        text = said.text("Nothing is free on {day}.", day=said.day(day))
        after = _instant(day + DAY, looking.zone)
    else:
        text = said.text("Nothing is free in {month}.", month=said.month(shown))
        after = _window(shown, looking.zone).end
    following = looking.next_after(max(after, looking.asked.now))
    if following is None:
        earlier = looking.next_after(looking.asked.now)
        if earlier is None:
            last = said.full_date(looking.last_on - DAY)
            return said.text("Nothing is free until {day}, the last day that can be booked.", day=last), None
        following = earlier
    on = following.start.astimezone(looking.zone).date()
    return text, Turn(looking.day_href(on), said.text("Next free day: {day}", day=said.day(on)))


def _soonest(looking: _Looking, shown: date, days: Mapping[date, Sequence[Interval]]) -> Turn | None:
    if shown == looking.today.replace(day=1) and days:
        soonest: Interval | None = days[min(days)][0]
    else:
        soonest = looking.next_after(looking.asked.now)
    if soonest is None:
        return None
    on = soonest.start.astimezone(looking.zone).date()
    text = looking.said.text(
        "Soonest: {day}, {time}", day=looking.said.day(on), time=clock_of(soonest.start, looking.zone)
    )  # fmt: skip
    return Turn(looking.day_href(on), text)


def _by_day(slots: Iterable[Interval], zone: ZoneInfo, shown: date) -> dict[date, list[Interval]]:
    days: dict[date, list[Interval]] = defaultdict(list)
    for slot in slots:
        on = slot.start.astimezone(zone).date()
        if _month_of(on) == shown:
            days[on].append(slot)
    return dict(days)


def _window(month: date, zone: ZoneInfo) -> Interval:
    """The instants of a month on the clocks of `zone`."""
    return Interval(_instant(month, zone), _instant((month + 31 * DAY).replace(day=1), zone))


def _instant(day: date, zone: ZoneInfo) -> datetime:
    """When `day` begins; a midnight that a clock change leaves out counts as the moment of the change."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _month_of(day: date | None) -> date | None:
    return day.replace(day=1) if day else None


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())
