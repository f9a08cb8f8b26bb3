"""The transport: where it goes, whom it tells the password, how long it waits and how much it takes."""

import gzip
import itertools
import logging
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from calendars.dav.addresses import AllowedNetwork, Reach
from calendars.dav.credentials import AuthKind, Credentials
from calendars.dav.session import GuardedSession
from calendars.errors import (
    AddressRefused,
    CalendarError,
    CertificateInvalid,
    Malformed,
    NoEncryption,
    Redirected,
    TooLarge,
    Unavailable,
)
from tests.calendars.dav.staged_servers import Answers, Request, Staged, always, digest, http, staged
from tests.servers import basic, free_port

HERE = Reach(allow_private=True)
DEADLINE_S = 1.0
PATIENT_S = 10.0  # for answers that come at once, on a machine that is busy with other things
SLACK_S = 8.0
PASSWORD = "s3cret"


@contextmanager
def session(
    url: str,
    *,
    kind: AuthKind = "auto",
    reach: Reach = HERE,
    deadline_s: float = DEADLINE_S,
    max_bytes: int = 1_000_000,
) -> Iterator[GuardedSession]:
    made = GuardedSession(
        url, Credentials("ada", "s3cret", kind), reach=reach, deadline_s=deadline_s, max_bytes=max_bytes
    )
    with closing(made):
        yield made


# Where it goes


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_loopback_is_called(host: str) -> None:
    with staged(always(http(200))) as server:
        url = f"https://{host}:{server.port}/"
        with pytest.raises(AddressRefused), session(url, reach=Reach()) as guarded:
            guarded.request("GET", url)
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
            "ftp://example.org/",
            "//example.org/",
            "example.org",
            "https://",
        ),
        *("https://ada:s3cret@example.org/", "https://ada@example.org/", "https://[::1", "https://exa mple.org/"),
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused), session(url):
        pass


def test_plain_http_needs_a_network_that_the_operator_vouches_for() -> None:
    with session("http://127.0.0.1:1/", reach=Reach()) as guarded, pytest.raises(AddressRefused, match="https"):
        guarded.request("GET", "http://127.0.0.1:1/")


def test_a_vouched_network_opens_itself_and_nothing_else() -> None:
    reach = Reach(networks=(AllowedNetwork("127.0.0.0/8"),))
    with staged(always(http(200, "here"))) as server, session(server.url, reach=reach) as guarded:
        assert guarded.request("GET", server.url).content == b"here"
    assert not reach.vouches_for("10.0.0.1", 80)
    assert not reach.vouches_for("::1", 80)


def test_another_port_of_a_machine_that_the_operator_vouches_for_never_hears_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its certificate is good, as it is the same machine's; who serves that port is anybody."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    reach = Reach(networks=(AllowedNetwork("127.0.0.0/8"),))
    with staged(always(http(200)), tls=tls) as own, staged(always(http(200)), tls=tls) as other:
        with session(own.url, reach=reach) as guarded:
            assert guarded.request("GET", own.url).status_code == 200
            with pytest.raises(AddressRefused, match="another server"):
                guarded.request("GET", other.url)
        assert other.connections == 0


def test_another_server_never_hears_the_password() -> None:
    with (
        staged(always(http(200))) as ours,
        staged(always(http(200))) as other,
        session(ours.url) as guarded,
        pytest.raises(AddressRefused, match="another server"),
    ):
        guarded.request("GET", other.url)
    assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE", "PROPFIND"])
def test_a_redirect_is_not_followed_and_nothing_counts_as_done(status: int, method: str) -> None:
    with staged(always(http(200))) as other:
        with staged(always(http(status, headers={"Location": other.url}))) as server, session(server.url) as guarded:
            with pytest.raises(Redirected) as refused:
                guarded.request(method, server.url, body=b"x")
            assert refused.value.location == other.url
        assert server.methods == [method]
    assert other.connections == 0


# How long it waits, how much it takes


def dripping(server_stops: list[Staged], head: bytes, drop: bytes) -> Iterable[bytes]:
    yield head
    while not server_stops[0].stopping.wait(0.05):
        yield drop


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: x\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b""),
    ],
    ids=["body", "headers", "continue", "chunks", "silence"],
)
def test_a_dripping_answer_ends_at_the_deadline(head: bytes, drop: bytes) -> None:
    stops: list[Staged] = []
    with staged(lambda _: dripping(stops, head, drop)) as server, session(server.url, deadline_s=DEADLINE_S) as guarded:
        stops.append(server)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            guarded.request("GET", server.url)
        assert time.monotonic() - began < DEADLINE_S + SLACK_S


