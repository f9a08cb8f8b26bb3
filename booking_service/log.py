"""Logging to standard error: readable lines on a terminal, JSON otherwise.

Everything logged, by us or a library, is redacted last: tokens in paths and ids of waiting pages become `***`; mail
addresses a mark of eight characters, the same for the same mailbox; bodies and credentials are dropped by field name.
Tracebacks show no values of variables.
"""

import logging
import re
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from .crypto.keys import KeyRing, mac
from .domain.people import canonical_mailbox

HIDDEN = "***"

# Fields whose values are never logged.
_UNSPEAKABLE = frozenset(
    {"authorization", "body", "code", "cookie", "credentials", "headers", "html", "key", "password", "secret"}
    | {"secret_key", "set_cookie", "text", "token"}
)
# Libraries that log calendars' addresses or rows' values below warnings, or nothing useful (caldav's are silenced in
# calendars.dav.client).
_TALKATIVE = ("alembic", "httpcore2", "httpx2", "sqlalchemy")

_URL_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"']+@")
_HEADER_CREDENTIALS = re.compile(r"\b(basic|bearer|digest)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE)
_PATH_TOKEN = re.compile(
    r"(/(?:[bcmxsgao]|host/sign-in|host/stop|host/address|preferences(?:/(?:page|full|yes|change|out|data))?)/)[^\s/?#\"'<>]+"
)
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
# Also inside a query, with an encoded @. The part before it is bounded (RFC 5321 §4.5.3.1: 64 octets), or a long text
# would be scanned from each of its characters on.
_MAILBOX = re.compile(
    r"[^\s@*<>\"'(),:;/=\[\]]{1,320}(?:@|%40)[^\s@<>\"'(),:;/=?&\[\]]*[^\s@<>\"'(),:;/=?&\[\].]", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What must not be logged. `mark`: replaces a mail address. `known`: secrets by their exact text."""

    mark: Callable[[str], str]
    known: tuple[str, ...] = ()

    def text(self, text: str) -> str:
        """One or several lines with all secrets replaced and control characters escaped."""
        for secret in self.known:
            text = text.replace(secret, HIDDEN)
        text = _URL_CREDENTIALS.sub(f"{HIDDEN}@", text)
        text = _HEADER_CREDENTIALS.sub(rf"\1 {HIDDEN}", text)
        text = _PATH_TOKEN.sub(rf"\1{HIDDEN}", text)
        text = _TOKEN.sub(HIDDEN, text)
        text = _MAILBOX.sub(lambda found: self.mark(found[0].replace("%40", "@")), text)
        return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)

    def value(self, value: object) -> object:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value).replace("\n", "\\n")
            case bytes():
                return f"<{len(value)} bytes>"
            case Mapping():
                return {str(name): self.field(str(name), inner) for name, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(inner) for inner in value]
            case _:
                return self.text(str(value)).replace("\n", "\\n")

    def field(self, name: str, value: object) -> object:
        if name.lower().replace("-", "_") in _UNSPEAKABLE:
            return HIDDEN
        return self.text(value) if name == "exception" and isinstance(value, str) else self.value(value)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {name: self.field(name, value) for name, value in event.items()}


def configure(
    redaction: Redaction,
    *,
    format: Literal["auto", "console", "json"] = "auto",
    level: str = "info",
    stream: TextIO | None = None,
) -> None:
    """Send our own and all libraries' logging through one redacting handler; calling it again replaces that."""
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_gathering(),
            processors=[ProcessorFormatter.remove_processors_meta, redaction, _renderer(format, out)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_gathering(), ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def mailbox_mark(ring: KeyRing) -> Callable[[str], str]:
    """Eight hexadecimal characters for a mail address, the same for every spelling, irreversible."""

    def mark(address: str) -> str:
        mailbox = canonical_mailbox(address).encode("utf-8", "replace")
        return f"mailbox:{mac(ring, 'log mailbox', mailbox)[:4].hex()}"

    return mark


def as_written(address: str) -> str:
    """The address itself, for operators who chose that."""
    return address


def redaction(ring: KeyRing, *, addresses: bool = False, known: Iterable[str | None] = ()) -> Redaction:
    """`addresses`: log mail addresses in full. `known`: secrets in the settings, if set."""
    long_enough = tuple(secret for secret in known if secret is not None and len(secret) >= 4)
    return Redaction(mark=as_written if addresses else mailbox_mark(ring), known=long_enough)


@contextmanager
def request_context(request_id: str | None = None) -> Iterator[str]:
    """Add one id to every line logged within, in this thread or task; error pages show it too."""
    request_id = request_id or secrets.token_hex(8)
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        yield request_id


def _gathering() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _renderer(format: str, out: TextIO) -> Processor:
    if format == "console" or (format == "auto" and out.isatty()):
        return ConsoleRenderer(colors=out.isatty(), exception_formatter=plain_traceback)
    return structlog.processors.JSONRenderer()
