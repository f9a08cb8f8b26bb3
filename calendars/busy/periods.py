"""Busy time of calendar objects. What can't be understood is never free: it blocks the time it names, with a
warning."""

from collections.abc import Iterable, Iterator

from ..ical.instances import TooMuchWork, Work
from ..model import Period
from .components import Component, Outline, outline
from .rules import BusyReading, BusyRules, merged, touching
from .series import Reader, of_one_uid, published
from .values import Places

__all__ = ["BusyReading", "BusyRules", "busy_of_all", "busy_periods", "merged", "unreadable"]

STEPS = (
    200_000  # for one object, see `ical.instances.Work`: some tenths of a second, a hundred times what honest ones need
)
MANY_STEPS = 5_000_000  # for all objects together; beyond them an object gets FEW_STEPS
FEW_STEPS = 5_000
MAX_PERIODS = 100_000  # for all objects together; beyond them a repeating event counts as one long period
MAX_WARNINGS = 20  # for one object
FEW_PERIODS = 10  # that every object may have


def busy_periods(body: bytes, *, window: Period, rules: BusyRules, steps: int = STEPS) -> BusyReading:
    """What `body` blocks of the window. Raises nothing, whatever stands in it.

    Transparent, cancelled, declined and empty events are skipped; all-day events are whole days in the host's zone.
    `steps` bound the work: beyond them a repeating event counts as blocking without a gap.
    """
    return _read(body, window, rules, Work(steps))


def busy_of_all(bodies: Iterable[bytes], *, window: Period, rules: BusyRules) -> list[BusyReading]:
    """One reading per object, in their order, with a bound on the total cost.

    Anybody can mail a host an invitation, so anybody can put `FREQ=SECONDLY` into their calendar, a thousand times.
    After many costly objects each further one gets little work, and after many periods repeating events count as one
    long period. Honest objects stay far below both.
    """
    readings, spent, periods = [], 0, 0
    for body in bodies:
        work = Work(STEPS if spent < MANY_STEPS else FEW_STEPS)
        allowed = work.left
        reading = _read(body, window, rules, work)
        spent += allowed - work.left
        if len(reading.periods) > FEW_PERIODS and periods + len(reading.periods) > MAX_PERIODS:
            reading = _as_one(reading)
        periods += len(reading.periods)
        readings.append(reading)
    return readings


def unreadable(why: str, *, window: Period, uid: str | None = None) -> BusyReading:
    """The reading of an object about which nothing is known: it blocks all the time, with a warning."""
    return BusyReading(uid, (window,), (f"event {uid or 'without UID'!r}: {why}, so all time counts",))


def _read(body: bytes, window: Period, rules: BusyRules, work: Work) -> BusyReading:
    seen = outline(body)
    if not seen.known:
        return unreadable("it is no calendar that could be read", window=window, uid=seen.uid)
    try:
        work.spend(seen.fields)
    except TooMuchWork:
        return unreadable("it holds more than can be read", window=window, uid=seen.uid)
    reader = Reader(window, Places(body, seen, rules), work)
    periods = touching(_periods(seen, reader), window)
    for name in reader.places.unknown:
        reader.warnings[_of_unknown_zone(seen, name, rules)] = None
    return BusyReading(seen.uid, tuple(periods), _few(tuple(reader.warnings)))


def _few(warnings: tuple[str, ...]) -> tuple[str, ...]:
    """Not more warnings than anybody reads: one object may hold thousands of broken events."""
    more = len(warnings) - MAX_WARNINGS
    return (*warnings[:MAX_WARNINGS], f"and {more} more of the kind") if more > 0 else warnings


def _periods(seen: Outline, reader: Reader) -> Iterator[Period]:
    groups: dict[object, list[Component]] = {}
    for component in seen.components:
        if not component.ended:
            reader.warn(component, "it has no END")
        if component.name == "VFREEBUSY":
            yield from published(component, reader)
        else:
            key = 0 if len(seen.components) == 1 else component.uid or id(component)
            groups.setdefault(key, []).append(component)
    for events in groups.values():
        yield from of_one_uid(events, reader)


def _of_unknown_zone(seen: Outline, name: str, rules: BusyRules) -> str:
    return f"event {seen.uid!r}: nobody knows its zone {name[:80]!r}, its times are read in {rules.zone.key}"


def _as_one(reading: BusyReading) -> BusyReading:
    """One long period in place of many. All periods of a calendar are written in one transaction, which holds everybody
    up.

    A hundred events that repeat hourly are more than any person has in a lifetime; too much blocked is better than too
    little.
    """
    warning = f"event {reading.uid or 'without UID'!r}: there are so many like it that all the time between its first and its last counts"
    whole = Period(reading.periods[0].start, max(each.end for each in reading.periods))
    return BusyReading(reading.uid, (whole,), (*reading.warnings, warning))
