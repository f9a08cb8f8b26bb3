"""Over real connections: who dribbles is cut off, and what could be read as two requests is not read at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic, sleep

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp

from booking_service.domain.consent_file import MOST_OCTETS
from booking_service.domain.roles import Permission, Role
from booking_service.server.slow_clients import Prompt
from booking_service.web.app import application
from booking_service.web.http import endpoint
from tests.flows.programs import until
from tests.web.site import Site, person, signed_in

pytestmark = pytest.mark.timeout(60)
HOST = b"Host: localhost\r\n"
STYLE = b"GET /static/app.css HTTP/1.1\r\n" + HOST
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


class Quick(Prompt):
    head_within_s = 0.3
    rest_within_s = 0.3
    unread_for_s = 0.5
    stays_s = 0.0


class Patient(Prompt):
    stays_s = 1.0


@contextmanager
def served(s: Site, http: type[Prompt], app: ASGIApp | None = None) -> Iterator[tuple[int, uvicorn.Server]]:
    """A server in this process. Without its access log uvicorn would silence `uvicorn.access` for all later tests."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app or application(s.w.rt), http=http, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], server
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def port(s: Site) -> Iterator[int]:
    with served(s, Quick) as (port, _):
        yield port


@contextmanager
def connected(port: int, begun: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as made:
        made.sendall(begun)
        yield made


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    read = b""
    try:
        while more := connection.recv(65536):
            read += more
    except ConnectionResetError:
        pass
    return read


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\n" + HOST + b"X-Slow: ", b"GET / HTTP/1.1\r\n" + HOST + b"\r\nGET /pri"]
)
def test_a_request_that_never_gets_to_the_point_is_cut_off(port: int, begun: bytes) -> None:
    began = monotonic()
    with connected(port, begun) as slow:
        answered = all_of(slow)
    assert answered.startswith(b"HTTP/1.1 200") == (b"\r\n\r\n" in begun)
    assert monotonic() - began < 15


def test_one_octet_now_and_then_buys_no_more_time(port: int) -> None:
    began = monotonic()
    with connected(port, b"GET / HTTP/1.1\r\n") as slow:
        slow.settimeout(0.05)
        while monotonic() - began < 15:
            try:
                slow.sendall(b"X")
                if slow.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert monotonic() - began < 10


def test_a_form_that_does_not_end_is_not_waited_for(port: int, s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "BODY_WITHIN_S", 0.2)
    head = b"POST /ada/intro/hold HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 1000\r\n\r\nname="
    with connected(port, head) as slow:
        answer = all_of(slow)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
    assert not s.w.all_bookings()


def test_a_file_takes_its_time_on_a_slow_line_of_who_may_bring_one(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "BODY_WITHIN_S", 0.2)
    begun, rest = import_of(s, b"email\r\n" + b"".join(b"n%d@example.org\r\n" % number for number in range(9000)))
    with served(s, Prompt) as (port, _), connected(port, begun) as slow:
        slow.settimeout(2.0)
        with pytest.raises(TimeoutError):
            slow.recv(65536)
        slow.settimeout(20.0)
        slow.sendall(rest)
        assert slow.recv(65536).startswith(b"HTTP/1.1 303")


def test_a_file_that_does_not_end_is_not_waited_for(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "BODY_WITHIN_S", 0.2)
    monkeypatch.setattr(endpoint, "FILE_OCTETS_PER_S", MOST_OCTETS)
    begun, _ = import_of(s, b"email\r\n" * 1000)
    with served(s, Prompt) as (port, _), connected(port, begun) as slow:
        assert all_of(slow).startswith(b"HTTP/1.1 408")


