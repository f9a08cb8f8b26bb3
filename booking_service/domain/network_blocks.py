"""Networks that an administrator shut out: nobody there can hold a time. Links that were mailed work from everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

Network = IPv4Network | IPv6Network

LONGEST = timedelta(days=365)
MOST = 100  # at a time: each hold looks through them
REASON_LENGTH = 200
_NARROWEST = {4: 32, 6: 64}  # as requests are known by
_WIDEST = {4: 16, 6: 32}  # wider ones are whole providers
_OF_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class NotBlocked(StrEnum):
    """Why a network is not blocked as somebody wants it."""

    UNREADABLE = "unreadable"
    TOO_WIDE = "too-wide"
    PROXY = "proxy"  # of this machine: whom a proxy brings that is not trusted, and so everybody
    OWN = "own"  # of whoever blocks it, who did not say that this is meant
    REASON = "reason"  # missing, or too long
    LENGTH = "length"  # of time
    TOO_MANY = "too-many"


class BlockRefused(Exception):
    """Nothing was blocked."""

    def __init__(self, why: NotBlocked) -> None:
        super().__init__(f"the network is not blocked: {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkBlock:
    """One network that is shut out, why, since when and by whom. `until`: None where it lasts until it is let in."""

    network: Network
    reason: str
    since: datetime
    until: datetime | None
    by: str

    def on(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def read_network(written: str) -> Network:
    """An address or a network in CIDR notation, as requests are known by: of IPv6 a /64 is the least. Raises BlockRefused."""
    try:
        found = ip_interface(written.strip()).network
    except ValueError as error:
        raise BlockRefused(NotBlocked.UNREADABLE) from error
    found = _as_ipv4(found)
    if found.prefixlen < _WIDEST[found.version]:
        raise BlockRefused(NotBlocked.TOO_WIDE)
    if any(found.overlaps(each) for each in _OF_THIS_MACHINE):
        raise BlockRefused(NotBlocked.PROXY)
    return found.supernet(new_prefix=min(found.prefixlen, _NARROWEST[found.version]))


def is_blocked(blocks: Iterable[NetworkBlock], network: str, *, now: datetime) -> bool:
    """Whether this network (an IPv4 address or an IPv6 /64) lies in one that is shut out now; what is no address lies in none."""
    try:
        asking = ip_network(network)
    except ValueError:
        return False
    return any(each.on(now) and lies_in(asking, each.network) for each in blocks)


def lies_in(network: Network, wider: Network) -> bool:
    return network.version == wider.version and wider.supernet_of(network)  # type: ignore[arg-type]


def _as_ipv4(network: Network) -> Network:
    """An IPv4 network written in IPv6 (RFC 4291 §2.5.5.2) as itself, as requests from there are known by."""
    if isinstance(network, IPv4Network) or network.prefixlen < 96 or not network.network_address.ipv4_mapped:
        return network
    return ip_network((network.network_address.ipv4_mapped, network.prefixlen - 96))
