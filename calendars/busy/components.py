"""The few properties that busy time depends on, read from the text without parsing the rest.

Most of a calendar's text is titles, notes, people and alarms, none of which moves a busy period. In a broken object,
components and properties are found as far as they can be told apart.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..ical.lines import decode, tidy_line

_FIELD = re.compile(
    r"\n(BEGIN|D(?:TSTART|TEND|URATION)|E(?:ND|XDATE)|UID|R(?:RULE|DATE|ECURRENCE-ID)|S(?:TATUS|EQUENCE)|TRANSP|ATTENDEE"
    r"|FREEBUSY|X-(?:MICROSOFT-CDO-BUSYSTATUS|WR-TIMEZONE))([;:][^\n]*)",
    re.IGNORECASE,
)
# These stand beside other components, never within one: where one begins, the one before has ended.
_BESIDE = {"VEVENT", "VFREEBUSY", "VTODO", "VJOURNAL", "VTIMEZONE"}
_TIMED = {"VEVENT", "VFREEBUSY"}
_PIECE = 128 * 1024
_CUT = "\u2026"  # marks a value that was cut short as unreadable
_OTHERS = ("X-", "VAVAILABILITY", "VPOLL", "VPATCH")
# Properties that no alarm has: an alarm without END may have swallowed them from its event. Nothing of it makes time
# free.
_NO_ALARM_S = {"DTSTART", "DTEND", "RRULE", "RDATE", "RECURRENCE-ID"}


@dataclass(slots=True)
class Component:
    """What one VEVENT or VFREEBUSY says about time.

    Values are the text behind the name, parameters first (`;TZID=…:2026…`). `calendar`: index of its VCALENDAR in the
    object. `ended`: it has an END of its own.
    """

    name: str
    calendar: int
    properties: dict[str, list[str]] = field(default_factory=dict)
    ended: bool = False

    def first(self, name: str) -> str | None:
        """The first property of this name, as it stands."""
        found = self.properties.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The value of a property without parameters and white space; empty where it is absent, or given twice with
        different values."""
        rests = self.properties.get(name)
        if not rests:
            return ""
        first, *others = (rest.partition(":")[2].strip() for rest in rests)
        return first if all(each == first for each in others) else ""

    @property
    def uid(self) -> str | None:
        """Its UID, on one line and of bounded length."""
        text = (self.first("UID") or "").partition(":")[2].strip()
        return (text if text.isprintable() else tidy_line(text))[:255] or None


@dataclass(slots=True)
class Outline:
    """The timed components of an object.

    `floating`: the zones of X-WR-TIMEZONE by the calendar's index. `known`: at least one component says what it is, or
    a calendar is complete without any. `fields`: how many properties were looked at.
    """

    components: list[Component]
    floating: dict[int, str]
    known: bool
    fields: int

    @property
    def uid(self) -> str | None:
        """The first UID in the object; all its events should share it."""
        return next((uid for each in self.components if (uid := each.uid)), None)


def outline(body: bytes) -> Outline:
    """The components of `body`, however broken it is."""
    reader = _Reader()
    reader.read(_without_zones(unfolded(body)), cut=not body.endswith((b"\n", b"\r")))
    return Outline(reader.components, reader.floating, reader.known, reader.fields)


def unfolded(body: bytes) -> str:
    """The text as logical lines, each preceded by a LF."""
    text = decode(body).strip()
    if "\n" not in text:
        text = text.replace("\r", "\n")  # line ends of old Macs
    for fold in ("\r\n ", "\r\n\t", "\n ", "\n\t"):
        text = text.replace(fold, "")
    return "\n" + text


class _Reader:
    """State of reading one object."""

    __slots__ = ("_aside", "_calendar", "_inside", "_strange", "_within", "components", "fields", "floating", "known")

    def __init__(self) -> None:
        self.components: list[Component] = []
        self.floating: dict[int, str] = {}
        self.known = False
        self.fields = 0
        self._calendar = 0
        self._strange = False
        self._inside: Component | None = None
        self._within: list[str] = []  # components nested in the open one, mostly alarms
        self._aside: list[tuple[str, str]] = []  # and their properties

    def read(self, text: str, *, cut: bool) -> None:
        """Read the lines of an object. `cut`: the last line may be incomplete."""
        for piece in _pieces(text):
            found = _FIELD.findall(piece)
            self.fields += len(found)
            for name, rest in found:
                name = name.upper()
                if name == "BEGIN":
                    self._begin(rest[1:].strip().upper())
                elif name == "END":
                    self._end(rest[1:].strip().upper())
                elif self._within:
                    self._aside.append((name, rest))
                elif self._inside is None:
                    self._beside(name, rest)
                elif name in self._inside.properties:
                    self._inside.properties[name].append(rest)
                else:
                    self._inside.properties[name] = [rest]
        if cut:
            self._doubt_last(text)
        self.close(ended=False)

    def close(self, *, ended: bool) -> None:
        """End the open component, whether it has an END or not."""
        if self._inside is not None:
            self._inside.ended = ended and not self._within
            for name, rest in self._aside if self._within else ():
                if name in _NO_ALARM_S and name not in self._inside.properties:
                    self._inside.properties[name] = [rest]
        self._inside, self._within, self._aside = None, [], []

    def _doubt_last(self, text: str) -> None:
        for rests in self._inside.properties.values() if self._inside else ():
            if text.endswith(rests[-1]):
                rests[-1] += _CUT

    def _beside(self, name: str, rest: str) -> None:
        if name == "X-WR-TIMEZONE":
            self.floating[self._calendar] = rest.partition(":")[2].strip()

    def _begin(self, kind: str) -> None:
        if kind == "VCALENDAR":
            self.close(ended=False)
            self._calendar += 1
        elif kind in _BESIDE:
            self.close(ended=False)
            self.known = True
            self._inside = Component(kind, self._calendar)
            if kind in _TIMED:
                self.components.append(self._inside)
        elif self._inside is not None:
            self._within.append(kind)
        else:
            self._strange |= not kind.startswith(_OTHERS)

    def _end(self, kind: str) -> None:
        if kind == "VCALENDAR":
            self.close(ended=False)
            self.known |= self._calendar > 0 and not self._strange
        elif self._within and kind == self._within[-1]:
            self._within.pop()
            if not self._within:
                self._aside = []
        elif self._inside is not None and kind == self._inside.name:
            self.close(ended=True)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of whole lines, as no other thread runs while a pattern is searched for in one."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _PIECE)
        end = len(text) if end < 0 else end
        yield text[at:end]
        at = end


def _without_zones(text: str) -> str:
    """`text` without time zone definitions, which hold most of its lines about times."""
    parts, at = [], 0
    while (found := text.find("\nBEGIN:VTIMEZONE", at)) >= 0:
        another = text.find("\nBEGIN:V", found + 1)
        end = text.find("\nEND:VTIMEZONE", found, another if another >= 0 else len(text))
        if end >= 0:
            parts.append(text[at:found])
            at = end + len("\nEND:VTIMEZONE")
        else:  # no END: `_Reader` finds where it must have ended
            parts.append(text[at : found + 1])
            at = found + 1
    return "".join([*parts, text[at:]]) if parts else text
