"""Handing one mail to an SMTP server: its reply, or an error that says whether a retry can help."""

import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from enum import StrEnum
from functools import cached_property
from typing import IO, Protocol

from ..telemetry.tracing import SpanKind, part
from .errors import MailError, RecipientRefused, TransportDown, TryLater, UnsafeMessage
from .headers import checked_address
from .message import OutgoingMail, assemble, verify

__all__ = [
    "Delivered",
    "MailError",
    "RecipientRefused",
    "Security",
    "SmtpSettings",
    "SmtpTransport",
    "Transport",
    "TransportDown",
    "TryLater",
    "UnsafeMessage",
    "python_headers_are_safe",
    "retry_after",
]

_FIRST_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60))
_LATER_WAIT = timedelta(hours=1)
_PATIENCE = timedelta(hours=48)
MOST_OF_AN_ANSWER = 64 * 1024  # octets of a reply; a long one to EHLO has two thousand
# Unknown or unavailable commands (RFC 5321 §4.2.2), missing sign-in or encryption (RFC 4954 §6).
_NOT_ABOUT_THE_RECIPIENT = frozenset({500, 502, 503, 504, 530, 535, 538})
# Postfix replies "554 5.7.1 <…>: Relay access denied" when it doesn't know us, and "554 5.7.1 Service unavailable;
# Client host [192.0.2.1] blocked using zen.spamhaus.org" when we are listed: not the recipient's fault.
_ABOUT_US = re.compile(r"\brelay|\bclient host\b|\bblocked using\b|\bblack ?list|\bblock ?list", re.IGNORECASE)


class Security(StrEnum):
    """How the connection is protected. There is no fallback to a weaker way."""

    TLS = "tls"  # from the first byte, usually port 465
    STARTTLS = "starttls"  # before any other command, usually port 587
    NONE = "none"  # to this machine only


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """The mail server. `envelope_sender`: takes bounces; without it the sender of each mail does.

    `timeout_s` limits connecting and each reply; `total_s` the whole delivery after connecting, however slowly the
    server drips. Raises ValueError: clear text to another machine, or a password that smtplib can't send.
    """

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    security: Security = Security.STARTTLS
    timeout_s: float = 20.0
    total_s: float = 60.0
    envelope_sender: str | None = None

    def __post_init__(self) -> None:
        if self.security is Security.NONE and not _is_loopback(self.host):
            raise ValueError("smtp security 'none' is for this machine only (localhost): choose 'starttls' or 'tls'")
        if not f"{self.user or ''}{self.password or ''}".isascii():
            raise ValueError("smtp user and password may hold ASCII characters only")


@dataclass(frozen=True, slots=True)
class Delivered:
    """The server took the mail. `answer`: its reply, such as `250 2.0.0 Ok: queued as 4F1`."""

    answer: str


class Transport(Protocol):
    """Sends mails."""

    def send(self, mail: OutgoingMail) -> Delivered:
        """Send one mail. Raises MailError: see its `retry`. After a retry the recipient may have the mail twice."""


