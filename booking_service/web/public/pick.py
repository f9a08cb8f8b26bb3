"""Choosing a time: the month with free days, the times of a day, their zone.

The page serves bookings and rescheduling; an `Errand` says where its links and its button lead.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...actions.times.offers import OfferedSlots, Offering
from ...domain.availability import DAY, start_of_day
from ...domain.booking import Booking
from ...domain.interval import Interval
from ...domain.localized_text import LocalizedText, worded
from ...domain.meeting import Place, shown_zone
from ...language import Language
from ..http.parsing import read_month
from ..http.request import PageRequest
from ..http.responses import Frame, KeptForm, Link, page
from ..parts.paragraphs import paragraphs
from ..parts.slots import SlotChoice, choice_of
from ..parts.when import clock_of
from ..parts.zone_menu import ZoneMenu, zones_to_choose
from .month import Month, month_sheet
from .times import Errand, Sheet, TimesPage
from .unavailable import closed_page

FORM = "choice"  # the id of the form that carries the input along


@dataclass(frozen=True, slots=True)
class DayPart:
    """Morning, afternoon or evening."""

    id: str
    title: str
    choices: tuple[SlotChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PickView:
    title: LocalizedText
    about: str
    description: tuple[LocalizedText, ...]
    zones: ZoneMenu
    month: Month
    day: str
    parts: tuple[DayPart, ...]
    nothing: str
    onwards: Link | None
    soonest: Link | None
    errand: Errand
    action: str
    here: str
    update: str
    hidden: tuple[tuple[str, str], ...]
    zone_hidden: tuple[tuple[str, str], ...]


def pick_page(
    request: PageRequest,
    offering: Offering,
    errand: Errand,
    language: Language,
    *,
    but: Booking | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page of free times, or of why there are none. `but`: a booking that is about to move."""
    fixed = offering.meeting.place is Place.IN_PERSON
    zone = shown_zone(offering.meeting, offering.host.zone, chosen=request.zone or errand.zone)
    times = TimesPage(request, offering, errand, language, zone, but)
    shown, offered = _sheet_to_show(times)
    if offered.closed is not None:
        return closed_page(request, offered, language, errand)
    view = _view(times, shown, _by_day(offered.slots, zone, shown), fixed=fixed)
    frame = replace(
        Frame.of_host(offering.host, offering.organisation, language, private=errand.private),
        step=errand.step,
        asks_by_mail=offering.meeting.wants_doi(forced=offering.organisation.doi_forced),
        here=request.href(errand.here or errand.base) if request.method == "POST" else None,
        keeps=KeptForm(FORM, request.href(errand.base, lang=""), errand.button) if errand.kept else None,
    )
    return page(request, "public/pick.html", view, frame, status=status, headers=headers)


def _sheet_to_show(times: TimesPage) -> tuple[Sheet, OfferedSlots]:
    """The requested month, within the horizon; by default the first one with a free time."""
    first = times.sheet(times.today)
    month, day = read_month(times.request.query.get("month", "")), times.wished_day
    shown = times.sheet(month or day or times.today)
    if month is None and day is not None and day in first:
        shown = first
    offered = times.offers(shown.window(times.zone))
    if month is None and day is None and offered.closed is None and not offered.slots:
        upcoming = times.next_after(times.request.now)
        if upcoming is not None:
            shown = times.sheet(upcoming.start.astimezone(times.zone).date())
            offered = times.offers(shown.window(times.zone))
    return shown, offered


