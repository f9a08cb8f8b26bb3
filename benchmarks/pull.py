"""What a pull costs once the bytes are here: 10,000 objects read for busy time, against icalendar and
recurring-ical-events on the same bytes (P13), and ten changed ones after a small and after a large calendar (P14). And how many
requests bring them (P12: benchmarks/pull_requests.py).

Both sides must find the same busy time in every object, or nothing is measured. CPU time counts, not the clock on the
wall.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from benchmarks import pull_requests
from benchmarks.measure import Goal, Report, arguments, exponent
from calendars.busy.periods import BusyReading, BusyRules, busy_of_all
from calendars.busy.rules import touching
from calendars.ical.moments import instant
from calendars.model import Period

OBJECTS, SLICES, CHANGES, REPEATS = 10_000, 10, 10, 45
BERLIN = ZoneInfo("Europe/Berlin")
RULES = BusyRules(BERLIN, own_addresses=frozenset({"ada@example.org"}))
WINDOW = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))

VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
"""
WORDS = [
    "planning",
    "review",
    "budget",
    "Gespräch",
    "customer",
    "lunch",
    "1:1",
    "roadmap",
    "Büro",
    "release",
    "hiring",
    "offsite",
]


def main(argv: list[str]) -> int:
    out = arguments("pull").parse_args(argv).json
    rng = random.Random(20260301)
    bodies = [made(rng, number) for number in range(OBJECTS)]
    report = Report("pull")
    ours, theirs = in_slices(bodies)
    small, large = changed(bodies, 100), changed(bodies, OBJECTS)
    report.microseconds = {
        "one object, ours, CPU": median(ours) * 1e6,
        "one object, icalendar + recurring-ical-events, CPU": median(theirs) * 1e6,
        f"{CHANGES} changed objects after 100": small * 1e6,
        f"{CHANGES} changed objects after {OBJECTS:,}": large * 1e6,
    }
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    growth = max(0.0, exponent(small=small, large=large, times_larger=OBJECTS / 100))
    report.goals = [
        Goal("P13 reading a pull, ours / libraries", ratio, goal=1 / 4, moonshot=1 / 20),
        Goal("P14 reading 10 changes, growth 100 -> 10,000", growth, goal=0.15, moonshot=0.05),
    ]
    report.remarks = [
        f"The libraries take {1 / ratio:.1f} times as long; {OBJECTS:,} objects in {SLICES} slices measured in turn; busy "
        "time equal in all."
    ]
    pull_requests.measure(report)
    return report.conclude(out)


def in_slices(bodies: Sequence[bytes]) -> tuple[list[float], list[float]]:
    """CPU seconds per object of either side, slice by slice. Raises AssertionError: they differ about an object."""
    ours, theirs = [], []
    size = len(bodies) // SLICES
    for at in range(0, len(bodies), size):
        part = bodies[at : at + size]
        began = process_time()
        readings = busy_of_all(part, window=WINDOW, rules=RULES)
        between = process_time()
        libraries = [read_by_libraries(body) for body in part]
        ended = process_time()
        ours.append((between - began) / size)
        theirs.append((ended - between) / size)
        compare(part, readings, libraries)
    return ours, theirs


def compare(bodies: Sequence[bytes], readings: Sequence[BusyReading], libraries: Sequence[list[Period]]) -> None:
    for body, reading, expected in zip(bodies, readings, libraries, strict=True):
        assert list(reading.periods) == expected, f"busy time differs for\n{body.decode()}"
        assert not reading.warnings


def changed(bodies: Sequence[bytes], size: int) -> float:
    """CPU seconds for reading ten objects once a calendar of `size` objects has been read."""
    busy_of_all(bodies[:size], window=WINDOW, rules=RULES)
    times = []
    for _ in range(REPEATS):
        began = process_time()
        busy_of_all(bodies[:CHANGES], window=WINDOW, rules=RULES)
        times.append(process_time() - began)
    return median(times)


def read_by_libraries(body: bytes) -> list[Period]:
    """icalendar and recurring-ical-events as anybody would use them."""
    occurrences = recurring_ical_events.of(icalendar.Calendar.from_ical(body)).between(
        *(each.astimezone(BERLIN) for each in WINDOW)
    )
    periods = [
        Period(instant(each["DTSTART"].dt, BERLIN), instant(each["DTEND"].dt, BERLIN))
        for each in occurrences
        if each.get("TRANSP") != "TRANSPARENT" and each.get("STATUS") != "CANCELLED"
    ]
    return touching(periods, WINDOW)


