"""The life of a booking: which transition is allowed when, what it owes to whom, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.domain import transitions
from booking_service.domain.booking import Booking, BookingState, Cause, Decision, Party
from booking_service.domain.effects import MailKind, MailRole, PublishBooking, SendMail
from booking_service.domain.errors import BookingCancelled, HoldExpired, SlotTaken, TooLate, TooManyMoves
from booking_service.domain.interval import Interval
from booking_service.domain.meeting import Approval
from booking_service.domain.owed import announce, owed_after_move
from tests.domain.examples import (
    MINUTE,
    NOW,
    TUESDAY_9,
    TUESDAY_10,
    TUESDAY_11,
    asked,
    confirmed,
    held,
    held_decision,
    invited,
    meeting,
    request,
)

SECOND = timedelta(seconds=1)


def kinds(decision: Decision) -> list[tuple[MailKind, MailRole]]:
    return [(effect.mail.kind, effect.mail.to) for effect in decision.effects if isinstance(effect, SendMail)]


def owed(booking: Booking) -> list[tuple[MailKind, MailRole]]:
    return [(mail.kind, mail.to) for mail in booking.owed]


def test_a_hold_writes_to_the_calendar_and_owes_its_mail_until_the_event_stands() -> None:
    decision = held_decision()
    assert decision.booking.state is BookingState.HELD
    assert decision.effects == (PublishBooking(decision.booking.id),)
    assert owed(decision.booking) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]


def test_a_hold_ends_after_its_lifetime() -> None:
    assert held().hold_until == NOW + timedelta(hours=1)


def test_a_hold_ends_when_the_notice_begins_if_that_is_sooner() -> None:
    late = TUESDAY_9.start - timedelta(hours=1, minutes=20)
    assert held(now=late).hold_until == TUESDAY_9.start - timedelta(hours=1)


def test_a_hold_over_a_taken_time_is_refused() -> None:
    with pytest.raises(SlotTaken):
        transitions.hold(request(), meeting=meeting(), doi=True, taken=[TUESDAY_9], now=NOW)


def test_times_that_touch_do_not_take_each_other() -> None:
    before = replace(TUESDAY_9, start=TUESDAY_9.start - timedelta(hours=1), end=TUESDAY_9.start)
    after = replace(TUESDAY_9, start=TUESDAY_9.end, end=TUESDAY_9.end + timedelta(hours=1))
    assert transitions.hold(request(), meeting=meeting(), doi=True, taken=[before, after], now=NOW).booking.live


def test_without_double_opt_in_it_is_confirmed_at_once() -> None:
    booking = held(doi=False)
    assert booking.state is BookingState.CONFIRMED
    assert owed(booking) == [(MailKind.BOOKED, MailRole.INVITEE), (MailKind.HOST_BOOKED, MailRole.HOST)]


def test_a_confirmation_one_second_before_the_deadline_counts() -> None:
    booking = asked()
    decision = transitions.confirm(booking, meeting=meeting(), now=booking.hold_until - SECOND)
    assert decision.booking.state is BookingState.CONFIRMED
    assert decision.booking.sequence == booking.sequence + 1


def test_a_confirmation_at_the_deadline_is_too_late() -> None:
    booking = asked()
    with pytest.raises(HoldExpired):
        transitions.confirm(booking, meeting=meeting(), now=booking.hold_until)


def test_a_second_click_decides_nothing() -> None:
    booking = confirmed()
    again = transitions.confirm(booking, meeting=meeting(), now=NOW + timedelta(days=30))
    assert again.booking == booking
    assert again.effects == ()


def test_a_cancelled_booking_cannot_be_confirmed() -> None:
    over = transitions.cancel(asked(), by=Party.HOST, now=NOW).booking
    with pytest.raises(BookingCancelled):
        transitions.confirm(over, meeting=meeting(), now=NOW)


def test_confirming_invites_the_invitee_and_every_guest_and_tells_the_host() -> None:
    booking = confirmed(guests=("a@example.org", "b@example.org"))
    assert owed(booking) == [
        (MailKind.BOOKED, MailRole.INVITEE),
        (MailKind.BOOKED, MailRole.GUEST),
        (MailKind.BOOKED, MailRole.GUEST),
        (MailKind.HOST_BOOKED, MailRole.HOST),
    ]


def test_a_hold_expires_at_its_deadline_and_not_before() -> None:
    booking = asked()
    assert transitions.expire(booking, now=booking.hold_until - SECOND).happened is None
    decision = transitions.expire(booking, now=booking.hold_until)
    assert decision.booking.state is BookingState.EXPIRED
    assert kinds(decision) == [(MailKind.HOLD_ENDED, MailRole.INVITEE)]


def test_a_hold_nobody_was_asked_about_expires_without_a_mail() -> None:
    booking = held()
    assert kinds(transitions.expire(booking, now=booking.hold_until)) == []


def test_a_confirmed_booking_never_expires() -> None:
    booking = confirmed()
    assert transitions.expire(booking, now=NOW + timedelta(days=400)).booking is booking


def test_cancelling_tells_whoever_was_invited_and_the_host() -> None:
    decision = transitions.cancel(invited(guests=("a@example.org",)), by=Party.INVITEE, now=NOW)
    assert kinds(decision) == [
        (MailKind.CANCELLED, MailRole.INVITEE),
        (MailKind.CANCELLED, MailRole.GUEST),
        (MailKind.HOST_CANCELLED, MailRole.HOST),
    ]


def test_a_host_who_cancels_is_not_told() -> None:
    assert kinds(transitions.cancel(invited(), by=Party.HOST, now=NOW)) == [(MailKind.CANCELLED, MailRole.INVITEE)]


def test_an_invitee_who_releases_a_hold_is_not_told() -> None:
    assert kinds(transitions.cancel(asked(), by=Party.INVITEE, now=NOW)) == []


def test_a_hold_the_host_gives_up_is_told_to_who_was_asked() -> None:
    assert kinds(transitions.cancel(asked(), by=Party.HOST, now=NOW)) == [(MailKind.CANCELLED, MailRole.INVITEE)]


def test_nobody_hears_of_a_hold_that_never_was_announced() -> None:
    assert kinds(transitions.cancel(held(), by=Party.SYSTEM, cause=Cause.TAKEN, now=NOW)) == []


def test_cancelling_twice_decides_nothing() -> None:
    over = transitions.cancel(invited(), by=Party.HOST, now=NOW).booking
    again = transitions.cancel(over, by=Party.INVITEE, now=NOW + MINUTE)
    assert again.booking is over
    assert again.effects == ()


def test_a_moved_booking_keeps_its_old_time_beside_the_new_one() -> None:
    decision = transitions.move(invited(), TUESDAY_10, by=Party.INVITEE, meeting=meeting(), taken=[], now=NOW)
    assert decision.booking.time == TUESDAY_10
    assert decision.beside == TUESDAY_9
    assert decision.look
    assert owed(decision.booking) == [(MailKind.MOVED, MailRole.INVITEE), (MailKind.HOST_MOVED, MailRole.HOST)]


def test_a_booking_moved_before_its_invitation_left_is_invited_to_the_new_time() -> None:
    moved = transitions.move(confirmed(), TUESDAY_10, by=Party.INVITEE, meeting=meeting(), taken=[], now=NOW).booking
    assert owed(moved) == [(MailKind.BOOKED, MailRole.INVITEE), (MailKind.HOST_BOOKED, MailRole.HOST)]


def test_a_booking_moved_to_where_it_is_decides_nothing() -> None:
    booking = invited()
    assert (
        transitions.move(booking, TUESDAY_9, by=Party.INVITEE, meeting=meeting(), taken=[], now=NOW).booking is booking
    )


def test_an_invitee_may_move_as_often_as_the_meeting_type_allows() -> None:
    booking = replace(invited(), moves=2)
    allowed = meeting(moves_at_most=3)
    assert (
        transitions.move(booking, TUESDAY_10, by=Party.INVITEE, meeting=allowed, taken=[], now=NOW).booking.moves == 3
    )
    with pytest.raises(TooManyMoves):
        transitions.move(booking, TUESDAY_10, by=Party.INVITEE, meeting=meeting(moves_at_most=2), taken=[], now=NOW)


def test_an_invitee_changes_nothing_once_the_cut_off_has_come() -> None:
    kind = meeting(change_until=timedelta(hours=24))
    last = TUESDAY_9.start - timedelta(hours=24)
    assert transitions.move(invited(), TUESDAY_10, by=Party.INVITEE, meeting=kind, taken=[], now=last - SECOND).happened
    with pytest.raises(TooLate):
        transitions.move(invited(), TUESDAY_10, by=Party.INVITEE, meeting=kind, taken=[], now=last)


def test_a_move_taken_back_owes_what_was_still_owed_before_it() -> None:
    moved = transitions.move(confirmed(), TUESDAY_10, by=Party.INVITEE, meeting=meeting(), taken=[], now=NOW).booking
    back = transitions.move_back(moved, TUESDAY_9, cause=Cause.TAKEN, meeting=meeting(), now=NOW).booking
    assert back.time == TUESDAY_9
    assert owed(back) == [(MailKind.BOOKED, MailRole.INVITEE), (MailKind.HOST_BOOKED, MailRole.HOST)]


def test_a_move_taken_back_after_the_invitation_tells_nobody() -> None:
    moved = transitions.move(invited(), TUESDAY_10, by=Party.INVITEE, meeting=meeting(), taken=[], now=NOW).booking
    assert transitions.move_back(moved, TUESDAY_9, cause=Cause.TAKEN, meeting=meeting(), now=NOW).booking.owed == ()


def test_the_hosts_own_move_is_followed_over_anything_and_marked() -> None:
    decision = transitions.follow(invited(), TUESDAY_11, meeting=meeting(), conflicted=True, now=NOW)
    assert decision.booking.time == TUESDAY_11
    assert decision.booking.conflicted
    assert owed(decision.booking) == [(MailKind.MOVED, MailRole.INVITEE)]


def test_a_hold_the_host_moved_is_asked_about_anew() -> None:
    moved = transitions.follow(asked(), TUESDAY_10, meeting=meeting(), conflicted=False, now=NOW).booking
    assert moved.state is BookingState.HELD
    assert owed(moved) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]


def test_a_hold_the_host_moved_to_right_now_ends_when_its_meeting_would_begin() -> None:
    soon = Interval(NOW + 20 * MINUTE, NOW + 50 * MINUTE)
    moved = transitions.follow(asked(), soon, meeting=meeting(), conflicted=False, now=NOW).booking
    assert moved.hold_until == soon.start


@pytest.mark.parametrize(("was", "becomes"), [(TUESDAY_9, TUESDAY_11), (TUESDAY_11, TUESDAY_9)])
def test_a_move_between_what_is_over_and_what_is_ahead_is_news(was: Interval, becomes: Interval) -> None:
    booking = invited(time=was)
    moved = transitions.follow(booking, becomes, meeting=meeting(), conflicted=False, now=TUESDAY_9.end).booking
    assert owed(moved) == [(MailKind.MOVED, MailRole.INVITEE)]


def test_a_corrected_address_kills_the_old_link_and_sends_a_new_one() -> None:
    decision = transitions.correct_address(asked(), "g@example.com", meeting=meeting(), now=NOW)
    assert decision.booking.invitee.email == "g@example.com"
    assert decision.booking.generation == 1
    assert kinds(decision) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]


def test_an_address_corrected_before_the_event_stands_waits_for_it() -> None:
    decision = transitions.correct_address(held(), "g@example.com", meeting=meeting(), now=NOW)
    assert kinds(decision) == []
    assert owed(decision.booking) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]


def test_a_resent_link_is_an_occasion_of_its_own() -> None:
    first = announce(held())
    again = transitions.resend(first.booking, now=NOW)
    assert first.effects != again.effects
    assert kinds(again) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]


def test_nothing_is_resent_once_the_booking_is_confirmed() -> None:
    with pytest.raises(TooLate):
        transitions.resend(confirmed(), now=NOW)


def test_what_is_owed_is_announced_once() -> None:
    told = announce(held())
    assert kinds(told) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]
    assert told.booking.asked
    assert announce(told.booking).effects == ()


def test_an_announced_booking_remembers_whom_it_invited() -> None:
    told = announce(confirmed(guests=("a@example.org",)))
    assert told.booking.invited == ("grace@example.org", "a@example.org")


def test_approval_after_the_invitee_asks_the_host_second() -> None:
    kind = meeting(approval=Approval.AFTER)
    booking = held(of=kind)
    assert owed(booking) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]
    waiting = transitions.confirm(booking, meeting=kind, now=NOW).booking
    assert waiting.state is BookingState.HELD
    assert waiting.hold_until == TUESDAY_9.start - timedelta(hours=1)
    assert owed(waiting) == [(MailKind.APPROVE_BOOKING, MailRole.HOST)]
    assert transitions.confirm(waiting, by=Party.HOST, meeting=kind, now=NOW).booking.state is BookingState.CONFIRMED


def test_approval_before_the_invitee_asks_the_host_first() -> None:
    kind = meeting(approval=Approval.BEFORE)
    booking = held(of=kind)
    assert owed(booking) == [(MailKind.APPROVE_BOOKING, MailRole.HOST)]
    waiting = transitions.confirm(booking, by=Party.HOST, meeting=kind, now=NOW).booking
    assert owed(waiting) == [(MailKind.CONFIRM_BOOKING, MailRole.INVITEE)]
    assert transitions.confirm(waiting, meeting=kind, now=NOW).booking.state is BookingState.CONFIRMED


@given(minutes=st.integers(0, 3000), lifetime=st.integers(5, 4000))
@settings(max_examples=60, deadline=None)
def test_a_held_time_is_decided_by_its_deadline_whoever_sweeps(minutes: int, lifetime: int) -> None:
    booking = held(of=meeting(hold_lifetime=timedelta(minutes=lifetime)))
    then = NOW + timedelta(minutes=minutes)
    swept = transitions.expire(booking, now=then).booking
    assert booking.blocks(then) == swept.blocks(then) == (then < booking.hold_until)


def test_a_host_who_hears_of_each_hold_hears_of_one_that_its_invitee_moved_and_not_of_their_own_move() -> None:
    told = meeting(tell_of_holds=True)
    kinds = [each.kind for each in owed_after_move(asked(), told, by=Party.INVITEE)]
    assert kinds == [MailKind.CONFIRM_BOOKING, MailKind.HOST_HELD]
    assert [each.kind for each in owed_after_move(asked(), told, by=Party.HOST)] == [MailKind.CONFIRM_BOOKING]
