"""The host's copy of an event (RFC 5545): built, read, and merged with the host's edits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from itertools import takewhile

from ..model import Event, EventStatus, Period
from . import zones
from .lines import Line, encode, escape, has_too_many, line, lines, text_line, tidy_line
from .moments import Length, Unreadable, duration, instant, moment, written, written_duration

PRODID = "-//Booking Service//EN"
_CONFERENCE = (("VALUE", "URI"), ("FEATURE", "VIDEO"))

__all__ = ["OurEvent", "Unreadable", "build", "merge", "properties", "read"]


@dataclass(frozen=True, slots=True)
class OurEvent:
    """An event in a calendar under one of our UIDs, as far as a booking follows it.

    `status`: None where absent or unknown. It never says whether a booking is confirmed, as clients reset it. `marks`:
    all its X- properties.
    """

    uid: str
    time: Period
    status: EventStatus | None
    sequence: int
    summary: str
    description: str
    location: str
    url: str
    conference: str
    color: str
    opaque: bool
    recurring: bool
    marks: Mapping[str, str]


def build(event: Event) -> bytes:
    """The object for the host's own calendar. Without ORGANIZER and ATTENDEE, as servers would mail them."""
    inside = [written_line for _, written_line in properties(event)]
    return calendar([*inside, *alarm(event)])


def calendar(inside: Iterable[str], *, method: str = "") -> bytes:
    """One VCALENDAR around the lines of one VEVENT."""
    head = [line("BEGIN", "VCALENDAR"), line("VERSION", "2.0"), line("PRODID", PRODID)]
    if method:
        head.append(line("METHOD", method))
    head.append(line("BEGIN", "VEVENT"))
    return encode("".join([*head, *inside, line("END", "VEVENT"), line("END", "VCALENDAR")]))


def properties(event: Event) -> Iterator[tuple[str, str]]:
    """Our properties of a VEVENT: name and content line, in writing order."""
    stamp = written(event.stamped_at)
    yield "UID", line("UID", event.uid)
    yield "DTSTAMP", line("DTSTAMP", stamp)
    yield "LAST-MODIFIED", line("LAST-MODIFIED", stamp)
    yield "SEQUENCE", line("SEQUENCE", str(event.sequence))
    yield "DTSTART", line("DTSTART", written(event.time.start))
    yield "DTEND", line("DTEND", written(event.time.end))
    yield "STATUS", line("STATUS", event.status.value)
    yield "TRANSP", line("TRANSP", "OPAQUE")
    yield "SUMMARY", text_line("SUMMARY", tidy_line(event.summary))
    if event.description:
        yield "DESCRIPTION", text_line("DESCRIPTION", event.description)
    if event.location:
        yield "LOCATION", text_line("LOCATION", tidy_line(event.location))
    if event.url:
        yield "URL", line("URL", tidy_line(event.url))
    if event.conference:
        yield "CONFERENCE", line("CONFERENCE", tidy_line(event.conference), _CONFERENCE)
    if event.categories:  # on one line: some clients show none where there are several lines
        yield "CATEGORIES", line("CATEGORIES", ",".join(escape(tidy_line(each)) for each in event.categories))
    if event.color:
        yield "COLOR", text_line("COLOR", tidy_line(event.color))
    for mark, text in event.marks.items():
        yield mark.upper(), text_line(mark.upper(), tidy_line(text))


def alarm(event: Event) -> Iterator[str]:
    """The VALARM of an event that has one (RFC 5545 §3.6.6)."""
    if event.alarm_before is None:
        return
    yield line("BEGIN", "VALARM")
    yield line("ACTION", "DISPLAY")
    yield line("TRIGGER", written_duration(-event.alarm_before))
    yield text_line("DESCRIPTION", tidy_line(event.summary))
    yield line("END", "VALARM")


