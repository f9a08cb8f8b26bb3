"""Servers that do what they are told: raw answers, byte for byte, and a CalDAV front that bends the contract as sabre does."""

import contextlib
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO

from calendars.dav.client import CaldavCalendar, Connection, DavAccount

Answers = Callable[["Request"], Iterable[bytes]]
PASSWORD = "s3cret"
PATH = "/cal/"
IS_CALENDAR = "<d:resourcetype><d:collection/><cal:calendar/></d:resourcetype>"
PATIENT_S = 10.0  # for answers that come at once, on a machine that is busy with other things


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Staged:
    """A running server and what it was asked so far. `stopping` is set when it ends: waits of answers end with it."""

    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    @property
    def methods(self) -> list[str]:
        return [request.method for request in self.requests]


def http(
    status: int,
    body: bytes | str = b"",
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
    keep: bool = False,
) -> bytes:
    """One whole answer. `length` lies about its size; `keep`: the connection stays."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [] if keep else ["Connection: close"]
    lines += [f"Content-Length: {len(content) if length is None else length}", "", ""]
    return "\r\n".join(lines).encode() + content


@contextlib.contextmanager
def staged(answer: Answers, *, tls: ssl.SSLContext | None = None, keep_alive: bool = False) -> Iterator[Staged]:
    """Answers every request with the pieces that `answer` yields. Without `keep_alive` each connection serves one."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Staged(listener.getsockname()[1], "https" if tls else "http")
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                opened.append(connection)
                threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                threads[-1].start()

    def serve(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            connection = tls.wrap_socket(plain, server_side=True) if tls else plain
            with connection, connection.makefile("rb") as stream:
                while (request := _read(stream)) is not None:
                    server.requests.append(request)
                    for piece in answer(request):
                        connection.sendall(piece)
                    if not keep_alive:
                        return

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        server.stopping.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in opened:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (acceptor, *threads):
            thread.join(timeout=10)


@contextlib.contextmanager
def facing(answer: Answers, *, timeout_s: float = PATIENT_S) -> Iterator[tuple[CaldavCalendar, Staged]]:
    """A calendar on a server that answers so."""
    with staged(answer) as server:
        account = DavAccount(url=server.url, user="ada", password=PASSWORD, allow_private=True, timeout_s=timeout_s)
        with contextlib.closing(Connection(account)) as connection:
            yield connection.calendar(PATH), server


def always(answer: bytes) -> Answers:
    """The same answer to everything."""
    return lambda _: [answer]


def digest(inner: Answers, *, algorithm: str = "MD5", user: str = "ada", password: str = PASSWORD) -> Answers:
    """`inner` behind Digest (RFC 7616 §3.4, qop=auth), checked by hand."""
    make = hashlib.md5 if algorithm == "MD5" else hashlib.sha256

    def hashed(text: str) -> str:
        return make(text.encode()).hexdigest()

    def answer(request: Request) -> Iterable[bytes]:
        given = request.headers.get("authorization", "")
        fields = {key: quoted or plain for key, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', given)}
        first, second = hashed(f"{user}:here:{password}"), hashed(f"{request.method}:{request.path}")
        wanted = hashed(f"{first}:n0nce:{fields.get('nc')}:{fields.get('cnonce')}:auth:{second}")
        if given.startswith("Digest ") and fields.get("response") == wanted:
            yield from inner(request)
        else:
            challenge = f'Digest realm="here", nonce="n0nce", qop="auth", algorithm={algorithm}'
            yield http(401, headers={"WWW-Authenticate": challenge})

    return answer


def by_method(**answers: bytes) -> Answers:
    """An answer for each method; others get 405."""
    return lambda request: [answers.get(request.method, http(405))]


def multistatus(*responses: str, token: str = "") -> bytes:
    """A 207 of these `response` elements, in sabre's spelling."""
    sync = f"<d:sync-token>{token}</d:sync-token>" if token else ""
    space = 'xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:s="http://sabredav.org/ns"'
    text = f'<?xml version="1.0"?>\n<d:multistatus {space}>{"".join(responses)}{sync}</d:multistatus>'
    return http(207, text.encode(errors="surrogateescape"), {"Content-Type": "application/xml; charset=utf-8"})


def found(href: str, *props: str) -> str:
    """A `response` with these properties."""
    status = "<d:status>HTTP/1.1 200 OK</d:status>"
    return f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{''.join(props)}</d:prop>{status}</d:propstat></d:response>"


def absent(href: str) -> str:
    """A `response` that says 404 of a resource."""
    return f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"


def dav_error(status: int, name: str, message: str = "", space: str = "urn:ietf:params:xml:ns:caldav") -> bytes:
    """A refusal that names its precondition (RFC 4918 §16)."""
    said = f'<s:message xmlns:s="http://sabredav.org/ns">{message}</s:message>' if message else ""
    condition = f'<x:{name} xmlns:x="{space}"/>' if name else ""
    body = f'<?xml version="1.0"?><d:error xmlns:d="DAV:">{condition}{said}</d:error>'
    return http(status, body, {"Content-Type": "application/xml"})


def _read(stream: BinaryIO) -> Request | None:
    first = stream.readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    while (row := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = row.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(first[0], first[1], headers, body)