def made(rng: random.Random, number: int) -> bytes:
    """One object of an ordinary working life, with the notes, people and alarms that come with it."""
    start = datetime(2026, 2, 27) + timedelta(minutes=15 * rng.randrange(4 * 24 * 66))  # noqa: DTZ001 - a wall clock
    if start.hour < 4:
        start += timedelta(hours=4)  # nights in which clocks change are where the libraries are wrong
    kind = rng.choices(
        ["single", "all-day", "weekly", "weekly with exceptions", "monthly", "unusual"], [78, 6, 9, 4, 2, 1]
    )[0]
    length = timedelta(minutes=rng.choice([15, 30, 45, 60, 90, 120]))
    if kind == "all-day":
        day = start.date()
        time = f"DTSTART;VALUE=DATE:{day:%Y%m%d}\nDTEND;VALUE=DATE:{day + timedelta(days=rng.randint(1, 3)):%Y%m%d}\n"
        return body_of(time + details(rng, number))
    if kind != "single":
        start -= timedelta(days=rng.randint(0, 700))
    time = f"DTSTART{local(start)}\nDTEND{local(start + length)}\n"
    return body_of(
        time + repetition(rng, kind, start) + details(rng, number), *exceptions(rng, kind, start, length, number)
    )


def repetition(rng: random.Random, kind: str, start: datetime) -> str:
    match kind:
        case "weekly" | "weekly with exceptions":
            end = rng.choice(["", ";COUNT=60", ";UNTIL=20260401T120000Z", ";INTERVAL=2", ";INTERVAL=2;WKST=SU"])
            excluded = "".join(f"EXDATE{local(start + timedelta(weeks=each))}\n" for each in rng.sample(range(100), 3))
            return f"RRULE:FREQ=WEEKLY{end}\n" + (excluded if "exceptions" in kind else "")
        case "monthly":
            weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start.weekday()]
            return f"RRULE:FREQ=MONTHLY;BYDAY={(start.day - 1) // 7 + 1}{weekday}\n"
        case "unusual":
            return rng.choice(
                [
                    f"RDATE;VALUE=PERIOD{local(start + timedelta(days=3))}/PT1H\n",
                    f"RRULE:FREQ=YEARLY;BYDAY=MO;BYWEEKNO={9 + start.day % 9}\n",
                ]
            )
        case _:
            return ""


def exceptions(rng: random.Random, kind: str, start: datetime, length: timedelta, number: int) -> list[str]:
    if kind != "weekly with exceptions":
        return []
    instance = start + timedelta(weeks=100 + rng.randrange(4))
    moved = instance + timedelta(hours=rng.randint(-30, 30))
    lines = f"RECURRENCE-ID{local(instance)}\nDTSTART{local(moved)}\nDTEND{local(moved + length)}\n"
    return [lines + details(rng, number)]


def details(rng: random.Random, number: int) -> str:
    text = " ".join(rng.choices(WORDS, k=rng.randint(3, 60)))
    folded = "\n ".join(text[at : at + 60] for at in range(0, len(text), 60))
    people = "".join(
        f'ATTENDEE;CN="{rng.choice(WORDS)}, {each}";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT\n :mailto:p{each}@example.org\n'
        for each in range(rng.choice([0, 0, 1, 4]))
    )
    standing = rng.choice(["", "STATUS:CONFIRMED\n", "STATUS:TENTATIVE\n", "TRANSP:OPAQUE\n", "TRANSP:TRANSPARENT\n"])
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:Reminder\nEND:VALARM\n"
    return (
        f"UID:{number:08}-3b52-4b0e-9d1f-6d4a3f1c0001\nDTSTAMP:20260227T101500Z\nCREATED:20260101T080000Z\n"
        f"LAST-MODIFIED:20260227T101500Z\nSEQUENCE:{rng.randint(0, 5)}\nSUMMARY:{' '.join(rng.choices(WORDS, k=3))}\n"
        f"DESCRIPTION:{folded}\n{people}{standing}{alarm if rng.random() < 0.6 else ''}"
    )


def body_of(*events: str) -> bytes:
    head = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Benchmark//EN\nCALSCALE:GREGORIAN\n{VTIMEZONE}"
    inside = "".join(f"BEGIN:VEVENT\n{lines}END:VEVENT\n" for lines in events)
    return f"{head}{inside}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def local(when: datetime) -> str:
    return f";TZID=Europe/Berlin:{when:%Y%m%dT%H%M%S}"
