"""Where requests come from, as limits see it."""

from ipaddress import IPv6Network, ip_network

WIDER = (56, 48)  # what providers hand out: whoever has one IPv6 address usually has every /64 of such a network


def masked(network: str) -> str:
    """198.51.100.x; 2001:db8:1::x: enough to be recognised by its owner."""
    if ":" in network:
        return ":".join(network.split(":")[:3]) + "::x"
    return f"{network.rpartition('.')[0]}.x" if "." in network else network


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
