"""The long way to busy time: icalendar reads the object, recurring-ical-events repeats it, and both are kept in bounds.

What neither can read is mended by leaving it out, and said in a warning: one broken property costs itself only.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component
from icalendar.prop import vBroken, vDDDTypes, vPeriod, vRecur

from ..ical import recurrence, zones
from ..ical.moments import DAY, NOTHING, Unreadable, instant
from ..model import Period
from .rules import LONG, BusyReading, BusyRules, blocks, touching, widest

# What icalendar, recurring-ical-events and dateutil are known to raise for calendars they cannot cope with.
BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, AssertionError, RecursionError)
MAX_INSTANCES = 10_000  # of one series in the window; more are one long period

_LEAP_SECOND = re.compile(rb"(?<=\d{8}T\d{4})60")
_OPTIONAL = ("DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "STATUS", "TRANSP")


@dataclass(slots=True)
class _Reader:
    window: Period
    rules: BusyRules
    clock: ZoneInfo
    warnings: dict[str, None]

    def warn(self, event: Component, sentence: str) -> None:
        self.warnings[f"{_label(event)}: {sentence}"] = None

    def instant(self, when: date | datetime) -> datetime:
        return instant(when, self.clock if isinstance(when, datetime) else self.rules.zone)


def expanded_reading(body: bytes, *, uid: str | None, window: Period, rules: BusyRules) -> BusyReading:
    """The busy time of any object. Raises Unreadable: nothing in it could be parsed at all.

    It may take as long as the object makes it: run it where it can be stopped (`expander`).
    """
    settled = zones.normalise(body)
    warnings: dict[str, None] = {}
    for name in settled.unknown:
        warnings[f"event {uid!r}: nobody knows its zone {name[:80]!r}, its times are read in {rules.zone.key}"] = None
    try:
        periods = list(_all_periods(settled.body, window, rules, warnings))
    except BROKEN as error:
        raise Unreadable("it is no iCalendar that could be read") from error
    return BusyReading(uid, tuple(touching(periods, window)), tuple(warnings))


def _all_periods(body: bytes, window: Period, rules: BusyRules, warnings: dict[str, None]) -> Iterator[Period]:
    calendars = Calendar.from_ical(_LEAP_SECOND.sub(b"59", body), multiple=True)
    if not calendars:
        raise ValueError("nothing in it begins a calendar")
    for calendar in calendars:
        reader = _Reader(window, rules, _clock(calendar, rules), warnings)
        for series in _grouped(calendar.walk("VEVENT")):
            yield from _series(series, reader)
        for component in calendar.walk("VFREEBUSY"):
            yield from _free_busy(component, reader)


def _clock(calendar: Component, rules: BusyRules) -> ZoneInfo:
    return zones.named(str(calendar.get("X-WR-TIMEZONE", ""))) or rules.zone


def _grouped(events: Iterable[Component]) -> Iterator[list[Component]]:
    """Events by UID; those without one stand alone."""
    groups: dict[str, list[Component]] = {}
    for event in events:
        groups.setdefault(str(event.get("UID", id(event))), []).append(event)
    yield from groups.values()


def _series(events: Sequence[Component], reader: _Reader) -> Iterator[Period]:
    readable = [mended for event in events if (mended := _mended(event, reader)) is not None]
    recurring = len(readable) > 1 or any({"RRULE", "RDATE", "EXDATE"} & each.keys() for each in readable)
    if not recurring:
        yield from _as_they_stand(readable, reader)
        return
    try:
        yield from list(_repeated(readable, reader))
    except BROKEN:
        reader.warn(readable[0], "its repetitions can't be worked out, only its own time counts")
        yield from _as_they_stand(readable, reader)


def _as_they_stand(events: Iterable[Component], reader: _Reader) -> Iterator[Period]:
    for event in events:
        if _is_blocking(event, reader.rules):
            start, end = _span(event)
            if _length(start, end) < NOTHING:
                start, end = end, start
            period = Period(reader.instant(start), reader.instant(end))
            if period.end - period.start > LONG:
                reader.warn(event, "it blocks more than a year")
            yield period


def _repeated(events: Sequence[Component], reader: _Reader) -> Iterator[Period]:
    calendar = Calendar()
    for event in (each.copy() for each in events):  # whoever falls back on their own times finds them as they stood
        flood = _forward(event, reader)
        if flood is not None:
            yield flood
        calendar.add_component(event)
    low, high = reader.window.start - 2 * DAY, reader.window.end + 2 * DAY
    query = recurring_ical_events.of(calendar)
    for occurrence in query.between(low.astimezone(reader.clock), high.astimezone(reader.clock)):
        if _is_blocking(occurrence, reader.rules):
            start, end = _span(occurrence)
            yield Period(reader.instant(start), reader.instant(end))


def _mended(event: Component, reader: _Reader) -> Component | None:
    """A copy without what can't be read, each loss said; None where there is no start that could be read."""
    copy = event.copy()
    for name in _OPTIONAL:
        if any(isinstance(each, vBroken) for each in _listed(copy.get(name))):
            reader.warn(event, f"its {name} can't be read")
            del copy[name]
    for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
        values = copy.get(name)
        if isinstance(values, list):
            copy[name] = values[0]
            reader.warn(event, f"it has several {name}, the first counts")
    start = _when(copy, "DTSTART")
    if start is None:
        reader.warn(event, "it has no start that could be read, so it blocks nothing")
        return None
    if "DTEND" in event and "DTEND" not in copy:
        copy["DTEND"] = vDDDTypes(start + DAY)  # better too long than free
    _mend_rules(copy, start, reader)
    return copy


