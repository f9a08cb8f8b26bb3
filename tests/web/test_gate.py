"""Networks, and how often one may look."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from starlette.datastructures import Headers

from booking_service.config.notation import read_rates
from booking_service.domain.errors import TooManyRequests
from booking_service.web.http.security import network
from booking_service.web.http.throttle import MOST_KEPT, Throttle

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


def seen(client: str, *forwarded: str) -> str:
    headers = Headers(raw=[(b"x-forwarded-for", line.encode()) for line in forwarded if line])
    return network({"client": (client, 1234)}, headers, PROXIES)


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours: what it says of others counts for nothing
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # what stands left of the first stranger is their claim
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1:4711, 10.0.0.2:80", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8:1:2:3::6]:4711", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),  # a proxy seen through a socket for both families
        ("10.0.0.1", "6.6.6.6, ::ffff:198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("::ffff:203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("64:ff9b::5db8:d822", "", "93.184.216.34"),  # of a translator before a server that has IPv6 alone (RFC 6052)
        ("::1", "6.6.6.6, 64:ff9b::5db8:d822", "93.184.216.34"),
        ("64:ff9b::a00:1", "198.51.100.1", "64:ff9b::/64"),  # no address of the internet, so no proxy either
        ("10.0.0.1", "nonsense", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_where_a_request_comes_from(client: str, forwarded: str, expected: str) -> None:
    assert seen(client, forwarded) == expected


def test_a_proxy_may_add_a_line_of_its_own() -> None:
    assert seen("10.0.0.1", "6.6.6.6", "198.51.100.1") == "198.51.100.1"
    assert seen("10.0.0.1", "6.6.6.6, 10.0.0.3", "198.51.100.1, 10.0.0.2") == "198.51.100.1"


def test_uses_count_within_any_stretch_of_time() -> None:
    throttle, rates = Throttle(), read_rates("2 per min, 3 per h")
    for seconds in (0, 30):
        throttle.use("look", "n", rates, now=NOW + timedelta(seconds=seconds))
    with pytest.raises(TooManyRequests) as refused:
        throttle.use("look", "n", rates, now=NOW + timedelta(seconds=59))
    assert refused.value.again_at == NOW + timedelta(seconds=60)
    throttle.use("look", "n", rates, now=NOW + timedelta(seconds=60))
    with pytest.raises(TooManyRequests) as refused:
        throttle.use("look", "n", rates, now=NOW + timedelta(minutes=10))
    assert refused.value.again_at == NOW + timedelta(hours=1)


def test_networks_and_rules_are_told_apart() -> None:
    throttle, rates = Throttle(), read_rates("1 per min")
    for rule, who in (("look", "a"), ("look", "b"), ("open", "a")):
        throttle.use(rule, who, rates, now=NOW)
        with pytest.raises(TooManyRequests):
            throttle.use(rule, who, rates, now=NOW)


def test_a_rule_that_is_off_counts_nothing() -> None:
    throttle = Throttle()
    for _ in range(1000):
        throttle.use("look", "n", read_rates("off"), now=NOW)
    throttle.use("look", "n", read_rates("1 per min"), now=NOW)


def test_many_networks_do_not_fill_the_memory() -> None:
    throttle, rates = Throttle(), read_rates("1 per h")
    for number in range(MOST_KEPT + 10):
        throttle.use("look", str(number), rates, now=NOW)
    throttle.use("look", "0", rates, now=NOW)  # the quietest was forgotten
    with pytest.raises(TooManyRequests):
        throttle.use("look", str(MOST_KEPT + 9), rates, now=NOW)
