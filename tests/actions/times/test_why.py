"""Why a time is on offer or not, with the calendars by name."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from booking_service.actions.calendar.pull import pull
from booking_service.actions.times.offers import Closed, find_slots
from booking_service.actions.times.why import Explained, why
from booking_service.domain.errors import UnknownMeeting
from booking_service.domain.interval import Interval
from calendars.errors import Refused
from calendars.model import Period
from tests.world import MONDAY, World, world

START = MONDAY + timedelta(days=1)


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def explained(ada: World, **later: float) -> Explained:
    return why(ada.rt, "ada", "intro", START + timedelta(**later), now=ada.now)


def against(found: Explained) -> list[tuple[str, str]]:
    return [(each.rule, each.text) for each in found.verdicts if not each.passes]


def test_a_time_on_offer_has_nothing_against_it(ada: World) -> None:
    found = explained(ada)
    assert (found.offered, against(found), found.closed) == (True, [], None)
    assert [each.text for each in found.verdicts if each.rule == "calendar health"] == ["Ada was read 0 s ago"]


def test_a_busy_period_is_named_by_its_calendar_and_never_by_its_title(ada: World) -> None:
    ada.calendar.host_adds("Secret plans", Period(START, START + timedelta(hours=1)))
    ada.drain()
    found = explained(ada)
    assert against(found) == [("calendar", "Ada is busy Tue 2030-01-08 09:00 to 10:00")]
    assert "Secret plans" not in str(found)


def test_a_period_of_several_days_is_told_as_one(ada: World) -> None:
    ada.calendar.host_adds("Away", Period(START - timedelta(hours=30), START + timedelta(days=3)))
    ada.drain()
    assert against(explained(ada)) == [("calendar", "Ada is busy Mon 2030-01-07 03:00 to Fri 2030-01-11 09:00")]


def test_a_hold_is_against_it_and_no_calendar(ada: World) -> None:
    ada.hold(start=START)
    ada.drain()
    assert [rule for rule, _ in against(explained(ada))] == ["booking"]


def test_a_calendar_that_cannot_be_verified_closes_every_time(ada: World) -> None:
    ada.calendar.fail_next(Refused("401"))
    with pytest.raises(Refused):
        pull(ada.rt, ada.calendar_id)
    found = explained(ada)
    assert (found.offered, found.closed) == (False, Closed.FAILING)
    assert against(found) == [("calendar health", "Ada can't be read since 2030-01-07 08:00 UTC (Refused)")]
    ada.clock.advance(16 * 60)


def test_a_calendar_that_was_read_too_long_ago_closes_every_time(ada: World) -> None:
    ada.clock.advance(16 * 60)
    found = explained(ada)
    assert (found.closed, against(found)) == (
        Closed.STALE,
        [("calendar health", "Ada was read 960 s ago, which is too long")],
    )


def test_the_verdicts_agree_with_the_offer_all_day_long(ada: World) -> None:
    ada.calendar.host_adds("Busy", Period(START + timedelta(hours=1), START + timedelta(hours=2, minutes=10)))
    ada.hold(start=START + timedelta(hours=4))
    ada.drain()
    day = Interval(START - timedelta(hours=3), START + timedelta(hours=12))
    offered = {slot.start for slot in find_slots(ada.rt, "ada", "intro", day, now=ada.now).slots}
    assert offered
    for quarters in range(60):
        start = day.start + quarters * timedelta(minutes=15)
        assert why(ada.rt, "ada", "intro", start, now=ada.now).offered is (start in offered)


@pytest.mark.parametrize(("host", "meeting"), [("eve", "intro"), ("ada", "nothing")])
def test_of_what_is_not_there_nothing_is_explained(ada: World, host: str, meeting: str) -> None:
    with pytest.raises(UnknownMeeting):
        why(ada.rt, host, meeting, START, now=ada.now)
