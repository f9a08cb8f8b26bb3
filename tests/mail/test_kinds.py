"""Every kind of mail has one row that says all about it but its words, and one letter that says those."""

import pytest

from booking_service.domain import mail_truth
from booking_service.domain.effects import MailKind, MailRole
from booking_service.domain.mail_kinds import ROWS, MailRow, Scheduling, Subject
from booking_service.mail.letters.kinds import ABOUT_BOOKINGS, ABOUT_CALENDARS, ABOUT_PEOPLE, TO_CONTACTS
from tests.mail.examples import cases

LETTERS = {
    Subject.BOOKING: ABOUT_BOOKINGS,
    Subject.CALENDAR: ABOUT_CALENDARS,
    Subject.PERSON: ABOUT_PEOPLE,
    Subject.CONTACT: TO_CONTACTS,
}


def test_every_kind_has_one_row() -> None:
    assert set(ROWS) == set(MailKind)
    assert all(row.kind is kind for kind, row in ROWS.items())


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.kind)
def test_every_row_has_its_letter_among_those_of_its_subject(row: MailRow) -> None:
    assert [subject for subject, letters in LETTERS.items() if row.kind in letters] == [row.subject]


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.kind)
def test_what_is_about_a_booking_says_after_what_it_may_leave_and_until_when_it_is_true(row: MailRow) -> None:
    about_a_booking = row.subject is Subject.BOOKING
    assert (row.after is not None) == about_a_booking
    assert (row.untrue is not mail_truth.never) == about_a_booking
    assert (row.kind in {case.mail.kind for case in cases()}) == about_a_booking


@pytest.mark.parametrize("row", ROWS.values(), ids=lambda row: row.kind)
def test_the_parts_of_a_row_agree(row: MailRow) -> None:
    assert row.to
    if row.replaced_by is not None:
        assert row.to <= ROWS[row.replaced_by].to, "whoever it goes to gets the one that replaces it"
    if row.scheduling is Scheduling.REQUEST:
        assert row.tells
    if row.scheduling is not Scheduling.NOTHING:
        assert MailRole.HOST not in row.to, "the host's calendar has the event itself"
    if row.asks:
        assert row.to == {MailRole.INVITEE}
        assert row.scheduling is Scheduling.NOTHING


def test_examples_go_to_whom_their_row_says() -> None:
    assert [case.name for case in cases() if case.mail.to not in ROWS[case.mail.kind].to] == []
