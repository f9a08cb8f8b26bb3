"""One outgoing mail: assembled from values, and checked by parsing it again before it leaves."""

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from .errors import UnsafeMessage
from .headers import (
    AS_WRITTEN,
    Mailbox,
    clean,
    mailbox_value,
    message_ids_value,
    text_value,
    web_address_value,
)

__all__ = ["CalendarPart", "Mailbox", "OutgoingMail", "UnsafeMessage", "assemble", "stable_message_id", "verify"]

_BODY_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_METHOD = re.compile(rb"^METHOD:([A-Z-]+)\r?$", re.MULTILINE)
_MAILBOXES = ("From", "To", "Reply-To")
_STRUCTURE = ("MIME-Version", "Content-Type")
_PART_HEADERS = frozenset({"content-type", "content-transfer-encoding", "content-disposition"})
_MOST_HEADER_BYTES = 16_384
_LONGEST_LINE = 998  # RFC 5322 §2.1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPart:
    """An iTIP message (RFC 5546). `method` equals the METHOD inside `body` (RFC 6047 §2.4)."""

    method: Literal["REQUEST", "CANCEL"]
    body: bytes
    filename: str = "invite.ics"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A mail to exactly one recipient, as text and HTML.

    `date`: an aware instant. Message-IDs include their angle brackets. `list_unsubscribe`: an address that ends mails
    of this kind by POST (RFC 8058), for marketing and reminders only.
    """

    sender: Mailbox
    to: Mailbox
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    reply_to: Mailbox | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    calendar: CalendarPart | None = None
    list_unsubscribe: str | None = None
    auto_submitted: Literal["auto-generated"] = "auto-generated"


def stable_message_id(*, booking_id: str, kind: str, recipient: str, occasion: str, domain: str) -> str:
    """The same Message-ID for each try of a mail, and another for any other mail; contains neither booking nor address.

    `occasion` tells mails of one kind apart: SEQUENCE, number of the resend or reminder.
    """
    meant = json.dumps([booking_id, kind, recipient, occasion])
    return f"<{hashlib.sha256(meant.encode()).hexdigest()[:40]}@{domain}>"


def assemble(mail: OutgoingMail) -> EmailMessage:
    """The message: text and HTML as alternatives; an invitation as another alternative and as an attachment.

    Some mail programs look for the last text/calendar alternative, others for the attachment (RFC 6047 §2.4 leaves both
    open). Raises UnsafeMessage: a value can't be written safely.
    """
    message = EmailMessage(AS_WRITTEN)
    for name, value in _headers(mail):
        message[name] = value
    message.set_content(_body(mail.text), charset="utf-8", cte="quoted-printable")
    message.add_alternative(_body(mail.html), subtype="html", charset="utf-8", cte="quoted-printable")
    if mail.calendar:
        _add_calendar(message, mail.calendar)
    for part in message.walk():
        if part is not message:
            del part["MIME-Version"]  # for the whole message only (RFC 2045 §4)
    return message


def verify(message: bytes, expected: OutgoingMail) -> None:
    """Parse `message` as its receiver will. Raises UnsafeMessage: it does not say exactly what `expected` says."""
    _check_lines(message)
    raw = message_from_bytes(message, policy=policy.compat32)
    _check_names(Counter(name.lower() for name in raw), expected)
    for name, meant in _meanings(expected).items():
        if _read_as_people_do(name, raw[name]) != meant:
            raise UnsafeMessage(f"{name} reads differently from what was meant")
    read = message_from_bytes(message, policy=policy.default)
    if [one.addr_spec for one in read["To"].addresses] != [expected.to.address]:
        raise UnsafeMessage("the recipient is not exactly the one meant")
    _check_parts(read, expected)


def _headers(mail: OutgoingMail) -> list[tuple[str, str]]:
    if mail.date.utcoffset() is None:
        raise UnsafeMessage("the date of a mail needs its offset")
    headers = [
        ("From", mailbox_value(mail.sender, name="From")),
        ("To", mailbox_value(mail.to, name="To")),
        ("Subject", text_value(mail.subject, name="Subject")),
        ("Date", format_datetime(mail.date)),
        ("Message-ID", message_ids_value([mail.message_id], name="Message-ID")),
        ("Auto-Submitted", mail.auto_submitted),  # RFC 3834: no vacation replies
        ("X-Auto-Response-Suppress", "All"),  # the same for Exchange
    ]
    if mail.reply_to:
        headers.append(("Reply-To", mailbox_value(mail.reply_to, name="Reply-To")))
    if mail.in_reply_to:
        headers.append(("In-Reply-To", message_ids_value([mail.in_reply_to], name="In-Reply-To")))
    if mail.references:
        headers.append(("References", message_ids_value(mail.references, name="References")))
    if mail.list_unsubscribe:
        headers.append(("List-Unsubscribe", web_address_value(mail.list_unsubscribe)))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return headers


def _body(text: str) -> str:
    return _BODY_CONTROLS.sub("", text)


def _add_calendar(message: EmailMessage, calendar: CalendarPart) -> None:
    message.add_alternative(calendar.body, maintype="text", subtype="calendar", cte="base64")
    alternative = list(message.iter_parts())[-1]
    # Unquoted, as other senders write it: some mail gateways compare the raw text.
    alternative.set_param("method", calendar.method, requote=False)
    alternative.set_param("charset", "UTF-8", requote=False)
    message.add_attachment(calendar.body, maintype="application", subtype="ics", filename=calendar.filename)
    list(message.iter_parts())[-1].set_param("name", calendar.filename)


def _check_lines(message: bytes) -> None:
    if message.find(b"\r\n\r\n") > _MOST_HEADER_BYTES:
        raise UnsafeMessage("the headers are longer than any mail of ours")
    if re.search(rb"[^\t\r\n -~]", message):
        raise UnsafeMessage("a byte outside printable ASCII")
    lines = message.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise UnsafeMessage("a line break that is not CRLF")
    if max(map(len, lines)) > _LONGEST_LINE:
        raise UnsafeMessage("a line longer than mail allows")


def _check_names(found: Counter[str], expected: OutgoingMail) -> None:
    meant = Counter(name.lower() for name in (*dict(_headers(expected)), *_STRUCTURE))
    if found != meant:
        names = ", ".join(sorted((found - meant) + (meant - found)))
        raise UnsafeMessage(f"headers missing or too many: {names}")


def _meanings(mail: OutgoingMail) -> dict[str, str]:
    """What each header must read as once decoded; only what people typed may differ from how it is written."""
    meanings = dict(_headers(mail)) | {"Subject": clean(mail.subject)}
    mailboxes = {"From": mail.sender, "To": mail.to} | ({"Reply-To": mail.reply_to} if mail.reply_to else {})
    return meanings | {name: f"{clean(one.name)} <{one.address}>".lstrip() for name, one in mailboxes.items()}


def _read_as_people_do(name: str, value: str) -> str:
    """A header's value as a person reads it: unfolded, without a name's quotes, encoded words joined and decoded."""
    unfolded = re.sub(r"\r\n(?=[ \t])", "", value)
    if name in _MAILBOXES:
        unfolded = re.sub(r'^"([^"]*)" ', r"\1 ", unfolded)
    try:
        return str(make_header(decode_header(unfolded)))
    except (HeaderParseError, LookupError, UnicodeError) as error:
        raise UnsafeMessage(f"{name} can't be decoded") from error


def _check_parts(read: EmailMessage, expected: OutgoingMail) -> None:
    tree = ["multipart/alternative", "text/plain", "text/html"]
    if expected.calendar:
        tree = ["multipart/mixed", *tree, "text/calendar", "application/ics"]
    parts = list(read.walk())
    if [part.get_content_type() for part in parts] != tree:
        raise UnsafeMessage("the parts are not those meant")
    for part in parts[1:]:
        if part.defects or not {name.lower() for name in part} <= _PART_HEADERS:
            raise UnsafeMessage("a part has headers that were not meant")
    if expected.calendar:
        _check_calendar(parts[-2], expected.calendar)
        _check_calendar(parts[-1], expected.calendar)


def _check_calendar(part: EmailMessage, expected: CalendarPart) -> None:
    body = part.get_payload(decode=True)
    if body != expected.body or _METHOD.findall(expected.body) != [expected.method.encode()]:
        raise UnsafeMessage("the calendar part is not the one meant, or its METHOD differs")
    if part.get_content_type() == "text/calendar" and part.get_param("method") != expected.method:
        raise UnsafeMessage("the method of the MIME part differs from the METHOD inside")