def test_a_flood_of_continues_ends_in_bounded_time() -> None:
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000
    with staged(lambda _: itertools.repeat(flood, 50)) as server, session(server.url, deadline_s=DEADLINE_S) as guarded:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            guarded.request("GET", server.url)
        assert time.monotonic() - began < DEADLINE_S + SLACK_S


def test_an_endless_answer_ends_at_the_cap() -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with (
        staged(lambda _: itertools.chain([head], itertools.repeat(b"x" * 65536))) as server,
        session(server.url) as guarded,
        pytest.raises(TooLarge),
    ):
        guarded.request("GET", server.url)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_counts_as_what_it_becomes_and_is_not_unpacked_further(encoding: str) -> None:
    blown = b"\0" * 100_000_000
    packed = gzip.compress(blown, 6) if encoding == "gzip" else zlib.compress(blown, 6)
    del blown
    answer = http(200, packed, {"Content-Encoding": encoding})
    with staged(always(answer)) as server, session(server.url) as guarded:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                guarded.request("GET", server.url)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()


def test_a_packed_answer_is_unpacked() -> None:
    answer = http(200, gzip.compress(b"hello " * 1000), {"Content-Encoding": "gzip"})
    with staged(always(answer)) as server, session(server.url) as guarded:
        assert guarded.request("GET", server.url).content == b"hello " * 1000


@pytest.mark.parametrize(
    "answer",
    [
        http(200, b"half", length=100),
        http(200, gzip.compress(b"x" * 1000)[:-12], {"Content-Encoding": "gzip"}),
        http(200, b"no gzip", {"Content-Encoding": "gzip"}),
        http(200, b"x", {"Content-Encoding": "br"}),
        b"NOT HTTP AT ALL\r\n\r\n",
        http(200, b"x", {f"X-{i}": "x" for i in range(60)}),
    ],
    ids=["cut", "cut-gzip", "no-gzip", "unasked-packing", "no-http", "headers"],
)
def test_half_an_answer_and_nonsense_are_malformed(answer: bytes) -> None:
    with staged(always(answer)) as server, session(server.url) as guarded, pytest.raises(Malformed):
        guarded.request("PUT", server.url, body=b"x")


def test_another_protocol_is_unavailable() -> None:
    with (
        staged(always(b"SSH-2.0-OpenSSH_9.2\r\n")) as server,
        session(server.url) as guarded,
        pytest.raises(Unavailable),
    ):
        guarded.request("GET", server.url)


def test_a_closed_port_is_unavailable() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    with session(url) as guarded, pytest.raises(Unavailable):
        guarded.request("GET", url)


@pytest.mark.parametrize("method", ["GET", "REPORT", "PUT", "DELETE"])
def test_a_request_survives_that_its_kept_connection_was_closed(method: str) -> None:
    """As SOGo does it: an answer that promises to stay, and a connection that is gone."""
    with staged(answering("keep", "drop", "keep"), keep_alive=True) as server, session(server.url) as guarded:
        guarded.request("GET", server.url)
        assert guarded.request(method, server.url, body=b"x").content == b"here"
        assert server.methods == ["GET", method, method]
        assert server.connections == 2


def test_every_kept_connection_may_have_been_closed() -> None:
    """A server that was restarted: four connections are dead, the fifth is new."""
    outcomes = answering(*["keep"] * 4, *["drop"] * 4, "keep")
    together = threading.Barrier(4)

    def answer(request: Request) -> Iterable[bytes]:
        if len(server.requests) <= 4:
            together.wait(timeout=10)
        yield from outcomes(request)

    with staged(answer, keep_alive=True) as server, session(server.url) as guarded:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: guarded.request("GET", server.url), range(4)))
        assert guarded.request("PUT", server.url, body=b"x").content == b"here"
        assert server.connections == 5


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_on_a_new_connection_nothing_is_sent_twice(method: str) -> None:
    with staged(answering("drop", "keep")) as server, session(server.url) as guarded:
        with pytest.raises(Unavailable):
            guarded.request(method, server.url, body=b"x")
        assert server.methods == [method]


def answering(*outcomes: str) -> Answers:
    """One outcome for each request: `keep` answers and keeps the connection, `drop` closes it without a word."""
    left = iter(outcomes)

    def answer(_: Request) -> Iterable[bytes]:
        if next(left) == "drop":
            raise ConnectionAbortedError
        yield http(200, "here", keep=True)

    return answer


def test_connections_are_kept_and_reused() -> None:
    with staged(always(http(200, "x", keep=True)), keep_alive=True) as server, session(server.url) as guarded:
        for _ in range(5):
            guarded.request("GET", server.url)
        assert server.connections == 1


