"""Admitting connections: a maximum in total and for each network, at which idle ones make room."""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from time import monotonic
from typing import Any

import structlog

from ..domain.networks import Networks, around, is_in, network_of
from .slow_clients import Prompt

PER_NETWORK = 100
MOST = 4096  # per process, however many files it may open
IDLE_AFTER_S = 1.0  # before that it can't be dropped, so that reopening gains nothing
_AT_ONCE = 64  # accepted before other tasks of the loop have their turn
_PAUSE_S = 1.0  # after the system had no room for another one
_LOGGED_EVERY_S = 60.0
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

Protocols = Callable[[], asyncio.BaseProtocol]

log = structlog.get_logger()


class Connection:
    """An open connection. `networks`: those it counts for, narrowest first; empty for a trusted proxy."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self.networks = networks
        self.since = monotonic()
        self.transport: asyncio.WriteTransport | None = None  # None while it is being set up
        self.protocol: asyncio.BaseProtocol | None = None

    def is_idle(self, *, after_s: float) -> bool:
        """Whether it has been open this long, and no request is being answered on it."""
        waits = isinstance(self.protocol, Prompt) and self.protocol.is_answering
        return self.transport is not None and not waits and monotonic() - self.since >= after_s


class Connections:
    """The connections of one process.

    A newcomer from a network at its maximum replaces that network's longest-open idle connection, and is refused only
    if none open for a second is idle: neighbours who send nothing keep nobody out. The /56 and /48 around an IPv6
    network may have twice and four times as many. At the total maximum an idle connection ends, or the network with the
    most gives one up, if it is not the newcomer's.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        per_network: int = PER_NETWORK,
        trusted: Networks = (),
        idle_after_s: float = IDLE_AFTER_S,
    ) -> None:
        """`trusted`: proxies, which count for no network."""
        self._most, self._trusted, self._idle_after_s = most, trusted, idle_after_s
        self._per_network = min(per_network, max(1, most // 4))
        self._open: dict[Connection, None] = {}
        self._of: dict[str, dict[Connection, None]] = {}  # both in the order of arrival

    def admit(self, address: str) -> Connection | None:
        """Admit a connection from this address; None: refused."""
        made = Connection(() if is_in(address, self._trusted) else around(network_of(address)))
        for width, network in enumerate(made.networks):
            here = self._of.get(network, {})
            if len(here) >= self._per_network << width and not self._drop(self._idle(here)):
                return None
        if len(self._open) >= self._most and not self._make_room(made.networks):
            return None
        self._open[made] = None
        for network in made.networks:
            self._of.setdefault(network, {})[made] = None
        return made

    def leave(self, gone: Connection) -> None:
        """It is closed. Does nothing where it was already uncounted."""
        if gone not in self._open:
            return
        del self._open[gone]
        for network in gone.networks:
            here = self._of[network]
            del here[gone]
            if not here:
                del self._of[network]

    def _make_room(self, networks: tuple[str, ...]) -> bool:
        """Make room: by an idle connection of the largest network, else any idle one, else the largest network's
        oldest."""
        largest = max(self._of.values(), key=len, default={})
        own = max((len(self._of.get(each, ())) for each in networks), default=0)
        theirs = largest if len(largest) > own + 1 else {}
        strangers = (each for each in self._open if each.networks)
        return self._drop(self._idle(theirs)) or self._drop(self._idle(strangers)) or self._drop(theirs)

    def _idle(self, those: Iterable[Connection]) -> Iterator[Connection]:
        return (each for each in those if each.is_idle(after_s=self._idle_after_s))

    def _drop(self, those: Iterable[Connection]) -> bool:
        """Close the first of them. False: there is none."""
        for first in those:
            if first.transport is not None:
                self.leave(first)
                first.transport.abort()
                return True
        return False


class Loop(asyncio.SelectorEventLoop):
    """An event loop that admits connections by `Connections`.

    asyncio itself accepts all waiting ones, and when no more files can be opened it logs that and sets ever more
    timers.
    """

    def __init__(self, connections: Connections | None = None) -> None:
        super().__init__()
        self._connections = connections or Connections()

    async def create_server(self, protocol_factory: Protocols, *_: Any, sock: socket.socket, **__: Any) -> Any:  # type: ignore[override]
        return _Door(self, sock, protocol_factory, self._connections)


class _Door:
    """Accepts the connections of one listening socket until the caller closes that."""

    def __init__(self, loop: Loop, listener: socket.socket, make: Protocols, connections: Connections) -> None:
        self._loop, self._listener, self._make, self._connections = loop, listener, make, connections
        self._taken: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._logged_at = -_LOGGED_EVERY_S
        listener.setblocking(False)
        self._go_on()

    def close(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Returns at once: connections are the server's to wait for."""

    def _go_on(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener, self._take)

    def _take(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                opened, peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                return self._wait(error)
            admitted = self._connections.admit(str(peer[0]) if peer else "")
            if admitted is None:
                opened.close()
                continue
            task = self._loop.create_task(self._begin(_Counted(opened, self._connections, admitted), admitted))
            self._taken.add(task)
            task.add_done_callback(self._taken.discard)

    async def _begin(self, opened: "_Counted", admitted: Connection) -> None:
        opened.setblocking(False)
        try:
            transport, protocol = await self._loop.connect_accepted_socket(self._make, opened)
        except OSError:
            return opened.close()
        admitted.transport, admitted.protocol = transport, protocol

    def _wait(self, error: OSError) -> None:
        """Meanwhile other connections end."""
        self._loop.remove_reader(self._listener)
        self._pause = self._loop.call_later(_PAUSE_S, self._go_on)
        if monotonic() - self._logged_at >= _LOGGED_EVERY_S:
            self._logged_at = monotonic()
            log.error("no_connection_taken", error=str(error))


class _Counted(socket.socket):
    """A connection's socket that is counted until it is closed."""

    def __init__(self, opened: socket.socket, connections: Connections, connection: Connection) -> None:
        super().__init__(opened.family, opened.type, opened.proto, fileno=opened.detach())
        self._leave = partial(connections.leave, connection)

    def close(self) -> None:
        super().close()
        self._leave()
