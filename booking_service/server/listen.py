"""The web server under the application: how it listens, how it speaks, and how it ends."""

import signal
import socket
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import HANDLED_SIGNALS
from uvicorn.supervisors import Multiprocess

from .slow_clients import Prompt

_BACKLOG = 2048
# The log is ours and has the requests already; forwarded addresses are the application's to believe.
_UVICORN: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
    "lifespan": "on",
    "http": Prompt,
    "timeout_graceful_shutdown": 20,
    "timeout_worker_healthcheck": 60,  # as long as a process may take to start on a busy machine before it counts as hung
}


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens at this address, so that a taken port is known before anything is started. Raises OSError.

    It names TCP expressly: asyncio switches Nagle's delay off (40 ms for each answer on a kept connection) only where
    the socket says so, and connections inherit it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def serve(app: ASGIApp, listener: socket.socket) -> bool:
    """Answer until SIGINT or SIGTERM, finish requests under way, and return, so that the caller closes what it opened.

    SIGTERM waits for requests that are on their way (Prompt); a person at Ctrl-C does not want to.
    Returns whether the application started.
    """
    server = _Server(uvicorn.Config(app, **_UVICORN))
    for each in HANDLED_SIGNALS:  # before there is a loop: one that is interrupted while it is made can't be closed
        signal.signal(each, server.handle_exit)
    try:
        server.run(sockets=[listener])
    finally:
        for each in HANDLED_SIGNALS:
            signal.signal(each, signal.default_int_handler)
    return server.started


def serve_in_processes(factory: str, listener: socket.socket, *, processes: int) -> None:
    """The same with several processes on one socket, each of which makes its application by `factory`.

    SIGHUP replaces them one after the other: each ends only once its successor answers.
    """
    Multiprocess(uvicorn.Config(factory, factory=True, workers=processes, **_UVICORN), sockets=[listener]).run()


class _Server(uvicorn.Server):
    """Ends at once where a person sits and waits."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            for connection in self.server_state.connections:
                if isinstance(connection, Prompt):
                    connection.end_at_once()
        super().handle_exit(sig, frame)
