"""An SMTP server that keeps every mail on disk, so that the demo's mails can be read in a browser."""

import asyncio
import json
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from .ports import bound_socket

_MOST_MAILS = 500
_MOST_BYTES = 5_000_000
_STARTED_WITHIN_S = 10


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """A mail as received: the envelope's sender and recipients, and the bytes between DATA and the dot."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    source: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed tolerantly."""
        return message_from_bytes(self.source, policy=policy.default)


class Inbox:
    """The latest mails, in a folder that outlives the process: `<id>.eml` as received, and its envelope."""

    def __init__(
        self, folder: Path, *, most: int = _MOST_MAILS, announce: Callable[[CaughtMail], None] = lambda mail: None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._most = most
        self._announce = announce
        self._arrived = threading.Condition()
        self._mails = {mail.id: mail for mail in map(_read, sorted(folder.glob("*.eml")))}
        self._last_id = max(self._mails, default=0)

    def messages(self) -> list[CaughtMail]:
        """All mails, newest first."""
        with self._arrived:
            return sorted(self._mails.values(), key=lambda mail: -mail.id)

    def get(self, id: int) -> CaughtMail | None:
        with self._arrived:
            return self._mails.get(id)

    def add(self, *, sender: str, recipients: tuple[str, ...], source: bytes) -> CaughtMail:
        """Store a mail on disk, then show it; the oldest one beyond the limit is deleted."""
        with self._arrived:
            mail = CaughtMail(id=self._last_id + 1, sender=sender, recipients=recipients, source=source)
            _write(mail, self._folder)
            self._last_id = mail.id
            self._mails[mail.id] = mail
            while len(self._mails) > self._most:
                _remove(self._mails.pop(min(self._mails)), self._folder)
            self._arrived.notify_all()
        self._announce(mail)
        return mail

    def wait_for(self, wanted: Callable[[CaughtMail], bool], *, timeout_s: float) -> CaughtMail | None:
        """The newest `wanted` mail, as soon as there is one; None after the timeout."""
        with self._arrived:
            self._arrived.wait_for(lambda: any(map(wanted, self._mails.values())), timeout_s)
            return max(filter(wanted, self._mails.values()), key=lambda mail: mail.id, default=None)


class SmtpServer:
    """aiosmtpd in a thread of its own, on the wanted port or the next free one. `options`: of aiosmtpd's SMTP.

    Used as a context manager, or by `start` and `stop`.
    """

    def __init__(self, handler: object, *, port: int = 0, tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self._handler = handler
        self._socket = bound_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self._tls = tls
        self._options = options
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._ended: asyncio.Event
        self._thread = threading.Thread(target=self._run, name="smtp-catcher", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(_STARTED_WITHIN_S):
            raise TimeoutError("the mail catcher did not start")

    def stop(self) -> None:
        """End all connections and the thread. Mails answered with 250 are on disk."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join(_STARTED_WITHIN_S)
        self._socket.close()

    def __enter__(self) -> "SmtpServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._session, sock=self._socket, ssl=self._tls)
        self._ready.set()
        await self._ended.wait()
        server.close()

    def _session(self) -> SMTP:
        return SMTP(self._handler, hostname="localhost", data_size_limit=_MOST_BYTES, loop=self._loop, **self._options)


class Catcher(SmtpServer):
    """Takes every mail for everybody into `inbox`."""

    def __init__(self, inbox: Inbox, *, port: int = 0) -> None:
        super().__init__(_Collector(inbox), port=port)


class _Collector:
    """aiosmtpd's handler, whose method names are given."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        source = envelope.original_content or b""
        mail = self._inbox.add(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), source=source)
        return f"250 2.0.0 Ok: kept as {mail.id}"


def _write(mail: CaughtMail, folder: Path) -> None:
    """The envelope first: a mail counts as stored once its .eml exists."""
    envelope = {"sender": mail.sender, "recipients": mail.recipients}
    (folder / f"{mail.id:06d}.json").write_text(json.dumps(envelope), encoding="utf-8")
    unfinished = folder / f"{mail.id:06d}.part"
    unfinished.write_bytes(mail.source)
    unfinished.rename(folder / f"{mail.id:06d}.eml")


def _read(path: Path) -> CaughtMail:
    source = path.read_bytes()
    try:
        envelope = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    except FileNotFoundError:  # put there by hand
        message = message_from_bytes(source, policy=policy.default)
        envelope = {"sender": str(message["From"] or ""), "recipients": [str(message["To"] or "")]}
    id = int(re.sub(r"\D", "", path.stem) or 0)
    return CaughtMail(id=id, sender=envelope["sender"], recipients=tuple(envelope["recipients"]), source=source)


def _remove(mail: CaughtMail, folder: Path) -> None:
    for suffix in ("eml", "json"):
        (folder / f"{mail.id:06d}.{suffix}").unlink(missing_ok=True)
