"""Damaged objects: whatever is cut, doubled or overwritten in a calendar, reading it ends in an answer or in Unreadable."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.busy.periods import BusyRules, busy_periods
from calendars.ical import ics
from tests.calendars.busy.random_objects import WINDOW, made
from tests.calendars.ical.test_ics import CONFIRMED

RULES = BusyRules(ZoneInfo("Europe/Berlin"), own_addresses=frozenset({"ada@example.org"}))
WHOLE = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "data").glob("client_*.ics"))]
# Nothing that makes a rule run for long: test_bombs has those.
PIECES = [
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b";",
    b":",
    b",",
    b'"',
    b"=",
    b"T",
    b"Z",
    b"-",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\\",
    b"0",
    b"9",
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"END:VCALENDAR\r\n",
    b"BEGIN:VALARM\r\n",
    b"RECURRENCE-ID:",
    b"DTSTART:",
    b"TZID=",
    b"EXDATE:",
    b"VALUE=DATE",
    b"P1D",
    b"00000000T000000",
    b"99991231T235959Z",
    b"\xef\xbb\xbf",
]


def cut(body: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(body))
    return body[:at] + body[at + rng.randint(1, 40) :]


def put(body: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(body))
    return body[:at] + rng.choice(PIECES) + body[at + rng.choice([0, 1]) :]


def repeat(body: bytes, rng: random.Random) -> bytes:
    lines = body.split(b"\r\n")
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"\r\n".join(lines)


def swap(body: bytes, rng: random.Random) -> bytes:
    lines = body.split(b"\r\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\r\n".join(lines)


WAYS: list[Callable[[bytes, random.Random], bytes]] = [cut, put, repeat, swap]


def damaged(seed: int) -> bytes:
    rng = random.Random(seed)  # noqa: S311
    body = rng.choice([rng.choice(WHOLE), made(rng.randrange(2**32)).body])
    for _ in range(rng.randint(1, 5)):
        body = rng.choice(WAYS)(body, rng) or b"\n"
    return body


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**48))
def test_busy_time_of_a_damaged_object_is_an_answer(seed: int):
    body = damaged(seed)
    reading = busy_periods(body, window=WINDOW, rules=RULES)
    assert all(period.start < WINDOW.end and period.end > WINDOW.start for period in reading.periods)
    assert list(reading.periods) == sorted(reading.periods)


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**48))
def test_a_damaged_event_of_ours_is_read_or_refused(seed: int):
    body = damaged(seed)
    with suppress(ics.Unreadable):
        seen = ics.read(body, zone=RULES.zone)
        if seen is not None:
            event = replace(CONFIRMED, uid=seen.uid)
            again = ics.read(ics.merge(body, event, zone=RULES.zone), zone=RULES.zone)
            assert again is not None
            assert again.time == event.time
            assert again.marks.items() >= event.marks.items()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_never_free(noise: bytes):
    reading = busy_periods(noise, window=WINDOW, rules=RULES)
    assert reading.periods == (WINDOW,)
    assert reading.warnings
    with suppress(ics.Unreadable):
        assert ics.read(noise) is None
