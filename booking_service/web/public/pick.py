"""Choosing a time: the month with its free days, the times of one day, the zone they are shown in.

The same page serves a first booking and a reschedule; an `Errand` says where its links and its button lead.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.times import public
from ...actions.times.offers import Offering, Offers
from ...domain.availability import DAY
from ...domain.booking import Booking
from ...domain.interval import Interval
from ...domain.meeting import Place
from ...language import Language
from ..http.page_cache import kept
from ..http.parsing import read_month
from ..http.request import PageRequest
from ..http.responses import Link, page
from ..parts.slots import Choice, choice_of
from ..parts.when import clock_of
from ..parts.zone_menu import Zones, zones_to_choose
from .month import Month, month_sheet
from .times import Errand, Looking, month_of, start_of, window_of
from .unavailable import closed_page


@dataclass(frozen=True, slots=True)
class DayPart:
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
    parts: tuple[DayPart, ...]
    nothing: str
    onwards: Link | None
    soonest: Link | None
    errand: Errand
    action: str
    here: str
    hidden: tuple[tuple[str, str], ...]
    zone_hidden: tuple[tuple[str, str], ...]


def pick(request: PageRequest) -> Response:
    """/{host}/{meeting}"""
    found = public.found(request.rt, request.params["host"], request.params["meeting"], now=request.now)
    request.look("slots_per_network")
    return kept(request, found, lambda: _first_choice(request, found))


def _first_choice(request: PageRequest, found: Offering) -> Response:
    language = request.choose_language(found.organisation, host=found.host.language)
    base = f"/{found.host.slug}/{found.meeting.slug}"
    errand = Errand(
        base=base, action=f"{base}/details", method="get", button=language.text("Continue"), title=found.meeting.title
    )
    return pick_page(request, found, errand, language)


def pick_page(
    request: PageRequest, found: Offering, errand: Errand, language: Language, *, but: Booking | None = None, status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """The page of free times, or the one that says why none can be shown.
    `but`: a booking that gives up its own time."""
    fixed = found.meeting.place is Place.IN_PERSON
    zone = found.host.zone if fixed else request.zone or errand.zone or found.host.zone
    looking = Looking(request, found, errand, language, zone, but)
    wished = read_month(request.query.get("month", "")) or month_of(looking.wished_day)
    shown, offered = _month_to_show(looking, wished)
    if offered.closed is not None:
        return closed_page(request, offered, language, private=errand.private)
    view = _view(looking, shown, _by_day(offered.slots, zone, shown), fixed=fixed)
    return page(
        request, "booking/pick.html", view, language=language, organisation=found.organisation, brand=found.host.name,
        home=f"/{found.host.slug}", private=errand.private, step=errand.step, status=status, headers=headers,
        asks_by_mail=found.meeting.wants_doi(forced=found.organisation.doi_forced),
        here=request.href(errand.base) if request.method == "POST" else None,
    )  # fmt: skip


def _month_to_show(looking: Looking, wished: date | None) -> tuple[date, Offers]:
    """The month asked for, kept within what can be booked; without a wish the first one that has a free time."""
    first, last = looking.today.replace(day=1), max(looking.last_on, looking.today).replace(day=1)
    shown = first if wished is None else min(max(wished, first), last)
    offered = looking.offers(window_of(shown, looking.zone))
    if wished is None and offered.closed is None and not offered.slots:
        upcoming = looking.next_after(looking.request.now)
        if upcoming is not None:
            shown = upcoming.start.astimezone(looking.zone).date().replace(day=1)
            offered = looking.offers(window_of(shown, looking.zone))
    return shown, offered


def _view(looking: Looking, shown: date, days: Mapping[date, Sequence[Interval]], *, fixed: bool) -> PickView:
    request, language, errand, zone = looking.request, looking.language, looking.errand, looking.zone
    wished = looking.wished_day
    day = wished if wished is not None and month_of(wished) == shown else next(iter(sorted(days)), None)
    nothing, onwards = _nothing(looking, shown, day, days)
    chosen = request.chosen_language or ""
    suggest = not fixed and request.zone is None and errand.zone is None
    return PickView(
        title=errand.title,
        about=_about(looking.found, language),
        description=_paragraphs(looking.found.meeting.description),
        zones=zones_to_choose(zone, language, now=request.now, fixed=fixed, suggest=suggest),
        month=month_sheet(looking, shown, days, day),
        day=language.day(day) if day else "",
        parts=_parts(days.get(day, ()) if day else (), zone, language),
        nothing=nothing,
        onwards=onwards,
        soonest=_soonest(looking, shown, days),
        errand=errand,
        action=request.plain(errand.action),
        here=request.plain(errand.base),
        hidden=_carried(zone=zone.key, lang=chosen),
        zone_hidden=_carried(day=day.isoformat() if day else "", month=f"{shown:%Y-%m}", lang=chosen),
    )


def _about(found: Offering, language: Language) -> str:
    """30 minutes · Video call · with Ada Lovelace"""
    length, place = language.duration(found.meeting.rules.duration), language.place(found.meeting.place)
    return " · ".join((length, place, language.text("with {host}", host=found.host.name)))


def _carried(**values: str) -> tuple[tuple[str, str], ...]:
    """Hidden fields of a form, those that say something."""
    return tuple((name, value) for name, value in values.items() if value)


def _parts(slots: Sequence[Interval], zone: ZoneInfo, language: Language) -> tuple[DayPart, ...]:
    titles = (
        ("morning", language.text("Morning")),
        ("afternoon", language.text("Afternoon")),
        ("evening", language.text("Evening")),
    )
    grouped: dict[str, list[Choice]] = defaultdict(list)
    for slot in slots:
        hour = slot.start.astimezone(zone).hour
        part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
        grouped[part].append(choice_of(slot.start, clock_of(slot.start, zone)))
    return tuple(DayPart(name, title, tuple(grouped[name])) for name, title in titles if name in grouped)


def _nothing(
    looking: Looking, shown: date, day: date | None, days: Mapping[date, Sequence[Interval]]
) -> tuple[str, Link | None]:
    """What to say where there is no time to choose, and the way to the next day that has one."""
    language = looking.language
    if day is not None and days.get(day):
        return "", None
    if day is not None:
        text = language.text("Nothing is free on {day}.", day=language.day(day))
        after = start_of(day + DAY, looking.zone)
    else:
        text = language.text("Nothing is free in {month}.", month=language.month(shown))
        after = window_of(shown, looking.zone).end
    following = looking.next_after(max(after, looking.request.now))
    if following is None:
        earlier = looking.next_after(looking.request.now)
        if earlier is None:
            last = language.full_date(looking.last_on - DAY)
            return language.text("Nothing is free until {day}, the last day that can be booked.", day=last), None
        following = earlier
    on = following.start.astimezone(looking.zone).date()
    return text, Link(language.text("Next free day: {day}", day=language.day(on)), looking.day_href(on))


def _soonest(looking: Looking, shown: date, days: Mapping[date, Sequence[Interval]]) -> Link | None:
    if shown == looking.today.replace(day=1) and days:
        soonest: Interval | None = days[min(days)][0]
    else:
        soonest = looking.next_after(looking.request.now)
    if soonest is None:
        return None
    on = soonest.start.astimezone(looking.zone).date()
    text = looking.language.text(
        "Soonest: {day}, {time}", day=looking.language.day(on), time=clock_of(soonest.start, looking.zone)
    )  # fmt: skip
    return Link(text, looking.day_href(on))


def _by_day(slots: Iterable[Interval], zone: ZoneInfo, shown: date) -> dict[date, list[Interval]]:
    days: dict[date, list[Interval]] = defaultdict(list)
    for slot in slots:
        on = slot.start.astimezone(zone).date()
        if month_of(on) == shown:
            days[on].append(slot)
    return dict(days)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())