def _view(times: TimesPage, shown: Sheet, days: Mapping[date, Sequence[Interval]], *, fixed: bool) -> PickView:
    request, language, errand, zone = times.request, times.language, times.errand, times.zone
    wished = times.wished_day
    day = wished if wished is not None and wished in shown else next(iter(sorted(days)), None)
    nothing, onwards = _nothing(times, shown, day, days)
    chosen = request.chosen_language or ""
    suggest = not fixed and request.zone is None and errand.zone is None
    return PickView(
        title=errand.title,
        about=_about(times.offering, language),
        description=paragraphs(
            worded(times.offering.meeting.description, language.code, writer=times.offering.host.language)
        ),
        zones=zones_to_choose(
            zone, language, of_host=times.offering.host.zone, now=request.now, fixed=fixed, suggest=suggest
        ),
        month=month_sheet(times, shown, days, day),
        day=language.day(day) if day else "",
        parts=_parts(days.get(day, ()) if day else (), zone, language, chosen=errand.start),
        nothing=nothing,
        onwards=onwards,
        soonest=_soonest(times, shown, days),
        errand=errand,
        action=request.plain(errand.action),
        here=request.plain(errand.base),
        update=request.href(errand.base, day=day.isoformat() if day else "", month=f"{shown.month:%Y-%m}"),
        hidden=_carried(zone=zone.key, lang=chosen),
        zone_hidden=_carried(day=day.isoformat() if day else "", month=f"{shown.month:%Y-%m}", lang=chosen),
    )


def _about(offering: Offering, language: Language) -> str:
    """ "30 minutes · Video call · with Ada Lovelace"."""
    length, place = language.duration(offering.meeting.rules.duration), language.place(offering.meeting.place)
    return " · ".join((length, place, language.text("with {host}", host=offering.host.name)))


def _carried(**values: str) -> tuple[tuple[str, str], ...]:
    """The non-empty values as hidden fields."""
    return tuple((name, value) for name, value in values.items() if value)


def _parts(
    slots: Sequence[Interval], zone: ZoneInfo, language: Language, *, chosen: datetime | None
) -> tuple[DayPart, ...]:
    titles = (
        ("morning", language.text("Morning")),
        ("afternoon", language.text("Afternoon")),
        ("evening", language.text("Evening")),
    )
    grouped: dict[str, list[SlotChoice]] = defaultdict(list)
    for slot in slots:
        hour = slot.start.astimezone(zone).hour
        part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
        grouped[part].append(choice_of(slot.start, clock_of(slot.start, zone, language), checked=slot.start == chosen))
    return tuple(DayPart(name, title, tuple(grouped[name])) for name, title in titles if name in grouped)


def _nothing(
    times: TimesPage, shown: Sheet, day: date | None, days: Mapping[date, Sequence[Interval]]
) -> tuple[str, Link | None]:
    """What to say without times, and the link to the next day with some."""
    language = times.language
    if day is not None and days.get(day):
        return "", None
    if day is not None:
        text = language.text("Nothing is free on {day}.", day=language.day(day))
        after = start_of_day(day + DAY, times.zone)
    else:
        text = language.text("Nothing is free in {month}.", month=shown.title(language))
        after = shown.window(times.zone).end
    following = times.next_after(max(after, times.request.now))
    if following is None:
        earlier = times.next_after(times.request.now)
        if earlier is None:
            last = language.full_date(times.last_on - DAY)
            return language.text("Nothing is free until {day}, the last day that can be booked.", day=last), None
        following = earlier
    on = following.start.astimezone(times.zone).date()
    return text, Link(language.text("Next free day: {day}", day=language.day(on)), times.day_href(on))


def _soonest(times: TimesPage, shown: Sheet, days: Mapping[date, Sequence[Interval]]) -> Link | None:
    if times.today in shown and days:
        soonest: Interval | None = days[min(days)][0]
    else:
        soonest = times.next_after(times.request.now)
    if soonest is None:
        return None
    on = soonest.start.astimezone(times.zone).date()
    text = times.language.text(
        "Soonest: {day}, {time}", day=times.language.day(on), time=clock_of(soonest.start, times.zone, times.language)
    )
    return Link(text, times.day_href(on))


def _by_day(slots: Iterable[Interval], zone: ZoneInfo, shown: Sheet) -> dict[date, list[Interval]]:
    days: dict[date, list[Interval]] = defaultdict(list)
    for slot in slots:
        on = slot.start.astimezone(zone).date()
        if on in shown:
            days[on].append(slot)
    return dict(days)
