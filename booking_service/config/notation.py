"""The notation of durations, rates and addresses in settings: parsed into values, and formatted again.

Each reader takes a value from a file, an environment variable or code. Raises ValueError, with a sentence for the
operator.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple, Never
from urllib.parse import SplitResult, urlsplit

from ..domain.people import is_mail_address

_UNITS = {"s": 1, "min": 60, "h": 3600, "day": 86400}
_SPELLINGS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "min"),
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "day"),
}
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_PARTS = re.compile(rf"(?:\s*{_NUMBER}\s*[a-z]+)+\s*", re.IGNORECASE)
_PART = re.compile(rf"({_NUMBER})\s*([a-z]+)", re.IGNORECASE)
# ISO 8601 durations of fixed length: no years or months.
_ISO = re.compile(rf"P(?:({_NUMBER})D)?(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?")
_RATE = re.compile(r"([0-9]{1,9})\s*(?:/|per)\s*(.+)", re.IGNORECASE)
# An IPv6 network with a port is recognised by its brackets, with the prefix length in or after them.
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.]+(?:/[0-9]{1,3})?)\](/[0-9]{1,3})?(?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([0-9.]+)(/[0-9.]+)?:([0-9]{1,5})")
_NETWORK_EXAMPLES = "write networks like `10.0.0.0/8` or `::1`, with a port like `127.0.0.1:5232` or `[fd00::/8]:443`"
_OFF = ("", "off", "none")
_NO_ADDRESS = "this is not an address that can be used: brackets hold an IPv6 address, a port is at most 65535"
_DURATION_EXAMPLES = "write a duration like `15 min`, `1 h 30 min`, `90` (seconds) or `PT15M`"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` within any stretch of `per`."""

    count: int
    per: timedelta

    def __str__(self) -> str:
        number, _, unit = show_duration(self.per).partition(" ")
        return f"{self.count} per {unit if number == '1' and ' ' not in unit else f'{number} {unit}'}"


@dataclass(frozen=True, slots=True)
class Left:
    """How many uses of a rate are left, and until when the oldest one counts."""

    rate: Rate
    count: int
    until: datetime


class NetworkAndPort(NamedTuple):
    """A network in which servers may be called, on one port or any (None)."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    def __str__(self) -> str:
        if self.port is None:
            return str(self.network)
        brackets = isinstance(self.network, IPv6Network)
        return f"[{self.network}]:{self.port}" if brackets else f"{self.network}:{self.port}"


class Listen(NamedTuple):
    """Where a server listens: a host name or IP address (IPv6 without brackets) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_duration(value: object) -> timedelta:
    """`15 min`, `1 h 30 min`, `90` (seconds), `PT15M` (ISO 8601), a number of seconds, or a timedelta."""
    match value:
        case timedelta():
            return value
        case int() | float() if not isinstance(value, bool) and 0 <= value < 1e9:
            return timedelta(seconds=value)
        case str() if (seconds := _seconds(value.strip())) is not None:
            return timedelta(seconds=seconds)
        case _:
            raise ValueError(_DURATION_EXAMPLES)


def show_duration(value: timedelta) -> str:
    """The shortest spelling that `read_duration` reads: `15 min`, `1 h 30 min`, `0 s`."""
    rest = value.total_seconds()
    shown = []
    for unit, size in reversed(_UNITS.items()):
        count, rest = divmod(rest, size) if unit != "s" else (round(rest, 6), 0)
        if count:
            shown.append(f"{count:g} {unit}s" if unit == "day" and count != 1 else f"{count:g} {unit}")
    return " ".join(shown) or "0 s"


def read_rates(value: object) -> tuple[Rate, ...]:
    """`3 per 10 min, 10 per day` (also with `/`), a list of such, or `off`; all of them apply."""
    if isinstance(value, str) and value.strip().lower() in _OFF:
        return ()
    return tuple(_read_rate(part) for part in _listed(value))


def show_rates(rates: Iterable[Rate]) -> str:
    return ", ".join(str(rate) for rate in rates) or "off"


def split_list(value: object) -> object:
    """An environment variable's `a, b` as a list; other values unchanged."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def read_listen(value: object) -> Listen:
    """`127.0.0.1:8000`, `[::1]:8000`, or only a port (on loopback)."""
    if isinstance(value, Listen):
        return value
    text = f"127.0.0.1:{value}" if isinstance(value, int) or str(value).isdecimal() else str(value)
    matched = re.fullmatch(r"(?:\[([0-9a-fA-F:.%]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})", text)
    if matched is None or int(matched[3]) > 65535:
        raise ValueError("write an address and port like `127.0.0.1:8000` or `[::1]:8000`")
    return Listen(matched[1] or matched[2], int(matched[3]))


def read_dns_server(value: object) -> Listen | None:
    """`192.0.2.53`, `192.0.2.53:53`, `[2001:db8::53]:53`: the address of a server, by default at port 53."""
    if value is None or isinstance(value, Listen):
        return value
    text = str(value)
    try:
        return Listen(str(ip_address(text.strip("[]"))), 53)
    except ValueError:
        pass
    try:
        named = read_listen(text)
        return Listen(str(ip_address(named.host)), named.port)
    except ValueError:
        raise ValueError("write the address of a DNS server like `192.0.2.53` or `[2001:db8::53]:53`") from None


def read_networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    """`10.0.0.0/8, ::1`: addresses and networks, separated by commas or as a list. IPv4-mapped IPv6 becomes IPv4."""
    return tuple(_read_network(part) if isinstance(part, str) else _refuse_network() for part in _listed(value))


def read_mail_address(value: str) -> str:
    """One bare ASCII address; whether it exists is for the mail server to say."""
    if not is_mail_address(value):
        raise ValueError("write one bare address like `bookings@example.org`")
    return value


def read_root_path(value: str) -> str:
    """The path below which the service lives, such as `/book`; empty for the whole host."""
    path = value.rstrip("/")
    if not re.fullmatch(r"(?:/[\w.~-]+)*", path, re.ASCII):
        raise ValueError("write a path like `/book`")
    return path


def split_address(value: str) -> SplitResult:
    """The parts of a web address. Raises ValueError: its host or port can't be told (RFC 3986 §3.2)."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValueError(_NO_ADDRESS) from error
    if not parts.netloc.isprintable() or " " in parts.netloc:
        raise ValueError(_NO_ADDRESS)
    return parts


