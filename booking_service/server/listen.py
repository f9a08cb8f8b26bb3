"""The web server: listening, HTTP, and shutdown."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import HANDLED_SIGNALS
from uvicorn.supervisors import Multiprocess

from ..domain.networks import Networks
from .connections import MOST, PER_NETWORK, Connections, Loop
from .interrupt import end_at_once, take_interrupts
from .open_files import left_for_connections, raise_limit
from .slow_clients import Prompt

_LOOK_EVERY = 0.5  # seconds, while processes start
_BACKLOG = 256  # connections waiting to be accepted: refusals are immediate, so none waits long
# Logging is ours, with the requests in it; forwarded addresses are judged by the application.
_UVICORN: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "proxy_headers": False,
    "server_header": False,
    "lifespan": "on",
    "http": Prompt,
    "timeout_graceful_shutdown": 20,
    "timeout_worker_healthcheck": 60,  # a process that takes longer to start, even on a busy machine, counts as hung
}


def listening(host: str, port: int) -> socket.socket:
    """A listening socket, so that a taken port is known before anything starts. Raises OSError.

    It names TCP explicitly: only then asyncio switches Nagle's algorithm off (40 ms per response on a kept connection),
    and connections inherit that.
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


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    trusted: Networks = (),
    per_network: int = PER_NETWORK,
    started: Callable[[], None] = lambda: None,
) -> bool:
    """Answer until SIGINT or SIGTERM, finish running requests, and return, so that the caller closes what it opened.

    SIGTERM waits for requests on their way (Prompt); Ctrl-C does not, and a second one waits for nothing. `trusted`,
    `per_network`: as in `Connections`. `started`: called once requests are answered. Returns whether they were.
    """
    server = _Server(_Config(app, _connections(trusted, per_network), **_UVICORN), started)
    for each in HANDLED_SIGNALS:  # before the loop exists, as one interrupted while being made can't be closed
        signal.signal(each, server.handle_exit)
    try:
        server.run(sockets=[listener])
    finally:
        for each in HANDLED_SIGNALS:
            signal.signal(each, signal.default_int_handler)
    return server.started


def serve_in_processes(
    factory: str,
    listener: socket.socket,
    *,
    processes: int,
    trusted: Networks = (),
    per_network: int = PER_NETWORK,
    started: Callable[[], None] = lambda: None,
) -> bool:
    """As `serve` with several processes on one socket, each with an application made by `factory`.

    SIGHUP replaces them one by one: each ends once its successor answers. Returns False: one ended before any answered.
    """
    config = _Config(factory, _connections(trusted, per_network), factory=True, workers=processes, **_UVICORN)
    parent = _Parent(config, listener, started)
    take_interrupts(lambda: parent.signal_queue.append(signal.SIGINT), _kill_all)
    parent.run()
    return not parent.broken


def _kill_all() -> None:
    for each in multiprocessing.active_children():
        each.kill()
    end_at_once()


def _connections(trusted: Networks, per_network: int) -> Connections:
    raise_limit()
    return Connections(most=left_for_connections(MOST), per_network=per_network, trusted=trusted)


class _Config(uvicorn.Config):
    """The configuration with a process's connections; a copy in another process begins with none."""

    def __init__(self, app: ASGIApp | str, connections: Connections, **chosen: Any) -> None:
        super().__init__(app, **chosen)
        self._connections = connections

    def get_loop_factory(self) -> Callable[[], asyncio.AbstractEventLoop]:
        return partial(Loop, self._connections)


class _Server(uvicorn.Server):
    """Ends without delay at Ctrl-C, and at once at a second one."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._tell()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT:
            if self.should_exit:
                end_at_once()
            for connection in self.server_state.connections:
                if isinstance(connection, Prompt):
                    connection.end_at_once()
        self.should_exit = True  # unlike uvicorn, without re-raising each signal at the end


class _Parent(Multiprocess):
    """Tells when the first process answers, and fails if one ends before."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, tell: Callable[[], None]) -> None:
        super().__init__(config, sockets=[listener])
        self._tell = tell
        self._told = self.broken = False

    def keep_subprocess_alive(self) -> None:
        if self.should_exit.is_set():
            return None
        for each in self.processes:
            each.child_conn.close()  # our copy, which would make us wait a minute for a process that has ended
        if self._told:
            return super().keep_subprocess_alive()
        if any(each.exitcode is not None for each in self.processes):
            self.broken = True
            self.should_exit.set()
        elif any(each.is_ready(timeout=_LOOK_EVERY) for each in self.processes):
            self._told = True
            self._tell()
        return None
