"""Whether mails reach the invitee, by what the timeline says."""

from datetime import UTC, datetime, timedelta

from booking_service.domain.mail_delivery import MailDelivery, delivery
from booking_service.domain.timeline import Happened

NINE = datetime(2030, 1, 7, 9, tzinfo=UTC)
LINK = {"to": "invitee", "kind": "confirm-booking"}
BOOKED = {"to": "invitee", "kind": "booked"}


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_the_newest_mail_to_the_invitee_says_whether_they_are_reached() -> None:
    dead = (Happened.MAIL_DEAD, at(3), {**BOOKED, "answer": "550 unknown"})
    assert delivery([]) == MailDelivery()
    assert delivery([(Happened.MAILED, at(1), LINK), dead]) == MailDelivery(at(1), failed=True, answer="550 unknown")
    again = delivery([dead, (Happened.MAILED, at(4), BOOKED)])
    assert (again.failed, again.answer) == (False, "")
    host = (Happened.MAIL_DEAD, at(3), {"to": "host", "kind": "host-booked"})
    assert not delivery([(Happened.MAILED, at(1), BOOKED), host]).failed


def test_what_another_address_got_counts_for_nothing() -> None:
    before = [
        (Happened.MAILED, at(1), LINK),
        (Happened.OPENED, at(2), {"link": "c"}),
        (Happened.MAIL_DEAD, at(3), LINK),
    ]
    assert delivery([*before, (Happened.ADDRESS_CORRECTED, at(4), {})]) == MailDelivery()
    assert delivery(before) == MailDelivery(at(1), at(2), failed=True)
