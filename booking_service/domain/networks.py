"""Where requests come from, as limits see it."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

WIDER = (56, 48)  # what providers hand out: whoever has one IPv6 address usually has every /64 of such a network
Networks = Sequence[IPv4Network | IPv6Network]


def network_of(address: str) -> str:
    """An IPv4 address or an IPv6 /64; "unknown" of what is no address."""
    parsed = _address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed.packed[:8] + bytes(8), 64)))
    return "unknown" if parsed is None else str(parsed)


def is_in(address: str, networks: Networks) -> bool:
    parsed = _address(address)
    return parsed is not None and any(parsed in each for each in networks)


def masked(network: str) -> str:
    """198.51.100.x; 2001:db8:1::x: enough to be recognised by its owner."""
    if ":" in network:
        return ":".join(network.split(":")[:3]) + "::x"
    return f"{network.rpartition('.')[0]}.x" if "." in network else network


def on_record(network: str, how: str) -> str:
    """As it stands beside what somebody said. `how`: full, shortened, or none."""
    return {"full": network, "shortened": masked(network)}.get(how, "")


def around(network: str) -> tuple[str, ...]:
    """The network itself (an IPv4 address or an IPv6 /64) and, of IPv6, the /56 and the /48 it lies in; narrowest first.

    What is no address stands for itself, as a socket's peer may have none.
    """
    try:
        parsed = ip_network(network)
    except ValueError:
        return (network,)
    if not isinstance(parsed, IPv6Network):
        return (network,)
    return (network, *(str(parsed.supernet(new_prefix=bits)) for bits in WIDER if bits < parsed.prefixlen))


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4 address written in IPv6 (RFC 4291 §2.5.5.2) as itself; None for what is no address."""
    try:
        parsed = ip_address(written)
    except ValueError:
        return None
    return (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed
