"""Busy time of one calendar object: by the short way where it is plain, by the long way where it isn't."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from ..ical.moments import DAY, LAST, NOTHING, Unreadable, duration, instant, moment
from ..ical.zones import named
from ..model import Period
from .expansion import expanded_reading
from .fields import Component, Sketch, is_blocking, sketch
from .plain import Unusual, plain_reading
from .rules import BusyReading, BusyRules, merged, touching

__all__ = ["BusyReading", "BusyRules", "busy_periods", "merged", "plain_periods", "unexamined"]

CHEAP_OCTETS = 128 * 1024
_MOMENT = re.compile(r"\d{8}(?:T\d{6}Z?)?", re.ASCII)
_TZID = re.compile(r';TZID=("[^"]*"|[^";:]*)', re.IGNORECASE)
_SUB_DAILY = re.compile(r"FREQ=(?:SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)


def busy_periods(body: bytes, *, window: Period, rules: BusyRules) -> BusyReading:
    """What `body` blocks of the window. Never raises for anything that stands in it.

    Skipped are transparent, cancelled and declined events and empty ones; all-day events are whole days in the host's
    zone. What can't be read counts for its raw DTSTART and DTEND and is named in a warning. An unusual object may take
    very long: `expander.Expander` bounds it.
    """
    outline = sketch(body)
    try:
        return plain_reading(outline, window=window, rules=rules)
    except Unusual:
        pass
    try:
        return expanded_reading(body, uid=outline.uid, window=window, rules=rules)
    except Unreadable as error:
        return _as_written(outline, window, rules, str(error))


def plain_periods(body: bytes, *, window: Period, rules: BusyRules) -> BusyReading | None:
    """The reading of an object that is small and plain, None for any other: cheap whatever stands in it."""
    if len(body) > CHEAP_OCTETS:
        return None
    try:
        return plain_reading(sketch(body), window=window, rules=rules, own_zones=False)
    except Unusual:
        return None


def unexamined(body: bytes, *, window: Period, rules: BusyRules, why: str) -> BusyReading:
    """What is assumed of an object that nobody may look at longer: its events' own times, and all time of a flood."""
    return _as_written(sketch(body), window, rules, why)


def _as_written(outline: Sketch, window: Period, rules: BusyRules, why: str) -> BusyReading:
    periods: list[Period] = []
    for component in outline.components:
        if component.name == "VEVENT" and is_blocking(component, rules):
            periods += _raw(component, window, rules)
    floods = any(_floods(component) for component in outline.components)
    counts = "all the time from its start on counts" if floods else "only its own time counts"
    warning = f"event {outline.uid or 'without UID'!r}: {why}; {counts}"
    return BusyReading(outline.uid, tuple(touching(periods, window)), (warning,))


def _raw(component: Component, window: Period, rules: BusyRules) -> Iterator[Period]:
    start = _roughly(component.one.get("DTSTART", ""), rules)
    if start is None:
        return
    if _floods(component):
        end = window.end
    elif "DTEND" in component.one:
        end = _roughly(component.one["DTEND"], rules) or _later(start, DAY)
    else:
        end = _later(start, _rough_length(component))
    yield Period(min(start, end), max(start, end))


def _roughly(rest: str, rules: BusyRules) -> datetime | None:
    """The instant of anything that has a date in it; in the host's zone where its own isn't known."""
    found = _MOMENT.search(rest.rpartition(":")[2])
    tzid = _TZID.search(rest)
    try:
        when = moment(found[0], named(tzid[1]) if tzid else None) if found else None
    except Unreadable:
        return None
    return None if when is None else instant(when, rules.zone)


def _rough_length(component: Component) -> timedelta:
    all_day = "T" not in component.text("DTSTART")
    try:
        return duration(component.text("DURATION")) if "DURATION" in component.one else DAY if all_day else NOTHING
    except Unreadable:
        return DAY  # better too long than free


def _later(start: datetime, length: timedelta) -> datetime:
    try:
        return start + length
    except OverflowError:
        return LAST


def _floods(component: Component) -> bool:
    return any(_SUB_DAILY.search(rest) for rest in component.many.get("RRULE", ()))
