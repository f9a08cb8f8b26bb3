"""One VEVENT: whether it blocks, when it starts, how long it lasts. What can't be read is never taken as free."""

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
    """Its own time, and what its repetitions share: the clock of the series and the length of each."""

    start: When
    zone: tzinfo
    length: Length
    period: Period

    @property
    def wall(self) -> datetime:
        """Its start on the clock of the series; of a date, midnight."""
        wall = self.start.wall
        return wall if isinstance(wall, datetime) else datetime(wall.year, wall.month, wall.day)  # noqa: DTZ001


def read(component: Component, places: Places, warn: Warn) -> BusyEvent | None:
    """The event of a component; None where nothing says when it is."""
    start, sure = _start(component, places, warn)
    if start is None:
        return None
    zone = places.rules.zone if start.all_day else start.zone or places.floating(component.calendar)
    begins = instant(start.wall, zone)
    length, ends = _length(component, start, begins, zone, places, warn)
    if not sure:  # the time of day is unknown
        longer = abs(length) > DAY and "DTEND" not in component.properties
        length = Length(length.days + 1, length.time) if longer else max(length, _DAY_LONG, key=abs)
        ends = length.after(start.wall, zone)
    # An end before its start only because of a clock change makes an empty event.
    backwards = ends < begins and (length.days, length.time) < (0, NOTHING)
    period = Period(ends, begins) if backwards else Period(begins, max(begins, ends))
    if period.end - period.start > LONG:
        warn("it blocks more than a year")
    return BusyEvent(start, zone, length, period)


def is_blocking(component: Component, rules: BusyRules) -> bool:
    """Whether the event blocks time; see `rules.blocks`."""
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
    """Whether the host declined, in every ATTENDEE that names them.

    PARTSTAT belongs to the attendee named in the value (RFC 5545 §3.2.12), whatever else stands on the line.
    """
    if not any("DECLINED" in rest.upper() for rest in attendees):
        return False
    answers = [answer for rest in attendees if (answer := _own_answer(rest, rules.own_addresses)) is not None]
    return bool(answers) and all(answer == "DECLINED" for answer in answers)


def _own_answer(rest: str, own: frozenset[str]) -> str | None:
    """The PARTSTAT of an ATTENDEE line that names the host; None where it names somebody else."""
    match = _ATTENDEE.fullmatch(rest)
    if match is None:
        return None
    given, value = parameters(match[1]), match[2].strip().strip('"').lower()
    # An attendee that is no mailto: may have its address in EMAIL (RFC 7986 §6.2).
    mailbox = value.removeprefix(_MAILTO) if value.startswith(_MAILTO) else given.get("EMAIL", "").lower()
    return given.get("PARTSTAT", "").upper() if unquote(mailbox.partition("?")[0]).strip() in own else None


def _start(component: Component, places: Places, warn: Warn) -> tuple[When | None, bool]:
    """DTSTART and True; or, where it can't be read, the day it names and False."""
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
    """How long it lasts, and the instant at which it ends.

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
        length = _DAY_LONG  # every client shows a date that ends on the same date as that whole day
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
    """The elapsed time between them; where a clock change makes that nothing, the wall-clock difference."""
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
    """For an unreadable end: until the end of the day that it names, or a single day."""
    day = named_day(rest)
    if day is None or day <= start.day:
        return _DAY_LONG, _DAY_LONG.after(start.wall, zone)
    ends = max(_DAY_LONG.after(day, places.rules.zone), _DAY_LONG.after(start.wall, zone))
    return Length(time=ends - begins), ends
