"""When a connection is closed: if its request does not arrive in time, as sockets are shared, and in peace when the server ends."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_WITHIN_S = 10.0
STAYS_S = 3.0  # longer than a proxy in front keeps a connection that nobody uses (deploy/nginx.conf, deploy/Caddyfile)


class Prompt(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but a connection on which no request comes to be within `head_within_s` is closed.

    uvicorn itself only ends connections that stay idle after an answer.
    How long a body may take is the endpoint's to say.

    When the server ends, a request may be on its way on a connection that is idle here, and a proxy does not send a POST twice.
    So it stays open for `stays_s`, and what comes on it is answered as the last.
    """

    head_within_s = HEAD_WITHIN_S
    stays_s = STAYS_S
    _due: asyncio.TimerHandle | None = None
    _ending = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._ending and self._answering():
            self._is_last()
        self._watch()

    def shutdown(self) -> None:
        if self._answering():
            self._is_last()
            return
        self._ending = True
        self.loop.call_later(self.stays_s, self._end)

    def end_at_once(self) -> None:
        """Wait for nothing that has not come yet."""
        self.stays_s = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """The clock runs from the first octet (or the connection itself) until a request is being answered."""
        if self._answering():
            self._stop()
        elif self._due is None:
            self._due = self.loop.call_later(self.head_within_s, self._cut_off)

    def _stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _cut_off(self) -> None:
        self._due = None
        if not self._answering() and not self.transport.is_closing():
            self.transport.abort()

    def _is_last(self) -> None:
        """The answer under way says so, if it has not begun, and the connection is closed after it."""
        self.cycle.default_headers = [*self.cycle.default_headers, (b"connection", b"close")]
        self.cycle.keep_alive = False

    def _end(self) -> None:
        if not self._answering() and not self.transport.is_closing():
            super().shutdown()

    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, whatever its type says
        return cycle is not None and not cycle.response_complete
