"""How the web server under the application listens and ends. That it ends in order is in test_cli.py."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from booking_service.server.listen import listening

ROOT = Path(__file__).parents[1]


def test_answers_are_not_delayed_by_nagles_algorithm() -> None:
    """asyncio sets TCP_NODELAY on accepted connections whose protocol is known, which they inherit."""
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_a_port_in_use_is_refused_and_nothing_is_left_open() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])


def test_it_listens_at_ipv6_addresses_too() -> None:
    with listening("::1", 0) as listener:
        assert listener.family == socket.AF_INET6


_INTERRUPTED = """
import asyncio, os, signal
from booking_service.server import listen

made = asyncio.SelectorEventLoop._make_self_pipe

def interrupted(loop):
    os.kill(os.getpid(), signal.{name})
    made(loop)

async def app(scope, receive, send):
    assert scope["type"] == "lifespan"
    for each in ("startup", "shutdown"):
        await receive()
        await send(dict(type=f"lifespan.{{each}}.complete"))

asyncio.SelectorEventLoop._make_self_pipe = interrupted
print(listen.serve(app, listen.listening("127.0.0.1", 0)), signal.getsignal(signal.{name}) is signal.default_int_handler)
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_the_loop_is_made_ends_it_in_order(name: str) -> None:
    script = _INTERRUPTED.format(name=name)
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True True\n", "")
