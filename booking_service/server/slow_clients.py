"""When a connection is closed: if its request does not arrive in time or its answer is not read, as sockets are shared, and in
peace when the server ends."""

import asyncio
import socket
import struct
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_WITHIN_S = 10.0
REST_WITHIN_S = (
    60.0  # that which comes of a request that is answered already: whoever sends it reads the answer after it
)
UNREAD_FOR_S = 30.0
STAYS_S = 3.0  # longer than a proxy in front keeps a connection that nobody uses (deploy/nginx.conf, deploy/Caddyfile)
_READ_AT_LEAST = 1024  # octets in that time; a phone with one bar reads more in a second
_MOST_CHUNKS, _LEAST_OCTETS = 1000, 64  # more chunks of one body than that are to bring so much each, on average
_ACKNOWLEDGED = struct.Struct("120xQ")  # tcpi_bytes_acked of struct tcp_info (linux/tcp.h)


class Chunks(h11.Connection):
    """HTTP/1.1 as h11 reads it, but a body in tiny chunks is refused: reading each costs as much however little it brings, so that one
    line of six octets a chunk kept all others waiting, also after it was answered."""

    _chunks = _octets = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Raises RemoteProtocolError."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._octets = 0
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._octets += len(event.data)
            if self._chunks > _MOST_CHUNKS and self._octets < self._chunks * _LEAST_OCTETS:
                raise h11.RemoteProtocolError("the chunks are too small")
        return event


class Prompt(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, but a connection on which no request comes to be within `head_within_s` is closed.

    uvicorn itself only ends connections that stay idle after an answer.
    How long a body may take is the endpoint's to say. Of one that is too large the rest is read and forgotten for `rest_within_s`: where
    a connection is closed before, the answer is lost to who is still sending (RFC 9112 §9.6).

    One whose answers are not read is closed as well: after `unread_for_s` in which there was something to be read and next to
    nothing was. Whoever reads slowly gets all of it, however long that takes.

    When the server ends, a request may be on its way on a connection that is idle here, and a proxy does not send a POST twice.
    So it stays open for `stays_s`, and what comes on it is answered as the last.
    """

    head_within_s = HEAD_WITHIN_S
    rest_within_s = REST_WITHIN_S
    unread_for_s = UNREAD_FOR_S
    stays_s = STAYS_S
    _due: asyncio.TimerHandle | None = None
    _look: asyncio.TimerHandle | None = None
    _ending = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.conn = Chunks(h11.SERVER)
        transport.set_write_buffer_limits(high=0)  # so that we hear of all that the system does not take at once
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._look is None:
            self._look_again()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_looking()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._ending and self._answering():
            self._is_last()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """To who has an answer already nothing more is said."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.close()

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
        self._stop_looking()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """The clock runs from the first octet (or the connection itself) until a request is being answered."""
        if self._answering():
            self._stop()
        elif self._due is None:
            answered = self.conn.their_state is h11.SEND_BODY
            within_s = self.rest_within_s if answered else self.head_within_s
            self._due = self.loop.call_later(within_s, self._cut_off)

    def _stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _cut_off(self) -> None:
        self._due = None
        if not self._answering() and not self.transport.is_closing():
            self.transport.abort()

    def _look_again(self) -> None:
        self._look = self.loop.call_later(self.unread_for_s, self._cut_off_unread, self._read_by_now())

    def _stop_looking(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _cut_off_unread(self, read_before: int) -> None:
        """Unless it is being read. A connection that is closing counts: it stays open until it was read to its end."""
        if self._read_by_now() - read_before < _READ_AT_LEAST:
            self._look = None
            self.transport.abort()
        else:
            self._look_again()

    def _read_by_now(self) -> int:
        """How many octets came to the other side, as it acknowledged. Elsewhere than on Linux: how many we were rid of."""
        try:
            told = self.transport.get_extra_info("socket").getsockopt(
                socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size
            )
            return int(_ACKNOWLEDGED.unpack(told)[0])
        except (AttributeError, OSError, struct.error):
            return -self.transport.get_write_buffer_size()

    def _is_last(self) -> None:
        """The answer under way says so, if it has not begun, and the connection is closed after it."""
        self.cycle.default_headers = [*self.cycle.default_headers, (b"connection", b"close")]
        self.cycle.keep_alive = False

    def _end(self) -> None:
        if not self._answering() and not self.transport.is_closing():
            super().shutdown()

    @property
    def is_answering(self) -> bool:
        """Whether a request is being answered, or what was answered is still to be read."""
        return self._answering() or self.flow.write_paused

    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, whatever its type says
        return cycle is not None and not cycle.response_complete
