"""Until when a mail that waited is still sent: each to the second."""

from dataclasses import replace
from datetime import timedelta

from booking_service.domain.booking import BookingState
from booking_service.domain.effects import Mail, MailKind, MailRole
from booking_service.domain.mail_truth import (
    NEWS_FOR,
    asks_the_invitee,
    offers_a_time,
    reminds,
    tells_that_a_hold_ended,
)
from tests.domain.examples import TUESDAY_9, TUESDAY_11, asked, confirmed

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_the_mail_with_the_link_leaves_until_the_deadline_and_not_at_it() -> None:
    hold, mail = asked(), Mail(MailKind.CONFIRM_BOOKING, MailRole.INVITEE, "")
    assert asks_the_invitee(mail, hold, requested=False, now=hold.hold_until - SECOND) is None
    assert asks_the_invitee(mail, hold, requested=False, now=hold.hold_until) == "late"


def test_that_a_hold_ended_is_told_within_twelve_hours_and_not_later() -> None:
    ended, mail = replace(asked(), state=BookingState.EXPIRED), Mail(MailKind.HOLD_ENDED, MailRole.INVITEE, "")
    until = ended.hold_until + NEWS_FOR
    assert tells_that_a_hold_ended(mail, ended, requested=False, now=until - SECOND) is None
    assert tells_that_a_hold_ended(mail, ended, requested=False, now=until) == "late"


def test_a_meeting_that_begins_needs_no_reminder() -> None:
    booking, mail = replace(confirmed(), reminders=True), Mail(MailKind.REMINDER, MailRole.INVITEE, "b3600")
    assert reminds(mail, booking, requested=False, now=TUESDAY_9.start - SECOND) is None
    assert reminds(mail, booking, requested=False, now=TUESDAY_9.start) == "late"


def test_the_reminder_of_the_time_before_a_move_leaves_once_the_new_time_is_as_near() -> None:
    booking, mail = (
        replace(confirmed(), reminders=True, sequence=5),
        Mail(MailKind.REMINDER, MailRole.INVITEE, "s4b3600"),
    )
    assert reminds(mail, booking, requested=False, now=TUESDAY_9.start - HOUR - SECOND) == "moved"
    assert reminds(mail, booking, requested=False, now=TUESDAY_9.start - HOUR) is None


def test_another_time_is_offered_until_it_begins() -> None:
    booking, mail = replace(confirmed(), offered=TUESDAY_11), Mail(MailKind.TIME_OFFERED, MailRole.INVITEE, "")
    assert offers_a_time(mail, booking, requested=False, now=TUESDAY_11.start - SECOND) is None
    assert offers_a_time(mail, booking, requested=False, now=TUESDAY_11.start) == "decided"
