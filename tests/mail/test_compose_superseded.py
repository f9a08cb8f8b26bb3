"""A mail that waited is dropped once it is no longer true, and only then."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.domain.booking import BookingState, Party
from booking_service.mail.compose import compose
from booking_service.mail.superseded import superseded
from tests.mail.examples import BOOKING, NOW, START, case, cases

EXPIRED, CONFIRMED, CANCELLED = BookingState.EXPIRED, BookingState.CONFIRMED, BookingState.CANCELLED
HELD = BookingState.HELD

UNTRUE = [
    ("confirm-booking", {"state": CONFIRMED, "awaits": frozenset()}, {}, "decided"),
    ("confirm-booking", {"state": EXPIRED}, {}, "decided"),
    ("confirm-booking", {"awaits": frozenset({Party.HOST})}, {}, "decided"),
    ("confirm-booking", {"generation": 1}, {}, "address-corrected"),
    ("confirm-booking", {}, {"now": BOOKING.hold_until}, "late"),
    ("confirm-booking", {}, {"replaced": True}, "replaced"),
    ("hold-reminder", {"state": CANCELLED}, {}, "decided"),
    ("hold-reminder", {"generation": 1}, {}, "address-corrected"),
    ("hold-ended", {"successor_id": UUID(int=8)}, {}, "decided"),
    ("hold-ended", {"state": HELD}, {}, "decided"),
    ("hold-ended", {"generation": 1}, {}, "address-corrected"),
    ("booked", {"state": CANCELLED}, {}, "over"),
    ("booked", {}, {"replaced": True}, "replaced"),
    ("booked-guest", {"guests": ()}, {}, "not-a-guest"),
    ("moved", {"state": CANCELLED}, {}, "over"),
    ("moved-guest", {"guests": ()}, {}, "not-a-guest"),
    ("host-booked", {"state": CANCELLED}, {}, "over"),
    ("host-moved", {"state": CANCELLED}, {}, "over"),
    ("cancelled", {"state": CONFIRMED}, {}, "not-over"),
    ("cancelled-guest", {}, {"requested": False}, "never-told"),
    ("host-cancelled", {"state": CONFIRMED}, {}, "not-over"),
    ("host-held", {"state": CONFIRMED}, {}, "decided"),
    ("host-held", {"awaits": frozenset({Party.HOST})}, {}, "decided"),
    ("host-held", {}, {"now": BOOKING.hold_until}, "late"),
    ("approve-booking", {"awaits": frozenset({Party.INVITEE})}, {}, "decided"),
    ("approve-booking", {}, {"now": BOOKING.hold_until}, "late"),
    ("reminder", {"state": CANCELLED}, {}, "over"),
    ("reminder", {"reminders": False}, {}, "not-wanted"),
    ("reminder", {}, {"now": START}, "late"),
    ("reminder", {"sequence": 2}, {"now": START - timedelta(hours=25)}, "moved"),
]


@pytest.mark.parametrize(("name", "booking", "known", "why"), UNTRUE)
def test_what_is_no_longer_true_is_not_sent(
    name: str, booking: dict[str, object], known: dict[str, object], why: str
) -> None:
    given = case(name).of(**booking)
    facts = replace(given.facts, **known)
    assert superseded(given.mail, facts) == why
    assert compose(given.mail, facts=facts) is None


@pytest.mark.parametrize("name", [each.name for each in cases()])
def test_what_is_true_is_sent(name: str) -> None:
    assert superseded(case(name).mail, case(name).facts) is None


def test_until_the_last_moment_it_is_true() -> None:
    moment = timedelta(microseconds=1)
    for name, last in (
        ("confirm-booking", BOOKING.hold_until),
        ("host-held", BOOKING.hold_until),
        ("approve-booking", BOOKING.hold_until),
        ("reminder", START),
    ):
        given = case(name)
        assert superseded(given.mail, replace(given.facts, now=last - moment)) is None


def test_a_reminder_of_a_booking_moved_to_another_time_of_the_same_day_still_holds() -> None:
    given = case("reminder").of(sequence=2)
    assert superseded(given.mail, replace(given.facts, now=START - timedelta(hours=24))) is None


def test_a_hold_that_moved_back_keeps_the_question_that_waits() -> None:
    assert superseded(case("confirm-booking").mail, case("confirm-booking").of(sequence=2).facts) is None


def test_a_cancelled_mail_goes_to_an_invitee_who_never_had_the_invitation() -> None:
    given = case("cancelled")
    untold = compose(given.mail, facts=replace(given.facts, requested=False))
    assert untold is not None
    assert untold.calendar is None


def test_the_times_of_these_cases_lie_as_the_cases_need_them() -> None:
    assert NOW < BOOKING.hold_until < START