def read_base_url(value: str) -> str:
    """The public address without a trailing slash: https, or http on loopback; no user, query or fragment."""
    parts = split_address(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write the whole public address, like `https://book.example.org`")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("only scheme, host, port and path belong here")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http:// is accepted on this machine's own addresses only)")
    return value.strip().rstrip("/")


def read_issuer(value: str) -> str:
    """An identity provider's issuer identifier (OpenID Connect Discovery 1.0 §3), verbatim.

    https, or http on loopback; no user, query or fragment.
    """
    read_base_url(value)
    return value.strip()


def read_collector(value: str) -> str:
    """The collector's address: https, or http for explicitly allowed private networks; no user."""
    parts = split_address(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("write the whole address, like `https://collector.example.org/v1/traces`")
    return value.strip()


def read_domain(value: str) -> str:
    """The part after the @ of a mail address, in lower case."""
    domain = value.strip().lower().removeprefix("@")
    if not is_mail_address(f"somebody@{domain}"):
        raise ValueError("write domains of mail addresses, like `example.org`")
    return domain


def read_database_url(value: str) -> str:
    """`sqlite:///path` or `postgresql://…`, the latter with its driver added."""
    scheme, separator, rest = value.strip().partition("://")
    if not separator or not rest.strip("/"):
        raise ValueError("write `sqlite:///path/to/booking.db` or `postgresql://user:password@host/name`")
    if scheme == "sqlite":
        return f"{scheme}://{rest}"
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    raise ValueError("the database is either sqlite:/// or postgresql://")


def read_networks_and_ports(value: object) -> tuple[NetworkAndPort, ...]:
    """As `read_networks`, with optional ports: `127.0.0.1:5232, 10.0.0.0/8, [fd00::/8]:443, [::1]:5232`."""
    return tuple(each if isinstance(each, NetworkAndPort) else _read_network_and_port(each) for each in _listed(value))


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address is always this machine (RFC 6761 §6.3 for `localhost`)."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _read_network(text: str) -> IPv4Network | IPv6Network:
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        return network if mapped is None else IPv4Network((mapped, network.prefixlen - 96))
    return network


def _read_network_and_port(value: object) -> NetworkAndPort:
    text = value if isinstance(value, str) else ""
    matched = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    try:
        network = _read_network(matched[1] + (matched[2] or "") if matched else text)
    except ValueError as error:
        raise ValueError(_NETWORK_EXAMPLES) from error
    port = int(matched[3]) if matched and matched[3] else None
    if port is not None and not 0 < port <= 65535:
        raise ValueError("a port is between 1 and 65535")
    return NetworkAndPort(network, port)


def _refuse_network() -> Never:
    raise ValueError("write networks like `10.0.0.0/8` or `::1`")


def _seconds(text: str) -> float | None:
    if re.fullmatch(_NUMBER, text):
        return float(text)
    if (iso := _ISO.fullmatch(text)) and any(iso.groups()):
        return sum(float(part or 0) * size for part, size in zip(iso.groups(), (86400, 3600, 60, 1), strict=True))
    if not _PARTS.fullmatch(text):
        return None
    parts = [(float(number), _SPELLINGS.get(unit.lower())) for number, unit in _PART.findall(text)]
    return (
        None if any(unit is None for _, unit in parts) else sum(number * _UNITS[unit] for number, unit in parts if unit)
    )


def _listed(value: object) -> list[object]:
    match value:
        case str():
            return [part.strip() for part in value.split(",") if part.strip()]
        case Rate():
            return [value]
        case list() | tuple():
            return list(value)
        case _:
            return [value]


def _read_rate(value: object) -> Rate:
    if isinstance(value, Rate):
        return value
    matched = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is None or int(matched[1]) == 0:
        raise ValueError("write a limit like `3 per 10 min, 10 per day`, or `off`")
    length = matched[2] if matched[2][0].isdigit() else f"1 {matched[2]}"
    if not (per := read_duration(length)):
        raise ValueError("a limit needs a stretch of time longer than nothing")
    return Rate(int(matched[1]), per)
