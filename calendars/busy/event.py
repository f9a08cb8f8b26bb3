"""One VEVENT: whether it counts, when it is, and how long. What can't be read is never taken for free."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from urllib.parse import unquote

from ..ical.moments import DAY, NOTHING, Length, Unreadable, duration, instant
from ..model import Period
from .components import Component
from .rules import LONG, BusyRules, blocks
from .values import Places, When, named_day, parameters, when

_ATTENDEE = re.compile(r'((?:;[^:;="]+=(?:"[^"]*"|[^";:])*)*):(.*)', re.DOTALL)
_MAILTO = "mailto:"
_DAY_LONG = Length(days=1)

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BusyEvent:
    """Its own stretch of time, and what its repetitions share: the clock of the series and how long each lasts."""

    start: When
    zone: tzinfo
    length: Length
    period: Period

    @property
    def wall(self) -> datetime:
        """When it starts, on the clock of the series; a date at its midnight."""
        wall = self.start.wall
        return wall if isinstance(wall, datetime) else datetime(wall.year, wall.month, wall.day)  # noqa: DTZ001


def read(component: Component, places: Places, warn: Warn) -> BusyEvent | None:
    """The event of a component, None where nothing says when it is."""
    start, sure = _start(component, places, warn)
    if start is None:
        return None
    zone = places.rules.zone if start.all_day else start.zone or places.floating(component.calendar)
    begins = instant(start.wall, zone)
    length, ends = _length(component, start, begins, zone, places, warn)
    if not sure:  # it may begin at any time of that day
        longer = abs(length) > DAY and "DTEND" not in component.properties
        length = Length(length.days + 1, length.time) if longer else max(length, _DAY_LONG, key=abs)
        ends = length.after(start.wall, zone)
    # An end that only the clock change puts before its start leaves nothing.
    backwards = ends < begins and (length.days, length.time) < (0, NOTHING)
    period = Period(ends, begins) if backwards else Period(begins, max(begins, ends))
    if period.end - period.start > LONG:
        warn("it blocks more than a year")
    return BusyEvent(start, zone, length, period)


def is_blocking(component: Component, rules: BusyRules) -> bool:
    """Whether the event counts, see `rules.blocks`."""
    properties = component.properties
    declined = bool(rules.own_addresses) and "ATTENDEE" in properties and _declined(properties["ATTENDEE"], rules)
    return blocks(
        transp=component.text("TRANSP") if "TRANSP" in properties else "",
        status=component.text("STATUS") if "STATUS" in properties else "",
        busystatus=component.text("X-MICROSOFT-CDO-BUSYSTATUS") if "X-MICROSOFT-CDO-BUSYSTATUS" in properties else "",
        declined=declined,
        rules=rules,
    )


def _declined(attendees: list[str], rules: BusyRules) -> bool:
    """Whether the host declined. PARTSTAT is that of the attendee named in the value (RFC 5545 §3.2.12), whatever else
    stands on the line; who is invited twice and declined once has not."""
    if not any("DECLINED" in rest.upper() for rest in attendees):
        return False
    answers = [answer for rest in attendees if (answer := _own_answer(rest, rules.own_addresses)) is not None]
    return bool(answers) and all(answer == "DECLINED" for answer in answers)


def _own_answer(rest: str, own: frozenset[str]) -> str | None:
    """The PARTSTAT of an ATTENDEE line, None where it is about somebody else."""
    match = _ATTENDEE.fullmatch(rest)
    if match is None:
        return None
    given, value = parameters(match[1]), match[2].strip().strip('"').lower()
    # What is named by no address may have one beside it (RFC 7986 §6.2).
    mailbox = value.removeprefix(_MAILTO) if value.startswith(_MAILTO) else given.get("EMAIL", "").lower()
    return given.get("PARTSTAT", "").upper() if unquote(mailbox.partition("?")[0]).strip() in own else None


def _start(component: Component, places: Places, warn: Warn) -> tuple[When | None, bool]:
    """DTSTART, and True; or the day that it names where it can't be read, and False."""
    rest = component.first("DTSTART")
    if rest is None:
        warn("it has no start, so all time counts")
        return None, False
    if len(component.properties["DTSTART"]) > 1:
        warn("it has several DTSTART, the first counts")
    try:
        return when(rest, component.calendar, places), True
    except Unreadable:
        day = named_day(rest)
    warn("its start can't be read, so " + ("that whole day counts" if day else "all time counts"))
    return (None if day is None else When(day, None)), False


def _length(
    component: Component, start: When, begins: datetime, zone: tzinfo, places: Places, warn: Warn
) -> tuple[Length, datetime]:
    """How long it lasts and when it is over.

    DTEND gives the exact length of every repetition, DURATION the nominal one (RFC 5545 §3.8.5.3).
    """
    rest = component.first("DTEND")
    if rest is not None:
        if len(component.properties["DTEND"]) > 1:
            warn("it has several DTEND, the first counts")
        return _until(rest, component.calendar, start, begins, zone, places, warn)
    length = _DAY_LONG if start.all_day else Length()
    rest = component.first("DURATION")
    if rest is not None:
        try:
            length = duration(rest.rpartition(":")[2].upper())
        except Unreadable:
            warn("its DURATION can't be read, so a day counts")
            length = _DAY_LONG
    if start.all_day and length == Length():
        length = _DAY_LONG  # a day that ends as it begins is shown as that day by every client
    return length, length.after(start.wall, zone)


def _until(
    rest: str, calendar: int, start: When, begins: datetime, zone: tzinfo, places: Places, warn: Warn
) -> tuple[Length, datetime]:
    try:
        end = when(rest, calendar, places)
    except Unreadable:
        warn("its end can't be read, so a day counts")
        return _broken_end(rest, start, begins, zone, places)
    if start.all_day and end.all_day:
        days = end.day.toordinal() - start.day.toordinal() or 1
        return Length(days=days), Length(days=days).after(start.wall, zone)
    ends = places.instant(end, calendar)
    if end.all_day and ends <= begins:
        ends = _DAY_LONG.after(end.wall, places.rules.zone)
    return Length(time=_exact(start, end, begins, ends)), ends


def _exact(start: When, end: When, begins: datetime, ends: datetime) -> timedelta:
    """The time between them; where the clock change alone swallows it, what the clocks say."""
    exact = ends - begins
    if (
        exact <= NOTHING
        and isinstance(start.wall, datetime)
        and isinstance(end.wall, datetime)
        and start.zone is end.zone
    ):
        return end.wall - start.wall
    return exact


def _broken_end(rest: str, start: When, begins: datetime, zone: tzinfo, places: Places) -> tuple[Length, datetime]:
    """A day, or all time to the end of the day that the broken end names."""
    day = named_day(rest)
    if day is None or day <= start.day:
        return _DAY_LONG, _DAY_LONG.after(start.wall, zone)
    ends = max(_DAY_LONG.after(day, places.rules.zone), _DAY_LONG.after(start.wall, zone))
    return Length(time=ends - begins), ends
