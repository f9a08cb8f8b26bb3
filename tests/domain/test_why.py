"""Why a time is on offer or not, in sentences a host can check against their own calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from booking_service.domain.availability import DateOverride, WorkingHours, openings, parse_spans, zone_of
from booking_service.domain.interval import Interval
from booking_service.domain.slots import Booked, Horizon, HostLimits, SlotFacts, SlotRules
from booking_service.domain.why import LabelledBusy, RuleCheck, explain

BERLIN = zone_of("Europe/Berlin")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
INTRO = UUID(int=1)
HOURS = WorkingHours((parse_spans("9-17"),) * 5 + ((),) * 2)
NOW = datetime(2026, 10, 26, 11, tzinfo=UTC)  # a Monday, 12:00 in Berlin
NINE = datetime(2026, 10, 28, 8, tzinfo=UTC)  # Wednesday, 09:00 in Berlin
RULES = SlotRules(
    duration=30 * MINUTE,
    increment=15 * MINUTE,
    buffer_before=10 * MINUTE,
    buffer_after=5 * MINUTE,
    notice=120 * MINUTE,
    horizon=Horizon(60),
)


def asked(
    start: datetime,
    *,
    busy: tuple[LabelledBusy, ...] = (),
    overrides: tuple[DateOverride, ...] = (),
    hours: WorkingHours = HOURS,
    **changed: object,
) -> tuple[RuleCheck, ...]:
    facts = SlotFacts(
        rules=RULES,
        meeting_type_id=INTRO,
        openings=openings(hours, overrides, BERLIN, Interval(start - DAY, start + DAY)),
        busy=(),
        now=NOW,
        earliest_after=15 * MINUTE,
        zone=BERLIN,
    )
    return explain(replace(facts, **changed), start, hours=hours, overrides=overrides, busy=busy)  # type: ignore[arg-type]


def lines(verdicts: tuple[RuleCheck, ...]) -> list[str]:
    return [f"{'+' if verdict.passes else '-'} {verdict.rule}: {verdict.text}" for verdict in verdicts]


def test_a_free_time_is_explained_rule_by_rule() -> None:
    assert lines(asked(NINE)) == [
        "+ clock: Wed 2026-10-28 09:00 in Europe/Berlin (UTC+01:00) is 2026-10-28 08:00 UTC",
        "+ now: now it is Mon 2026-10-26 12:00",
        "+ notice: notice 2 h and 15 min to confirm: not before Mon 2026-10-26 14:15",
        "+ horizon: the last day that can be booked is Fri 2026-12-25",
        "+ hours: working hours, Wed 2026-10-28: 09:00-17:00; Wed 2026-10-28 09:00 to 09:30 is inside",
        "+ grid: starts every 15 min from Wed 2026-10-28 09:00",
        "+ buffers: with its buffers the meeting needs Wed 2026-10-28 08:50 to 09:35 free of busy time",
    ]


def test_each_calendar_that_blocks_is_named_and_so_is_what_lies_near() -> None:
    found = asked(
        NINE,
        busy=(
            LabelledBusy(Interval(NINE + 240 * MINUTE, NINE + 300 * MINUTE), "Work"),
            LabelledBusy(Interval(NINE - 60 * MINUTE, NINE - 5 * MINUTE), "Family"),
            LabelledBusy(Interval(NINE + 35 * MINUTE, NINE + 40 * MINUTE), "Family"),
            LabelledBusy(Interval(NINE + 3 * DAY, NINE + 4 * DAY), "Work"),
        ),
    )
    assert [line for line in lines(found) if "calendar" in line] == [
        "- calendar: Family is busy Wed 2026-10-28 08:00 to 08:55",
        "+ calendar: Family is busy Wed 2026-10-28 09:35 to 09:40: apart",
        "+ calendar: Work is busy Wed 2026-10-28 13:00 to 14:00: apart",
    ]


def test_what_lasts_over_the_whole_day_is_named_with_both_dates() -> None:
    found = asked(NINE, busy=(LabelledBusy(Interval(NINE - DAY, NINE + DAY), "Trips"),))
    assert "- calendar: Trips is busy Tue 2026-10-27 09:00 to Thu 2026-10-29 09:00" in lines(found)


def test_bookings_and_limits_say_what_they_count() -> None:
    near = Booked(
        time=Interval(NINE + 30 * MINUTE, NINE + 60 * MINUTE), buffer_before=5 * MINUTE, meeting_type_id=INTRO
    )
    far = Booked(time=Interval(NINE + 120 * MINUTE, NINE + 150 * MINUTE), meeting_type_id=UUID(int=2))
    before = Booked(time=Interval(NINE - DAY, NINE - DAY + 30 * MINUTE), meeting_type_id=INTRO)
    found = asked(
        NINE,
        booked=(far, near, before),
        limits=HostLimits(per_day=2, per_week=4),
        rules=replace(RULES, per_day=2, per_week=2),
    )
    assert lines(found)[7:] == [
        "- booking: a booking or hold Wed 2026-10-28 09:30 to 10:00 (buffers 5 min before, 0 min after)",
        "+ booking: a booking or hold Wed 2026-10-28 11:00 to 11:30 (buffers 0 min before, 0 min after): apart",
        "- day limit: all meetings: 2 of at most 2 on Wed 2026-10-28",
        "+ week limit: all meetings: 3 of at most 4 in week 44 of 2026",
        "+ day limit: this meeting: 1 of at most 2 on Wed 2026-10-28",
        "- week limit: this meeting: 2 of at most 2 in week 44 of 2026",
    ]


def test_a_time_off_the_grid_is_told_the_nearest_starts() -> None:
    assert (
        "- grid: starts every 15 min from Wed 2026-10-28 09:00; nearest: Wed 2026-10-28 09:15, Wed 2026-10-28 09:30"
        in (lines(asked(NINE + 20 * MINUTE)))
    )


def test_a_closed_day_says_which_exception_closed_it() -> None:
    away = DateOverride(date(2026, 10, 26), date(2026, 10, 30))
    found = lines(asked(NINE, overrides=(away,)))
    assert (
        "- hours: exception 2026-10-26 to 2026-10-30, Wed 2026-10-28: closed; Wed 2026-10-28 09:00 to 09:30 is not inside"
        in found
    )
    assert "+ grid: starts every 15 min from the start of an opening; there is none at this time" in found


def test_what_lies_behind_too_near_or_too_far_is_said() -> None:
    assert "- now: now it is Mon 2026-10-26 12:00" in lines(asked(NOW))
    assert lines(asked(NOW + 120 * MINUTE))[2].startswith("- notice")
    assert lines(asked(NINE + 63 * DAY))[3].startswith("- horizon")


def test_a_night_of_changing_clocks_is_pointed_out() -> None:
    both = WorkingHours((parse_spans("2-4"),) * 7)
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    text = [asked(start, hours=both, now=NOW - 7 * DAY)[0].text for start in (first, second)]
    assert text == [
        "Sun 2026-10-25 02:30 in Europe/Berlin (UTC+02:00) is 2026-10-25 00:30 UTC; the clocks change, this day has 25 hours",
        "Sun 2026-10-25 02:30 in Europe/Berlin (UTC+01:00) is 2026-10-25 01:30 UTC; the clocks change, this day has 25 hours",
    ]


def test_times_beyond_all_calendars_get_an_answer_too() -> None:
    for start in (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)):
        facts = SlotFacts(rules=RULES, meeting_type_id=INTRO, openings=(), busy=(), now=NOW, zone=BERLIN)
        (verdict,) = explain(facts, start, hours=HOURS, overrides=(), busy=())
        assert not verdict.passes
