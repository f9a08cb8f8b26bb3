"""How the web server under the application listens and ends. That it ends in order is in test_cli.py."""

import socket

import pytest

from booking_service.server.listen import listening


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
