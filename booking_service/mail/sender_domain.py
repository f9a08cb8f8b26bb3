"""What the DNS says of the domain that our mails come from: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).

One DNS server is asked for TXT records of that domain and nothing else. Whether the mail server of the settings is among those that
SPF names is its provider's to know.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import ip_address
from time import monotonic

import dns.exception
import dns.resolver

WITHIN_S = 3.0  # for all questions together
# Names that are nobody's (RFC 2606, RFC 6761): asking about them would only bother others.
_RESERVED = (
    "example.com",
    "example.net",
    "example.org",
    "example",
    "invalid",
    "localhost",
    "test",
    "local",
    "internal",
)


class RecordState(Enum):
    FOUND = auto()
    DOUBTFUL = auto()
    MISSING = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Record:
    """`what`: SPF, DKIM or DMARC. `words` go on after it."""

    what: str
    state: RecordState
    words: str


class _NoAnswer(Exception):
    """Nobody can tell what stands there."""


def is_reserved(domain: str) -> bool:
    """Whether the domain is for examples or for one network, so that there is nothing to ask. An address counts too."""
    try:
        ip_address(domain.strip("[]"))
    except ValueError:
        return any(domain == each or domain.endswith(f".{each}") for each in _RESERVED) or "." not in domain
    return True


def records_of(domain: str, *, selector: str | None, server: tuple[str, int] | None) -> Iterator[Record]:
    """Ask `server`, or the one that this machine asks for everything. Never raises: what can't be asked is UNKNOWN."""
    ask = _Questions(server)
    yield _read("SPF", lambda: _spf(ask.texts(domain)))
    if selector is None:
        yield Record("DKIM", RecordState.UNKNOWN, "can't be looked up, as smtp.dkim_selector is not set")
    else:
        yield _read("DKIM", lambda: _dkim(ask.texts(f"{selector}._domainkey.{domain}"), selector))
    yield _read("DMARC", lambda: _dmarc(domain, ask))


class _Questions:
    def __init__(self, server: tuple[str, int] | None) -> None:
        self._server, self._ends = server, monotonic() + WITHIN_S

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each in one piece; none where the name does not exist. Raises _NoAnswer."""
        left = self._ends - monotonic()
        if left <= 0:
            raise _NoAnswer("the DNS took too long")
        try:
            found = self._resolver().resolve(name, "TXT", lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError) as error:
            raise _NoAnswer(f"the DNS did not say ({type(error).__name__})") from error
        return [b"".join(each.strings).decode("utf-8", "replace") for each in found]

    def _resolver(self) -> dns.resolver.Resolver:
        if self._server is None:
            return dns.resolver.Resolver()
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = [self._server[0]], self._server[1]
        return made


def _read(what: str, find: Callable[[], tuple[RecordState, str]]) -> Record:
    try:
        return Record(what, *find())
    except _NoAnswer as error:
        return Record(what, RecordState.UNKNOWN, f"can't be looked up: {error}")


def _spf(texts: Sequence[str]) -> tuple[RecordState, str]:
    found = [each for each in texts if each.lower() == "v=spf1" or each.lower().startswith("v=spf1 ")]
    if not found:
        return RecordState.MISSING, "is missing, so receivers can't tell which servers may send for it"
    if len(found) > 1:
        return (
            RecordState.DOUBTFUL,
            f"stands there {len(found)} times, and receivers then ignore all of it (RFC 7208 §4.5)",
        )
    terms = found[0].lower().split()
    if {"all", "+all"} & set(terms):
        return RecordState.DOUBTFUL, "lets any server of the world send for it (+all)"
    if not any(term.lstrip("?~-") == "all" or term.startswith("redirect=") for term in terms):
        return RecordState.DOUBTFUL, "forbids nobody, as it does not end in ~all or -all"
    return RecordState.FOUND, "is there"


def _dkim(texts: Sequence[str], selector: str) -> tuple[RecordState, str]:
    keys = [tags for each in texts if "p" in (tags := _tags(each)) and tags.get("v", "DKIM1") == "DKIM1"]
    if not keys:
        return RecordState.MISSING, f"has no key under the selector {selector}, so signatures can't be checked"
    if not keys[0]["p"]:
        return RecordState.DOUBTFUL, f"key under the selector {selector} was withdrawn: its p= is empty"
    return RecordState.FOUND, f"has a key under the selector {selector}"


def _dmarc(domain: str, ask: _Questions) -> tuple[RecordState, str]:
    """At the domain, or at the nearest one above it that has one; never at a top-level domain."""
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        name = ".".join(labels[at:])
        found = [tags for each in ask.texts(f"_dmarc.{name}") if (tags := _tags(each)).get("v") == "DMARC1"]
        if len(found) > 1:
            return RecordState.DOUBTFUL, f"stands {len(found)} times at {name}, and receivers then ignore all of it"
        if found:
            policy = found[0].get("p", "none")
            return RecordState.FOUND, f"is there, at {name}, with the policy {policy}"
    return RecordState.MISSING, "is missing: large providers refuse or hide mail without it"


def _tags(text: str) -> dict[str, str]:
    """`v=DMARC1; p=none` by name (RFC 6376 §3.2)."""
    pairs = (each.partition("=") for each in text.split(";") if "=" in each)
    return {name.strip(): value.strip() for name, _, value in pairs}
