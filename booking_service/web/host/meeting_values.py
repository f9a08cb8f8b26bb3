"""The settings of a meeting type as form values, written and read.

Each value has one spelling in which it is compared, so that two tabs with the same meaning do not differ; other
spellings can be typed. Only changed values are read, so that nothing else is touched.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ...config.notation import read_duration, show_duration
from ...domain.availability import WorkingHours, parse_spans, spans_text
from ...domain.localized_text import HostText, InLanguages
from ...domain.meeting import (
    HOLD_AT_LEAST,
    HOLD_AT_MOST,
    Approval,
    DoubleOptIn,
    HoldPolicy,
    MeetingType,
    Place,
    read_location,
)
from ...domain.slots import DAYS_AHEAD_AT_MOST, NOTICE_AT_MOST
from ...domain.text import NAME_LENGTH, one_line, several_lines
from ...language import LANGUAGES

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TEXTS = ("title", "description")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_LONGEST = {"title": NAME_LENGTH, "description": 20_000}
_DAY_WORDS = re.compile(r"(?<=[0-9 ])(tage?n?|dag(?:en)?|stunden?|std\.?|uur|uren|minuten?)\b", re.IGNORECASE)
_UNITS = {"t": "days", "d": "days", "s": "h", "u": "h", "m": "min"}
NEVER = timedelta(days=3660)

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """One value. `read` parses the input, and raises ValueError; `write` formats the value."""

    write: Callable[[MeetingType], str]
    read: Callable[[str], object]
    part: str = ""  # "rules" or "horizon", if it is a part of these
    attribute: str = ""  # its name there, if another


def seen(meeting: MeetingType) -> str:
    """Who can find and book it, as the form's value."""
    if not meeting.active:
        return "off"
    if meeting.one_time_only:
        return "one-time"
    return "listed" if meeting.listed else "hidden"


def values_of(meeting: MeetingType, *, writer: str) -> dict[str, str]:
    """All settings by name. `writer`: the host's language, which a text without a language is in."""
    texts = {name: text for part in TEXTS for name, text in _texts(part, getattr(meeting, part), writer).items()}
    week = meeting.hours.weekly if meeting.hours else ((),) * 7
    hours = {f"hours.{day}": spans_text(spans) for day, spans in zip(WEEKDAYS, week, strict=True)}
    return {
        **texts,
        **{name: each.write(meeting) for name, each in SETTINGS.items()},
        "hours": "own" if meeting.hours else "usual",
        **hours,
        "seen": seen(meeting),
    }


def read_values(meeting: MeetingType, typed: Values, *, writer: str) -> tuple[MeetingType, frozenset[str]]:
    """The meeting type with the input, and the names of unreadable values, which stay unchanged."""
    standing = values_of(meeting, writer=writer)
    changed = {name: typed[name] for name in standing if name in typed and typed[name] != standing[name]}
    found: dict[str, dict[str, Any]] = {"": {}, "rules": {}, "horizon": {}}
    wrong: set[str] = set()
    for name, text in changed.items():
        if name in SETTINGS:
            try:
                value = SETTINGS[name].read(one_line(text))
            except ValueError:
                wrong.add(name)
            else:
                found[SETTINGS[name].part][SETTINGS[name].attribute or name] = value
    for part in TEXTS:
        if any(name.partition(".")[0] == part for name in changed):
            found[""][part], bad = _read_text(part, {**standing, **typed}, writer)
            wrong |= bad
    if any(name.startswith("hours") for name in changed):
        found[""]["hours"], bad = _read_hours({**standing, **typed})
        wrong |= bad
    if "seen" in changed:
        chosen = changed["seen"]
        found[""] |= {"active": chosen != "off", "listed": chosen == "listed", "one_time_only": chosen == "one-time"}
    return _made(meeting, found, wrong)


def _made(
    meeting: MeetingType, found: dict[str, dict[str, Any]], wrong: set[str]
) -> tuple[MeetingType, frozenset[str]]:
    horizon = {"days": meeting.rules.horizon.days, "last_on": meeting.rules.horizon.last_on} | found["horizon"]
    if horizon["days"] is None and horizon["last_on"] is None:
        return meeting, frozenset({*wrong, "horizon_days"})
    for name in wrong & {"title", "hours"}:
        found[""].pop(name, None)
    rules = replace(meeting.rules, horizon=replace(meeting.rules.horizon, **horizon), **found["rules"])
    return replace(meeting, rules=rules, **found[""]), frozenset(wrong)


def as_compared(typed: Values, meeting: MeetingType, *, writer: str) -> dict[str, str]:
    """The input in the spelling used for comparisons, as far as it is readable."""
    after, wrong = read_values(meeting, typed, writer=writer)
    return {**values_of(after, writer=writer), **{name: typed[name] for name in wrong if name in typed}}


def read_length(text: str) -> timedelta:
    """A duration as people write it in three languages; a bare number means minutes. Raises ValueError."""
    known = _DAY_WORDS.sub(lambda word: _UNITS[word[0][:1].lower()], text.strip())
    return read_duration(f"{known} min" if known.isdigit() else known)


