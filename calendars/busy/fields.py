"""The few properties that busy time depends on, taken from the text without parsing the rest.

Most of a calendar's text is titles, notes, people and alarms; none of it moves a busy period.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

from ..ical.lines import decode, tidy_line
from ..ical.moments import Unreadable
from ..ical.zones import named
from .rules import BusyRules, blocks

_FOLD = re.compile(r"\r?\n[ \t]")
_FIELD = re.compile(
    r"\n(BEGIN|D(?:TSTART|TEND|URATION)|E(?:ND|XDATE)|UID|R(?:RULE|DATE|ECURRENCE-ID)|STATUS|TRANSP|ATTENDEE"
    r"|X-(?:MICROSOFT-CDO-BUSYSTATUS|WR-TIMEZONE)|CALSCALE)([;:][^\n]*)",
    re.IGNORECASE,
)
_REPEATABLE = {"RRULE", "EXDATE", "RDATE", "ATTENDEE"}
_TIMED = {"VEVENT", "VFREEBUSY"}

_WHEN = re.compile(
    r'(?:;(?:VALUE=DATE(?:-TIME)?|TZID=("[^"]*"|[^";:]*)|X-[^=;:"]*=[^";:]*))*:'
    r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?[ \t\r]*",
    re.IGNORECASE | re.ASCII,
)
_DECLINED = re.compile(r';PARTSTAT="?DECLINED"?[;:]', re.IGNORECASE)
_MAILBOX = re.compile(r'(?:;EMAIL="?|mailto:)([^";:\s]+)', re.IGNORECASE)


class When(NamedTuple):
    """A date, or a wall-clock time with its zone; `zone` None: floating."""

    wall: date | datetime
    zone: tzinfo | None


@dataclass(slots=True)
class Component:
    """What one VEVENT says about time. Values are the text behind the name, parameters first (`;TZID=…:2026…`)."""

    name: str
    one: dict[str, str] = field(default_factory=dict)
    many: dict[str, list[str]] = field(default_factory=dict)
    twice: bool = False

    def add(self, name: str, rest: str) -> None:
        """One more property of the component."""
        if name in _REPEATABLE:
            self.many.setdefault(name, []).append(rest)
        elif name in self.one:
            self.twice = True
        else:
            self.one[name] = rest

    def text(self, name: str) -> str:
        """The value of a property without parameters and white space, empty where it is absent."""
        rest = self.one.get(name)
        return rest.partition(":")[2].strip() if rest else ""


@dataclass(slots=True)
class Sketch:
    """The components of an object that may block time. `whole`: every BEGIN has its END, and it is a calendar."""

    whole: bool
    components: list[Component]
    calendar: Mapping[str, str]
    body: bytes

    @property
    def uid(self) -> str | None:
        """The UID that the object's events share: the first that stands there."""
        return next((tidy_line(uid)[:255] for each in self.components if (uid := each.text("UID"))), None)


def sketch(body: bytes) -> Sketch:
    """The components of `body`, however broken it is."""
    text = _without(_without(_unfolded(body), "VTIMEZONE"), "VALARM")
    components: list[Component] = []
    calendar: dict[str, str] = {}
    path: list[str] = []
    inside: Component | None = None
    whole = text[:17].upper().startswith("\nBEGIN:VCALENDAR")
    for name, rest in _FIELD.findall(text):
        name = name.upper()
        if name == "BEGIN":
            path.append(rest[1:].strip().upper())
            if len(path) == 2 and path[1] in _TIMED:
                inside = Component(path[1])
                components.append(inside)
        elif name == "END":
            whole &= bool(path) and path.pop() == rest[1:].strip().upper()
            inside = inside if len(path) > 1 else None
        elif inside is not None and len(path) == 2:
            inside.add(name, rest)
        elif len(path) == 1:
            calendar[name] = rest
    return Sketch(whole and not path, components, calendar, body)


def _unfolded(body: bytes) -> str:
    """The text in logical lines, each behind a LF."""
    text = decode(body).strip()
    if "\n" not in text:
        text = text.replace("\r", "\n")  # as old Macs end their lines
    text = text.replace("\r\n ", "").replace("\r\n\t", "")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub("", text)
    return "\n" + text


def _without(text: str, kind: str) -> str:
    """`text` without components that say nothing about busy time, by far the most of its lines about times."""
    begin, end = f"\nBEGIN:{kind}", f"\nEND:{kind}"
    parts, at = [], 0
    while (found := text.find(begin, at)) >= 0 and (last := text.find(end, found)) >= 0:
        parts.append(text[at:found])
        at = last + len(end)
    return "".join([*parts, text[at:]]) if parts else text


def when(rest: str, zone_of: Callable[[str], tzinfo | None] = named) -> When:
    """A DATE or DATE-TIME with its parameters. Raises Unreadable: not one, or in a zone that `zone_of` doesn't know."""
    match = _WHEN.fullmatch(rest)
    if match is None:
        raise Unreadable("not a date or date with time")
    tzid, year, month, day, hour, minute, second, utc = match.groups()
    try:
        if hour is None:
            return When(date(int(year), int(month), int(day)), None)
        wall = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))  # noqa: DTZ001
    except ValueError as error:
        raise Unreadable("a date that no calendar has") from error
    if utc:
        return When(wall, UTC)
    zone = zone_of(tzid) if tzid else None
    if tzid and zone is None:
        raise Unreadable("a zone that nobody knows")
    return When(wall, zone)


def is_blocking(component: Component, rules: BusyRules) -> bool:
    """Whether the event counts, see `blocking.blocks`."""
    declined = bool(rules.own_addresses) and "ATTENDEE" in component.many and _declined(component, rules.own_addresses)
    return blocks(
        transp=component.text("TRANSP"),
        status=component.text("STATUS"),
        busystatus=component.text("X-MICROSOFT-CDO-BUSYSTATUS"),
        declined=declined,
        rules=rules,
    )


def _declined(component: Component, own: frozenset[str]) -> bool:
    return any(
        _DECLINED.search(rest) and not own.isdisjoint(each.lower() for each in _MAILBOX.findall(rest))
        for rest in component.many["ATTENDEE"]
    )
