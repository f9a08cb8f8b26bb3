"""The short way and the long way to busy time give the same answer, and both the libraries' where those are right."""

from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.busy.expansion import expanded_reading
from calendars.busy.reading import BusyRules, busy_periods, plain_periods
from calendars.busy.rules import touching
from calendars.ical.moments import instant
from calendars.model import Period
from tests.calendars.made import WINDOW, Made, made

BERLIN = ZoneInfo("Europe/Berlin")
RULES = BusyRules(BERLIN, own_addresses=frozenset({"ada@example.org"}))
DATA = Path(__file__).parent / "data"
SEEDS = st.integers(0, 2**48)


@settings(max_examples=250, deadline=None)
@given(SEEDS)
def test_the_short_way_answers_as_the_long_way(seed: int):
    body = made(seed).body
    short = plain_periods(body, window=WINDOW, rules=RULES)
    if short is not None:
        assert short == expanded_reading(body, uid="made", window=WINDOW, rules=RULES)


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_both_ways_answer_as_the_libraries_alone(seed: int):
    one = made(seed, untils=("utc",))
    assert busy_periods(one.body, window=WINDOW, rules=RULES).periods == library_periods(one)


def test_nearly_everything_made_goes_the_short_way():
    ways = [plain_periods(made(seed).body, window=WINDOW, rules=RULES) is not None for seed in range(300)]
    assert sum(ways) > 270


@pytest.mark.parametrize("path", sorted(DATA.glob("client_*.ics")), ids=lambda path: path.stem)
@pytest.mark.parametrize("tentative_counts", [True, False])
def test_what_clients_write_reads_the_same_both_ways(path: Path, tentative_counts: bool):
    rules = BusyRules(BERLIN, tentative_counts, frozenset({"ada@example.org"}))
    body = path.read_bytes()
    short = plain_periods(body, window=WINDOW, rules=rules)
    long = expanded_reading(body, uid=None, window=WINDOW, rules=rules)
    assert short is not None
    assert short.periods == long.periods
    assert not short.warnings
    assert not long.warnings


def library_periods(one: Made) -> tuple[Period, ...]:
    """icalendar and recurring-ical-events as anybody would use them, with the rules about what blocks."""
    calendar = icalendar.Calendar.from_ical(one.body)
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
