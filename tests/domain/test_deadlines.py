"""Until when a hold is kept: invitees can't stretch it, and neither can anybody past the notice before its start."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking_service.domain import deadlines, transitions
from booking_service.domain.booking import Party
from booking_service.domain.errors import HoldExpired
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import Approval
from tests.domain.examples import MINUTE, NOW, TUESDAY_9, TUESDAY_10, asked, held, meeting

DAY = timedelta(days=1)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
NEXT_TUESDAY = Interval(TUESDAY_10.start + 7 * DAY, TUESDAY_10.end + 7 * DAY)


@given(
    waits=st.lists(st.integers(0, 90), min_size=1, max_size=30),
    minutes=st.integers(5, 120),
    approval=st.sampled_from(Approval),
)
def test_however_often_it_is_moved_a_hold_lives_twice_its_lifetime_at_most(
    waits: list[int], minutes: int, approval: Approval
) -> None:
    of = meeting(
        hold_lifetime=minutes * MINUTE, approval=approval, approval_lifetime=2 * minutes * MINUTE, moves_at_most=99
    )
    booking, now = asked(of=of), NOW
    lifetime = booking.hold_until - NOW
    for number, wait in enumerate(waits):
        now += wait * MINUTE
        time = Interval(TUESDAY_9.start + number * DAY, TUESDAY_9.end + number * DAY)
        try:
            booking = transitions.move(booking, time, by=Party.INVITEE, meeting=of, taken=[], now=now).booking
        except HoldExpired:
            break
        assert booking.hold_until <= NOW + 2 * lifetime


def test_a_move_leaves_a_deadline_that_is_later_already_as_it_is() -> None:
    """The host answered late, so the invitee was asked long after the request was made."""
    of = meeting(approval=Approval.BEFORE, approval_lifetime=DAY)
    waiting = transitions.confirm(held(of=of), by=Party.HOST, meeting=of, now=NOW + 20 * HOUR).booking
    later = replace(waiting, time=Interval(TUESDAY_9.start + 9 * DAY, TUESDAY_9.end + 9 * DAY), asked=True)
    moved = transitions.move(
        later, NEXT_TUESDAY, by=Party.INVITEE, meeting=of, taken=[], now=NOW + 20 * HOUR + 30 * MINUTE
    ).booking
    assert waiting.hold_until == NOW + 21 * HOUR
    assert moved.hold_until == waiting.hold_until


def test_a_host_keeps_a_hold_three_days_at_most_and_never_past_its_notice() -> None:
    far = replace(held(), time=NEXT_TUESDAY)
    assert deadlines.kept_by_host(far, meeting(), now=NOW) == NOW + 72 * HOUR
    assert deadlines.kept_by_host(held(), meeting(), now=NOW) == TUESDAY_9.start - HOUR


def test_who_is_mailed_a_minute_late_gets_the_full_time_and_at_the_deadline_nobody_does() -> None:
    hold = asked(time=NEXT_TUESDAY)
    late = transitions.ask_late(hold, meeting=meeting(), now=NOW + MINUTE)
    assert late.booking.hold_until == hold.hold_until + MINUTE
    for now in (NOW + MINUTE - SECOND, hold.hold_until):
        assert transitions.ask_late(hold, meeting=meeting(), now=now).booking == hold
