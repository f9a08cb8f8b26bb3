"""What attendees decide about themselves, and who hears of it."""

from dataclasses import replace

import pytest

from booking_service.domain import transitions
from booking_service.domain.attendees import come_after_all, decline, may_come_after_all, stop_reminders
from booking_service.domain.booking import Booking, Decision, Party
from booking_service.domain.effects import MailKind, MailRole, PublishBooking, SendMail
from booking_service.domain.owed import announce
from tests.domain.examples import MINUTE, NOW, confirmed, invited

ALAN, EDSGER = "alan@example.org", "edsger@example.org"
LATER = NOW + 2 * MINUTE


def told(decision: Decision) -> list[tuple[MailKind, MailRole, str]]:
    mails = [effect.mail for effect in decision.effects if isinstance(effect, SendMail)]
    return [(mail.kind, mail.to, mail.guest) for mail in mails]


def test_a_guest_who_was_invited_is_taken_off_and_their_invitation_ended() -> None:
    booking = invited(guests=(ALAN, EDSGER))
    decision = decline(booking, ALAN, now=LATER)
    assert decision.booking.guests == (EDSGER,)
    assert decision.booking.invited == (booking.invitee.email, EDSGER)
    assert decision.booking.live
    assert PublishBooking(booking.id) in decision.effects
    assert told(decision) == [
        (MailKind.GUEST_DECLINED, MailRole.INVITEE, ALAN),
        (MailKind.GUEST_DECLINED, MailRole.HOST, ALAN),
        (MailKind.UNINVITED, MailRole.GUEST, ALAN),
    ]


def test_a_guest_whose_invitation_has_not_left_is_owed_none_and_uninvited_from_nothing() -> None:
    booking = confirmed(guests=(ALAN, EDSGER))
    decision = decline(booking, ALAN, now=LATER)
    assert [mail.guest for mail in decision.booking.owed if mail.to is MailRole.GUEST] == [EDSGER]
    assert len(decision.booking.owed) == len(booking.owed) - 1
    assert MailKind.UNINVITED not in [kind for kind, _, _ in told(decision)]


def over(booking: Booking) -> Booking:
    return transitions.cancel(booking, by=Party.HOST, now=NOW + MINUTE).booking


@pytest.mark.parametrize(
    "booking", [invited(guests=(EDSGER,)), over(invited(guests=(ALAN,)))], ids=["declined before", "cancelled"]
)
def test_who_is_not_expected_any_more_declines_nothing(booking: Booking) -> None:
    assert decline(booking, ALAN, now=LATER) == Decision(booking=booking)


def test_a_guest_who_declined_comes_after_all_and_everybody_hears_of_it() -> None:
    booking = invited(guests=(ALAN, EDSGER))
    declined = decline(booking, ALAN, now=LATER).booking
    decision = come_after_all(declined, ALAN, now=LATER)
    again = decision.booking
    assert set(again.guests) == {ALAN, EDSGER}
    assert again.sequence == booking.sequence + 1  # above that of the CANCEL they got
    assert [(mail.kind, mail.guest) for mail in again.owed] == [(MailKind.BOOKED, ALAN)]
    assert PublishBooking(booking.id) in decision.effects
    assert told(decision) == [(MailKind.GUEST_COMES, to, ALAN) for to in (MailRole.INVITEE, MailRole.HOST)]
    assert set(announce(again).booking.invited) == set(booking.invited)


def test_declining_is_taken_back_until_the_meeting_begins_and_once() -> None:
    declined = decline(invited(guests=(ALAN,)), ALAN, now=LATER).booking
    begins = declined.time.start
    assert may_come_after_all(declined, ALAN, now=begins - MINUTE)
    for booking, now in (
        (declined, begins),
        (over(declined), LATER),
        (come_after_all(declined, ALAN, now=LATER).booking, LATER),
    ):
        assert not may_come_after_all(booking, ALAN, now=now)
        assert come_after_all(booking, ALAN, now=now) == Decision(booking=booking)


def test_reminders_stop_once_and_nothing_else_does() -> None:
    booking = invited()
    decision = stop_reminders(booking)
    assert decision.booking == replace(booking, reminders=False)
    assert decision.effects == ()
    assert stop_reminders(decision.booking).happened is None
