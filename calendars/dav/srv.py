"""A domain's calendar server by DNS (RFC 6764)."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

LIFETIME_S = 5.0


@dataclass(frozen=True, slots=True, order=True)
class Service:
    """An SRV record (RFC 2782). Lower `priority` first, then higher `weight`."""

    priority: int
    weight: int
    host: str
    port: int


class Resolver(Protocol):
    """DNS look-ups; both return nothing where there is no such record, or no answer."""

    def services(self, name: str) -> Sequence[Service]: ...
    def texts(self, name: str) -> Sequence[str]: ...


class SystemResolver:
    """Asks the name servers configured on this machine."""

    def services(self, name: str) -> list[Service]:
        records = _records(name, "SRV")
        found = [Service(each.priority, each.weight, str(each.target).rstrip("."), each.port) for each in records]
        return [each for each in found if each.host]  # "." means: no such service

    def texts(self, name: str) -> list[str]:
        return [b"".join(each.strings).decode("utf-8", "replace") for each in _records(name, "TXT")]


def _records(name: str, kind: str) -> list[Any]:
    dns: Any = import_module("dns.resolver")  # imported with the first look-up, which reading calendars never needs
    try:
        return list(dns.resolve(name, kind, lifetime=LIFETIME_S, search=False))
    except (dns.dns.exception.DNSException, OSError, UnicodeError):
        return []