def read(body: bytes, *, zone: tzinfo = UTC) -> OurEvent | None:
    """The event of an object, its master where it recurs; None without a VEVENT. Raises Unreadable.

    `zone`: for all-day and floating times, and times in an unknown zone.
    """
    content = _lines(body)
    master = _master(content)
    if master is None:
        return None
    own = [each for each in _own(content[master]) if each.name]
    first = {each.name: each for each in reversed(own)}
    return OurEvent(
        uid=_text(first, "UID"),
        time=_time(first, content, zone),
        status=_status(_text(first, "STATUS")),
        sequence=_number(_text(first, "SEQUENCE")),
        summary=_text(first, "SUMMARY"),
        description=_text(first, "DESCRIPTION"),
        location=_text(first, "LOCATION"),
        url=_value(first, "URL"),
        conference=_value(first, "CONFERENCE"),
        color=_text(first, "COLOR"),
        opaque=_text(first, "TRANSP").upper() != "TRANSPARENT",
        recurring=bool({"RRULE", "RDATE"} & first.keys()),
        marks={each.name: each.text for each in own if each.name.startswith("X-")},
    )


def merge(
    standing: bytes,
    event: Event,
    *,
    previous_summary: str | None = None,
    previous_description: str | None = None,
    previous_location: str | None = None,
    previous_url: str | None = None,
    previous_conference: str | None = None,
    previous_color: str | None = None,
    zone: tzinfo = UTC,
) -> bytes:
    """`standing` with our own properties updated; every other byte stays.

    A `previous_…` is what we last wrote there. Where something else stands, the host wrote it and it is kept, except
    that our own words within it are updated; None means unknown, and ours is written. DTSTART and DTEND change only
    with the time, categories are added only where there are none, the conference only where there is no other one. Our
    alarm comes with the confirmation; afterwards alarms are the host's. SEQUENCE never decreases (RFC 5545 §3.8.7.4).
    Raises Unreadable.
    """
    content = _lines(standing)
    master, seen = _master(content), read(standing, zone=zone)
    if master is None or seen is None:
        raise Unreadable("no event to merge into")
    previous = {
        "SUMMARY": (previous_summary, seen.summary),
        "DESCRIPTION": (previous_description, seen.description),
        "LOCATION": (previous_location, seen.location),
        "URL": (previous_url, seen.url),
        "CONFERENCE": (previous_conference, seen.conference),
        "COLOR": (previous_color, seen.color),
    }
    kept = _kept_names(content[master], previous)
    if seen.time == event.time:
        kept |= _TIME
    wanted = dict(properties(event))
    for name, ours in (("SUMMARY", event.summary), ("DESCRIPTION", event.description)):
        before, theirs = previous[name]
        if name in kept and before is not None and (within := _followed(theirs, before, ours)) != theirs:
            wanted[name] = text_line(name, within)
            kept.remove(name)
    wanted["SEQUENCE"] = line("SEQUENCE", str(max(event.sequence, seen.sequence)))
    replaced = (wanted.keys() | previous.keys() | _TIME) - kept
    inside = _patched(content[master], {name: wanted.get(name, "") for name in replaced})
    return encode(
        "".join(
            [
                *_raw(content[: master.start]),
                *inside,
                *_new_alarm(event, seen, content[master]),
                *_raw(content[master.stop :]),
            ]
        )
    )


_TIME = {"DTSTART", "DTEND", "DURATION"}


def _kept_names(inside: Sequence[Line], previous: Mapping[str, tuple[str | None, str]]) -> set[str]:
    """The properties that are the host's: where something else stands than what we last wrote."""
    kept = {"UID"} | {name for name, (ours, theirs) in previous.items() if ours is not None and not _same(ours, theirs)}
    standing = Counter(each.name for each in _own(inside))
    if standing["CATEGORIES"]:
        kept.add("CATEGORIES")
    if standing["CONFERENCE"] > 1:
        kept.add("CONFERENCE")
    return kept


def _lines(body: bytes) -> list[Line]:
    """Raises Unreadable."""
    if has_too_many(body):
        raise Unreadable("it has more lines than any event of ours")
    return lines(body)


def _patched(inside: Sequence[Line], ours: Mapping[str, str]) -> Iterator[str]:
    """The lines of a VEVENT with ours in place of those with the same names; new ones before the first
    sub-component."""
    missing = dict(ours)
    depth = 0
    for each in inside:
        if each.name == "BEGIN":
            if depth == 0:
                yield from missing.values()
                missing = {}
            depth += 1
        if depth or each.name not in ours:
            yield each.raw
        else:
            yield missing.pop(each.name, "")
        depth -= each.name == "END"
    yield from missing.values()


