"""Time zones of foreign calendars, settled in the text before any parser sees it.

icalendar keeps one table of custom zones for the whole process, keyed by TZID: two calendars that define the same name
differently would be read with each other's offsets. So a name that means an IANA zone becomes that zone and its
definition is dropped; any other definition is reduced to its rules and renamed to a hash of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import lru_cache
from hashlib import sha256
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from . import recurrence
from .lines import Line, encode, logical, parsed, unfolded
from .moments import Unreadable

_NO_ZONES = {"localtime", "factory", "posixrules"}  # files of the zone database that name no place
_RULES = {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE", "TZNAME"}
_TZID = re.compile(r';TZID=(?:"[^"]*"|[^";:]*)', re.IGNORECASE)
_MENTION = re.compile(r"T\s*Z\s*I\s*D", re.IGNORECASE)  # a fold may stand inside of the word
MAX_RULE_LINES = 400  # the longest real definitions have some 150 lines
MAX_RULE_CHARS = 32_000


@dataclass(frozen=True, slots=True)
class Normalised:
    """A calendar whose every TZID is an IANA name or a definition of its own; `unknown` are the names given up.

    Times of an unknown zone are floating: whoever reads them supplies the zone.
    """

    body: bytes
    unknown: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def iana(name: str) -> str | None:
    """The IANA name that `name` means: itself, a Windows name, or the end of a path (`/vendor/Europe/Berlin`)."""
    known = _known()
    plain = name.strip().strip('"').strip("/")
    if plain in WINDOWS_TO_OLSON and plain.casefold() not in known:
        return WINDOWS_TO_OLSON[plain]
    parts = plain.split("/")
    candidates = ("/".join(parts[at:]).casefold() for at in range(max(0, len(parts) - 3), len(parts)))
    # A last part alone counts only as the whole name: "/vendor/Berlin" or "My/Jamaica" is nobody's IANA name.
    return next((known[each] for each in candidates if each in known and ("/" in each or len(parts) == 1)), None)


@lru_cache(maxsize=1024)
def named(name: str) -> ZoneInfo | None:
    """The zone that `name` means, see `iana`."""
    key = iana(name)
    return ZoneInfo(key) if key else None


def normalise(body: bytes) -> Normalised:
    """`body` with its zones settled: see the head of this module."""
    definitions: list[Definition] = []
    rest = list(_outside(logical(body), definitions))
    blocks: dict[str, str] = {}
    settled = {each.tzid: _settle(each, blocks) for each in definitions}
    unknown: dict[str, None] = {}
    out = [_renamed(raw, settled, unknown) if _MENTION.search(raw) else raw for raw in rest]
    at = next((index for index, raw in enumerate(rest) if raw.strip().upper() == "BEGIN:VCALENDAR"), 0)
    return Normalised(encode("".join([*out[: at + 1], *blocks.values(), *out[at + 1 :]])), tuple(unknown))


@dataclass(slots=True)
class Definition:
    """A VTIMEZONE: its TZID, what libical says it stands for, and the lines that carry rules."""

    tzid: str = ""
    location: str = ""
    rules: list[str] = field(default_factory=list)
    usable: bool = True

    def text(self, name: str) -> str:
        """The definition under another name, with nothing in it but the rules (one odd property breaks parsers)."""
        return "\r\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *self.rules, "END:VTIMEZONE", ""])

    @property
    def hash_name(self) -> str:
        """A name that only the same rules can have."""
        return f"zone-{sha256(encode(self.text(''))).hexdigest()[:24]}"

    @property
    def zone_name(self) -> str | None:
        """The IANA zone it stands for, if any."""
        return iana(self.tzid) or (iana(self.location) if self.location else None)


def _outside(raws: Iterable[str], definitions: list[Definition]) -> Iterator[str]:
    """The lines outside of VTIMEZONE components; what those define is added to `definitions`."""
    inside: Definition | None = None
    for raw in raws:
        if inside is None:
            if raw[:15].upper().startswith("BEGIN:VTIMEZONE"):
                inside = Definition()
            else:
                yield raw
        elif raw[:13].upper().startswith("END:VTIMEZONE"):
            definitions.append(inside)
            inside = None
        else:
            _learn(inside, parsed(raw))


def resolve(tzid: str, content: Iterable[Line]) -> tzinfo | None:
    """The zone that `tzid` means in the calendar of which `content` are the lines, or None where nobody knows."""
    return named(tzid) or _defined(each.raw for each in content).get(tzid.strip())


def defined(body: bytes) -> dict[str, tzinfo]:
    """The zones that a calendar defines, by TZID, as far as they can be used."""
    return _defined(logical(body))


def _defined(raws: Iterable[str]) -> dict[str, tzinfo]:
    definitions: list[Definition] = []
    for _ in _outside(raws, definitions):
        pass
    return {each.tzid: zone for each in definitions if (zone := zone_of(each)) is not None}


def zone_of(definition: Definition) -> tzinfo | None:
    """The zone that a definition gives, or None where it gives none that could be used."""
    name = definition.zone_name
    if name:
        return ZoneInfo(name)
    return _custom(definition.text(definition.hash_name)) if _sound(definition) else None


def _learn(definition: Definition, line: Line) -> None:
    value = line.value.strip().upper()
    match line.name:
        case "TZID":
            definition.tzid = line.value.strip()
        case "X-LIC-LOCATION":
            definition.location = line.value
        case "BEGIN" | "END" if value in {"STANDARD", "DAYLIGHT"}:
            definition.rules.append(f"{line.name}:{value}")
        case "RRULE" if not _is_zone_rule(line.value):
            definition.usable = False
        case "DTSTART" if value < "16":  # years that are walked through; Windows begins with 1601
            definition.usable = False
        case name if name in _RULES:
            definition.rules.append(f"{line.name}:{line.value.strip()}")
        case _:
            pass


def _is_zone_rule(text: str) -> bool:
    """One day a year: what changes more often is a trap, not a zone."""
    try:
        rule = recurrence.parse(text)
    except Unreadable:
        return False
    some_weekday = len(rule.weekdays) == 1 and (rule.weekdays[0][0] != 0 or bool(rule.monthdays))
    return (
        rule.freq == "YEARLY"
        and len(rule.months) < 2
        and (some_weekday or not rule.weekdays)
        and not (rule.fine or rule.positions or any(rule.clock))
    )


def _sound(definition: Definition) -> bool:
    return (
        definition.usable
        and 0 < len(definition.rules) <= MAX_RULE_LINES
        and sum(len(rule) for rule in definition.rules) <= MAX_RULE_CHARS
        and all(_balanced(definition.rules, kind) for kind in ("STANDARD", "DAYLIGHT"))
        and _custom(definition.text(definition.hash_name)) is not None
    )


def _balanced(rules: Sequence[str], kind: str) -> bool:
    return rules.count(f"BEGIN:{kind}") == rules.count(f"END:{kind}")


@lru_cache(maxsize=256)
def _custom(text: str) -> tzinfo | None:
    """The zone of a definition, made outside of icalendar's process-wide table."""
    try:
        component = Timezone.from_ical(text)
        return component.to_tz(lookup_tzid=False) if isinstance(component, Timezone) else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None  # icalendar and dateutil answer broken definitions with any of these


def forget() -> None:
    """Let go of every custom zone kept so far."""
    _custom.cache_clear()


def _settle(definition: Definition, blocks: dict[str, str]) -> str | None:
    name = definition.zone_name
    if name is None and _sound(definition):
        name = definition.hash_name
        blocks[name] = definition.text(name)
    return name


def _renamed(raw: str, settled: dict[str, str | None], unknown: dict[str, None]) -> str:
    """The line with its TZID settled. Names without definition may still mean an IANA zone."""
    line = parsed(raw)
    tzid = line.params.get("TZID")
    if tzid is None:
        return raw
    name = settled.get(tzid.strip()) or iana(tzid)
    if name is None:
        unknown[tzid] = None
    return _TZID.sub(f";TZID={name}" if name else "", unfolded(raw), count=1) + "\r\n"


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if name.casefold() not in _NO_ZONES}