def import_of(s: Site, file: bytes) -> tuple[bytes, bytes]:
    """The request by which somebody who may import brings this file, in two halves."""
    clerk = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    cookies = "; ".join(f"{name}={value}" for name, value in clerk.cookies.items())
    part = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="fair.csv"\r\n\r\n'
        + file
        + b"\r\n--edge--\r\n"
    )
    lines = (
        "POST /admin/consents/import HTTP/1.1",
        "Host: localhost",
        "Content-Type: multipart/form-data; boundary=edge",
        "Sec-Fetch-Site: same-origin",
        f"Content-Length: {len(part)}",
        f"Cookie: {cookies}",
        "\r\n",
    )
    whole = "\r\n".join(lines).encode() + part
    return whole[: len(whole) // 2], whole[len(whole) // 2 :]


FLOOD = b"POST /ada/intro/hold HTTP/1.1\r\n" + HOST + FORM + b"Content-Length: 30000000\r\n\r\n"


def test_an_announced_flood_is_answered_and_the_line_closed(port: int) -> None:
    with connected(port, FLOOD) as flood:
        answer = all_of(flood)
    assert answer.startswith(b"HTTP/1.1 413")


def test_who_sends_all_of_what_is_too_much_reads_that_it_is(s: Site) -> None:
    """As browsers and proxies do, which read the answer once they are through."""
    with served(s, Prompt) as (port, _), connected(port, FLOOD) as line:
        line.sendall(b"x" * 30_000_000)
        assert line.recv(65536).startswith(b"HTTP/1.1 413")
        line.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in all_of(line)


def test_the_rest_of_what_is_too_much_is_not_waited_for_without_end(s: Site) -> None:
    with served(s, Quick) as (port, _), connected(port, FLOOD + b"x") as line:
        assert line.recv(65536).startswith(b"HTTP/1.1 413")
        until(lambda: _is_closed(line), within_s=15.0)


CHUNKS = b"POST /ada/intro/hold HTTP/1.1\r\n" + HOST + FORM + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("answered", [False, True])
def test_a_body_in_tiny_chunks_is_not_read_on(s: Site, answered: bool) -> None:
    with served(s, Prompt) as (port, _), connected(port, CHUNKS) as line:
        if answered:
            line.sendall(b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 413")
        with suppress(OSError):
            for _ in range(1000):
                line.sendall(b"1\r\nx\r\n" * 100)
        until(lambda: _is_closed(line), within_s=5.0)


def test_a_body_in_chunks_of_a_line_each_is_read(s: Site) -> None:
    line_of_it = b"%x\r\n%s\r\n" % (40, b"name=" + b"x" * 35)
    with served(s, Prompt) as (port, _), connected(port, CHUNKS + line_of_it * 1000 + b"0\r\n\r\n") as line:
        assert not line.recv(65536).startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


def test_what_is_no_chunk_after_the_answer_closes_the_line_and_is_no_fault_of_ours(
    s: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with served(s, Prompt) as (port, _), connected(port, CHUNKS) as line:
        line.sendall(b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 413")
        line.sendall(b"no chunk\r\n")
        all_of(line)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def _is_closed(line: socket.socket) -> bool:
    try:
        line.sendall(b"x")
    except OSError:
        return True
    return False


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: +4\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"X-Note: one\r\n two\r\nContent-Length: 4\r\n",
        b"X-Note: one\n\ttwo\nContent-Length: 4\r\n",
        b"X-Note: one\0two\r\nContent-Length: 4\r\n",
        HOST + b"Content-Length: 4\r\n",
    ],
)
def test_what_could_be_read_as_two_requests_is_answered_once_and_the_line_closed(port: int, header: bytes) -> None:
    """Two lengths, a value that goes on in the next line (RFC 9112 §5.2), two hosts: a proxy in front may read each another way."""
    second = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    with connected(
        port, b"POST /ada/intro/hold HTTP/1.1\r\n" + HOST + FORM + header + b"\r\n0\r\n\r\n" + second
    ) as line:
        answer = all_of(line)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_head_beyond_64_kb_is_not_waited_for(port: int) -> None:
    with connected(port, b"GET / HTTP/1.1\r\n" + HOST + b"X-Note: " + b"a" * 70_000) as line:
        answer = all_of(line)
    assert answer.startswith(b"HTTP/1.1 400")


def test_a_line_is_kept_for_the_next_request_of_who_does_not_dribble(port: int) -> None:
    with connected(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") as line:
        first = line.recv(65536)
        line.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        second = all_of(line)
    assert b"HTTP/1.1 200" in first
    assert b"HTTP/1.1 200" in second


@pytest.mark.parametrize("sent_before", [b"", b"GET /healthz HT"])
def test_what_is_on_its_way_while_the_server_ends_is_answered_as_the_last(s: Site, sent_before: bytes) -> None:
    """A proxy keeps connections that are idle here; what it sends on one at that moment it does not send again."""
    whole = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
    with served(s, Patient) as (port, server), connected(port, whole) as line:
        assert one_of(line).startswith(b"HTTP/1.1 200")
        line.sendall(sent_before)
        server.should_exit = True
        until(lambda: not answers(port))
        line.sendall(whole.removeprefix(sent_before))
        last = all_of(line)
    assert last.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in last.lower()


def test_a_connection_that_stays_idle_keeps_no_server_from_ending(s: Site) -> None:
    with served(s, Patient) as (port, server), connected(port, b"") as line:
        until(lambda: bool(server.server_state.connections))
        server.should_exit = True
        assert all_of(line) == b""


def test_answers_that_are_not_read_hold_no_connection(s: Site) -> None:
    """However many are asked for: what was answered is not complete before it was taken, and what is closing is still open."""
    with served(s, Quick) as (port, server), ExitStack() as stack:
        for asked in (b"", b"Connection: close\r\n"):
            line = stack.enter_context(unhurried(port, takes=2048))
            line.sendall((STYLE + b"\r\n") * 150 + STYLE + asked + b"\r\n")
        until(lambda: len(server.server_state.connections) == 2)
        until(lambda: not server.server_state.connections)


def test_who_reads_slowly_gets_all_of_it_however_long_that_takes(s: Site) -> None:
    began, body, read = monotonic(), b"x" * 6_000_000, b""
    with served(s, Quick, Response(body)) as (port, _), unhurried(port, takes=65_536) as line:
        line.sendall(STYLE + b"Connection: close\r\n\r\n")
        while more := line.recv(65_536):
            read += more
            sleep(0.04)
    assert monotonic() - began > 4 * Quick.unread_for_s
    assert read.partition(b"\r\n\r\n")[2] == body


@contextmanager
def unhurried(port: int, *, takes: int) -> Iterator[socket.socket]:
    """A connection on which little is on its way at a time."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
        made.settimeout(20)
        made.connect(("127.0.0.1", port))
        yield made


def one_of(connection: socket.socket) -> bytes:
    """The answer of /healthz, to the end of its body."""
    read = b""
    while not read.endswith(b"}"):
        read += connection.recv(65536)
    return read


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
    except ConnectionRefusedError:
        return False
    return True
