"""icalendar and recurring-ical-events as an oracle for busy time, with what they read otherwise; and what clients write."""

from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.busy.periods import BusyRules, busy_periods
from calendars.busy.rules import touching
from calendars.ical.moments import instant
from calendars.model import Period
from tests.calendars.busy.random_objects import WINDOW, calendar, event, made

BERLIN = ZoneInfo("Europe/Berlin")
RULES = BusyRules(BERLIN, own_addresses=frozenset({"ada@example.org"}))
DATA = Path(__file__).parents[1] / "data"
# The libraries add the length of a series to its wall clock; RFC 5545 §3.8.5.3 wants the same time to elapse.
NO_CHANGES = ("Z", "Asia/Kathmandu", "Asia/Tokyo", "UTC")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**48))
def test_busy_time_is_what_the_libraries_find(seed: int):
    one = made(seed, zones=NO_CHANGES, untils=("utc",))
    assert busy_periods(one.body, window=WINDOW, rules=RULES).periods == library_periods(one.body)


DEVIATIONS = {
    "nights across a clock change": "DTSTART;TZID=Europe/Berlin:20260327T220000\nDTEND;TZID=Europe/Berlin:20260328T060000\nRRULE:FREQ=DAILY;COUNT=3",
    "hours across a clock change": "DTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT48H",
    "BYSETPOS in the first week": "DTSTART:20260304T100000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,3;COUNT=4",
    "weeks without a weekday": "DTSTART:20260304T100000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYWEEKNO=10,12;COUNT=2",
    "a floating series beside an instant": "DTSTART:20260302T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20260309T090000Z",
}


@pytest.mark.parametrize("lines", DEVIATIONS.values(), ids=DEVIATIONS)
def test_what_the_libraries_read_otherwise(lines: str):
    """If one of these fails one day, a library has changed its mind; ours are shown by `test_busy_odd`."""
    body = calendar(event(lines))
    assert busy_periods(body, window=WINDOW, rules=RULES).periods != library_periods(body)


@pytest.mark.parametrize("path", sorted(DATA.glob("client_*.ics")), ids=lambda path: path.stem)
def test_what_clients_write_is_read_without_a_warning(path: Path):
    reading = busy_periods(path.read_bytes(), window=WINDOW, rules=RULES)
    assert not reading.warnings
    if "outlook" not in path.stem:  # BUSYSTATUS, and more attendees than the oracle below knows of
        assert reading.periods == library_periods(path.read_bytes())


def library_periods(body: bytes) -> tuple[Period, ...]:
    """icalendar and recurring-ical-events as anybody would use them, with the rules about what blocks."""
    calendar = icalendar.Calendar.from_ical(body)
    occurrences = recurring_ical_events.of(calendar).between(*(each.astimezone(BERLIN) for each in WINDOW))
    periods = []
    for each in occurrences:
        attendee = each.get("ATTENDEE")
        declined = attendee is not None and attendee.lower() == "mailto:ada@example.org"
        free = each.get("TRANSP") == "TRANSPARENT" or each.get("STATUS") == "CANCELLED"
        free = free or each.get("X-MICROSOFT-CDO-BUSYSTATUS") == "FREE"
        free = free or (declined and attendee.params["PARTSTAT"] == "DECLINED")
        if not free:
            periods.append(Period(instant(each["DTSTART"].dt, BERLIN), instant(each["DTEND"].dt, BERLIN)))
    return tuple(touching(periods, WINDOW))
