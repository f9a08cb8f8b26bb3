"""The events of one UID: a master with its repetitions, and overridden instances (RFC 5545 §3.8.4.4)."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice

from ..ical import recurrence
from ..ical.instances import TooMuchWork, Work, instances
from ..ical.moments import DAY, FIRST, LAST, NOTHING, Length, Unreadable, instant
from ..model import Period
from . import event
from .components import Component
from .event import BusyEvent
from .rules import widest
from .values import Places, When, moments, named_day, parameters, period, when, whole_day

MAX_INSTANCES = 10_000  # of one rule in the window; more count as one long period
_ADDS = ("RRULE", "RDATE")  # these make an overriding component a series of its own


@dataclass(slots=True)
class Reader:
    """What the events of one object are read with."""

    window: Period
    places: Places
    work: Work
    warnings: dict[str, None] = field(default_factory=dict)

    def warn(self, component: Component, sentence: str) -> None:
        """Add a sentence for the host about an event, named by its UID and date."""
        rest = component.first("DTSTART")
        day = named_day(rest) if rest else None
        label = f"event {(component.uid or 'without UID')[:80]!r}"
        self.warnings[f"{label} of {day}: {sentence}" if day else f"{label}: {sentence}"] = None

    def warner(self, component: Component) -> Callable[[str], None]:
        """`warn` for one component."""
        return lambda sentence: self.warn(component, sentence)


@dataclass(frozen=True, slots=True)
class _Override:
    """An instance that overrides the one of its RECURRENCE-ID. `onwards`: and all later ones (RANGE=THISANDFUTURE)."""

    component: Component
    replaces: When | None
    event: BusyEvent | None
    onwards: bool


@dataclass(slots=True)
class _Gone:
    """Instances that a series doesn't have: by start, or all of a local day."""

    starts: set[datetime] = field(default_factory=set)
    days: set[date] = field(default_factory=set)

    def has(self, start: datetime, day: date) -> bool:
        return start in self.starts or day in self.days


def of_one_uid(components: Sequence[Component], reader: Reader) -> Iterator[Period]:
    """What the events of one UID block.

    Of several components for the same instance, or for the master, those with the highest SEQUENCE count (RFC 5545
    §3.8.7.4).
    """
    if len(components) == 1 and "RECURRENCE-ID" not in components[0].properties:
        yield from _series(components[0], (), reader)
        return
    masters = [each for each in components if "RECURRENCE-ID" not in each.properties]
    overrides = [each for each in components if "RECURRENCE-ID" in each.properties]
    if not overrides:
        for master in newest(masters):
            yield from _series(master, (), reader)
        return
    read = [_override(each, reader) for each in overrides]
    same: dict[object, list[_Override]] = {}
    for each in read:
        same.setdefault(_identity(each, reader), []).append(each)
    kept = [each for group in same.values() for each in _newest_overrides(group)]
    for each in kept:
        if event.is_blocking(each.component, reader.places.rules):
            yield from _own_time(each, reader)
    for master in newest(masters):
        yield from _series(master, kept, reader)


def newest(components: Sequence[Component]) -> Sequence[Component]:
    """Those with the highest SEQUENCE, and those whose SEQUENCE can't be read."""
    if len(components) < 2:
        return components
    numbers = [_sequence(each) for each in components]
    highest = max((number for number in numbers if number is not None), default=None)
    return [each for each, number in zip(components, numbers, strict=True) if number in (None, highest)]


def _sequence(component: Component) -> int | None:
    text = component.text("SEQUENCE") if "SEQUENCE" in component.properties else "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _newest_overrides(group: Sequence[_Override]) -> Sequence[_Override]:
    kept = {id(component) for component in newest([each.component for each in group])}
    return [each for each in group if id(each.component) in kept]


