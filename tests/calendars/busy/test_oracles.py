"""Busy time against servers that work it out by themselves: the free-busy REPORT (RFC 4791 §7.10) of each.

What a server is known to do otherwise stands in data/deviations.toml, with the reason and an example that is put to it.
"""

import re
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from calendars.busy.periods import BusyRules, busy_periods, merged
from calendars.ical import recurrence
from calendars.ical.instances import Work, instances
from calendars.ical.moments import duration, moment
from calendars.model import Period
from tests.calendars.busy.random_objects import WINDOW, calendar, event, made
from tests.calendars.busy.test_matrix import WINDOW as THREE_WEEKS
from tests.calendars.busy.test_matrix import shown
from tests.servers import Server

DATA = Path(__file__).parents[1] / "data"
DEVIATIONS: list[dict[str, Any]] = tomllib.loads((DATA / "deviations.toml").read_text())["deviation"]
# Servers see the edges of a window in other zones: only what lies well inside is compared.
INSIDE = Period(WINDOW.start + timedelta(days=2), WINDOW.end - timedelta(days=2))
QUIET = Period(datetime(2026, 4, 8, tzinfo=UTC), INSIDE.end)  # no zone of ours changes its clocks
RULES = BusyRules(ZoneInfo("Europe/Berlin"), own_addresses=frozenset({"ada@example.org"}))
MEASURE = (
    "<C:free-busy-query xmlns:C='urn:ietf:params:xml:ns:caldav'><C:time-range start='{:%Y%m%dT%H%M%SZ}' "
    "end='{:%Y%m%dT%H%M%SZ}'/></C:free-busy-query>"
)
IN_BERLIN = (
    "<D:propertyupdate xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><D:set><D:prop><C:calendar-timezone>"
    "{}</C:calendar-timezone></D:prop></D:set></D:propertyupdate>"
)


@dataclass(frozen=True, slots=True)
class Oracle:
    """A server that is asked about one object at a time, each in a calendar of its own whose zone is Berlin."""

    server: Server

    def busy(self, body: bytes, window: Period) -> list[Period] | None:
        """What it answers for a calendar with this one object, None where it doesn't accept that object."""
        url = self.server.new_calendar()
        self._ask("PROPPATCH", url, IN_BERLIN.format(berlin()), "application/xml")
        uid = uuid.uuid4().hex.encode()  # Cyrus wants a UID only once in all calendars
        put = self._ask("PUT", f"{url}made.ics", body.replace(b"UID:made", b"UID:" + uid), "text/calendar")
        if put.status_code == 403:
            return None
        assert put.status_code in (201, 204)
        answer = self._ask("REPORT", url, MEASURE.format(*window), "application/xml")
        assert answer.status_code == 200
        return list(periods(answer.text))

    def _ask(self, method: str, url: str, content: str | bytes, kind: str) -> httpx2.Response:
        return httpx2.request(
            method,
            url,
            content=content,
            headers={"Content-Type": f"{kind}; charset=utf-8", "Depth": "1"},
            auth=(self.server.user, self.server.password),
            trust_env=False,
            timeout=30,
        )


def berlin() -> str:
    return (DATA / "client_thunderbird_weekly.ics").read_text().split("BEGIN:VEVENT")[0] + "END:VCALENDAR"


def periods(text: str) -> Iterator[Period]:
    """The FREEBUSY periods of an answer, whatever their kind but FREE."""
    for parameters, values in re.findall(r"^FREEBUSY([^:\n]*):(.*)$", re.sub(r"\r?\n[ \t]", "", text), re.MULTILINE):
        for value in [] if "FBTYPE=FREE" in parameters else values.strip().split(","):
            begins, ends = value.split("/")
            start = moment(begins, UTC)
            assert isinstance(start, datetime)
            end = duration(ends).after(start, UTC) if ends.startswith("P") else moment(ends, UTC)
            assert isinstance(end, datetime)
            yield Period(start, end)


def within(busy: list[Period] | tuple[Period, ...], window: Period) -> list[Period]:
    return merged(Period(max(each.start, window.start), min(each.end, window.end)) for each in busy)


