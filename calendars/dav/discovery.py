"""From what a person types to their calendars (RFC 6764, RFC 4791 §6.2): a mail address, a domain, any URL of the
server.

Each step is yielded as it succeeds, so that a page or command can show the progress; a failed step is followed by its
error. Only a server that sends `DAV` and knows who is signed in counts as found.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from ..errors import (
    AddressRefused,
    Busy,
    CalendarError,
    CertificateInvalid,
    Forbidden,
    Malformed,
    NoCalendar,
    NoEncryption,
    NotDav,
    Redirected,
    Refused,
    Unavailable,
    UnknownDomain,
    explain,
)
from .account import DavAccount, FoundCalendar
from .addresses import Reach, is_public, look_up, same_site
from .client import Connection
from .session import CONNECT_S
from .srv import Resolver, SystemResolver
from .urls import joined, split

WELL_KNOWN = "/.well-known/caldav"
MAX_REDIRECTS = 3

# Where servers without a well-known address lie: Nextcloud, SOGo, DAViCal, Baïkal, Cyrus and others.
BASE_PATHS = ("/remote.php/dav/", "/SOGo/dav/", "/caldav.php/", "/dav.php/", "/dav/", "/caldav/")


@dataclass(frozen=True, slots=True)
class DiscoveryStep:
    """One thing that was tried, and the result as a sentence to be translated, with its values.

    `cause`: of a failed step, the request and the error's text.
    """

    name: str
    ok: bool
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""

    @property
    def detail(self) -> str:
        """The whole step in English."""
        return self.cause or self.text.format(**self.values)


@dataclass(frozen=True, slots=True)
class Discovered:
    """`account.url` is now the principal's address; `calendars` are those for events, at least one."""

    account: DavAccount
    calendars: tuple[FoundCalendar, ...]


Steps = Generator[DiscoveryStep, None, Discovered]


def discover(account: DavAccount, *, resolver: Resolver | None = None) -> Steps:
    """Find the calendars of `account`, whose `url` is what a person typed: mail address, domain or any URL.

    Yields the steps and returns what was found. Raises CalendarError: UnknownDomain, NotDav, NoCalendar, Refused, or
    another refusal of the server.
    """
    typed = account.url.strip()
    if not account.user and "@" in typed and "://" not in typed:
        account = replace(account, user=typed)
    start = yield from _start(typed, account, resolver or SystemResolver())
    if not _is_readable(start):
        yield DiscoveryStep("address", False, "This is not an address that can be used.")
        raise AddressRefused("this is not an address that can be used")
    account, principal = yield from _site(start, account, is_domain="://" not in typed)
    with closing(Connection(account)) as connection:
        homes = yield from _homes(connection, principal)
        calendars = yield from _calendars(connection, homes)
    return Discovered(account, calendars)


def make_calendar(account: DavAccount, name: str, *, key: str) -> FoundCalendar:
    """Create an empty calendar for events in the account's home; `account.url` is its principal's address.

    `key` becomes part of its address, so that a repeated call creates only one. Raises CalendarError.
    """
    with closing(Connection(account)) as connection:
        home = connection.homes(account.url)[0]
        url = joined(home, f"{home.rstrip('/')}/{key}/")
        connection.make_calendar(url, name)
    return FoundCalendar(url=url, name=name, writable=True, components=frozenset({"VEVENT"}))


def found(steps: Steps) -> Discovered:
    """The outcome of all steps, for callers who don't show them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: Discovered = end.value
            return outcome


def _start(typed: str, account: DavAccount, resolver: Resolver) -> Generator[DiscoveryStep, None, str]:
    """The URL to start with: what was typed, or what the domain's DNS names."""
    if "://" in typed:
        yield DiscoveryStep("address", True, "We start at {url}.", {"url": typed})
        return typed
    domain, _, path = typed.rpartition("@")[2].partition("/")
    if not domain or any(each.isspace() for each in domain):
        yield DiscoveryStep("address", False, "This is neither an address nor a domain.")
        raise UnknownDomain("neither an address nor a domain")
    if path or ":" in domain:
        url = f"https://{domain}/{path}"
        yield DiscoveryStep("address", True, "We start at {url}.", {"url": url})
        return url
    return (yield from _named_by(domain, account, resolver))


