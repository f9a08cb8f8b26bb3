"""The DNS records of the domain that our mails come from: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).

One DNS server is asked for TXT records of that domain, nothing else. Whether SPF includes the mail server of the
settings is not checked: only its provider knows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import ip_address
from time import monotonic

import dns.exception
import dns.resolver

from ..domain.sentences import Sentence

WITHIN_S = 3.0  # for all queries together
# Reserved names (RFC 2606, RFC 6761), about which nobody should be asked.
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
    """`what`: SPF, DKIM or DMARC."""

    what: str
    state: RecordState
    sentence: Sentence


class _NoAnswer(Exception):
    """The DNS server gave no usable answer."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.text)
        self.why = why


def is_reserved(domain: str) -> bool:
    """Whether the domain is for examples or private networks, so that there is nothing to ask. True for an address as
    well."""
    try:
        ip_address(domain.strip("[]"))
    except ValueError:
        return any(domain == each or domain.endswith(f".{each}") for each in _RESERVED) or "." not in domain
    return True


def records_of(domain: str, *, selector: str | None, server: tuple[str, int] | None) -> Iterator[Record]:
    """Ask `server`, or the machine's resolver. Raises nothing: what can't be found out is UNKNOWN."""
    ask = _Questions(server)
    yield _read("SPF", domain, lambda: _spf(domain, ask.texts(domain)))
    if selector is None:
        unset = Sentence("DKIM of {domain} can't be looked up, because smtp.dkim_selector is not set.", domain=domain)
        yield Record("DKIM", RecordState.UNKNOWN, unset)
    else:
        yield _read("DKIM", domain, lambda: _dkim(domain, ask.texts(f"{selector}._domainkey.{domain}"), selector))
    yield _read("DMARC", domain, lambda: _dmarc(domain, ask))


class _Questions:
    def __init__(self, server: tuple[str, int] | None) -> None:
        self._server, self._ends = server, monotonic() + WITHIN_S

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, each joined; none where the name does not exist. Raises _NoAnswer."""
        left = self._ends - monotonic()
        if left <= 0:
            raise _NoAnswer(Sentence("the DNS took too long"))
        try:
            found = self._resolver().resolve(name, "TXT", lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError) as error:
            raise _NoAnswer(Sentence("the DNS gave no answer ({error})", error=type(error).__name__)) from error
        return [b"".join(each.strings).decode("utf-8", "replace") for each in found]

    def _resolver(self) -> dns.resolver.Resolver:
        if self._server is None:
            return dns.resolver.Resolver()
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = [self._server[0]], self._server[1]
        return made


def _read(what: str, domain: str, find: Callable[[], Record]) -> Record:
    try:
        return find()
    except _NoAnswer as error:
        unknown = Sentence("{what} of {domain} can't be looked up: {why}.", what=what, domain=domain, why=error.why)
        return Record(what, RecordState.UNKNOWN, unknown)


def _spf(domain: str, texts: Sequence[str]) -> Record:
    found = [each for each in texts if each.lower() == "v=spf1" or each.lower().startswith("v=spf1 ")]
    if not found:
        missing = Sentence(
            "SPF of {domain} is missing, so receivers can't tell which servers may send for it.", domain=domain
        )
        return Record("SPF", RecordState.MISSING, missing)
    if len(found) > 1:
        many = Sentence(
            "SPF of {domain} is published {times} times, and receivers then ignore all of it (RFC 7208 §4.5).",
            domain=domain,
            times=len(found),
        )
        return Record("SPF", RecordState.DOUBTFUL, many)
    terms = found[0].lower().split()
    if {"all", "+all"} & set(terms):
        open_to_all = Sentence("SPF of {domain} lets any server in the world send for it (+all).", domain=domain)
        return Record("SPF", RecordState.DOUBTFUL, open_to_all)
    if not any(term.lstrip("?~-") == "all" or term.startswith("redirect=") for term in terms):
        toothless = Sentence("SPF of {domain} forbids nobody, because it does not end in ~all or -all.", domain=domain)
        return Record("SPF", RecordState.DOUBTFUL, toothless)
    return Record("SPF", RecordState.FOUND, Sentence("SPF of {domain} is there.", domain=domain))


def _dkim(domain: str, texts: Sequence[str], selector: str) -> Record:
    named: dict[str, object] = {"domain": domain, "selector": selector}
    keys = [tags for each in texts if "p" in (tags := _tags(each)) and tags.get("v", "DKIM1") == "DKIM1"]
    if not keys:
        missing = Sentence(
            "DKIM of {domain} has no key under the selector {selector}, so signatures can't be checked.", **named
        )
        return Record("DKIM", RecordState.MISSING, missing)
    if not keys[0]["p"]:
        withdrawn = Sentence(
            "The DKIM key of {domain} under the selector {selector} was withdrawn: its p= is empty.", **named
        )
        return Record("DKIM", RecordState.DOUBTFUL, withdrawn)
    there = Sentence("DKIM of {domain} has a key under the selector {selector}.", **named)
    return Record("DKIM", RecordState.FOUND, there)


def _dmarc(domain: str, ask: _Questions) -> Record:
    """The record of the domain or of the nearest one above it; never of a top-level domain."""
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        name = ".".join(labels[at:])
        found = [tags for each in ask.texts(f"_dmarc.{name}") if (tags := _tags(each)).get("v") == "DMARC1"]
        if len(found) > 1:
            many = Sentence(
                "DMARC of {domain} is published {times} times at {name}, and receivers then ignore all of it.",
                domain=domain,
                times=len(found),
                name=name,
            )
            return Record("DMARC", RecordState.DOUBTFUL, many)
        if found:
            there = Sentence(
                "DMARC of {domain} is there, at {name}, with the policy {policy}.",
                domain=domain,
                name=name,
                policy=found[0].get("p", "none"),
            )
            return Record("DMARC", RecordState.FOUND, there)
    missing = Sentence("DMARC of {domain} is missing: large providers refuse or hide mail without it.", domain=domain)
    return Record("DMARC", RecordState.MISSING, missing)


def _tags(text: str) -> dict[str, str]:
    """The tags of `v=DMARC1; p=none` by name (RFC 6376 §3.2)."""
    pairs = (each.partition("=") for each in text.split(";") if "=" in each)
    return {name.strip(): value.strip() for name, _, value in pairs}
