"""Choosing one of the host's own free times: a week of days, with links to other weeks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from ...actions.times.offers import OfferedSlots
from ...domain.availability import DAY, start_of_day
from ...domain.interval import Interval
from ..http.parsing import read_day
from ..http.responses import Link
from ..http.signed_in_pages import SignedInRequest
from ..parts.slots import SlotChoice, choice_of
from ..parts.when import clock_of

_DAYS = 7


@dataclass(frozen=True, slots=True)
class DayOfTimes:
    title: str
    choices: tuple[SlotChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeChoice:
    """`shown`: which days. `nothing`: why there is no time. `earlier`, `later`: the neighbouring weeks."""

    shown: str
    days: tuple[DayOfTimes, ...]
    nothing: str
    earlier: Link | None
    later: Link


def time_choice(
    request: SignedInRequest,
    path: str,
    times: Callable[[Interval], OfferedSlots],
    *,
    otherwise: date,
    chosen: datetime | None = None,
    **query: str,
) -> TimeChoice:
    """The week from ?day= or `otherwise` on, never before today. `query`: further parameters of the address."""
    language, zone = request.language, request.person.zone
    today = request.now.astimezone(zone).date()
    first = max(read_day(request.query.get("day", "") or request.form.get("day", "")) or otherwise, today)
    last = first + _DAYS * DAY
    found = times(Interval(start_of_day(first, zone), start_of_day(last, zone)))
    by_day = groupby(found.slots, key=lambda slot: slot.start.astimezone(zone).date())
    days = tuple(
        DayOfTimes(
            language.day(on),
            tuple(
                choice_of(slot.start, clock_of(slot.start, zone, language), checked=slot.start == chosen)
                for slot in slots
            ),
        )
        for on, slots in by_day
    )
    before = max(first - _DAYS * DAY, today)
    return TimeChoice(
        shown=f"{language.short_day(first)} – {language.short_day(last - DAY)}",
        days=days,
        nothing=_nothing(request, found, any_day=bool(days)),
        earlier=Link(language.text("‹ Week before"), request.href(path, **query, day=f"{before:%Y-%m-%d}"))
        if before < first
        else None,
        later=Link(language.text("Week after ›"), request.href(path, **query, day=f"{last:%Y-%m-%d}")),
    )


def _nothing(request: SignedInRequest, found: OfferedSlots, *, any_day: bool) -> str:
    if found.closed is not None:
        return request.language.text(
            "No times can be offered now, because your calendars can't be verified. Today says more."
        )
    return "" if any_day else request.language.text("Nothing is free on these days.")
