"""What applies to every request and response: headers, hosts, origins, networks.

Cross-site requests are refused by what browsers say about themselves (Sec-Fetch-Site, else Origin). A client that sends
neither acts for itself only, as long as it has no session; with one it is refused.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...config.notation import is_loopback
from ...config.settings import Settings
from ...domain.networks import Networks, is_in, network_of

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {ancestors}; "
    "require-trusted-types-for 'script'"
)


def policy(*, framed_by: Sequence[str] = ()) -> str:
    """The content security policy of a page. `framed_by`: origins that may embed it."""
    return _POLICY.format(ancestors=" ".join(framed_by) or "'none'")


MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"


def policy_with_frame() -> str:
    """The policy of a page that shows another one of ours inside."""
    return f"{policy()}; frame-src 'self'"


ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
# Pages behind mailed links, waiting pages and filled-in forms: not cached, not indexed, no referrer.
PRIVATE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "same-origin",  # not no-referrer, with which browsers send `Origin: null` with forms
}
SESSION_COOKIES = frozenset({"__Host-sid", "__Secure-sid", "sid"})
_STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # requested by address, not by host name
_HALF_READ = frozenset({400, 408})  # responses after which the rest of the request is not read
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,300}")
_DEFAULT_PORTS = {"http": 80, "https": 443}

Refuse = Callable[[Request, int], Response]
Answered = Callable[[str, int], None]


class Guard:
    """The gate in front of all routes. `refuse`: makes the response of a refused request by status.

    `answered`: is told method and status of every response.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, refuse: Refuse, answered: Answered) -> None:
        self._app, self._settings, self._refuse, self._answered = app, settings, refuse, answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        number = secrets.token_hex(6)
        scope.setdefault("state", {})["id"] = number
        scope["root_path"] = self._settings.root_path

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(scope["method"], message["status"])
                self._add_headers(MutableHeaders(scope=message), number)
                if message["status"] in _HALF_READ:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        status = self._against(scope)
        answer = self._app if status is None else await run_in_threadpool(self._refuse, Request(scope), status)
        await answer(scope, receive, send_guarded)

    def _against(self, scope: Scope) -> int | None:
        """The status with which a request is refused; None where it passes."""
        headers, base_url = Headers(scope=scope), self._settings.base_url
        path = scope["path"].removeprefix(self._settings.root_path)
        host = headers.get("host", "")
        if "content-length" in headers and "transfer-encoding" in headers:
            return 400  # RFC 9112 §6.1: a proxy may read it as two requests
        if _CONTROL.search(path):
            return 404
        if _CONTROL.search(unquote(scope["query_string"].decode("latin-1"))):
            return 400
        if path not in _PROBES and not known_host(host, base_url=base_url):
            return 421 if host else 400
        if scope["method"] not in _SAFE and not own_origin(headers, host=host, base_url=base_url):
            return 403
        return None

    def _add_headers(self, headers: MutableHeaders, number: str) -> None:
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        headers.setdefault("X-Request-Id", number)
        if (self._settings.base_url or "").startswith("https:"):
            headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)


def known_host(host: str, *, base_url: str | None) -> bool:
    """Whether a Host header names this service, as `base_url` does; links are made from that.

    On loopback addresses each of their names and any port are accepted, as ports are forwarded into containers.
    """
    named = _split(f"//{host}") if _HOST.fullmatch(host) else None
    if named is None or not named[0]:
        return False
    public = _split(base_url) if base_url else None
    if public is None or is_loopback(public[0]):
        return is_loopback(named[0])
    default = _DEFAULT_PORTS[urlsplit(base_url or "").scheme]
    return (named[0], named[1] or default) == (public[0], public[1] or default)


def own_origin(headers: Headers, *, host: str, base_url: str | None) -> bool:
    """Whether a request that changes something comes from a page of ours, or from no page at all."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return not _has_session(headers)
    scheme = urlsplit(base_url or "http://localhost").scheme
    own = f"{scheme}://{host}"  # the Host header is already known to be ours
    return _normal(origin) == _normal(own)


def _has_session(headers: Headers) -> bool:
    """Whether the browser sends a session: then it must say where the request comes from."""
    names = {pair.partition("=")[0].strip() for line in headers.getlist("cookie") for pair in line.split(";")}
    return not SESSION_COOKIES.isdisjoint(names)


def network(scope: Scope, headers: Headers, trusted: Networks) -> str:
    """The network of a request, for limits: an IPv4 address or an IPv6 /64.

    X-Forwarded-For is read from the right, as far as the proxies that added to it are trusted.
    """
    client = scope.get("client")
    written = ",".join(headers.getlist("x-forwarded-for"))  # some proxies add a line of their own
    hops = [_without_port(hop.strip()) for hop in written.split(",") if hop.strip()]
    address = client[0] if client else ""
    while hops and is_in(address, trusted):
        address = hops.pop()
    return network_of(address)


def _without_port(hop: str) -> str:
    """Some proxies add the port: 192.0.2.1:4711, [2001:db8::1]:4711."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _normal(origin: str) -> tuple[str, str, int | None] | None:
    parts = _split(origin)
    scheme = urlsplit(origin).scheme if parts else ""
    return (scheme, parts[0], parts[1] or _DEFAULT_PORTS.get(scheme)) if parts and scheme else None


def _split(url: str) -> tuple[str, int | None] | None:
    """Lower-case host name without a final dot, and port; None for what is neither."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