def _new_alarm(event: Event, seen: OurEvent, inside: Sequence[Line]) -> Iterator[str]:
    becomes_confirmed = event.status is EventStatus.CONFIRMED and seen.status is EventStatus.TENTATIVE
    has_alarm = any(each.name == "BEGIN" and each.value.strip().upper() == "VALARM" for each in inside)
    return alarm(event) if becomes_confirmed and not has_alarm else iter(())


def _followed(theirs: str, before: str, now: str) -> str:
    """The host's text with what we wrote before replaced by what we write now.

    A note behind the title of a hold stays; the words at its start that only a hold has are removed.
    """
    if before and before in theirs:
        return theirs.replace(before, now, 1)
    shared = sum(takewhile(bool, (a == b for a, b in zip(reversed(before), reversed(now), strict=False))))
    whole_words = shared and (shared == len(now) or not now[-shared].isalnum())
    lead = before[:-shared] if whole_words else ""
    return now[:-shared] + theirs.removeprefix(lead) if lead and theirs.startswith(lead) else theirs


def _same(ours: str, theirs: str) -> bool:
    """Whether the text that stands is ours but for white space, which servers and clients change."""
    return tidy_line(ours).split() == tidy_line(theirs).split()


def _master(content: Sequence[Line]) -> slice | None:
    """The lines of the first VEVENT without RECURRENCE-ID, or of the first one. Raises Unreadable."""
    spans = list(_events(content))
    masters = [span for span in spans if not any(each.name == "RECURRENCE-ID" for each in _own(content[span]))]
    return next(iter([*masters, *spans]), None)


def _events(content: Sequence[Line]) -> Iterator[slice]:
    open_components: list[str] = []
    begun = 0
    for index, each in enumerate(content):
        component = each.value.strip().upper()
        if each.name == "BEGIN":
            open_components.append(component)
            if open_components == ["VCALENDAR", "VEVENT"]:
                begun = index + 1
        elif each.name == "END":
            if not open_components or open_components[-1] != component:
                raise Unreadable("a component that ends without having begun")
            if open_components == ["VCALENDAR", "VEVENT"]:
                yield slice(begun, index)
            open_components.pop()
    if open_components or not content or all(each.name != "BEGIN" for each in content):
        raise Unreadable("no whole calendar")


def _own(inside: Sequence[Line]) -> Iterator[Line]:
    """The lines of the component itself, without those of components inside it."""
    depth = 0
    for each in inside:
        depth += each.name == "BEGIN"
        if depth == 0:
            yield each
        depth -= each.name == "END"


def _time(first: Mapping[str, Line], content: Sequence[Line], zone: tzinfo) -> Period:
    if "DTSTART" not in first:
        raise Unreadable("an event without DTSTART")
    start = _moment(first["DTSTART"], content, zone)
    begins = instant(start, zone)
    if "DTEND" in first:
        return Period(begins, instant(_moment(first["DTEND"], content, zone), zone))
    length = Length() if isinstance(start, datetime) else Length(days=1)
    if "DURATION" in first:
        length = duration(first["DURATION"].value)
    return Period(begins, length.after(start, zone))


def _moment(each: Line, content: Sequence[Line], zone: tzinfo) -> date | datetime:
    tzid = each.params.get("TZID")
    return moment(each.value, zones.resolve(tzid, content) or zone if tzid else None)


def _text(first: Mapping[str, Line], name: str) -> str:
    return first[name].text if name in first else ""


def _value(first: Mapping[str, Line], name: str) -> str:
    """The value of a URI property, in which nothing is escaped (RFC 5545 §3.3.13)."""
    return first[name].value.strip() if name in first else ""


def _status(text: str) -> EventStatus | None:
    try:
        return EventStatus(text.strip().upper())
    except ValueError:
        return None


def _number(text: str) -> int:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _raw(content: Iterable[Line]) -> list[str]:
    return [each.raw for each in content]