def features(body: bytes) -> set[str]:
    """Which of the deviations an object may run into, wherever that can be told from its text."""
    text = body.decode()
    rule = recurrence.parse(text.partition("RRULE:")[2].partition("\r")[0]) if "RRULE:" in text else None
    first = text.split("BEGIN:VEVENT")[-1].partition("DTSTART")[2].partition("\r")[0].rpartition(":")[2][:8]
    day = datetime.fromisoformat(first)
    found = {
        "declined": "DECLINED" in text,
        "busystatus": "BUSYSTATUS" in text,
        "instances with a standing of their own": "RECURRENCE-ID" in text and ("STATUS" in text or "TRANSP" in text),
        "a repeated floating time": rule is not None and bool(re.search(r"DTSTART:\d{8}T\d{6}\r", text)),
        "all-day": "VALUE=DATE" in text,
        "added dates": "RDATE" in text,
        "added dates without a rule": "RDATE" in text and rule is None,
        "all-day over a clock change": "VALUE=DATE" in text and "DURATION:P" in text,
        "a repeated day without end": bool(re.search(r"DTSTART;VALUE=DATE:\d+\s+(?!DTEND|DURATION)", text))
        and "RRULE" in text,
    }
    if rule is not None:
        found |= {
            "first outside the rule": not list(instances(rule, day, day, day + timedelta(hours=23), Work(1000))),
            "weeks apart": rule.freq is recurrence.Freq.WEEKLY and rule.interval > 1 and bool(rule.weekdays),
            "days of the month in no month": rule.freq is recurrence.Freq.YEARLY
            and bool(rule.monthdays)
            and not rule.months,
        }
    return {name for name, holds in found.items() if holds}


def compare(oracle: Oracle, seeds: range) -> int:
    """Compare generated objects, quiet weeks only where the server is known to trip over clock changes. How many."""
    known = {each["feature"] for each in DEVIATIONS if oracle.server.name in each["servers"]}
    compared = 0
    for seed in seeds:
        body = made(seed, untils=("utc",)).body
        clocks = known & {"a time that comes twice", "a night over a clock change"}
        clocks |= features(body) & known & {"all-day over a clock change"}
        if features(body) & (known - {"all-day over a clock change"}):
            continue
        theirs = oracle.busy(body, WINDOW)
        if theirs is None:
            assert b"DURATION:PT0M" in body or zero_length(body), f"seed {seed} is refused"
            continue
        ours = busy_periods(body, window=WINDOW, rules=RULES).periods
        window = QUIET if clocks else INSIDE
        assert within(theirs, window) == within(ours, window), f"seed {seed}: {body.decode()}"
        compared += 1
    return compared


def zero_length(body: bytes) -> bool:
    starts = re.findall(rb"DTSTART[^:]*:(\S+)\s+(?:DTEND[^:]*:(\S+))?", body)
    return any(start == (end or start) for start, end in starts)


@pytest.mark.server
@pytest.mark.extended
def test_xandikos_measures_the_same_busy_time(xandikos_server: Server):
    assert compare(Oracle(xandikos_server), range(1000, 1060)) > 20


@pytest.mark.extended
def test_cyrus_measures_the_same_busy_time(cyrus_server: Server):
    assert compare(Oracle(cyrus_server), range(2000, 2120)) > 40


@pytest.mark.extended
def test_davical_measures_the_same_busy_time(davical_server: Server):
    assert compare(Oracle(davical_server), range(3000, 3120)) > 30


def check(deviation: dict[str, Any], oracle: Oracle) -> None:
    body = calendar(event(deviation["lines"]))
    theirs = oracle.busy(body, THREE_WEEKS)
    assert theirs is not None
    assert shown(tuple(within(theirs, THREE_WEEKS))) == deviation["theirs"]
    ours = busy_periods(body, window=THREE_WEEKS, rules=RULES).periods
    assert shown(tuple(within(ours, THREE_WEEKS))) == deviation["ours"]


def of(name: str) -> Any:
    mine = [each for each in DEVIATIONS if name in each["servers"]]
    return pytest.mark.parametrize("deviation", mine, ids=[each["feature"] for each in mine])


@pytest.mark.server
@of("xandikos")
def test_what_xandikos_does_otherwise(deviation: dict[str, Any], xandikos_server: Server):
    check(deviation, Oracle(xandikos_server))


@pytest.mark.extended
@of("cyrus")
def test_what_cyrus_does_otherwise(deviation: dict[str, Any], cyrus_server: Server):
    check(deviation, Oracle(cyrus_server))


@pytest.mark.extended
@of("davical")
def test_what_davical_does_otherwise(deviation: dict[str, Any], davical_server: Server):
    check(deviation, Oracle(davical_server))