def test_no_cookie_is_kept() -> None:
    """Nextcloud would take the next request for a browser's."""
    with (
        staged(always(http(200, headers={"Set-Cookie": "session=1; Path=/"}))) as server,
        session(server.url) as guarded,
    ):
        guarded.request("GET", server.url)
        guarded.request("GET", server.url)
    assert all("cookie" not in request.headers for request in server.requests)


# Whom it tells the password


def test_basic_is_sent_without_being_asked() -> None:
    with staged(always(http(200))) as server, session(server.url) as guarded:
        guarded.request("GET", server.url)
    assert [request.headers["authorization"] for request in server.requests] == [basic("ada", "s3cret")]


def test_a_wrong_password_costs_one_request() -> None:
    refusal = http(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    with staged(always(refusal)) as server, session(server.url) as guarded:
        assert guarded.request("GET", server.url).status_code == 401
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["auto", "digest"])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_digest_answers_the_challenge_and_stays(kind: AuthKind, algorithm: str) -> None:
    with staged(digest(always(http(201)), algorithm=algorithm)) as server, session(server.url, kind=kind) as guarded:
        assert guarded.request("PUT", f"{server.url}a.ics", body=b"body").status_code == 201
        assert guarded.request("PUT", f"{server.url}b.ics", body=b"body").status_code == 201
    assert [request.body for request in server.requests] == [b"body"] * 3
    assert "authorization" not in server.requests[0].headers or kind == "auto"


def test_digest_with_a_wrong_password_ends_after_its_challenge() -> None:
    with staged(digest(always(http(201)), password="another")) as server, session(server.url, kind="digest") as guarded:
        assert guarded.request("GET", server.url).status_code == 401
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "challenge", ["Digest nonsense", 'Digest realm="x"', 'Digest realm="x", nonce="y", algorithm=ROT13']
)
def test_a_challenge_that_is_no_challenge_is_malformed(challenge: str) -> None:
    with (
        staged(always(http(401, headers={"WWW-Authenticate": challenge}))) as server,
        session(server.url) as guarded,
        pytest.raises(CalendarError),
    ):
        guarded.request("GET", server.url)


def test_a_bearer_token_is_sent_as_one() -> None:
    with staged(always(http(200))) as server, session(server.url, kind="bearer") as guarded:
        guarded.request("GET", server.url)
    assert server.requests[0].headers["authorization"] == "Bearer s3cret"


def test_the_environment_gives_no_proxy_and_no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password stolen\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    with staged(always(http(200))) as server, session(server.url) as guarded:
        guarded.request("GET", server.url)
    assert server.requests[0].headers["authorization"] == basic("ada", "s3cret")


def test_no_secret_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with staged(always(http(200, "the host's secrets"))) as server, session(server.url) as guarded:
        guarded.request("PUT", server.url, body=b"the invitee's name")
    for secret in ("s3cret", basic("ada", "s3cret"), "secrets", "invitee"):
        assert secret not in caplog.text
    assert repr(Credentials("ada", "s3cret")).count("s3cret") == 0


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def test_tls_with_a_known_issuer_is_spoken(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with (
        staged(always(http(200, "safe")), tls=context(authority.issue_cert("127.0.0.1"))) as server,
        session(server.url) as guarded,
    ):
        assert guarded.request("GET", server.url).content == b"safe"


@pytest.mark.parametrize("fault", ["issuer", "name", "expired"])
def test_a_certificate_that_is_not_valid_ends_it_before_the_password(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    (trustme.CA() if fault == "issuer" else authority).cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    expires = datetime(2020, 1, 1, tzinfo=UTC) if fault == "expired" else None
    name = "example.org" if fault == "name" else "127.0.0.1"
    certificate = authority.issue_cert(name, not_after=expires)
    with (
        staged(always(http(200)), tls=context(certificate)) as server,
        session(server.url) as guarded,
        pytest.raises(CertificateInvalid),
    ):
        guarded.request("GET", server.url)
    assert server.requests == []


def test_a_server_without_tls_is_never_spoken_to_in_plain_text() -> None:
    with plain_server() as (port, heard):
        url = f"https://127.0.0.1:{port}/"
        with session(url) as guarded, pytest.raises(NoEncryption):
            guarded.request("GET", url)
    assert heard
    assert b"GET" not in heard[0]


@contextmanager
def plain_server() -> Iterator[tuple[int, list[bytes]]]:
    """Answers whatever it hears as servers do that know HTTP alone."""
    heard: list[bytes] = []

    def answer(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            heard.append(line.recv(65536))
            line.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        yield listening.getsockname()[1], heard
        thread.join()


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made
