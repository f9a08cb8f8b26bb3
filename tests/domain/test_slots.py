"""Which times are offered: each rule by itself, on a plain day in Berlin."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from booking_service.domain.availability import WorkingHours, openings, parse_spans, zone_of
from booking_service.domain.interval import Interval
from booking_service.domain.slots import (
    Booked,
    Horizon,
    HostLimits,
    NotOffered,
    Reason,
    SlotFacts,
    SlotRules,
    grid_starts,
    offered_slot,
    reasons_against,
    slots,
)

BERLIN = zone_of("Europe/Berlin")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
INTRO, OTHER = UUID(int=1), UUID(int=2)
WEDNESDAY = date(2026, 10, 28)
RULES = SlotRules(duration=30 * MINUTE, increment=30 * MINUTE, horizon=Horizon(60))


def berlin(clock: str, on: date = WEDNESDAY) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def at(text: str, on: date = WEDNESDAY) -> Interval:
    start, end = text.split("-")
    return Interval(berlin(start, on), berlin(end, on))


def booked(
    text: str, on: date = WEDNESDAY, *, before: int = 0, after: int = 0, of: UUID = INTRO, counts: bool = True
) -> Booked:
    return Booked(
        time=at(text, on), buffer_before=before * MINUTE, buffer_after=after * MINUTE, meeting_type_id=of, counts=counts
    )


WINDOW = Interval(berlin("00:00"), berlin("00:00") + DAY)


def facts(hours: str = "9-12", days: int = 1, **changed: object) -> SlotFacts:
    """A host who is open at `hours` from Wednesday on, asked on Tuesday at noon."""
    window = Interval(WINDOW.start, WINDOW.start + days * DAY)
    plain = SlotFacts(
        rules=RULES,
        meeting_type_id=INTRO,
        openings=openings(WorkingHours((parse_spans(hours),) * 7), (), BERLIN, window),
        busy=[],
        now=berlin("12:00") - DAY,
        zone=BERLIN,
    )
    return replace(plain, **changed)  # type: ignore[arg-type]


def starts(given: SlotFacts, window: Interval = WINDOW) -> str:
    return " ".join(f"{slot.start.astimezone(BERLIN):%H:%M}" for slot in slots(given, window))


def assert_reasons_agree(given: SlotFacts) -> None:
    """Something speaks against exactly those starts of the grid that are not offered."""
    on_offer = [slot.start for slot in slots(given, WINDOW)]
    for opening in given.openings:
        for start in grid_starts(opening, given):
            assert (list(reasons_against(given, start)) == []) is (start in on_offer)


def reason(given: SlotFacts, start: datetime) -> Reason | None:
    try:
        offered_slot(given, start)
    except NotOffered as refusal:
        return refusal.reason
    return None


# The grid


@pytest.mark.parametrize(
    ("hours", "duration", "increment", "offered_starts"),
    [
        ("9-11", 30, 30, "09:00 09:30 10:00 10:30"),
        ("9-11", 60, 30, "09:00 09:30 10:00"),
        ("9-11", 60, 15, "09:00 09:15 09:30 09:45 10:00"),
        ("9-11", 20, 50, "09:00 09:50 10:40"),
        ("9-11", 21, 50, "09:00 09:50"),
        ("9-11", 120, 30, "09:00"),
        ("9-11", 121, 30, ""),
        ("9:10-10, 13-14", 30, 30, "09:10 13:00 13:30"),
        ("9-10, 10-11", 45, 30, "09:00 09:30 10:00"),
    ],
)
def test_starts_lie_on_the_grid_of_their_opening(
    hours: str, duration: int, increment: int, offered_starts: str
) -> None:
    rules = replace(RULES, duration=duration * MINUTE, increment=increment * MINUTE)
    assert starts(facts(hours, rules=rules)) == offered_starts


def test_a_meeting_may_run_past_midnight_if_the_hours_do_and_the_grid_begins_anew() -> None:
    rules = replace(RULES, duration=60 * MINUTE, increment=50 * MINUTE)
    given = facts("0-1, 22-24", days=2, rules=rules)
    night = Interval(berlin("21:00"), berlin("09:00", WEDNESDAY + DAY))
    assert starts(given, night) == "22:00 22:50 23:40 00:00"


def test_only_starts_within_the_window_are_answered() -> None:
    given = facts()
    assert starts(given, at("09:30-10:30")) == "09:30 10:00"
    assert starts(given, at("09:31-10:31")) == "10:00 10:30"
    assert starts(given, at("12:00-18:00")) == ""


def test_the_night_the_clocks_go_back_offers_both_half_past_twos() -> None:
    sunday = date(2026, 10, 25)
    night = at("00:00-06:00", sunday)
    hours = openings(WorkingHours((parse_spans("2-4"),) * 7), (), BERLIN, night)
    given = facts(openings=hours, now=berlin("12:00", sunday) - 2 * DAY)
    found = slots(given, night)
    assert [f"{slot.start:%H:%M}" for slot in found] == ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30"]
    assert starts(given, night) == "02:00 02:30 02:00 02:30 03:00 03:30"
    assert all(offered_slot(given, slot.start) == slot for slot in found)


def test_the_night_the_clocks_go_forward_offers_no_time_of_the_gap() -> None:
    sunday = date(2027, 3, 28)
    night = at("00:00-06:00", sunday)
    hours = openings(WorkingHours((parse_spans("1-4"),) * 7), (), BERLIN, night)
    given = facts(openings=hours, now=berlin("12:00", sunday) - 2 * DAY)
    assert starts(given, night) == "01:00 01:30 03:00 03:30"


# Busy and booked


@pytest.mark.parametrize(
    ("before", "after", "busy", "offered_starts"),
    [
        (0, 0, "10:00-10:30", "09:00 09:30 10:30 11:00 11:30"),
        (0, 0, "10:10-10:20", "09:00 09:30 10:30 11:00 11:30"),
        (0, 0, "10:29-10:31", "09:00 09:30 11:00 11:30"),
        (0, 0, "08:00-13:00", ""),
        (0, 0, "08:00-09:00", "09:00 09:30 10:00 10:30 11:00 11:30"),
        (0, 0, "12:00-13:00", "09:00 09:30 10:00 10:30 11:00 11:30"),
        (10, 0, "10:00-10:30", "09:00 09:30 11:00 11:30"),
        (0, 10, "10:00-10:30", "09:00 10:30 11:00 11:30"),
        (30, 30, "10:00-10:30", "09:00 11:00 11:30"),
        (0, 30, "12:00-13:00", "09:00 09:30 10:00 10:30 11:00"),
        (30, 0, "08:00-09:00", "09:30 10:00 10:30 11:00 11:30"),
        (60, 60, "", "09:00 09:30 10:00 10:30 11:00 11:30"),
    ],
)
def test_busy_periods_stay_clear_of_the_meeting_and_its_buffers(
    before: int, after: int, busy: str, offered_starts: str
) -> None:
    rules = replace(RULES, buffer_before=before * MINUTE, buffer_after=after * MINUTE)
    given = facts(rules=rules, busy=[at(busy)] if busy else [])
    assert starts(given) == offered_starts
    assert_reasons_agree(given)


def test_a_busy_time_is_refused_as_busy() -> None:
    given = facts(busy=[at("10:10-10:20")])
    assert reason(given, berlin("10:00")) is Reason.BUSY
    assert reason(given, berlin("10:30")) is None


@pytest.mark.parametrize(
    ("before", "after", "their_before", "their_after", "offered_starts"),
    [
        (0, 0, 0, 0, "09:00 09:30 10:30 11:00 11:30"),
        (0, 0, 10, 0, "09:00 10:30 11:00 11:30"),
        (0, 0, 0, 10, "09:00 09:30 11:00 11:30"),
        (10, 0, 0, 0, "09:00 09:30 11:00 11:30"),
        (0, 10, 0, 0, "09:00 10:30 11:00 11:30"),
        # buffers may overlap one another: 30 + 30 minutes between two meetings are 30
        (30, 30, 30, 30, "09:00 11:00 11:30"),
        (30, 0, 0, 30, "09:00 09:30 11:00 11:30"),
        (0, 30, 60, 0, "10:30 11:00 11:30"),
        (60, 0, 0, 30, "09:00 09:30 11:30"),
    ],
)
def test_two_meetings_stay_out_of_one_anothers_time_and_buffers(
    before: int, after: int, their_before: int, their_after: int, offered_starts: str
) -> None:
    rules = replace(RULES, buffer_before=before * MINUTE, buffer_after=after * MINUTE)
    other = booked("10:00-10:30", before=their_before, after=their_after, of=OTHER, counts=False)
    given = facts(rules=rules, booked=[other])
    assert starts(given) == offered_starts
    assert reason(given, berlin("10:00")) is Reason.BOOKED
    assert_reasons_agree(given)


# Now, notice, horizon


def test_now_is_too_late_and_the_next_start_is_not() -> None:
    given = facts(now=berlin("10:00"))
    assert starts(given) == "10:30 11:00 11:30"
    assert reason(given, berlin("10:00")) is Reason.PAST
    assert reason(given, berlin("09:00")) is Reason.PAST
    assert starts(replace(given, now=berlin("10:00") - timedelta.resolution)).startswith("10:00")


def test_the_notice_and_the_lead_to_confirm_are_kept_to_the_moment() -> None:
    rules = replace(RULES, notice=60 * MINUTE)
    given = facts(rules=rules, now=berlin("08:45"), earliest_after=15 * MINUTE)
    assert starts(given) == "10:00 10:30 11:00 11:30"
    assert_reasons_agree(given)
    later = replace(given, now=given.now + timedelta.resolution)
    assert starts(later) == "10:30 11:00 11:30"
    assert reason(later, berlin("10:00")) is Reason.TOO_SOON


@pytest.mark.parametrize(
    ("horizon", "last"),
    [
        (Horizon(days=0), "2026-10-27"),
        (Horizon(days=1), "2026-10-28"),
        (Horizon(days=2), "2026-10-29"),
        (Horizon(last_on=date(2026, 10, 29)), "2026-10-29"),
        (Horizon(days=5, last_on=date(2026, 10, 28)), "2026-10-28"),
        (Horizon(days=2, last_on=date(2026, 12, 24)), "2026-10-29"),
    ],
)
def test_the_last_day_of_the_horizon_is_bookable_until_its_end(horizon: Horizon, last: str) -> None:
    week = Interval(WINDOW.start - DAY, WINDOW.start + 6 * DAY)
    hours = openings(WorkingHours((parse_spans("0-24"),) * 7), (), BERLIN, week)
    given = facts(rules=replace(RULES, horizon=horizon), openings=hours)
    found = slots(given, week)
    assert f"{found[-1].start.astimezone(BERLIN):%Y-%m-%d %H:%M}" == f"{last} 23:30"
    assert reason(given, found[-1].start + 30 * MINUTE) is Reason.BEYOND_HORIZON


def test_days_ahead_are_counted_on_the_hosts_wall() -> None:
    """Thirteen hours east of UTC it is tomorrow already."""
    tonga = zone_of("Pacific/Tongatapu")
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)  # there: 2 June, 01:00
    window = Interval(now, now + 3 * DAY)
    hours = openings(WorkingHours((parse_spans("9-10"),) * 7), (), tonga, window)
    given = facts(rules=replace(RULES, horizon=Horizon(days=1)), openings=hours, now=now, zone=tonga)
    assert {slot.start.astimezone(tonga).date() for slot in slots(given, window)} == {
        date(2026, 6, 2),
        date(2026, 6, 3),
    }


# Limits


def test_a_full_day_of_the_meeting_type_offers_no_more_of_it() -> None:
    limited = facts(rules=replace(RULES, per_day=2), booked=[booked("09:00-09:30"), booked("10:00-10:30")])
    assert starts(limited) == ""
    assert reason(limited, berlin("11:00")) is Reason.DAY_FULL
    assert starts(replace(limited, booked=limited.booked[:1])) == "09:30 10:00 10:30 11:00 11:30"
    other = [limited.booked[0], booked("10:00-10:30", of=OTHER)]
    assert starts(replace(limited, booked=other)) == "09:30 10:30 11:00 11:30"
    uncounted = [limited.booked[0], booked("10:00-10:30", counts=False)]
    assert starts(replace(limited, booked=uncounted)) == "09:30 10:30 11:00 11:30"


def test_the_hosts_limit_counts_every_meeting_type() -> None:
    given = facts(limits=HostLimits(per_day=2), booked=[booked("09:00-09:30", of=OTHER), booked("10:00-10:30")])
    assert starts(given) == ""
    assert reason(given, berlin("11:00")) is Reason.DAY_FULL


def test_a_full_day_leaves_the_next_one_open() -> None:
    given = facts(days=2, rules=replace(RULES, per_day=1), booked=[booked("09:00-09:30")])
    both = Interval(WINDOW.start, WINDOW.end + DAY)
    assert {slot.start.astimezone(BERLIN).date() for slot in slots(given, both)} == {WEDNESDAY + DAY}


@pytest.mark.parametrize(
    ("on", "full"),
    [
        (date(2026, 10, 25), False),  # Sunday of the week before
        (date(2026, 10, 26), True),  # Monday
        (date(2026, 11, 1), True),  # Sunday
        (date(2026, 11, 2), False),  # Monday of the week after
    ],
)
def test_a_full_week_is_an_iso_week(on: date, full: bool) -> None:
    for limited in (facts(rules=replace(RULES, per_week=1)), facts(limits=HostLimits(per_week=1))):
        given = replace(limited, booked=[booked("23:00-23:30", on)])
        assert (starts(given) == "") is full
        assert reason(given, berlin("09:00")) is (Reason.WEEK_FULL if full else None)


def test_a_booking_counts_for_the_date_on_the_hosts_wall() -> None:
    """23:30 UTC on Tuesday is Wednesday in Berlin."""
    late = Booked(time=Interval(berlin("00:30"), berlin("01:00")), meeting_type_id=INTRO)
    assert f"{late.time.start:%d %H:%M}" == "27 23:30"
    assert starts(facts(rules=replace(RULES, per_day=1), booked=[late])) == ""


# One time


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (berlin("09:00"), None),
        (berlin("11:30"), None),
        (berlin("09:00") + timedelta(seconds=1), Reason.OFF_GRID),
        (berlin("09:10"), Reason.OFF_GRID),
        (berlin("11:45"), Reason.OUTSIDE_HOURS),
        (berlin("08:30"), Reason.OUTSIDE_HOURS),
        (berlin("03:00"), Reason.OUTSIDE_HOURS),
        (datetime(1, 1, 1, tzinfo=UTC), Reason.PAST),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), Reason.BEYOND_HORIZON),
        (berlin("09:00") + 366 * DAY, Reason.BEYOND_HORIZON),
    ],
)
def test_one_time_is_accepted_or_refused_with_its_reason(start: datetime, why: Reason | None) -> None:
    assert reason(facts(), start) is why


def test_an_accepted_time_is_the_whole_slot() -> None:
    assert offered_slot(facts(), berlin("09:30")) == at("09:30-10:00")


# Rules that are none


@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ({"duration": timedelta(0)}, "meeting takes whole minutes"),
        ({"duration": 90 * timedelta(seconds=1)}, "meeting takes whole minutes"),
        ({"duration": DAY + MINUTE}, "at most a day"),
        ({"increment": timedelta(0)}, "step between starts"),
        ({"increment": -MINUTE}, "step between starts"),
        ({"buffer_before": -MINUTE}, "buffer"),
        ({"buffer_after": DAY + MINUTE}, "buffer"),
        ({"notice": -MINUTE}, "notice"),
        ({"notice": 367 * DAY}, "notice"),
        ({"per_day": 0}, "at least 1"),
        ({"per_week": -1}, "at least 1"),
    ],
)
def test_senseless_rules_are_refused(changed: dict[str, object], advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        replace(RULES, **changed)  # type: ignore[arg-type]


def test_the_limits_of_the_rules_themselves_are_allowed() -> None:
    widest = replace(
        RULES, duration=DAY, increment=DAY, buffer_before=DAY, buffer_after=DAY, notice=366 * DAY, per_day=1
    )
    assert replace(widest, duration=MINUTE, increment=MINUTE).duration == MINUTE


def test_the_last_day_of_the_furthest_horizon_is_bookable() -> None:
    start = berlin("09:00", WEDNESDAY + 3659 * DAY)
    hours = openings(WorkingHours((parse_spans("9-12"),) * 7), (), BERLIN, Interval(start, start + DAY))
    given = facts(rules=replace(RULES, horizon=Horizon(days=3660)), openings=hours)
    assert offered_slot(given, start).start == start


def test_a_horizon_has_an_end_and_a_limit_is_at_least_one() -> None:
    with pytest.raises(ValueError, match="how far ahead"):
        Horizon()
    for days in (-1, 3661):
        with pytest.raises(ValueError, match="3660 days ahead"):
            Horizon(days=days)
    assert Horizon(days=3660).days == 3660
    assert Horizon(last_on=date(9999, 12, 31)).ends_on(date(2026, 1, 1)) == date(2026, 1, 1) + 3660 * DAY
    with pytest.raises(ValueError, match="at least 1"):
        HostLimits(per_week=0)