def _override(component: Component, reader: Reader) -> _Override:
    rest = component.properties["RECURRENCE-ID"][0]
    onwards = (
        "RANGE" in rest.upper() and parameters(rest.rpartition(":")[0]).get("RANGE", "").upper() == "THISANDFUTURE"
    )
    try:
        replaces = when(rest, component.calendar, reader.places)
    except Unreadable:
        reader.warn(component, "which instance it is can't be read, so it counts beside all of them")
        replaces = None
    return _Override(component, replaces, event.read(component, reader.places, reader.warner(component)), onwards)


def _identity(override: _Override, reader: Reader) -> object:
    if override.replaces is None:
        return id(override)
    return override.replaces.all_day, reader.places.instant(override.replaces, override.component.calendar)


def _own_time(override: _Override, reader: Reader) -> Iterator[Period]:
    if override.event is None:
        yield reader.window
    elif any(name in override.component.properties for name in _ADDS):
        yield from _repeated(override.component, override.event, _Gone(), (), reader)
    else:
        yield override.event.period


def _series(master: Component, overrides: Sequence[_Override], reader: Reader) -> Iterator[Period]:
    blocking = event.is_blocking(master, reader.places.rules)
    onwards = [each for each in overrides if each.onwards and each.replaces is not None and each.event is not None]
    if not (blocking or onwards):
        return
    own = event.read(master, reader.places, reader.warner(master))
    if own is None:
        if blocking:
            yield reader.window
        return
    properties = master.properties
    if not (overrides or "RRULE" in properties or "RDATE" in properties or "EXDATE" in properties):
        yield own.period
        return
    gone = _gone(master, own, overrides, reader)
    yield from _repeated(master, own, gone, onwards, reader, blocking=blocking)


def _gone(master: Component, own: BusyEvent, overrides: Iterable[_Override], reader: Reader) -> _Gone:
    """The instances removed by EXDATE or replaced by overrides, compared as instants whatever their zones."""
    gone = _Gone()
    for value in moments(master.properties.get("EXDATE", ()), master.calendar, reader.places):
        if isinstance(value, str):
            reader.warn(master, "an EXDATE can't be read, so nothing is left out for it")
        else:
            _take_out(value, own, gone)
    for each in overrides:
        if each.replaces is not None:
            _take_out(each.replaces, own, gone)
    return gone


def _take_out(moment: When, own: BusyEvent, gone: _Gone) -> None:
    """Remove an instance. A floating time is on the series' clock; a date means that whole day.

    In an all-day series a time removes the day that begins at it, or the day it names at midnight.
    """
    if moment.all_day and own.start.all_day:
        gone.starts.add(instant(moment.wall, own.zone))
    elif moment.all_day:
        gone.days.add(moment.day)
    elif not own.start.all_day:
        gone.starts.add(instant(moment.wall, moment.zone or own.zone))
    elif isinstance(moment.wall, datetime) and moment.wall.time() == time():
        gone.starts.add(instant(moment.day, own.zone))
    else:
        gone.starts.add(instant(moment.wall, moment.zone or own.zone))


def _repeated(
    component: Component,
    own: BusyEvent,
    gone: _Gone,
    onwards: Sequence[_Override],
    reader: Reader,
    *,
    blocking: bool = True,
) -> Iterator[Period]:
    """Every instance of a series that may touch the window, including those of DTSTART and RDATE."""
    later = _Later(onwards, own, reader) if onwards else None
    whole: list[Period] = []
    for start, wall in chain(_of_rules(component, own, later, whole, reader), _added(component, own, whole, reader)):
        if gone.has(start, wall.date()):
            continue
        override = later.of(start) if later else None
        if later and override:
            yield from later.moved(override, wall)
        elif blocking:
            yield _stretch(start, wall, own)
    if blocking:
        yield from (each for each in whole if each.start not in gone.starts)


def _stretch(start: datetime, wall: datetime, own: BusyEvent) -> Period:
    """One repetition, from its start as instant and on the clock of the series."""
    try:
        end = own.length.after(wall, own.zone) if own.length.days else start + own.length.time
    except OverflowError:
        end = LAST
    return Period(start, end) if end >= start else Period(end, start)