def _is_readable(url: str) -> bool:
    """Whether host and port can be told (RFC 3986 §3.2): brackets hold an IPv6 address, a port is at most 65535."""
    try:
        return bool(split(url).hostname)
    except AddressRefused:
        return False


def _named_by(domain: str, account: DavAccount, resolver: Resolver) -> Generator[DiscoveryStep, None, str]:
    """RFC 6764 §6: the host of SRV and the path in its TXT; without them the domain itself."""
    kinds = [("_caldavs._tcp", "https")]
    if account.allow_private or account.allowed_networks:
        kinds.append(("_caldav._tcp", "http"))
    for label, scheme in kinds:
        services = sorted(resolver.services(f"{label}.{domain}"), key=lambda each: (each.priority, -each.weight))
        if not services:
            continue
        host = services[0].host
        if not same_site(host, domain):
            # A forged DNS answer would name a server here and be sent the password (RFC 6764 §8).
            yield DiscoveryStep(
                "dns",
                False,
                "{domain} names {host}, which is another domain: enter https://{host} to use it.",
                {"domain": domain, "host": host},
            )
            raise AddressRefused(f"{domain} names {host} as its calendar server: enter https://{host} to use it")
        named = {"domain": domain, "host": host}
        yield DiscoveryStep("dns", True, "{domain} names {host} as its calendar server.", named)
        return f"{scheme}://{host}:{services[0].port}{_path(resolver.texts(f'{label}.{domain}'))}"
    yield DiscoveryStep("dns", True, "{domain} names no calendar server; we ask {domain} itself.", {"domain": domain})
    return f"https://{domain}/"


def _site(
    start: str, account: DavAccount, *, is_domain: bool
) -> Generator[DiscoveryStep, None, tuple[DavAccount, str]]:
    """The first candidate address that knows who is signed in.

    A wrong password, or a server that does not answer, ends the search: its other paths would do no better, and
    providers lock accounts after a few tries.
    """
    for name, url in _candidates(start):
        try:
            at, principal, moves = _asked(url, account)
        except (Refused, AddressRefused, CertificateInvalid, NoEncryption, Busy) as error:
            yield _failed(name, error)
            raise
        except CalendarError as error:
            yield _failed(name, error, url=url)
            if isinstance(error, Unavailable) and not isinstance(error, Malformed):
                raise
            continue
        if moves:
            yield DiscoveryStep(name, True, "A server answers at {url}, to which another address leads.", {"url": at})
        else:
            yield DiscoveryStep(name, True, "A server answers at {url}.", {"url": at})
        yield DiscoveryStep("principal", True, "The user name and password are accepted.")
        return replace(account, url=principal), principal
    if is_domain:
        raise UnknownDomain("no calendar server was found for this domain")
    raise NotDav("what answers there is no calendar server")


def _candidates(start: str) -> list[tuple[str, str]]:
    """A typed path is meant; a bare server is asked for its well-known address first (RFC 6764 §5)."""
    parts = urlsplit(start)
    origin = f"{parts.scheme}://{parts.netloc}"
    itself, well_known = ("url", start), ("well-known", origin + WELL_KNOWN)
    first = [itself, well_known] if parts.path.strip("/") else [well_known, itself]
    return [*first, *(("base path", origin + path) for path in BASE_PATHS)]


def _asked(url: str, account: DavAccount) -> tuple[str, str, int]:
    """Where the server answered, the signed-in principal, and the number of redirects."""
    for moves in range(MAX_REDIRECTS + 1):
        with closing(Connection(replace(account, url=url))) as connection:
            try:
                return url, connection.principal(url), moves
            except Redirected as error:
                url = _next(url, error, Reach(account.allow_private, account.allowed_networks))
    raise Redirected("the server redirects without an end")


