"""Networks that an administrator blocked: how wide one may be, and when it ends."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from booking_service.domain.network_blocks import BlockRefused, NetworkBlock, NotBlocked, is_blocked, read_network
from tests.domain.examples import MINUTE, NOW

MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(("widest", "wider"), [("198.51.0.0/16", "198.50.0.0/15"), ("2001:db8::/32", "2001:db8::/31")])
def test_a_whole_provider_is_too_wide(widest: str, wider: str) -> None:
    assert read_network(widest) == ip_network(widest)
    with pytest.raises(BlockRefused) as refused:
        read_network(wider)
    assert refused.value.why is NotBlocked.TOO_WIDE


def test_a_network_of_ipv6_that_stands_for_one_of_ipv4_is_blocked_as_that() -> None:
    assert read_network("::ffff:198.51.100.0/120") == ip_network("198.51.100.0/24")
    with pytest.raises(BlockRefused) as refused:
        read_network("::ffff:0:0/96")
    assert refused.value.why is NotBlocked.TOO_WIDE, "it is all of IPv4"


def test_a_block_is_over_at_its_end() -> None:
    block = NetworkBlock(network=ip_network("198.51.100.0/24"), reason="", since=NOW, until=NOW + MINUTE, by="ada")
    assert is_blocked([block], "198.51.100.7", now=NOW + MINUTE - MOMENT)
    assert not is_blocked([block], "198.51.100.7", now=NOW + MINUTE)
