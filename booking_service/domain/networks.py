"""The networks that requests come from, as limits see them."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

WIDER = (56, 48)  # prefixes that providers hand out: the owner of one IPv6 address often has all /64s of such a network
Networks = Sequence[IPv4Network | IPv6Network]
_TRANSLATED = ip_network("64:ff9b::/96")


def network_of(address: str) -> str:
    """The IPv4 address or the IPv6 /64 of an address; "unknown" for what is no address."""
    parsed = _address(address)
    if isinstance(parsed, IPv6Address):
        return str(ipv4_in(parsed) or ip_network((parsed.packed[:8] + bytes(8), 64)))
    return "unknown" if parsed is None else str(parsed)


def ipv4_in(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that this one stands for: mapped (RFC 4291 §2.5.5.2), or translated for a server that has IPv6
    alone (RFC 6052 §2.1). The translator shows all of the IPv4 internet, and nothing else, within one /64."""
    if address.ipv4_mapped is not None or address not in _TRANSLATED:
        return address.ipv4_mapped
    behind = IPv4Address(address.packed[12:])
    return behind if behind.is_global else None


def is_in(address: str, networks: Networks) -> bool:
    parsed = _address(address)
    return parsed is not None and any(parsed in each for each in networks)


def masked(network: str) -> str:
    """Shortened so that only its owner recognises it: 198.51.100.x; 2001:db8:1::x. What is shortened stays so."""
    *_, widest = around(network)
    if widest != network:
        return f"{widest.partition('/')[0]}x"
    return f"{network.rpartition('.')[0]}.x" if "." in network else network


def on_record(network: str, how: str) -> str:
    """The network as it is stored with a ledger entry. `how`: full, shortened, or none."""
    return {"full": network, "shortened": masked(network)}.get(how, "")


def around(network: str) -> tuple[str, ...]:
    """The network itself (an IPv4 address or an IPv6 /64) and the IPv6 /56 and /48 around it, narrowest first.

    What is no address, as of a socket without a peer, stands for itself.
    """
    try:
        parsed = ip_network(network)
    except ValueError:
        return (network,)
    if not isinstance(parsed, IPv6Network):
        return (network,)
    return (network, *(str(parsed.supernet(new_prefix=bits)) for bits in WIDER if bits < parsed.prefixlen))


def _address(written: str) -> IPv4Address | IPv6Address | None:
    """The address, an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as IPv4; None for what is no address."""
    try:
        parsed = ip_address(written)
    except ValueError:
        return None
    return (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed
