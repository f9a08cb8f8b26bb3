"""Whose connections are taken while too many are open: nobody is kept out by who sends nothing, or reads nothing."""

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path
from time import monotonic, sleep

import pytest

from booking_service.server.connections import Connection, Connections
from booking_service.server.open_files import left_for_connections
from booking_service.server.slow_clients import Prompt

ROOT = Path(__file__).parents[1]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
pytestmark = pytest.mark.timeout(120)


class Line:
    """Of a connection only what is said of it in the end."""

    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


class Answering(Prompt):
    def __init__(self) -> None:
        """Without a server."""

    is_answering = True


def opened(connections: Connections, address: str, *, answering: bool = False) -> Connection | None:
    made = connections.admit(address)
    if made is not None:
        made.transport = Line()  # type: ignore[assignment]
        made.protocol = Answering() if answering else None
    return made


def ended(connection: Connection | None) -> bool:
    assert connection is not None
    assert isinstance(connection.transport, Line)
    return connection.transport.aborted


def test_a_network_that_has_all_it_may_have_loses_its_oldest_idle_one_to_its_newcomer() -> None:
    connections = Connections(per_network=3, idle_after_s=0.0)
    busy, *idle = (opened(connections, "192.0.2.1", answering=each == 0) for each in range(3))
    other = opened(connections, "192.0.2.2")
    assert not ended(opened(connections, "192.0.2.1"))
    assert [ended(each) for each in (busy, *idle, other)] == [False, True, False, False]


def test_where_none_is_idle_that_network_only_is_refused_until_one_ends() -> None:
    connections = Connections(per_network=3)
    first, *_ = (opened(connections, "192.0.2.1", answering=True) for _ in range(3))
    assert opened(connections, "::ffff:192.0.2.1") is None
    assert opened(connections, "192.0.2.2") is not None
    assert first is not None
    connections.leave(first)
    connections.leave(first)
    assert opened(connections, "192.0.2.1") is not None
    assert opened(connections, "192.0.2.1") is None


def test_what_was_opened_a_moment_ago_is_left_alone() -> None:
    connections = Connections(per_network=1)
    assert opened(connections, "192.0.2.1") is not None
    assert opened(connections, "192.0.2.1") is None


def test_an_ipv6_network_is_a_64_and_those_around_it_may_have_two_and_four_times_as_many() -> None:
    connections = Connections(per_network=2)
    assert [opened(connections, f"2001:db8::{n}") is not None for n in range(3)] == [True, True, False]
    taken = [opened(connections, f"2001:db8:0:{n:x}::1") is not None for n in range(1, 5)]
    assert taken == [True, True, False, False], "the /56 around it"
    taken = [opened(connections, f"2001:db8:0:{n:x}00::1") is not None for n in range(1, 7)]
    assert taken == [True] * 4 + [False] * 2, "the /48 around that"
    assert opened(connections, "2001:db8:1::1") is not None


def test_where_all_places_are_taken_who_holds_most_gives_one_up_to_who_holds_less() -> None:
    connections = Connections(most=12, per_network=3)
    greedy = [opened(connections, "192.0.2.1", answering=True) for _ in range(3)]
    others = [opened(connections, f"198.51.100.{n}", answering=True) for n in range(9)]
    assert not ended(opened(connections, "203.0.113.1"))
    assert [ended(each) for each in greedy] == [True, False, False]
    assert not any(ended(each) for each in others)
    assert not ended(opened(connections, "203.0.113.2"))
    assert opened(connections, "203.0.113.3") is None, "everybody has one"
    assert [ended(each) for each in greedy] == [True, True, False]


def test_who_comes_while_everybody_has_one_takes_the_place_of_the_one_idle_longest() -> None:
    connections = Connections(most=4, per_network=1, trusted=(ip_network("127.0.0.1"),), idle_after_s=0.0)
    proxied = opened(connections, "127.0.0.1")
    busy, *idle = (opened(connections, f"192.0.2.{n}", answering=n == 0) for n in range(3))
    assert not ended(opened(connections, "203.0.113.1"))
    assert [ended(each) for each in (proxied, busy, *idle)] == [False, False, True, False]


