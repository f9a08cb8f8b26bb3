"""Closing connections whose requests arrive too slowly or whose responses are not read; and closing them gracefully at
the end."""

import asyncio
import re
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
_GOES_ON = re.compile(rb"\n[ \t]")
_MOST_CHUNKS, _LEAST_OCTETS = 1000, 64  # more chunks of one body than that are to bring so much each, on average
_ACKNOWLEDGED = struct.Struct("120xQ")  # tcpi_bytes_acked of struct tcp_info (linux/tcp.h)


class StrictConnection(h11.Connection):
    """HTTP/1.1 as h11 reads it, but for two things that are refused.

    A header that goes on in the next line (RFC 9112 §5.2): a proxy in front may read it as another header, or as the end of the head.
    A body in tiny chunks: reading each costs as much however little it brings, so that one line of six octets a chunk kept all others
    waiting, also after it was answered.
    """

    _chunks = _octets = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Raises RemoteProtocolError."""
        unread = self.trailing_data[0] if self.their_state is h11.IDLE else b""
        event = super().next_event()
        if isinstance(event, h11.Request):
            if _GOES_ON.search(unread.removesuffix(self.trailing_data[0])):
                raise h11.RemoteProtocolError("a header goes on in the next line")
            self._chunks = self._octets = 0
        elif isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._octets += len(event.data)
            if self._chunks > _MOST_CHUNKS and self._octets < self._chunks * _LEAST_OCTETS:
                raise h11.RemoteProtocolError("the chunks are too small")
        return event


class Prompt(H11Protocol):
    """HTTP/1.1 by uvicorn, closing a connection without a complete request head within `head_within_s`.

    uvicorn itself only closes connections that are idle after a response. The endpoint limits the time of a body. The
    rest of a too large body is read and discarded for `rest_within_s`, as closing before that would lose the response
    (RFC 9112 §9.6).

    A connection whose responses are not read is closed too: after `unread_for_s` with data to read and next to nothing
    read. A slow reader gets everything, however long it takes.

    At shutdown a request may be on its way on an idle connection, and proxies don't repeat a POST. So it stays open for
    `stays_s`, and a request arriving then is answered as the last one.
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
        self.conn = StrictConnection(h11.SERVER)
        transport.set_write_buffer_limits(high=0)  # so we learn of all that the system did not take
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
        """Says nothing more after a response has begun."""
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
        """Wait for nothing that has not arrived yet."""
        self.stays_s = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self._stop_looking()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Time from the first octet (or the connection's start) until a request is being answered."""
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
        """Close it unless it is being read. A closing connection counts too, as it stays open until it was read."""
        if self._read_by_now() - read_before < _READ_AT_LEAST:
            self._look = None
            self.transport.abort()
        else:
            self._look_again()

    def _read_by_now(self) -> int:
        """The octets that the other side acknowledged; outside Linux, those that the system took."""
        try:
            told = self.transport.get_extra_info("socket").getsockopt(
                socket.IPPROTO_TCP, socket.TCP_INFO, _ACKNOWLEDGED.size
            )
            return int(_ACKNOWLEDGED.unpack(told)[0])
        except (AttributeError, OSError, struct.error):
            return -self.transport.get_write_buffer_size()

    def _is_last(self) -> None:
        """Mark the running response as the last one, if it has not begun, and close the connection after it."""
        self.cycle.default_headers = [*self.cycle.default_headers, (b"connection", b"close")]
        self.cycle.keep_alive = False

    def _end(self) -> None:
        if not self._answering() and not self.transport.is_closing():
            super().shutdown()

    @property
    def is_answering(self) -> bool:
        """Whether a request is being answered, or a response not fully read."""
        return self._answering() or self.flow.write_paused

    def _answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request, despite its type
        return cycle is not None and not cycle.response_complete
