"""The short way to busy time: objects whose every value is of the common kind, straight from the text.

It answers exactly as the long way (`expansion`) or not at all: whatever is unusual raises Unusual and is left to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain

from . import recurrence
from .blocking import LONG, BusyReading, BusyRules, touching, widest
from .fields import Component, Sketch, When, is_blocking, when
from .model import Period
from .moments import DAY, NOTHING, Unreadable, duration, instant
from .zones import named


class Unusual(Exception):
    """Something in the object needs the whole parser."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """How the object is read. Dates are in the host's zone, floating times in the zone the calendar names, if it does."""

    window: Period
    rules: BusyRules
    clock: tzinfo

    def place(self, moment: When) -> tzinfo:
        if not isinstance(moment.wall, datetime):
            return self.rules.zone
        return moment.zone or self.clock

    def instant(self, moment: When) -> datetime:
        return instant(moment.wall, self.place(moment))


@dataclass(frozen=True, slots=True)
class _Event:
    """A VEVENT's own stretch of time; `length` is what its repetitions add to their wall clock."""

    start: When
    zone: tzinfo
    length: timedelta
    period: Period
    forwards: bool

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start.wall, datetime)


@dataclass(frozen=True, slots=True)
class _Skipped:
    """Instances that a series doesn't have: by the instant they start, or every one of a local day."""

    starts: frozenset[datetime]
    days: frozenset[date] = frozenset()


def plain_reading(sketch: Sketch, *, window: Period, rules: BusyRules) -> BusyReading:
    """The busy time of a plain object. Raises Unusual."""
    if not sketch.whole or sketch.calendar.get("CALSCALE", ":GREGORIAN").strip().upper() != ":GREGORIAN":
        raise Unusual
    zone_name = sketch.calendar.get("X-WR-TIMEZONE", ":").partition(":")[2].strip()
    reader = _Reader(window, rules, (named(zone_name) if zone_name else None) or rules.zone)
    try:
        periods = touching(_periods(sketch, reader), window)
    except (Unreadable, OverflowError) as error:
        raise Unusual from error
    return BusyReading(sketch.uid, tuple(periods))


def _periods(sketch: Sketch, reader: _Reader) -> Iterator[Period]:
    masters = [each for each in sketch.components if "RECURRENCE-ID" not in each.one]
    overrides = [each for each in sketch.components if "RECURRENCE-ID" in each.one]
    if len(masters) > 1 or (overrides and not _one_series(sketch.components)):
        raise Unusual
    for component in sketch.components:
        if component.name != "VEVENT" or component.twice or "RDATE" in component.many:
            raise Unusual
    replaced: list[When] = []
    for override in overrides:
        replaced.append(_recurrence_id(override))
        if is_blocking(override, reader.rules):
            yield _event(override, reader).period
    for master in masters:
        yield from _series(master, replaced, reader)


def _one_series(components: Iterable[Component]) -> bool:
    uids = {each.text("UID") for each in components}
    return len(uids) == 1 and "" not in uids


def _recurrence_id(override: Component) -> When:
    text = override.one["RECURRENCE-ID"]
    if "RANGE" in text.upper() or not override.many.keys() <= {"ATTENDEE"}:
        raise Unusual
    return when(text)


def _event(component: Component, reader: _Reader) -> _Event:
    if "DTSTART" not in component.one:
        raise Unusual
    start = when(component.one["DTSTART"])
    end = _end(component, start)
    if not isinstance(start.wall, datetime) and end == start:
        end = When(start.wall + DAY, None)  # a day that ends as it begins is shown as that day by every client
    begins, ends = reader.instant(start), reader.instant(end)
    if abs(ends - begins) > LONG:
        raise Unusual
    length = _wall_length(start, end) if start.zone is end.zone else ends - begins
    return _Event(start, reader.place(start), length, Period(min(begins, ends), max(begins, ends)), begins <= ends)


def _end(component: Component, start: When) -> When:
    all_day = not isinstance(start.wall, datetime)
    if "DTEND" in component.one:
        end = when(component.one["DTEND"])
        if isinstance(end.wall, datetime) is all_day:
            raise Unusual
        return end
    length = DAY if all_day else NOTHING
    if "DURATION" in component.one:
        length = duration(component.text("DURATION"))
    if all_day and length % DAY:
        raise Unusual
    return When(start.wall + length, start.zone)


def _wall_length(start: When, end: When) -> timedelta:
    if isinstance(start.wall, datetime) and isinstance(end.wall, datetime):
        return end.wall - start.wall
    return timedelta(days=end.wall.toordinal() - start.wall.toordinal())


def _series(master: Component, replaced: list[When], reader: _Reader) -> Iterator[Period]:
    event = _event(master, reader)
    rules, exdates = master.many.get("RRULE", ()), master.many.get("EXDATE", ())
    if len(rules) > 1 or (rules and not event.forwards):
        raise Unusual
    if not (rules or exdates or replaced):
        if is_blocking(master, reader.rules):
            yield event.period
        return
    skipped = _skipped(event, exdates, replaced)
    if not is_blocking(master, reader.rules):
        return
    rule = recurrence.parse(rules[0].partition(":")[2]) if rules else None
    yield from _instances(event, rule, skipped, reader.window)


def _skipped(event: _Event, exdates: Iterable[str], replaced: Iterable[When]) -> _Skipped:
    starts: set[datetime] = set()
    days: set[date] = set()
    for line in exdates:
        head, _, values = line.rpartition(":")
        for value in values.split(","):
            moment = when(f"{head}:{value}")
            if not event.all_day and not isinstance(moment.wall, datetime):
                days.add(moment.wall)
            else:
                starts.add(_key(event, moment))
    overridden = {_key(event, each) for each in replaced}
    if overridden and (days or overridden & starts):
        raise Unusual
    return _Skipped(frozenset(starts | overridden), frozenset(days))


def _key(event: _Event, moment: When) -> datetime:
    """The instant that `moment` names in the series. A floating one is on the series' own clock."""
    if isinstance(moment.wall, datetime) is event.all_day or (moment.zone and event.start.zone is None):
        raise Unusual
    return instant(moment.wall, moment.zone or event.zone)


def _instances(event: _Event, rule: recurrence.Rule | None, skipped: _Skipped, window: Period) -> Iterator[Period]:
    wall = event.start.wall
    last = recurrence.until(rule, event.zone, all_day=event.all_day) if rule else None
    first = wall.date() if isinstance(wall, datetime) else wall
    for day in _days(event, rule, first, window):
        begins = datetime.combine(day, wall.time()) if isinstance(wall, datetime) else day
        start = instant(begins, event.zone)
        if start not in skipped.starts and day not in skipped.days and (last is None or start <= last):
            yield Period(start, instant(begins + event.length, event.zone))


def _days(event: _Event, rule: recurrence.Rule | None, first: date, window: Period) -> Iterable[date]:
    """The local dates on which instances begin that may touch the window. DTSTART is one, whatever the rule says."""
    if rule is None:
        return (first,)
    if not recurrence.is_plain(rule):
        raise Unusual
    low = (window.start - widest(event.length)).date()
    high = (window.end + DAY).date()
    found = recurrence.dates(rule, first, low, high)
    if found is None:
        raise Unusual
    return chain((first,), found)
