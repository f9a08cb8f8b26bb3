"""Content lines (RFC 5545 §3.1): read without losing a byte; written folded, escaped and without control characters.

All text that enters or leaves iCalendar passes here, so that a name or note can never become a property.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

# A logical line with its folds: a line break before a space or tab continues it (RFC 5545 §3.1).
_LOGICAL = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_FOLD = re.compile(r"\r?\n[ \t]")
# At most a hundred parameters, as each becomes an object.
_HEAD = re.compile(r'([A-Za-z0-9-]+)((?:;[^:;="]+=(?:"[^"]*"|[^";:])*){0,100}):')
_PARAMETER = re.compile(r';([^:;="]+)=((?:"[^"]*"|[^";:])*)')

# All kinds of line ends count as one; remaining C0, DEL, C1 and lone surrogates are not allowed in a calendar.
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

_ESCAPED = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}
_NEEDS_ESCAPE = re.compile(r"[\\;,\n]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CARET = {"^n": "\n", "^'": '"', "^^": "^"}
_CARET_CODE = re.compile(r"\^[n'^]")

MAX_OCTETS = 75
MAX_LINES = 20_000  # in an object that may be ours; the folds of an attached file are not counted


@dataclass(frozen=True, slots=True)
class Line:
    """One content line. `name`: in upper case. `value`: still escaped. `raw`: the text as it stood, with its folds."""

    name: str
    params: Mapping[str, str]
    value: str
    raw: str

    @property
    def text(self) -> str:
        """The value of a TEXT property (RFC 5545 §3.3.11)."""
        return unescape(self.value)


def lines(body: bytes) -> list[Line]:
    """The content lines of `body`. Their `raw` joined gives the same bytes; what is no content line has no name."""
    return [parsed(raw) for raw in logical(body)]


def has_too_many(body: bytes) -> bool:
    """Whether `body` has more lines than any event of ours.

    Anybody can put our marks into an object of twenty megabytes, and what looks like ours is parsed in the process that
    serves pages.
    """
    return body.count(b"\n") - body.count(b"\n ") - body.count(b"\n\t") > MAX_LINES


def logical(body: bytes) -> Iterator[str]:
    """The content lines as they stand, each with its folds and line end."""
    return filter(None, (match.group() for match in _LOGICAL.finditer(decode(body))))


def decode(body: bytes) -> str:
    """Decode UTF-8; invalid bytes survive the way back through `encode`."""
    return body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def encode(text: str) -> bytes:
    """Undo `decode`."""
    return text.encode("utf-8", "surrogateescape")


def unfolded(raw: str) -> str:
    """`raw` without its folds and line end."""
    return _FOLD.sub("", raw).rstrip("\r\n")


def tidy(text: str) -> str:
    """`text` with line ends as LF and without control characters; U+0085, U+2028 and U+2029 are line ends too."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text))


def tidy_line(text: str) -> str:
    """`text` on one line: as `tidy`, line ends become spaces."""
    return " ".join(tidy(text).split("\n")).strip()


def escape(text: str) -> str:
    """A TEXT value (RFC 5545 §3.3.11)."""
    return _NEEDS_ESCAPE.sub(lambda match: _ESCAPED[match.group()], tidy(text))


def unescape(value: str) -> str:
    r"""The text behind a TEXT value, read from left to right, so that `\\n` stays a backslash and an n."""
    return _ESCAPE.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value)


def line(name: str, value: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """One line as written: parameters quoted where they must be, folded at 75 octets, CRLF at its end."""
    head = name + "".join(f";{key}={_quoted(text)}" for key, text in params)
    return _folded(f"{head}:{_CONTROL.sub('', _LINE_END.sub(' ', value))}")


def text_line(name: str, text: str) -> str:
    """A line with a TEXT value."""
    return line(name, escape(text))


def parsed(raw: str) -> Line:
    """One content line of `logical`."""
    text = unfolded(raw)
    head = _HEAD.match(text)
    if head is None:
        return Line("", {}, text, raw)
    params = {key.strip().upper(): _unquoted(text) for key, text in _PARAMETER.findall(head.group(2))}
    return Line(head.group(1).upper(), params, text[head.end() :], raw)


def _unquoted(text: str) -> str:
    """A parameter's value without quotes, RFC 6868 carets decoded. Lists stay joined by their commas."""
    return _CARET_CODE.sub(lambda match: _CARET[match.group()], text.replace('"', ""))


def _quoted(text: str) -> str:
    """A parameter value (RFC 5545 §3.2): no DQUOTE inside, no controls, carets doubled (RFC 6868), quoted where needed."""
    plain = tidy_line(text).replace('"', "'").replace("^", "^^")
    return f'"{plain}"' if re.search(r"[^A-Za-z0-9./@+_=-]", plain) else plain


def _folded(logical: str) -> str:
    """`logical` in pieces of at most 75 octets, cut between code points and never after an escaping backslash or caret."""
    octets = logical.encode()
    if len(octets) <= MAX_OCTETS:
        return f"{logical}\r\n"
    return "\r\n ".join(piece.decode() for piece in _pieces(octets)) + "\r\n"


def _pieces(octets: bytes) -> Iterator[bytes]:
    start, room = 0, MAX_OCTETS
    while len(octets) - start > room:
        end = _cut(octets, start, start + room)
        yield octets[start:end]
        start, room = end, MAX_OCTETS - 1  # the space that marks a continuation counts
    yield octets[start:]


def _cut(octets: bytes, start: int, end: int) -> int:
    while octets[end] & 0xC0 == 0x80:  # in the middle of a code point
        end -= 1
    escaping = end
    while escaping > start and octets[escaping - 1] in b"\\^":
        escaping -= 1
    return end - 1 if (end - escaping) % 2 else end
