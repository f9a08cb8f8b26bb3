"""Which addresses a calendar account may lead to: public HTTPS, and what the operator allows."""

import ipaddress
import queue
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import AddressRefused, Unavailable, UnknownName

# The ports that CalDAV is served on in practice; any other port on the public internet would let users scan ports
# through us.
PORTS = frozenset({80, 443, 4443, 5232, 8000, 8008, 8080, 8443, 8843})

_CARRY_IPV4 = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64 (RFC 6052 §2.1)
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64 of a network's own (RFC 8215)
    ipaddress.ip_network("::/96"),  # IPv4-compatible (RFC 4291 §2.5.5.1)
    ipaddress.ip_network("::ffff:0:0:0/96"),  # IPv4-translated (RFC 2765 §2.1)
)

# Second-level domains below which anybody registers names, as far as two servers of one provider need telling apart.
_SHARED_LEVELS = frozenset(
    (
        "ac",
        "co",
        "com",
        "edu",
        "gen",
        "go",
        "gob",
        "gov",
        "gv",
        "id",
        "ltd",
        "me",
        "mil",
        "net",
        "ne",
        "or",
        "org",
        "plc",
    )
)


class AllowedNetwork(NamedTuple):
    """A CIDR block; None: on any port."""

    block: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be called.

    `networks`: vouched for by the operator; plain HTTP is allowed there, and any port unless one is named.
    `allow_private`: also vouches for loopback and private networks, never for link-local (cloud metadata) or multicast
    addresses.
    """

    allow_private: bool = False
    networks: tuple[AllowedNetwork, ...] = ()

    def vouches_for(self, address: str, port: int) -> bool:
        ip = _unwrapped(address)
        here = (each for each in self.networks if each.port in (None, port))
        if any(ip in ipaddress.ip_network(each.block, strict=False) for each in here):
            return True
        if ip.is_link_local or ip.is_multicast or ip.is_unspecified or not self.allow_private:
            return False
        return ip.is_loopback or not is_public(str(ip))

    @property
    def vouches(self) -> bool:
        """Whether there is any network where plain HTTP is allowed."""
        return self.allow_private or bool(self.networks)

    def admit(self, addresses: Sequence[str], *, scheme: str, host: str, port: int) -> None:
        """Raises AddressRefused: one of the addresses that `host` resolves to may not be called."""
        if all(self.vouches_for(address, port) for address in addresses):
            return
        if not all(is_public(address) or self.vouches_for(address, port) for address in addresses):
            raise AddressRefused(f"{host} leads to an address that is not public")
        if scheme != "https":
            raise AddressRefused(f"{host} is on the internet: only https is used there")
        if port not in PORTS:
            raise AddressRefused(f"port {port} is none that calendars are served on")


def is_public(address: str) -> bool:
    """Whether the address is one of the public internet.

    `is_global` is not enough: it lets multicast and site-local addresses (RFC 3879) through, and 6to4, NAT64,
    IPv4-compatible and IPv4-translated ones, which can carry a private one.
    """
    ip = _unwrapped(address)
    site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not ip.is_multicast and not site_local and not _carries_another(ip)


def look_up(host: str, port: int, *, timeout_s: float) -> list[str]:
    """The addresses of `host`, IPv4 first. An address literal is returned as it is.

    The system's resolver has no deadline, so it runs in a thread of its own.
    """
    try:
        return _addresses(host, port, flags=socket.AI_NUMERICHOST)
    except OSError:
        return _looked_up(host, port, timeout_s=timeout_s)


def _looked_up(host: str, port: int, *, timeout_s: float) -> list[str]:
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_resolve, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=max(timeout_s, 0.0))
    except queue.Empty as error:
        raise Unavailable(f"the name {host} was not resolved in time") from error
    if isinstance(answer, OSError):
        raise UnknownName(f"the name {host} is not known") from answer
    return answer


def same_site(host: str, other: str) -> bool:
    """Whether two hosts are under one registrable domain. Errs towards no: an unlisted suffix needs equal hosts."""
    host, other = host.lower().rstrip("."), other.lower().rstrip(".")
    if host == other:
        return True
    domain = _registrable(host)
    return domain is not None and domain == _registrable(other)


def _unwrapped(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def _carries_another(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv4Address):
        return False
    return ip.sixtofour is not None or ip.teredo is not None or any(ip in network for network in _CARRY_IPV4)


def _resolve(host: str, port: int, answers: "queue.SimpleQueue[list[str] | OSError]") -> None:
    try:
        answers.put(_addresses(host, port))
    except OSError as error:
        answers.put(error)


def _addresses(host: str, port: int, *, flags: int = 0) -> list[str]:
    """Raises OSError: there are none."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)}
    except UnicodeError as error:
        raise OSError("not a host name") from error
    return sorted(found, key=lambda address: (":" in address, address))


def _registrable(host: str) -> str | None:
    """The last two labels, three below a shared second level (`co.uk`); None for an address or a single label."""
    labels = host.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in host:
        return None
    shared = len(labels[-1]) == 2 and labels[-2] in _SHARED_LEVELS
    if shared and len(labels) < 3:
        return None
    return ".".join(labels[-3:] if shared else labels[-2:])