def test_of_a_trusted_proxy_any_number_is_taken_as_everybody_comes_by_it() -> None:
    connections = Connections(most=20, per_network=2, trusted=(ip_network("127.0.0.0/8"),))
    proxied = [opened(connections, "127.0.0.1", answering=True) for _ in range(18)]
    direct = [opened(connections, "192.0.2.1", answering=True) for _ in range(3)]
    assert direct.pop() is None
    assert opened(connections, "127.0.0.1") is not None
    assert [ended(each) for each in direct] == [True, False]
    assert not any(ended(each) for each in proxied)


def test_room_for_everything_else_is_left_among_the_files_that_may_be_open() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for limit, left in ((1024, 624), (256, 128), (8192, 4096)):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            assert left_for_connections(4096) == left
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


_SERVED = """
import os, resource, sys
from booking_service.server import listen

soft, hard, per_network = (int(each) for each in sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
kept = []

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for each in ("startup", "shutdown"):
            await receive()
            await send(dict(type=f"lifespan.{each}.complete"))
        return
    if scope["path"] == "/exhaust":
        try:
            while True:
                kept.append(open("/dev/null"))
        except OSError:
            pass
    if scope["path"] == "/free":
        kept.clear()
    await send(dict(type="http.response.start", status=200, headers=[(b"connection", b"close")]))
    await send(dict(type="http.response.body", body=str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]).encode()))

with listen.listening("127.0.0.1", 0) as listener:
    print(listener.getsockname()[1], flush=True)
    listen.serve(app, listener, per_network=per_network)
"""


@contextmanager
def served(*, soft: int = 256, hard: int = 256, per_network: int = 40) -> Iterator[tuple[int, list[str]]]:
    """A server that may open so many files: its port, and its log, which is there once it has ended."""
    arguments = [sys.executable, "-c", _SERVED, *(str(each) for each in (soft, hard, per_network))]
    logged: list[str] = []
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline()), logged
        finally:
            server.terminate()
            logged += server.communicate(timeout=60)[0].splitlines()


def connected(port: int, source: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))


def answered(port: int, source: str, request: bytes = GET) -> str:
    with connected(port, source) as line:
        line.sendall(request)
        read = b""
        while more := line.recv(65536):
            read += more
    return read.decode()


def test_a_stranger_who_opens_lines_and_sends_nothing_keeps_nobody_waiting() -> None:
    with served() as (port, logged), ExitStack() as stack:
        idle = [stack.enter_context(connected(port, "127.0.0.9")) for _ in range(400)]
        began = monotonic()
        assert answered(port, "127.0.0.1").startswith("HTTP/1.1 200")
        sleep(1.1)
        assert answered(port, "127.0.0.9").startswith("HTTP/1.1 200"), "nor the neighbours"
        for each in idle:
            each.close()
        assert monotonic() - began < 5
    assert not [line for line in logged if "no_connection_taken" in line]


def test_nor_do_strangers_of_many_networks() -> None:
    with served() as (port, _), ExitStack() as stack:
        for n in range(300):
            stack.enter_context(connected(port, f"127.0.1.{n % 60}"))
        assert answered(port, "127.0.0.1").startswith("HTTP/1.1 200")


def test_where_no_more_files_can_be_opened_it_is_logged_once_and_it_goes_on_when_they_can() -> None:
    with served() as (port, logged), ExitStack() as stack:
        answered(port, "127.0.0.1", GET.replace(b"/ ", b"/exhaust ", 1))
        with connected(port, "127.0.0.1") as early:  # the place that the one before it had
            for _ in range(100):
                stack.enter_context(connected(port, "127.0.0.1"))
            sleep(3.2)
            early.sendall(GET.replace(b"/ ", b"/free ", 1))
            assert early.recv(65536).startswith(b"HTTP/1.1 200")
        assert answered(port, "127.0.0.2").startswith("HTTP/1.1 200")
    assert len([line for line in logged if "no_connection_taken" in line]) == 1
    assert len(logged) < 20


def test_as_many_files_may_be_opened_as_the_system_allows() -> None:
    with served(soft=256, hard=1000) as (port, _):
        assert answered(port, "127.0.0.1").endswith("\r\n1000\r\n0\r\n\r\n")
