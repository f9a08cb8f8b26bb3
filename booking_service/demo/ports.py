"""Loopback ports: the wanted one, or the next free one."""

import contextlib
import socket
from collections.abc import Iterator

from ..server.listen import listening

_LOOPBACK = "127.0.0.1"
_TRIES = 100
_LAST_PORT = 65_535


def bound_socket(wanted: int) -> socket.socket:
    """A listening socket at `wanted`, else at the next free port above; 0 means any. Its holder owns the port."""
    for port in _candidates(wanted):
        with contextlib.suppress(OSError):
            return listening(_LOOPBACK, port)
    raise OSError(f"no port is free between {wanted} and {wanted + _TRIES}")


def free_port(wanted: int) -> int:
    """As `bound_socket`, for a program that binds by itself. It may be lost until then: check that the program came
    up."""
    with bound_socket(wanted) as probe:
        return int(probe.getsockname()[1])


def _candidates(wanted: int) -> Iterator[int]:
    if wanted == 0:
        return iter([0])
    return iter(range(wanted, min(wanted + _TRIES, _LAST_PORT) + 1))