def _of_rules(
    component: Component, own: BusyEvent, later: "_Later | None", whole: list[Period], reader: Reader
) -> Iterator[tuple[datetime, datetime]]:
    """DTSTART, which is an instance whatever the rule says, and the rule's instances, as instants and wall-clock times.

    A rule with too many instances adds one long period to `whole`.
    """
    first = own.wall
    rules = [rule for rest in component.properties.get("RRULE", ()) for rule in _rules(rest, component, own, reader)]
    lasts = [recurrence.until(rule, own.zone, all_day=own.start.all_day) for rule in rules]
    begins = instant(first, own.zone)
    if not rules or not all(last is not None and last < begins for last in lasts):
        yield begins, first  # otherwise the series was ended before it began: some clients delete all of it this way
    if not rules or (own.length == Length() and later is None):
        return  # nothing of it blocks
    reach = max(widest(own.length), later.reach if later else NOTHING)
    low, high = _naive(reader.window.start, -reach), _naive(reader.window.end, reach if later else 2 * DAY)
    for rule in rules:
        yield from _instances(rule, component, own, low, high, whole, reader)


def _rules(rest: str, component: Component, own: BusyEvent, reader: Reader) -> Iterator[recurrence.Rule]:
    """The rules of a line: two of them where COUNT and UNTIL are both given."""
    rule = recurrence.parse(rest.rpartition(":")[2])
    if own.start.all_day:
        rule = recurrence.of_dates(rule)
    for doubt in rule.doubts:
        reader.warn(component, doubt)
    if rule.count is not None and rule.until is not None:
        yield replace(rule, until=None)
        rule = replace(rule, count=None)
    yield rule


def _instances(
    rule: recurrence.Rule,
    component: Component,
    own: BusyEvent,
    low: datetime,
    high: datetime,
    whole: list[Period],
    reader: Reader,
) -> Iterator[tuple[datetime, datetime]]:
    first, zone = own.wall, own.zone
    last = recurrence.until(rule, zone, all_day=own.start.all_day)
    if last is not None:
        high = min(high, _naive(last, DAY))
    number = 0
    try:
        for wall in islice(instances(rule, first, low, high, reader.work), MAX_INSTANCES):
            number += 1
            start = wall.replace(tzinfo=zone).astimezone(UTC)
            if wall != first and (last is None or start <= last):
                yield start, wall
    except TooMuchWork:
        if rule.count is not None:
            reader.warn(component, "its COUNT takes too long to be counted, so it has no end")
            yield from _instances(replace(rule, count=None), component, own, low, high, whole, reader)
            return
        number = MAX_INSTANCES
    if number == MAX_INSTANCES and low <= high:
        reader.warn(component, "it repeats so often that all the time from its start to its end counts")
        whole.append(Period(instant(max(low, first), zone), _stretch(instant(high, zone), high, own).end))


def _added(
    component: Component, own: BusyEvent, whole: list[Period], reader: Reader
) -> Iterator[tuple[datetime, datetime]]:
    """The instances of RDATE; periods and dates, which have an end of their own, are added to `whole`."""
    places, calendar = reader.places, component.calendar
    for rest in component.properties.get("RDATE", ()):
        if "/" in rest.rpartition(":")[2]:
            whole += _periods_of(rest, component, reader)
            continue
        for value in moments((rest,), calendar, places):
            if isinstance(value, str):
                whole += _odd_day(named_day(value), "an RDATE can't be read", component, reader)
            elif value.all_day and not own.start.all_day:
                whole += _odd_day(value.day, "an RDATE has no time", component, reader)
            elif own.start.all_day:
                start = instant(value.day, own.zone)
                yield start, start.astimezone(own.zone).replace(tzinfo=None)
            else:
                start = places.instant(value, calendar)
                yield start, _wall(value, start, own)