def _mend_rules(event: Component, start: date | datetime, reader: _Reader) -> None:
    kept = []
    for rule in _listed(event.pop("RRULE", None)):
        try:
            parsed = recurrence.parse(_text(rule))
        except Unreadable as error:
            reader.warn(event, f"{error}; only its own time counts")
            continue
        kept.append(_settled_until(rule, parsed, start, reader))
    if kept:
        event["RRULE"] = kept if len(kept) > 1 else kept[0]


def _settled_until(rule: vRecur, parsed: recurrence.Rule, start: date | datetime, reader: _Reader) -> vRecur:
    """The rule with UNTIL of the kind that DTSTART asks for, which is what the libraries read rightly."""
    settled = vRecur(rule)
    zone = (start.tzinfo or reader.clock) if isinstance(start, datetime) else reader.rules.zone
    last = recurrence.until(parsed, zone, all_day=not isinstance(start, datetime))
    if last is not None:
        settled["UNTIL"] = [_like(start, last, zone)]
        settled.pop("COUNT", None)  # never both (RFC 5545 §3.3.10); more busy is the safer reading
    if parsed.count is None:
        settled.pop("COUNT", None)
    return settled


def _like(start: date | datetime, last: datetime, zone: tzinfo) -> date | datetime:
    if not isinstance(start, datetime):
        return last.astimezone(zone).date()
    return last if start.tzinfo else last.astimezone(zone).replace(tzinfo=None)


def _forward(event: Component, reader: _Reader) -> Period | None:
    """Move the start of a long series close to the window, in place. A flood of instances becomes the period returned."""
    rule = event.get("RRULE")
    if not isinstance(rule, vRecur) or "RECURRENCE-ID" in event:
        return None
    parsed = recurrence.parse(_text(rule))
    start, end = _span(event)
    length = _length(start, end)
    low = reader.window.start - widest(length)
    last = _last(parsed, start, reader)
    if parsed.bare and parsed.step and (last - max(low, reader.instant(start))) / parsed.step > MAX_INSTANCES:
        del event["RRULE"]
        return _flood(event, Period(reader.instant(start), last), length, reader)
    moved = recurrence.forwarded(parsed, _wall(start), _wall(low.astimezone(_zone(start, reader))))
    if moved is not None:
        wall, count = moved
        _restart(
            event, wall.replace(tzinfo=start.tzinfo) if isinstance(start, datetime) else wall.date(), length, count
        )
    return None


def _last(rule: recurrence.Rule, start: date | datetime, reader: _Reader) -> datetime:
    """No instance that matters begins after this: UNTIL, the COUNTth of a bare rule, or the end of the window."""
    end = reader.window.end + DAY
    last = recurrence.until(rule, _zone(start, reader), all_day=not isinstance(start, datetime))
    if last is None and rule.count and rule.step and (rule.count - 1) < (end - reader.instant(start)) / rule.step:
        last = reader.instant(start) + (rule.count - 1) * rule.step
    return min(last, end) if last else end


