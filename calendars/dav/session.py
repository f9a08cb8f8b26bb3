"""The transport of every calendar request. Raises CalendarError.

No redirects, proxies, netrc or cookies; one deadline and one size limit for each whole response; addresses checked and
pinned; credentials for the account's own server only. Without cookies, as Nextcloud takes a request with its session's
cookie for a browser's and asks for a CSRF token.

Requests and responses are httpx2's, for its authentication classes; they are sent by httpcore2 beneath it, as nothing
else of its client is wanted.
"""

import logging
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import httpcore2
import httpx2

from ..errors import (
    AddressRefused,
    CalendarError,
    CertificateInvalid,
    Malformed,
    NoEncryption,
    Redirected,
    TooLarge,
    Unavailable,
)
from .addresses import Reach, look_up, same_site
from .credentials import Credentials, authentication

MAX_CONNECTIONS = 4  # Cyrus keeps a process for each connection
MAX_BYTES = 20_000_000
MAX_HEADERS = 50
CONNECT_S = 5.0
KEPT_IDLE_S = 15.0

# httpcore2 writes request headers, including Authorization, into its debug log.
for _name in ("httpcore2", "httpx2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


# Entered with the method of each request, left when the response was read; is told the status.
Watch = Callable[[str], AbstractContextManager[Callable[[int], None]]]


@contextmanager
def unwatched(_method: str) -> Iterator[Callable[[int], None]]:
    yield lambda _status: None


class GuardedSession:
    """Exchanges with one server on at most four connections; safe to share among threads."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        reach: Reach,
        deadline_s: float = 20.0,
        max_bytes: int = MAX_BYTES,
        watch: Watch = unwatched,
    ) -> None:
        self._base = _parsed(base_url)
        self._reach, self._deadline_s, self._max_bytes = reach, deadline_s, max_bytes
        self._watch = watch
        self._auth, self._auth_lock = authentication(credentials), threading.Lock()
        self._exchange = _Exchange()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=MAX_CONNECTIONS,
            keepalive_expiry=KEPT_IDLE_S,
            network_backend=_Backend(self._exchange, self._reach, _origin(self._base)),
        )
        connect_s = min(CONNECT_S, self._deadline_s)
        self._timeouts = dict.fromkeys(("pool", "write", "read"), self._deadline_s) | {"connect": connect_s}

    def exchange(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Send a request and read the whole response, whatever its status. The size counts after decompression."""
        with self._watch(method) as told:
            answer = self._exchanged(method, url, body=body, headers=headers)
            told(answer.status_code)
            return answer

    def _exchanged(self, method: str, url: str, *, body: bytes, headers: Mapping[str, str] | None) -> httpx2.Response:
        target = self._checked(url)
        self._exchange.begin(target.scheme, self._deadline_s)
        try:
            return self._authorised(
                httpx2.Request(method, target, headers={**_SENT, **(headers or {})}, content=body or None)
            )
        except httpcore2.TimeoutException as error:
            raise Unavailable("the server did not finish its answer in time") from error
        except httpcore2.ProtocolError as error:
            raise _protocol_error(error) from error
        except httpcore2.NetworkError as error:
            raise Unavailable("the server could not be reached") from error

    def request(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """As `exchange`. Raises Redirected: the response points elsewhere, so nothing was done there."""
        answer = self.exchange(method, url, body=body, headers=headers)
        if 300 <= answer.status_code < 400:
            location = answer.headers.get("location")
            raise Redirected(f"{method} was answered {answer.status_code}", location=location)
        return answer

    def close(self) -> None:
        self._pool.close()

    def _checked(self, url: str) -> httpx2.URL:
        """The URL, if credentials may go there: the account's own server, or one of the same provider over TLS
        (iCloud's partitions)."""
        target = _parsed(url)
        if target.scheme == "http" and not self._reach.vouches:
            raise AddressRefused("only https is used")
        if _origin(target) == _origin(self._base):
            return target
        if target.scheme == "https" and same_site(target.host, self._base.host):
            return target
        raise AddressRefused(f"{target.host} is another server than the account's")

    def _authorised(self, request: httpx2.Request) -> httpx2.Response:
        """Follow the authentication flow (Digest answers a challenge, RFC 7616 §3.3)."""
        flow = self._auth.auth_flow(request)
        with self._auth_lock:
            request = next(flow)
        while True:
            answer = self._answered(request)
            try:
                with self._auth_lock:
                    request = flow.send(answer)
            except StopIteration:
                return answer
            except (httpx2.ProtocolError, NotImplementedError, ValueError) as error:
                raise Malformed("the server asks for a sign-in that is not understood") from error

    def _answered(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._started(request)
        try:
            if len(answer.headers) > MAX_HEADERS:
                raise Malformed("the server sent more headers than any calendar needs")
            headers = httpx2.Headers(answer.headers)
            content = self._content(answer, headers.get("content-encoding", ""))
        finally:
            answer.close()
        for name in _OF_THE_WIRE:
            headers.pop(name, None)
        return httpx2.Response(answer.status, headers=headers, content=content, request=request)

    def _started(self, request: httpx2.Request) -> httpcore2.Response:
        """Send a request and read the headers, again on another connection where a kept one turns out to be closed.

        The server may close those at any moment (RFC 9112 §9.3.1); SOGo does after each error. A write that was carried
        out all the same then meets its own effect, a Precondition or nothing to delete, after which its caller reads.
        On a new connection nothing is sent twice.
        """
        while True:
            self._exchange.connected = False
            try:
                return self._pool.handle_request(self._sent(request))
            except (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError) as error:
                if self._exchange.connected or not _cut_off(error):
                    raise

    def _sent(self, request: httpx2.Request) -> httpcore2.Request:
        url = request.url
        return httpcore2.Request(
            request.method,
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.content,
            extensions={"timeout": self._timeouts},
        )

    def _content(self, answer: httpcore2.Response, encoding: str) -> bytes:
        packing = _packing(encoding)
        content = bytearray()
        for piece in answer.iter_stream():
            content += packing.unpack(piece, self._max_bytes - len(content) + 1)
            if len(content) > self._max_bytes:
                raise TooLarge(f"the server answered more than {self._max_bytes} bytes")
        if not packing.whole:
            raise Malformed("the server's packed answer ends too early")
        return bytes(content)


_SENT = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "keep-alive"}  # unless set otherwise
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


class _Exchange(threading.local):
    """State of this thread's exchange: its deadline (monotonic seconds), the scheme, and whether it opened a
    connection."""

    scheme: str = "https"
    connected: bool = False
    ends: float = float("inf")

    def begin(self, scheme: str, deadline_s: float) -> None:
        self.scheme, self.ends = scheme, time.monotonic() + deadline_s

    def left(self, timeout: float | None) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Unavailable("the server did not finish its answer in time")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes all count against the exchange's deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, exchange: _Exchange) -> None:
        self._inner, self._exchange = inner, exchange

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._exchange.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._exchange.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, self._exchange.left(timeout))
        except httpcore2.ConnectError as error:
            match error.__cause__ or error.__context__:
                case ssl.SSLCertVerificationError():
                    raise CertificateInvalid("the server's certificate is not accepted") from error
                case ssl.SSLEOFError():  # the line was cut off
                    raise
                case ssl.SSLError():
                    raise NoEncryption("the server speaks no TLS that is accepted") from error
                case _:
                    raise
        return _Stream(inner, self._exchange)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Resolves once, checks every address, connects to a checked one: there is no second look-up that could be
    rebound."""

    def __init__(self, exchange: _Exchange, reach: Reach, base: tuple[str, str, int]) -> None:
        self._inner, self._exchange, self._reach = httpcore2.SyncBackend(), exchange, reach
        _, self._host, self._port = base

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = look_up(host, port, timeout_s=self._exchange.left(timeout))
        self._reach.admit(addresses, scheme=self._exchange.scheme, host=host, port=port)
        # On a machine that the operator vouches for, another port may be another service, with the same certificate.
        other_port = host == self._host and port not in (self._port, 443 if self._port == 80 else self._port)
        if other_port and any(self._reach.vouches_for(address, port) for address in addresses):
            raise AddressRefused(f"port {port} of {host} is another server than the account's")
        for address in addresses[:-1]:
            try:
                return self._connected(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue  # IPv6 without a route, or one of several servers is down
        return self._connected(addresses[-1], port, timeout, local_address, socket_options)

    def _connected(
        self,
        address: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.NetworkStream:
        left = self._exchange.left(timeout)
        self._exchange.connected = True
        return _Stream(self._inner.connect_tcp(address, port, left, local_address, socket_options), self._exchange)


def _parsed(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise AddressRefused("that is not an address") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise AddressRefused("only http and https addresses lead to calendars")
    if "%" in parsed.host:  # a blank or another forbidden character
        raise AddressRefused("that is not a server's name")
    if parsed.userinfo:
        raise AddressRefused("the address may not carry a user name or password")
    return parsed


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _cut_off(error: Exception) -> bool:
    return not isinstance(error, httpcore2.RemoteProtocolError) or "disconnected" in str(error).lower()


def _protocol_error(error: httpcore2.ProtocolError) -> CalendarError:
    if _cut_off(error):
        return Unavailable("the server closed the connection without an answer")
    return Malformed("the server's answer is not whole, or not HTTP")


class _Packing(Protocol):
    @property
    def whole(self) -> bool: ...

    def unpack(self, piece: bytes, room: int) -> bytes:
        """At most `room` bytes of what `piece` decompresses to, so a bomb is never unpacked beyond the limit."""


class _Plain:
    whole = True

    def unpack(self, piece: bytes, room: int) -> bytes:
        return piece


class _Packed:
    """gzip or deflate (RFC 9110 §8.4.1), told apart by their first bytes."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    @property
    def whole(self) -> bool:
        return self._inflate.eof

    def unpack(self, piece: bytes, room: int) -> bytes:
        try:
            return self._inflate.decompress(piece, room)
        except zlib.error as error:
            raise Malformed("the server's packed answer can't be unpacked") from error


def _packing(encoding: str) -> _Packing:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Packed()
        case _:
            raise Malformed("the server packed its answer in a way that was not asked for")
