"""Header values that mean the same to every reader: printable ASCII, never re-encoded by a library.

CPython decodes RFC 2047 words when a header is set and writes them out decoded: on 3.11.7 a name of
`=?utf-8?q?a=0D=0ABcc:_x@evil?=` becomes a real Bcc line (CVE-2024-6923, fixed in 3.11.10 and 3.12.5). So the values are
made here, and `AS_WRITTEN` stores and folds them byte for byte.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.policy import EmailPolicy
from typing import Any

from ..domain.people import is_mail_address
from .errors import UnsafeMessage

_LINE = 76  # maximum length of a line with an encoded word (RFC 2047 §2)
_WORD_BYTES = 36  # of UTF-8 in an encoded word: 60 characters, so that "Reply-To: " fits before it

_CONTROLS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_UNSHOWN = re.compile(r"[\ud800-\udfff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_PLAIN_TEXT = re.compile(r"[ -~]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 .,'&()/+_-]+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/^_`{|}~=-]{1,200}@[A-Za-z0-9.-]{1,253}>")
_WEB_ADDRESS = re.compile(r"https?://[!-;=?-~]{1,900}")  # printable ASCII without blank and angle brackets
_WRITTEN = re.compile(r"[ -~]*(\r\n [!-~][ -~]*)*")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail address (ASCII, an IDN domain in its xn-- form) with a display name if there is one."""

    address: str
    name: str = ""


def clean(text: str) -> str:
    """`text` on one line, safe in a header: no controls, lone surrogates or bidi marks, no start of an encoded word.

    All scripts, emoji and joiners stay. `=?` becomes `= ?`, so that no program on the way decodes what a person typed.
    """
    shown = _CONTROLS.sub(" ", _UNSHOWN.sub("", text)).strip()
    return re.sub(r"=(?=\?)", "= ", shown)


def text_value(text: str, *, name: str) -> str:
    """The value of an unstructured header (RFC 5322 §3.6.5): plain words where possible, else encoded ones."""
    cleaned = clean(text)
    words = cleaned.split(" ")
    if not _PLAIN_TEXT.fullmatch(cleaned) or max(map(len, words)) > _WORD_BYTES:
        words = _encoded_words(cleaned)
    return _folded(words, name=name)


def mailbox_value(mailbox: Mailbox, *, name: str) -> str:
    """One mailbox (RFC 5322 §3.4).

    A name with special characters is encoded, as quoting confuses many readers, and so is one too long for a line. Any
    other name is quoted: filters suspect encoded plain letters of hiding something.
    """
    address = f"<{checked_address(mailbox.address)}>"
    shown = clean(mailbox.name)
    if not shown:
        return address
    quoted = f'"{shown}"'
    if _PLAIN_NAME.fullmatch(shown) and len(f"{name}: {quoted}") <= _LINE:
        return _folded([quoted, address], name=name)
    return _folded([*_encoded_words(shown), address], name=name)


def checked_address(address: str) -> str:
    """`address` unchanged. Raises UnsafeMessage: it does not pass `is_mail_address`."""
    if not is_mail_address(address):
        raise UnsafeMessage("an address is not a single plain mail address")
    return address


def message_ids_value(ids: Iterable[str], *, name: str) -> str:
    """Message-IDs as in References (RFC 5322 §3.6.4)."""
    checked = list(ids)
    if not all(_MESSAGE_ID.fullmatch(one) for one in checked):
        raise UnsafeMessage("a Message-ID has an unexpected form")
    return _folded(checked, name=name)


def web_address_value(url: str) -> str:
    """A web address in angle brackets, as List-Unsubscribe has it (RFC 2369)."""
    if not _WEB_ADDRESS.fullmatch(url):
        raise UnsafeMessage("a web address for a header has an unexpected form")
    return f"<{url}>"


def _folded(words: Iterable[str], *, name: str) -> str:
    """The words of header `name` on as many lines as they need (RFC 5322 §2.2.3)."""
    lines = [""]
    room = _LINE - len(name) - 2
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = _LINE - 1
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip(" ")
    return "\r\n ".join(lines)


def _encoded_words(text: str) -> list[str]:
    """`text` as RFC 2047 words, cut between characters (§5)."""
    chunks: list[bytes] = [b""]
    for character in text:
        encoded = character.encode()
        if len(chunks[-1]) + len(encoded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += encoded
    return [f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in chunks]


class _AsWritten(EmailPolicy):
    """Keeps header values as they were set, and writes them unchanged; refuses values that could start another line."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, str]:
        if not _WRITTEN.fullmatch(str(value)):
            raise UnsafeMessage(f"the value of {name} is not plain ASCII on properly folded lines")
        return name, str(value)

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


AS_WRITTEN = _AsWritten(linesep="\r\n", max_line_length=_LINE, cte_type="7bit", utf8=False)
