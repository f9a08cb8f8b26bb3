"""A mail to start from, a mailbox that remembers, and a server that can be told to misbehave at any step."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pytest
import trustme
from aiosmtpd.smtp import Envelope, Session

from booking_service.demo.smtp_catcher import SmtpServer
from booking_service.mail.headers import Mailbox
from booking_service.mail.message import CalendarPart, OutgoingMail
from booking_service.mail.transport import Security, SmtpSettings

INVITATION = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def mail() -> OutgoingMail:
    return OutgoingMail(
        sender=Mailbox("booking@example.org", "Ada via Example"),
        to=Mailbox("grace@example.net", "Grace Hopper"),
        reply_to=Mailbox("ada@example.org", "Ada Lovelace"),
        subject="Please confirm: Tue 24 Nov, 09:00",
        text="Grüße aus Köln\n",
        html="<p>Grüße aus Köln</p>",
        message_id="<one@example.org>",
        date=datetime(2026, 11, 23, 10, 14, tzinfo=UTC),
    )


@pytest.fixture
def invitation() -> CalendarPart:
    return CalendarPart(method="REQUEST", body=INVITATION)


@dataclass
class Mailroom:
    """aiosmtpd's handler: keeps what came in, and answers a verb differently for as long as it was told to."""

    envelopes: list[Envelope] = field(default_factory=list)
    signed_in: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def _staged(self, verb: str) -> str | None:
        return self.answers[verb].pop(0) if self.answers.get(verb) else None

    async def handle_MAIL(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        self.senders.append(address)
        if staged := self._staged("MAIL"):
            return staged
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if staged := self._staged("RCPT"):
            return staged
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if staged := self._staged("DATA"):
            return staged
        self.envelopes.append(envelope)
        self.signed_in.append(session.authenticated)
        self.encrypted.append(server.transport.get_extra_info("cipher") is not None)
        return f"250 2.0.0 queued as {len(self.envelopes)}"


@pytest.fixture
def mailroom() -> Mailroom:
    return Mailroom()


@pytest.fixture
def plain(mailroom: Mailroom) -> Iterator[SmtpSettings]:
    """The mailroom in clear text on loopback."""
    with SmtpServer(mailroom) as server:
        yield SmtpSettings(host="127.0.0.1", port=server.port, security=Security.NONE, timeout_s=10)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that only the test knows."""

    ca: trustme.CA

    def server(self, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(name).configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        return context


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority(trustme.CA())


Script = Callable[[BinaryIO, socket.socket], None]


@contextmanager
def scripted(script: Script) -> Iterator[int]:
    """A bare TCP server; `script` plays each connection by itself. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_play, args=(listener, script), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()


def _play(listener: socket.socket, script: Script) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            try:
                script(stream, connection)
                stream.flush()
            except OSError:
                continue


@pytest.fixture
def staged() -> Callable[[Script], Any]:
    return scripted