class SmtpTransport:
    """One connection per mail, so that there is no shared state for a broken connection or another thread to spoil."""

    def __init__(self, settings: SmtpSettings, *, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made with the first mail: reading the machine's certificates takes longer than a page may take."""
        return self._given_tls or ssl.create_default_context()

    def send(self, mail: OutgoingMail) -> Delivered:
        if not mail.to.address.isascii():
            raise RecipientRefused(
                "This address has letters outside ASCII before the @ (or a domain that is not in its xn-- form). "
                "Mail to it needs SMTPUTF8 (RFC 6531), which this service does not speak."
            )
        message = assemble(mail).as_bytes()
        verify(message, mail)
        sender = checked_address(self._settings.envelope_sender or mail.sender.address)
        with part("SMTP", SpanKind.CLIENT, {}), self._connected(ehlo=sender.rpartition("@")[2]) as server:
            return _hand_over(server, message, sender=sender, recipient=mail.to.address)

    def sign_in(self) -> None:
        """Connect and sign in as for a mail, then disconnect. Raises MailError."""
        with self._connected(ehlo="localhost"):
            pass

    @contextmanager
    def _connected(self, *, ehlo: str) -> Iterator[smtplib.SMTP]:
        """A signed-in connection, cut off after `total_s`. Other errors become TransportDown or TryLater."""
        settings = self._settings
        server = self._client(ehlo)
        watchdog = threading.Timer(settings.total_s, _cut, args=(server,))
        watchdog.daemon = True
        watchdog.start()
        try:
            with _as_transport_down():
                code, greeting = server.connect(settings.host, settings.port)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, greeting)
                self._secure(server)
                if settings.user is not None:
                    server.login(settings.user, settings.password or "")
            yield server
        finally:
            watchdog.cancel()
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.putcmd("quit")  # its reply would change nothing
            server.close()

    def _client(self, ehlo: str) -> smtplib.SMTP:
        timeout_s = self._settings.timeout_s
        client: smtplib.SMTP = (
            _BoundedTls(timeout=timeout_s, context=self._tls, local_hostname=ehlo)
            if self._settings.security is Security.TLS
            else _Bounded(timeout=timeout_s, local_hostname=ehlo)
        )
        # The name that TLS checks. smtplib sets it only if its constructor connects, which the watchdog could not
        # interrupt.
        client._host = self._settings.host  # type: ignore[attr-defined]
        return client

    def _secure(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self._settings.security is Security.STARTTLS:
            server.starttls(context=self._tls)
            server.ehlo()


class _Bounded(smtplib.SMTP):
    """Reads at most MOST_OF_AN_ANSWER octets of each reply, as smtplib keeps every line of one."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Answers(self.sock.makefile("rb"))
        if isinstance(self.file, _Answers):
            self.file.left = MOST_OF_AN_ANSWER
        return super().getreply()


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """As `_Bounded`, with TLS from the first byte."""


class _Answers:
    """The server's replies, line by line, up to `left` octets."""

    def __init__(self, lines: IO[bytes]) -> None:
        self._lines, self.left = lines, 0

    def readline(self, size: int = -1) -> bytes:
        line = self._lines.readline(size)
        self.left -= len(line)
        if self.left < 0:
            raise OSError("the answer of the mail server does not end")
        return line

    def close(self) -> None:
        self._lines.close()


def retry_after(attempt: int) -> timedelta | None:
    """How long to wait after `attempt` failed tries (from 1); None after 48 hours: give up."""
    wait = _wait(attempt)
    waited = sum(map(_wait, range(1, attempt)), timedelta())
    return wait if waited + wait <= _PATIENCE else None


def python_headers_are_safe() -> bool:
    """Whether this Python keeps an encoded line break within its header (CVE-2024-6923).

    Our own mails don't depend on it; `check` reports an old Python all the same.
    """
    canary = EmailMessage()
    try:
        canary["Subject"] = "=?utf-8?q?a=0D=0ABcc:_canary@example.org?="
        return not re.search(rb"^Bcc:", canary.as_bytes(), re.MULTILINE)
    except ValueError:  # a fixed Python raises HeaderWriteError
        return True


def _wait(attempt: int) -> timedelta:
    return _FIRST_WAITS[attempt - 1] if attempt <= len(_FIRST_WAITS) else _LATER_WAIT


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hand_over(server: smtplib.SMTP, message: bytes, *, sender: str, recipient: str) -> Delivered:
    """MAIL, RCPT, DATA one by one (RFC 5321 §3.3), as each refusal means something else."""
    try:
        _expect_success(*server.mail(sender), otherwise=_on_sender)
        _expect_success(*server.rcpt(recipient), otherwise=_on_recipient)
        code, answer = server.data(message)
        _expect_success(code, answer, otherwise=_on_message)
    except smtplib.SMTPDataError as error:
        raise _on_message(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TryLater("the connection to the mail server broke; it may have taken the mail") from error
    return Delivered(_reply_text(code, answer))


def _expect_success(code: int, answer: bytes, *, otherwise: Callable[[int, bytes], MailError]) -> None:
    if not 200 <= code < 300:
        raise otherwise(code, answer)


def _on_sender(code: int, answer: bytes) -> MailError:
    if code < 500:
        return TryLater(f"the mail server asks for patience: {_reply_text(code, answer)}")
    return TransportDown(f"the mail server refuses our sender address: {_reply_text(code, answer)}")


def _on_recipient(code: int, answer: bytes) -> MailError:
    reply = _reply_text(code, answer)
    if code < 500:
        return TryLater(f"the mail server asks for patience: {reply}")
    if code in _NOT_ABOUT_THE_RECIPIENT or code > 599 or _ABOUT_US.search(reply):
        return TransportDown(f"the mail server takes no mail from us: {reply}")
    return RecipientRefused(f"the address was refused: {reply}")


def _on_message(code: int, answer: bytes | str) -> MailError:
    if code < 500:
        return TryLater(f"the mail server asks for patience: {_reply_text(code, answer)}")
    if code in _NOT_ABOUT_THE_RECIPIENT or code > 599:
        return TransportDown(f"the mail server takes no mail from us: {_reply_text(code, answer)}")
    return RecipientRefused(f"the mail was refused: {_reply_text(code, answer)}")


def _reply_text(code: int, answer: bytes | str) -> str:
    return _one_line(f"{code} {answer.decode('ascii', 'replace') if isinstance(answer, bytes) else answer}")


def _one_line(text: str) -> str:
    """The reply of a server or library, printable and of bounded length."""
    return re.sub(r"[^ -~]+", " ", text)[:500].strip()


@contextmanager
def _as_transport_down() -> Iterator[None]:
    """Errors before the mail is mentioned are never about this mail. Raises TransportDown."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TransportDown(f"the mail server's certificate is not valid: {error.verify_message}") from error
    except smtplib.SMTPAuthenticationError as error:
        raise TransportDown(
            f"the mail server refuses our sign-in: {_reply_text(error.smtp_code, error.smtp_error)}"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise TransportDown(f"the mail server does not offer what the settings ask for: {error}") from error
    except (socket.gaierror, UnicodeError) as error:
        raise TransportDown("the mail server's name is not known") from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportDown(f"no connection to the mail server: {_one_line(str(error))}") from error


def _cut(server: smtplib.SMTP) -> None:
    """End a delivery from outside: a read that waits for the next byte gets the end of the stream."""
    connection = server.sock
    if isinstance(connection, socket.socket):
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)
