"""A caught mail as people and tests read it: texts, links, attachments."""

import base64
import re
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from .smtp_catcher import CaughtMail

_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is neither text nor HTML; an invitation's text/calendar is one too."""

    number: int
    filename: str
    content_type: str
    parameters: dict[str, str]
    content: bytes

    @property
    def description(self) -> str:
        """The kind of part, an invitation's method, and the size."""
        method = f"; method={self.parameters['method']}" if "method" in self.parameters else ""
        return f"{self.content_type}{method}, {len(self.content)} bytes"

    def as_json(self) -> dict[str, Any]:
        """The content as text if it is UTF-8, else in Base64; `encoding` says which."""
        facts = {"filename": self.filename, "content_type": self.content_type, "parameters": self.parameters}
        try:
            return {**facts, "encoding": "utf-8", "content": self.content.decode()}
        except UnicodeDecodeError:
            return {**facts, "encoding": "base64", "content": base64.b64encode(self.content).decode()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMail:
    """The content of a mail. `to`: the envelope's recipient. `headers`: decoded; repeated ones are a list."""

    id: int
    to: str
    sender: str
    subject: str
    date: str
    headers: dict[str, str | list[str]]
    text: str
    html: str
    links: tuple[str, ...]
    attachments: tuple[Attachment, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "to": self.to,
            "from": self.sender,
            "subject": self.subject,
            "date": self.date,
            "headers": self.headers,
            "text": self.text,
            "html": self.html,
            "links": list(self.links),
            "attachments": [attachment.as_json() for attachment in self.attachments],
        }


@lru_cache(maxsize=1000)  # the list is requested every two seconds, and mails never change
def read(mail: CaughtMail) -> ReadMail:
    """Parse a mail tolerantly: what can't be decoded is shown as received."""
    message = mail.message
    text, html = (_body(message, form) for form in ("plain", "html"))
    return ReadMail(
        id=mail.id,
        to=", ".join(mail.recipients),
        sender=str(message["From"] or mail.sender),
        subject=str(message["Subject"] or ""),
        date=str(message["Date"] or ""),
        headers=_headers(message),
        text=text,
        html=html,
        links=tuple(dict.fromkeys([*_hrefs(html), *_WEB_ADDRESS.findall(text)])),
        attachments=tuple(_attachments(message)),
    )


def _body(message: EmailMessage, form: str) -> str:
    part = message.get_body((form,))
    return "" if part is None else _text(part)


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeError):  # an unknown or wrong character set
        return _content(part).decode("latin-1")


def _headers(message: EmailMessage) -> dict[str, str | list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in message.items():
        named.setdefault(name, []).append(str(value))
    return {name: values[0] if len(values) == 1 else values for name, values in named.items()}


def _attachments(message: EmailMessage) -> list[Attachment]:
    bodies = [message.get_body(("plain",)), message.get_body(("html",))]
    others = [part for part in message.walk() if not part.is_multipart() and all(part is not body for body in bodies)]
    return [_attachment(number, part) for number, part in enumerate(others)]


def _attachment(number: int, part: MIMEPart) -> Attachment:
    parameters = {name: str(value) for name, value in (part.get_params() or [])[1:]}
    content_type = part.get_content_type()
    filename = part.get_filename() or f"part-{number}.{'ics' if content_type == 'text/calendar' else 'bin'}"
    return Attachment(number, filename, content_type, parameters, _content(part))


def _content(part: MIMEPart) -> bytes:
    decoded = part.get_payload(decode=True)
    return decoded if isinstance(decoded, bytes) else b""


def _hrefs(html: str) -> list[str]:
    collector = _Links()
    collector.feed(html)
    return collector.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