def _flood(event: Component, starts: Period, length: timedelta, reader: _Reader) -> Period | None:
    """All of a series that has more instances than anybody could meet, as one period."""
    if length == NOTHING or not _is_blocking(event, reader.rules):
        return None
    reader.warn(event, "it repeats so often that all the time from its start to its end counts")
    return Period(starts.start, starts.end + length)


def _restart(event: Component, start: date | datetime, length: timedelta, count: int | None) -> None:
    event.pop("DURATION", None)
    event["DTSTART"], event["DTEND"] = vDDDTypes(start), vDDDTypes(start + length)
    if count is not None:
        rule = vRecur(event["RRULE"])
        rule["COUNT"] = [count]
        event["RRULE"] = rule


def _span(event: Component) -> tuple[date | datetime, date | datetime]:
    """Start and end as written. A day that ends as it begins is that day, as every client shows it."""
    start, end = _when(event, "DTSTART"), _when(event, "DTEND")
    if start is None:
        raise ValueError("an event without start")
    if end is None:
        end = _after(start, event.get("DURATION"))
    return start, start + DAY if end == start and not isinstance(start, datetime) else end


def _after(start: date | datetime, duration: object) -> date | datetime:
    length = duration.dt if isinstance(duration, vDDDTypes) else None
    if not isinstance(length, timedelta):
        return start
    return (start if length % DAY == NOTHING else _wall(start) if not isinstance(start, datetime) else start) + length


def _when(event: Component, name: str) -> date | datetime | None:
    value = event.get(name)
    found = value.dt if isinstance(value, vDDDTypes) else None
    return found if isinstance(found, date) else None


def _listed(value: Any) -> list[Any]:
    """icalendar gives nothing, one value or a list of them."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(rule: Any) -> str:
    """A rule as it is written, a broken one too."""
    return str(rule.to_ical().decode())


def _length(start: date | datetime, end: date | datetime) -> timedelta:
    if isinstance(start, datetime) and isinstance(end, datetime) and bool(start.tzinfo) is bool(end.tzinfo):
        return end - start
    return _wall(end) - _wall(start)


def _wall(when: date | datetime) -> datetime:
    if isinstance(when, datetime):
        return when.replace(tzinfo=None)
    return datetime(when.year, when.month, when.day)  # noqa: DTZ001


def _zone(when: date | datetime, reader: _Reader) -> tzinfo:
    if isinstance(when, datetime):
        return when.tzinfo or reader.clock
    return reader.rules.zone


def _is_blocking(event: Component, rules: BusyRules) -> bool:
    return blocks(
        transp=str(event.get("TRANSP", "")),
        status=str(event.get("STATUS", "")),
        busystatus=str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")),
        declined=_declined(event, rules.own_addresses),
        rules=rules,
    )


def _declined(event: Component, own: frozenset[str]) -> bool:
    for attendee in _listed(event.get("ATTENDEE")):
        mailboxes = {str(attendee).lower().removeprefix("mailto:"), str(attendee.params.get("EMAIL", "")).lower()}
        if str(attendee.params.get("PARTSTAT", "")).upper() == "DECLINED" and mailboxes & own:
            return True
    return False


def _free_busy(component: Component, reader: _Reader) -> Iterator[Period]:
    """Periods of a VFREEBUSY (RFC 5545 §3.6.4). FBTYPE=FREE frees nothing that is busy elsewhere: it is left out."""
    for period in _listed(component.get("FREEBUSY")):
        if not isinstance(period, vPeriod):
            reader.warn(component, "its FREEBUSY can't be read")
            continue
        kind = str(period.params.get("FBTYPE", "BUSY")).upper()
        if kind != "FREE" and (kind != "BUSY-TENTATIVE" or reader.rules.tentative_counts):
            yield Period(period.start.astimezone(UTC), period.end.astimezone(UTC))


def _label(event: Component) -> str:
    uid, start = str(event.get("UID", "without UID"))[:80], _when(event, "DTSTART")
    return f"event {uid!r} of {start.isoformat()[:10]}" if start else f"event {uid!r}"
