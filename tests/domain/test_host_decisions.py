"""What a host decides by their own word: keeping a hold longer, and confirming in place of its invitee."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.domain.booking import Booking, BookingState, Decision, Party
from booking_service.domain.effects import MailKind, PublishBooking, SendMail
from booking_service.domain.errors import (
    BookingCancelled,
    ConfirmationForced,
    HoldExpired,
    KeptTooLong,
    ReasonMissing,
    TooLate,
    TooManyRequests,
)
from booking_service.domain.host_decisions import (
    LONGER,
    confirm_for_invitee,
    invite_again,
    keep_longer,
    kept_until_next,
    offer_time,
)
from booking_service.domain.meeting import HOLD_AT_MOST, Approval
from booking_service.domain.timeline import Happened
from booking_service.domain.transitions import cancel, confirm
from tests.domain.examples import MINUTE, NOW, TUESDAY_9, TUESDAY_11, asked, confirmed, held, invited, meeting

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
FAR = replace(TUESDAY_9, start=TUESDAY_9.start + timedelta(days=20), end=TUESDAY_9.end + timedelta(days=20))


def mails(decision: Decision) -> list[MailKind]:
    return [each.mail.kind for each in decision.effects if isinstance(each, SendMail)]


def vouched(booking: Booking, *, reason: str = "called", forced: bool = False) -> Decision:
    return confirm_for_invitee(booking, reason=reason, forced=forced, meeting=meeting(), now=NOW + MINUTE)


def test_a_hold_is_kept_a_day_longer_and_its_invitee_is_asked_again_with_the_new_deadline() -> None:
    booking = asked(time=FAR)
    until = kept_until_next(booking, meeting(), now=NOW + MINUTE)
    assert until == booking.hold_until + LONGER
    decision = keep_longer(booking, until, meeting=meeting(), now=NOW + MINUTE)
    assert (decision.booking.hold_until, decision.happened, decision.by) == (until, Happened.HELD_LONGER, Party.HOST)
    assert mails(decision) == [MailKind.CONFIRM_BOOKING]
    assert PublishBooking(booking.id) in decision.effects
    assert decision.booking.resends == booking.resends + 1  # another mail than the first one, to every retry
    assert keep_longer(decision.booking, until, meeting=meeting(), now=NOW + 2 * MINUTE).happened is None


def test_a_hold_can_be_kept_longer_where_that_gives_a_whole_minute() -> None:
    soon = asked()
    last = TUESDAY_9.start - HOUR
    assert kept_until_next(replace(soon, hold_until=last - MINUTE), meeting(), now=NOW) == last
    assert kept_until_next(replace(soon, hold_until=last - MINUTE + SECOND), meeting(), now=NOW) is None


def test_nobody_is_mailed_about_a_hold_whose_mail_has_not_left_yet() -> None:
    booking = held(time=FAR)
    assert mails(keep_longer(booking, booking.hold_until + HOUR, meeting=meeting(), now=NOW)) == []


def test_a_hold_is_kept_for_72_hours_at_most_and_never_past_the_notice_before_its_start() -> None:
    booking = asked(time=FAR)
    most = NOW + HOLD_AT_MOST
    assert keep_longer(booking, most, meeting=meeting(), now=NOW).booking.hold_until == most
    with pytest.raises(KeptTooLong) as refused:
        keep_longer(booking, most + MINUTE, meeting=meeting(), now=NOW)
    assert refused.value.latest == most
    soon = asked()
    last = TUESDAY_9.start - meeting().rules.notice
    assert kept_until_next(soon, meeting(), now=NOW) == last
    kept = keep_longer(soon, last, meeting=meeting(), now=NOW).booking
    assert kept_until_next(kept, meeting(), now=NOW) is None


def test_only_a_live_hold_that_waits_for_its_invitee_can_be_kept_longer() -> None:
    booking = asked(time=FAR)
    until = booking.hold_until + HOUR
    assert kept_until_next(booking, meeting(), now=booking.hold_until) is None
    with pytest.raises(HoldExpired):
        keep_longer(booking, until, meeting=meeting(), now=booking.hold_until)
    with pytest.raises(TooLate):
        keep_longer(confirmed(time=FAR), until, meeting=meeting(), now=NOW)
    with pytest.raises(BookingCancelled):
        keep_longer(cancel(booking, by=Party.HOST, now=NOW).booking, until, meeting=meeting(), now=NOW)
    mine = meeting(approval=Approval.BEFORE)
    request = asked(time=FAR, of=mine)
    assert kept_until_next(request, mine, now=NOW) is None
    with pytest.raises(TooLate):
        keep_longer(request, until, meeting=mine, now=NOW)


def test_the_host_confirms_in_place_of_the_invitee_whose_mailbox_stays_unproven() -> None:
    booking = asked()
    decision = vouched(booking)
    after = decision.booking
    assert (after.state, after.awaits, after.vouched, after.proven) == (
        BookingState.CONFIRMED,
        frozenset(),
        True,
        False,
    )
    assert after.sequence == booking.sequence + 1
    assert [each.kind for each in after.owed] == [MailKind.BOOKED, MailKind.HOST_BOOKED]
    assert (decision.happened, decision.by, dict(decision.detail)["reason"]) == (
        Happened.CONFIRMED,
        Party.HOST,
        "called",
    )
    assert vouched(after).happened is None  # a second press


def test_who_confirms_a_booking_that_the_host_confirmed_for_them_proves_their_mailbox() -> None:
    proven = confirm(vouched(asked()).booking, meeting=meeting(), now=NOW + 2 * MINUTE)
    assert (proven.booking.vouched, proven.booking.proven, proven.happened) == (False, True, Happened.AGREED_INVITEE)


def test_confirming_for_the_invitee_wants_a_reason_and_a_hold_that_waits_for_them() -> None:
    with pytest.raises(ReasonMissing):
        vouched(asked(), reason=" \n")
    with pytest.raises(ConfirmationForced):
        vouched(asked(), forced=True)
    with pytest.raises(HoldExpired):
        confirm_for_invitee(asked(), reason="called", forced=False, meeting=meeting(), now=asked().hold_until)
    with pytest.raises(BookingCancelled):
        vouched(cancel(asked(), by=Party.HOST, now=NOW).booking)
    with pytest.raises(TooLate):
        vouched(replace(asked(), awaits=frozenset({Party.HOST})))


def test_the_host_offers_another_time_and_invites_again_until_the_meeting_is_over() -> None:
    booking, before_the_end = invited(), TUESDAY_9.end - SECOND
    assert offer_time(booking, TUESDAY_11, now=before_the_end).happened is Happened.OFFERED
    assert invite_again(booking, last_at=None, now=before_the_end).happened is Happened.INVITED_AGAIN
    with pytest.raises(TooLate):
        offer_time(booking, TUESDAY_11, now=TUESDAY_9.end)
    with pytest.raises(TooLate):
        invite_again(booking, last_at=None, now=TUESDAY_9.end)


def test_the_invitation_is_sent_again_after_ten_minutes_and_not_before() -> None:
    booking, last_at = invited(), NOW + HOUR
    with pytest.raises(TooManyRequests) as refused:
        invite_again(booking, last_at=last_at, now=last_at + 10 * MINUTE - SECOND)
    assert refused.value.again_at == last_at + 10 * MINUTE
    assert mails(invite_again(booking, last_at=last_at, now=last_at + 10 * MINUTE)) == [MailKind.BOOKED]