def _length(least: timedelta, most: timedelta, *, minutes: bool = False) -> Callable[[str], timedelta]:
    def read(text: str) -> timedelta:
        length = read_length(text)
        if not least <= length <= most or (minutes and length % MINUTE):
            raise ValueError("out of range")
        return length

    return read


def _count(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        count = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1
        if not least <= count <= most:
            raise ValueError("out of range")
        return count

    return read


def _maybe(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("neither")
    return text == "yes"


def _line(text: str) -> str:
    if len(text) > 1000:
        raise ValueError("too long")
    return read_location(text)


def _lengths(text: str) -> tuple[timedelta, ...]:
    found = tuple(read_length(each) for each in text.split(",") if each.strip())
    if len(found) > 10:
        raise ValueError("too many")
    return found


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return show_duration(value)
        case tuple():
            return ", ".join(_shown(each) for each in value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _own(name: str, read: Callable[[str], object]) -> Setting:
    return Setting(lambda meeting: _shown(getattr(meeting, name)), read)


def _rule(name: str, read: Callable[[str], object]) -> Setting:
    return Setting(lambda meeting: _shown(getattr(meeting.rules, name)), read, "rules")


def _horizon(attribute: str, read: Callable[[str], object]) -> Setting:
    return Setting(lambda meeting: _shown(getattr(meeting.rules.horizon, attribute)), read, "horizon", attribute)


SETTINGS: Mapping[str, Setting] = {
    "duration": Setting(
        lambda meeting: str(int(meeting.rules.duration / MINUTE)), _length(MINUTE, DAY, minutes=True), "rules"
    ),
    "place": _own("place", Place),
    "location": _own("location", _line),
    "calendar": _own("calendar", _line),
    "notice": _rule("notice", _length(timedelta(0), NOTICE_AT_MOST)),
    "horizon_days": _horizon("days", _maybe(_count(0, DAYS_AHEAD_AT_MOST))),
    "last_on": _horizon("last_on", _maybe(date.fromisoformat)),
    "increment": _rule("increment", _length(MINUTE, DAY, minutes=True)),
    "buffer_before": _rule("buffer_before", _length(timedelta(0), DAY)),
    "buffer_after": _rule("buffer_after", _length(timedelta(0), DAY)),
    "per_day": _rule("per_day", _maybe(_count(1, 999))),
    "per_week": _rule("per_week", _maybe(_count(1, 9999))),
    "doi": _own("doi", DoubleOptIn),
    "hold_lifetime": _own("hold_lifetime", _length(HOLD_AT_LEAST, HOLD_AT_MOST)),
    "hold_policy": _own("hold_policy", HoldPolicy),
    "tell_of_holds": _own("tell_of_holds", _yes_or_no),
    "calendar_wins": _own("calendar_wins", _yes_or_no),
    "approval": _own("approval", Approval),
    "approval_lifetime": _own("approval_lifetime", _length(MINUTE, NEVER)),
    "guests_at_most": _own("guests_at_most", _count(0, 10)),
    "change_until": _own("change_until", _length(timedelta(0), NEVER)),
    "moves_at_most": _own("moves_at_most", _count(0, 9999)),
    "remind_before": _own("remind_before", _lengths),
    "alarm_before": _own("alarm_before", _maybe(_length(timedelta(0), NEVER))),
}


def _texts(part: str, text: HostText, writer: str) -> dict[str, str]:
    """The host's language under the part's name, others with their code: title, title.en."""
    versions = {writer: text} if isinstance(text, str) else dict(text.versions)
    others = {f"{part}.{code}": versions.get(code, "") for code in LANGUAGES if code != writer}
    return {part: versions.get(writer, ""), **others}


def _read_text(part: str, typed: Values, writer: str) -> tuple[HostText, set[str]]:
    """One text for all readers if only the host's language is filled in; and the unreadable names."""
    names = {writer: part, **{code: f"{part}.{code}" for code in LANGUAGES if code != writer}}
    clean = one_line if part == "title" else several_lines
    texts = {code: clean(typed.get(name, "")) for code, name in names.items()}
    wrong = {names[code] for code, text in texts.items() if len(text) > _LONGEST[part]}
    written = tuple((code, text) for code, text in texts.items() if text)
    if not written:
        return "", wrong | ({part} if part == "title" else set())
    if len(written) == 1 and written[0][0] == writer:
        return written[0][1], wrong
    return InLanguages(written), wrong


def _read_hours(typed: Values) -> tuple[WorkingHours | None, set[str]]:
    if typed["hours"] != "own":
        return None, set()
    days, wrong = [], set()
    for day in WEEKDAYS:
        try:
            days.append(parse_spans(typed[f"hours.{day}"]))
        except ValueError:
            days.append(())
            wrong.add(f"hours.{day}")
    return WorkingHours(tuple(days)), wrong
