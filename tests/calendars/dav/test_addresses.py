"""Which addresses an account may lead to."""

import ipaddress
from contextlib import closing
from dataclasses import replace

import pytest

from calendars.dav.addresses import AllowedNetwork, Reach, is_public, look_up, same_site
from calendars.dav.client import Connection, DavAccount
from calendars.errors import AddressRefused, CalendarError, UnknownName

HERE = Reach(allow_private=True)
UNSPECIFIED = ipaddress.IPv4Address(0).exploded


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            UNSPECIFIED,
            "224.0.0.1",
        ),
        *("255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "::7f00:1", "2002:7f00:1::", "2001:0:1::1"),
        *("fec0::1", "feff::1", "::ffff:0:7f00:1", "::ffff:0:808:808", "64:ff9b:1::1", "64:ff9b:1:7f00:0:100::"),
    ],
)
def test_an_address_that_is_not_public_is_told(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", UNSPECIFIED, "::"])
def test_private_networks_never_include_metadata_and_multicast(address: str) -> None:
    assert not HERE.vouches_for(address, 443)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 11211])
def test_a_public_host_is_called_on_ports_of_calendars_only(port: int) -> None:
    with pytest.raises(AddressRefused, match="port"):
        Reach().admit(["8.8.8.8"], scheme="https", host="example.org", port=port)


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    with pytest.raises(AddressRefused, match="not public"):
        Reach().admit(["8.8.8.8", "127.0.0.1"], scheme="https", host="rebinding.example", port=443)


def test_vouching_for_private_networks_does_not_send_passwords_in_the_clear_through_the_internet() -> None:
    with pytest.raises(AddressRefused, match="https"):
        HERE.admit(["8.8.8.8"], scheme="http", host="example.org", port=80)


def test_a_network_with_a_port_is_vouched_for_on_that_port_only() -> None:
    reach = Reach(
        networks=(AllowedNetwork("127.0.0.1", 5232), AllowedNetwork("fd00::/8", 443), AllowedNetwork("10.0.0.0/8"))
    )
    for address, port in (("127.0.0.1", 5232), ("::ffff:127.0.0.1", 5232), ("fd12::1", 443), ("10.1.2.3", 1)):
        reach.admit([address], scheme="http", host="here", port=port)
    for address, port in (("127.0.0.1", 5233), ("127.0.0.2", 5232), ("fd12::1", 80), ("192.168.0.1", 443)):
        with pytest.raises(AddressRefused):
            reach.admit([address], scheme="https", host="here", port=port)


def test_an_unknown_name_is_unavailable() -> None:
    with pytest.raises(UnknownName, match="not known"):
        look_up("two..dots", 443, timeout_s=20)


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_what_is_an_address_already_waits_for_no_resolver(address: str) -> None:
    assert look_up(address, 443, timeout_s=0) == [address]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("caldav.icloud.com", "p42-caldav.icloud.com", True),
        ("example.org", "dav.example.org", True),
        ("Example.org.", "example.ORG", True),
        ("dav.example.co.uk", "example.co.uk", True),
        ("a.co.uk", "b.co.uk", False),
        ("example.org", "example.com", False),
        ("example.org", "badexample.org", False),
        ("192.168.1.1", "192.168.2.1", False),
        ("localhost", "localhost", True),
        ("one", "other", False),
    ],
)
def test_servers_of_one_provider_share_a_registrable_domain(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


ODD = (
    *(
        "http://[127.0.0.1]/",
        "http://[::1",
        "http://[fe80::1%eth0]/",
        "http://a:99999/",
        "http://a:b/",
        "http://",
        "//x",
    ),
    *(
        "http:///x",
        "http://a b/",
        "http://[v1.x]/",
        "http://\u2100/x",
        "http://xn--/",
        "http://[]/",
        "http://]/",
        "[",
        "]",
    ),
    *("", "https://[/", "http:// /", "http://127.0.0.1:-1/", "mailto:a@b", "http://\0/", "http://127.0.0.1\\@x/"),
    *("http://127.0.0.1:1/\0", "http://127.0.0.1:1/\ud800", "HTTP://[127.0.0.1]/", "http://\u202e/"),
)


@pytest.mark.parametrize("address", ODD)
def test_every_spelling_of_an_address_is_answered_in_words(address: str) -> None:
    """As an account's, as a calendar's, and as an object's, wherever it was stored or sent."""
    account = DavAccount(url="http://127.0.0.1:1/", user="ada", password="x", allow_private=True, timeout_s=1)
    with pytest.raises(CalendarError):
        Connection(replace(account, url=address)).calendar(address).get("a.ics")
    with closing(Connection(account)) as connection:
        for ask in (
            lambda: connection.calendar(address).get("a.ics"),
            lambda: connection.calendar("/cal/").get(address),
            lambda: connection.calendar("/cal/").fetch([address]),
            lambda: connection.principal(address),
        ):
            with pytest.raises(CalendarError):
                ask()
