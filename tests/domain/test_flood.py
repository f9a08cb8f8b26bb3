"""When strangers ask for so much that whoever runs the service is to look."""

from booking_service.domain.flood import Flood, RequestCounts


def test_half_of_the_mails_that_may_leave_is_a_flood_and_no_limit_is_none() -> None:
    assert RequestCounts(mails=150, most=300).floods == (Flood.MAILS,)
    assert not RequestCounts(mails=149, most=300).floods
    assert not RequestCounts(mails=10_000).floods


def test_more_than_three_unconfirmed_for_one_that_was_booked_is_one_and_few_are_none() -> None:
    assert RequestCounts(unconfirmed=31, confirmed=10).floods == (Flood.UNCONFIRMED,)
    assert not RequestCounts(unconfirmed=30, confirmed=10).floods
    assert RequestCounts(unconfirmed=11).floods == (Flood.UNCONFIRMED,)
    assert not RequestCounts(unconfirmed=10).floods
