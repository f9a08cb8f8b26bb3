"""The short way to busy time: objects whose every value is of the common kind, straight from the text.

It answers exactly as the long way (`expansion`) or not at all: whatever is unusual raises Unusual and is left to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, product

from ..ical import recurrence
from ..ical.moments import DAY, NOTHING, Unreadable, duration, instant
from ..ical.zones import defined, named
from ..model import Period
from .fields import Component, Sketch, When, is_blocking, when
from .rules import LONG, BusyReading, BusyRules, touching, widest


class Unusual(Exception):
    """Something in the object needs the whole parser."""


@dataclass(slots=True)
class _Reader:
    """How the object is read. Dates are in the host's zone, floating times in the zone the calendar names, if it does."""

    window: Period
    rules: BusyRules
    clock: tzinfo
    body: bytes
    defined: dict[str, tzinfo] | None

    def when(self, rest: str) -> When:
        return when(rest, self._zone)

    def place(self, moment: When) -> tzinfo:
        if not isinstance(moment.wall, datetime):
            return self.rules.zone
        return moment.zone or self.clock

    def instant(self, moment: When) -> datetime:
        return instant(moment.wall, self.place(moment))

    def _zone(self, tzid: str) -> tzinfo | None:
        zone: tzinfo | None = named(tzid)
        if zone is None:
            if self.defined is None:
                self.defined = defined(self.body)
            zone = self.defined.get(tzid.strip('"').strip())
        return zone


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


def plain_reading(sketch: Sketch, *, window: Period, rules: BusyRules, own_zones: bool = True) -> BusyReading:
    """The busy time of a plain object. Raises Unusual.

    `own_zones`: zones that the object defines itself may be used; working them out is the one thing here whose cost
    the object decides.
    """
    if not sketch.whole or sketch.calendar.get("CALSCALE", ":GREGORIAN").strip().upper() != ":GREGORIAN":
        raise Unusual
    zone_name = sketch.calendar.get("X-WR-TIMEZONE", ":").partition(":")[2].strip()
    reader = _Reader(
        window, rules, (named(zone_name) if zone_name else None) or rules.zone, sketch.body, None if own_zones else {}
    )
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
        if component.name != "VEVENT" or component.twice:
            raise Unusual
    replaced: list[When] = []
    for override in overrides:
        replaced.append(_recurrence_id(override, reader))
        if is_blocking(override, reader.rules):
            yield _event(override, reader).period
    for master in masters:
        yield from _series(master, replaced, reader)


def _one_series(components: Iterable[Component]) -> bool:
    uids = {each.text("UID") for each in components}
    return len(uids) == 1 and "" not in uids


def _recurrence_id(override: Component, reader: _Reader) -> When:
    text = override.one["RECURRENCE-ID"]
    if "RANGE" in text.upper() or not override.many.keys() <= {"ATTENDEE"}:
        raise Unusual
    return reader.when(text)


def _event(component: Component, reader: _Reader) -> _Event:
    if "DTSTART" not in component.one:
        raise Unusual
    start = reader.when(component.one["DTSTART"])
    end = _end(component, start, reader)
    if not isinstance(start.wall, datetime) and end == start:
        end = When(start.wall + DAY, None)  # a day that ends as it begins is shown as that day by every client
    begins, ends = reader.instant(start), reader.instant(end)
    if abs(ends - begins) > LONG:
        raise Unusual
    length = _wall_length(start, end) if start.zone is end.zone else ends - begins
    forwards = length >= NOTHING
    # An end that only the clock change puts before its start leaves nothing.
    period = Period(begins, max(begins, ends)) if forwards else Period(ends, begins)
    return _Event(start, reader.place(start), length, period, forwards)


def _end(component: Component, start: When, reader: _Reader) -> When:
    all_day = not isinstance(start.wall, datetime)
    if "DTEND" in component.one:
        end = reader.when(component.one["DTEND"])
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
    blocking = is_blocking(master, reader.rules)
    if not (blocking or replaced):
        return
    event = _event(master, reader)
    if not (replaced or master.many.keys() - {"ATTENDEE"}):
        yield event.period
        return
    rules = master.many.get("RRULE", ())
    if len(rules) > 1 or not event.forwards:
        raise Unusual
    skipped = _skipped(event, _moments(master, "EXDATE", reader), replaced)
    added = list(_moments(master, "RDATE", reader))
    if not blocking:
        return
    rule = recurrence.parse(rules[0].partition(":")[2]) if rules else None
    yield from _instances(event, rule, skipped, reader.window)
    for each in added:
        start = _key(event, each)
        if start not in skipped.starts and _day(each) not in skipped.days:
            yield Period(start, instant(each.wall + event.length, each.zone or event.zone))


def _moments(component: Component, name: str, reader: _Reader) -> Iterator[When]:
    """The values of a property that lists several, on any number of lines."""
    for line in component.many.get(name, ()):
        head, _, values = line.rpartition(":")
        for value in values.split(","):
            yield reader.when(f"{head}:{value}")


def _skipped(event: _Event, exdates: Iterable[When], replaced: Iterable[When]) -> _Skipped:
    starts: set[datetime] = set()
    days: set[date] = set()
    for each in exdates:
        if not event.all_day and not isinstance(each.wall, datetime):
            days.add(each.wall)
        else:
            starts.add(_key(event, each))
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
    last = recurrence.until(rule, event.zone, all_day=event.all_day) if rule else None
    starts, days = skipped.starts, skipped.days
    for begins in _beginnings(event, rule, window):
        start = begins.astimezone(UTC)
        if start in starts or (days and begins.date() in days) or (last is not None and start > last):
            continue
        yield Period(start, (begins + event.length).astimezone(UTC))


def _beginnings(event: _Event, rule: recurrence.Rule | None, window: Period) -> Iterator[datetime]:
    """Where instances begin that may touch the window, on the series' own clock. DTSTART is one, whatever the rule says."""
    wall = event.start.wall
    at = (wall.time() if isinstance(wall, datetime) else time()).replace(tzinfo=event.zone)
    first = datetime.combine(_day(event.start), at)
    if rule is None:
        return iter((first,))
    days = _days(event, rule, window)
    if not any(rule.clock):
        return chain((first,), (datetime.combine(day, at) for day in days))
    if event.all_day:
        raise Unusual
    every = (datetime.combine(day, each) for day, each in product(days, recurrence.times(rule, at)))
    return chain((first,), (begins for begins in every if begins > first))


def _days(event: _Event, rule: recurrence.Rule, window: Period) -> Iterator[date]:
    """The days of the rule on which an instance may begin that touches the window."""
    if not recurrence.is_plain(rule):
        raise Unusual
    low = (window.start - widest(event.length)).date()
    high = (window.end + DAY).date()
    found = recurrence.dates(rule, _day(event.start), low, high)
    if found is None:
        raise Unusual
    return found


def _day(moment: When) -> date:
    return moment.wall.date() if isinstance(moment.wall, datetime) else moment.wall
