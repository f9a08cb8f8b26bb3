"""Networks as limits see them."""

import pytest

from booking_service.domain.networks import around, masked


def test_an_ipv6_network_stands_within_those_that_providers_hand_out() -> None:
    assert around("2001:db8:5:1234::/64") == ("2001:db8:5:1234::/64", "2001:db8:5:1200::/56", "2001:db8:5::/48")
    assert around("2001:db8:5:1200::/56") == ("2001:db8:5:1200::/56", "2001:db8:5::/48")


def test_everything_else_stands_for_itself() -> None:
    for alone in ("192.0.2.1", "unknown", ""):
        assert around(alone) == (alone,)


@pytest.mark.parametrize(
    ("network", "shown"),
    [
        ("198.51.100.7", "198.51.100.x"),
        ("2001:db8:5:1234::/64", "2001:db8:5::x"),
        ("2001:db8::/64", "2001:db8::x"),
        ("2001:db8:0:5::/64", "2001:db8::x"),
        ("2001::/64", "2001::x"),
        ("::/64", "::x"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_shortened_network_is_recognised_by_its_owner_alone(network: str, shown: str) -> None:
    assert masked(network) == shown
    assert masked(shown) == shown
