"""Networks as limits see them."""

from booking_service.domain.networks import around


def test_an_ipv6_network_stands_within_those_that_providers_hand_out() -> None:
    assert around("2001:db8:5:1234::/64") == ("2001:db8:5:1234::/64", "2001:db8:5:1200::/56", "2001:db8:5::/48")


def test_everything_else_stands_for_itself() -> None:
    for alone in ("192.0.2.1", "unknown", ""):
        assert around(alone) == (alone,)
