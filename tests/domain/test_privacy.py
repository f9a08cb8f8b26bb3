"""Wishes of people about their data: how long staff may put one off, and keep the proof of consents."""

from datetime import UTC, datetime, timedelta

from booking_service.domain.privacy import evidence_until, may_be_put_off, put_off_until

SECOND = timedelta(seconds=1)


def test_a_wish_is_put_off_within_a_month_and_by_two_more() -> None:
    asked_at = datetime(2030, 1, 31, 12, tzinfo=UTC)
    a_month_later = datetime(2030, 2, 28, 12, tzinfo=UTC)
    assert may_be_put_off(asked_at, now=a_month_later - SECOND)
    assert not may_be_put_off(asked_at, now=a_month_later)
    assert put_off_until(asked_at) == datetime(2030, 4, 30, 12, tzinfo=UTC)


def test_the_proof_of_consents_to_calls_goes_five_years_later_also_from_a_leap_day() -> None:
    assert evidence_until(datetime(2028, 2, 29, 12, tzinfo=UTC), calls=True) == datetime(2033, 2, 28, 12, tzinfo=UTC)
    assert evidence_until(datetime(2028, 3, 1, 12, tzinfo=UTC), calls=True) == datetime(2033, 3, 1, 12, tzinfo=UTC)
