"""Connections whose request does not arrive in time are closed, as they would use up sockets that all share."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_WITHIN_S = 10.0


class Prompt(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but a connection on which no request comes to be within `head_within_s` is closed.

    uvicorn itself only ends connections that stay idle after an answer.
    How long a body may take is the endpoint's to say.
    """

    head_within_s = HEAD_WITHIN_S
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

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

    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, whatever its type says
        return cycle is not None and not cycle.response_complete
