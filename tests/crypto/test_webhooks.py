"""Secrets that sign what webhooks are told."""

import base64

from booking_service.crypto import webhooks


def test_a_secret_has_256_random_bits_and_none_comes_twice() -> None:
    made = {webhooks.new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(base64.b64decode(each.removeprefix("whsec_"))) for each in made} == {32}