def _next(url: str, redirected: Redirected, reach: Reach) -> str:
    """The address to follow a redirect to: within the provider, never from https to http, and no other port in a
    private network, where another service may listen for passwords.

    Proxies in front of a plain HTTP server name a location without https and port; then only its path counts, on the
    server that was asked.
    """
    here, there = urlsplit(url), _joined(url, redirected.location or "")
    if there.scheme not in ("http", "https") or not same_site(there.hostname or "", here.hostname or ""):
        raise Redirected(f"the server points to another provider, {there.hostname}: enter its address to use it")
    same_host = there.hostname == here.hostname
    downgraded = here.scheme == "https" and there.scheme == "http"
    if downgraded and not same_host:
        raise Redirected("the server points to an address without encryption")
    if same_host and (downgraded or (there.scheme == here.scheme and there.port is None)):
        there = there._replace(scheme=here.scheme, netloc=here.netloc)
    if _port(there) not in (_port(here), _upgraded(here)) and _is_vouched_for(there, reach):
        raise Redirected(f"the server points to another port, {there.netloc}: enter its address to use it")
    return there.geturl()


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _upgraded(here: SplitResult) -> int | None:
    """The port on which the same server offers TLS."""
    return 443 if _port(here) == 80 else None


def _is_vouched_for(there: SplitResult, reach: Reach) -> bool:
    """Whether it may only be called because the operator vouches for it."""
    if not reach.vouches or there.hostname is None:
        return False
    port = _port(there) or 0
    addresses = look_up(there.hostname, port, timeout_s=CONNECT_S)
    return any(reach.vouches_for(address, port) or not is_public(address) for address in addresses)


def _homes(connection: Connection, principal: str) -> Generator[DiscoveryStep, None, list[str]]:
    """The collections that hold the calendars. Some servers report calendar-access (RFC 4791 §5.1) only there."""
    try:
        homes = connection.homes(principal)
        keeps_calendars = any("calendar-access" in _classes(connection, url) for url in (principal, *homes))
    except CalendarError as error:
        yield _failed("home", error)
        raise
    if not keeps_calendars:
        yield DiscoveryStep(
            "dav", False, "The server keeps files or contacts, but does not say that it keeps calendars."
        )
        raise NotDav("the server does not say that it keeps calendars")
    yield DiscoveryStep("dav", True, "The server keeps calendars.")
    return homes


def _calendars(
    connection: Connection, homes: Sequence[str]
) -> Generator[DiscoveryStep, None, tuple[FoundCalendar, ...]]:
    try:
        every = [calendar for home in homes for calendar in connection.collections(home)]
    except CalendarError as error:
        yield _failed("calendars", error)
        raise
    events = tuple(each for each in every if not each.components or "VEVENT" in each.components)
    if not events:
        yield DiscoveryStep("calendars", False, "The account has no calendar for events yet: make one there first.")
        raise NoCalendar("the account has no calendar for events")
    names = ", ".join(each.name for each in events)
    yield DiscoveryStep("calendars", True, "Calendars found: {names}.", {"names": names})
    return events


def _classes(connection: Connection, url: str) -> frozenset[str]:
    """The server's DAV header at `url`; empty where it does not answer OPTIONS."""
    try:
        return connection.classes(url)
    except (Forbidden, NoCalendar, Malformed, Redirected):
        return frozenset()


def _path(texts: Sequence[str]) -> str:
    named = [text.partition("=")[2] for text in texts if text.lower().startswith("path=")]
    return named[0] if named and named[0].startswith("/") else "/"


def _joined(url: str, location: str) -> SplitResult:
    try:
        return split(joined(url, location))
    except AddressRefused as error:
        raise Redirected("the server points to what is no address") from error


def _failed(name: str, error: CalendarError, *, url: str = "") -> DiscoveryStep:
    """A failed step. `url`: what was asked, where there were several."""
    message = str(error)
    cause = f"{message[:1].upper()}{message[1:]}."
    return DiscoveryStep(name, False, explain(error).sentence, cause=f"{url}: {cause}" if url else cause)
