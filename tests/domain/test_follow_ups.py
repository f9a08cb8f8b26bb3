"""Webhooks that fail: how often one message is tried, and when all of them rest."""

from datetime import timedelta

from booking_service.domain.follow_ups import rest, retry_after

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_a_message_is_tried_ten_times_within_a_day() -> None:
    waits = [retry_after(tries) for tries in range(1, 11)]
    assert (waits[0], waits[8], waits[9]) == (MINUTE, 10 * HOUR, None)
    assert sum((wait for wait in waits if wait), timedelta(0)) <= timedelta(days=1)


def test_a_webhook_rests_from_the_third_failure_in_a_row_and_an_hour_at_most() -> None:
    assert [rest(failures) for failures in (2, 3, 4, 5)] == [None, MINUTE, 2 * MINUTE, 4 * MINUTE]
    assert rest(1000) == HOUR
