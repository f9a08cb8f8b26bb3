"""Networks that an administrator blocked: no time can be held from there. Mailed links still work from everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

from .networks import ipv4_in

Network = IPv4Network | IPv6Network

LONGEST = timedelta(days=365)
MOST = 100  # at a time, as each hold looks through all of them
REASON_LENGTH = 200
_NARROWEST = {4: 32, 6: 64}  # by these prefixes requests are known
_WIDEST = {4: 16, 6: 32}  # wider networks are whole providers
_OF_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class NotBlocked(StrEnum):
    """Why a network can't be blocked as somebody wants it."""

    UNREADABLE = "unreadable"
    TOO_WIDE = "too-wide"
    PROXY = "proxy"  # an address of this machine: an untrusted proxy's, behind which everybody may be
    OWN = "own"  # the own network of who blocks it, without their saying that this is meant
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
    """One blocked network: why, since when, until when (None: until it is unblocked), and by whom."""

    network: Network
    reason: str
    since: datetime
    until: datetime | None
    by: str

    def on(self, now: datetime) -> bool:
        return self.until is None or now < self.until


def read_network(written: str) -> Network:
    """An address or a network in CIDR notation. Raises BlockRefused: neither, too wide, or of this machine.

    An IPv6 address means its /64, as that is what requests are known by.
    """
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
    """Whether this network (an IPv4 address or an IPv6 /64) is within a blocked one now; False for what is no
    address."""
    try:
        asking = ip_network(network)
    except ValueError:
        return False
    return any(each.on(now) and lies_in(asking, each.network) for each in blocks)


def lies_in(network: Network, wider: Network) -> bool:
    return network.version == wider.version and wider.supernet_of(network)  # type: ignore[arg-type]


def _as_ipv4(network: Network) -> Network:
    """An IPv6 network that stands for an IPv4 one (`ipv4_in`), as requests from there are known by that."""
    if isinstance(network, IPv4Network) or network.prefixlen < 96:
        return network
    behind = ipv4_in(network.network_address)
    return network if behind is None else ip_network((behind, network.prefixlen - 96))