def _wall(value: When, start: datetime, own: BusyEvent) -> datetime:
    """A moment on the clock of the series."""
    if isinstance(value.wall, datetime) and value.zone is own.start.zone:
        return value.wall
    return start.astimezone(own.zone).replace(tzinfo=None)


def _periods_of(rest: str, component: Component, reader: Reader) -> Iterator[Period]:
    """The values of a list of periods (RFC 5545 §3.3.9). An unreadable one is skipped with a warning."""
    places, calendar = reader.places, component.calendar
    head, _, values = rest.rpartition(":")
    for value in values.split(","):
        try:
            start, end = period(value, head, calendar, places)
        except Unreadable:
            yield from _odd_day(named_day(value), "a period can't be read", component, reader)
            continue
        begins = places.instant(start, calendar)
        zone = start.zone or (places.rules.zone if start.all_day else places.floating(calendar))
        ends = end.after(start.wall, zone) if isinstance(end, Length) else places.instant(end, calendar)
        yield Period(min(begins, ends), max(begins, ends))


def _odd_day(day: date | None, sentence: str, component: Component, reader: Reader) -> Iterator[Period]:
    if day is None:
        reader.warn(component, f"{sentence}, nothing counts for it")
    else:
        reader.warn(component, f"{sentence}, so all of {day} counts")
        yield whole_day(day, reader.places)


class _Later:
    """Overrides that all later instances follow: shifted by the same time, with the override's length and status."""

    def __init__(self, onwards: Sequence[_Override], own: BusyEvent, reader: Reader) -> None:
        self._rules = reader.places.rules
        found = []
        for each in onwards:
            assert each.replaces is not None  # noqa: S101
            assert each.event is not None  # noqa: S101
            wall = _named_wall(each.replaces, own)
            found.append((instant(wall, own.zone), wall, each, each.event))
        self._found = sorted(found, key=lambda each: each[0])
        self._starts = [each[0] for each in self._found]
        self.reach = max(abs(event.wall - wall) + widest(event.length) for _, wall, _, event in found)

    def of(self, start: datetime) -> tuple[datetime, _Override, BusyEvent] | None:
        """The override that an instance follows: the latest one before it."""
        before = bisect_right(self._starts, start)
        return self._found[before - 1][1:] if before else None

    def moved(self, override: tuple[datetime, _Override, BusyEvent], wall: datetime) -> Iterator[Period]:
        """The instance of the series at `wall`, changed as the override says."""
        named, kept, changed = override
        if event.is_blocking(kept.component, self._rules):
            moved = changed.wall + (wall - named)
            yield _stretch(instant(moved, changed.zone), moved, changed)


def _named_wall(replaces: When, own: BusyEvent) -> datetime:
    """The wall-clock time on the series' clock that a RECURRENCE-ID names."""
    if replaces.all_day:
        return datetime.combine(replaces.day, own.wall.time())
    return _wall(replaces, instant(replaces.wall, replaces.zone or own.zone), own)


def _naive(when: datetime, by: timedelta) -> datetime:
    """Roughly the wall-clock time at an instant, moved by a margin wider than any offset."""
    try:
        return (when + by).replace(tzinfo=None)
    except OverflowError:
        return (FIRST if by < NOTHING else LAST).replace(tzinfo=None)


def published(component: Component, reader: Reader) -> Iterator[Period]:
    """The periods of a VFREEBUSY (RFC 5545 §3.6.4) without FBTYPE=FREE, which frees nothing that is busy elsewhere."""
    if not component.ended and "FREEBUSY" not in component.properties:
        yield reader.window  # cut off before it said anything
    for rest in component.properties.get("FREEBUSY", ()):
        kind = parameters(rest.rpartition(":")[0]).get("FBTYPE", "BUSY").upper()
        if kind != "FREE" and (kind != "BUSY-TENTATIVE" or reader.places.rules.tentative_counts):
            yield from _periods_of(rest, component, reader)
