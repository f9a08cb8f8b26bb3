"""Text that people type, made safe for where it goes: mail headers, calendar lines, logs, spreadsheets."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from io import StringIO

NAME_LENGTH = 120
NOTE_LENGTH = 2000
EXPOSED_AT_MOST = 4

# Bidirectional overrides and isolates, tag characters and invisible fillers, which make one text look like another.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
_JOINERS = re.compile("(?<![\\w\u200d\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]")
_ENDS = ("?", ":", "!")
_BEGIN_FORMULAS = frozenset("=@\t\r+-")
_BREAKS = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")


def one_line(text: str) -> str:
    """`text` on one line: breaks become spaces, white space is collapsed and trimmed, controls are removed."""
    if text.isascii() and text.isprintable() and "  " not in text:  # the fast path of nearly all cells of a file
        return text.strip(" ")
    return " ".join(_printable(_BREAKS.sub(" ", text)).split())


def several_lines(text: str) -> str:
    """`text` with line breaks as LF, without other controls and trailing blanks."""
    return "\n".join(_printable(line).rstrip() for line in _BREAKS.sub("\n", text).split("\n")).strip()


def introduced(label: str) -> str:
    """A label before its text on one line: followed by a colon, unless it ends with a punctuation mark, as questions
    do."""
    label = label.rstrip()
    return label if label.endswith(_ENDS) else f"{label}:"


def exposed(value: str, *, most: int = EXPOSED_AT_MOST) -> str:
    """The readable end of a sensitive value, to tell one from another: a third of it, at most `most` characters."""
    shown = min(most, EXPOSED_AT_MOST, len(value) // 3)
    return value[len(value) - shown :]


def is_whole(text: str) -> bool:
    """Whether it can be stored: no lone surrogates, no controls but tabs and line breaks."""
    return (text.isascii() and text.isprintable()) or all(_is_text(c) or c in "\t\r\n" for c in text)


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection): an apostrophe is put before one.

    Phone numbers with a leading + are left as they are.
    """
    if cell[:1] not in _BEGIN_FORMULAS:
        return cell
    formula = cell[:1] in "=@\t\r" or (cell[:1] in "+-" and not cell[1:].replace(" ", "").isdigit())
    return f"'{cell}" if len(cell) > 1 and formula else cell


def as_typed(cell: str) -> str:
    """Undo `defused`."""
    return cell[1:] if cell[:1] == "'" and defused(cell[1:]) == cell else cell


def csv_line(cells: Sequence[str]) -> str:
    """A line of CSV (RFC 4180)."""
    return csv_lines([cells])


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _printable(text: str) -> str:
    """Remove controls, surrogates, noncharacters and invisible marks, and joiners that join nothing."""
    if text.isascii() and text.isprintable():  # the fast path of nearly all cells of a file
        return text
    kept = "".join(c if c != "\t" else " " for c in text if c == "\t" or _is_text(c))
    return _calmed(_JOINERS.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFC", kept))))


def _is_text(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) not in {"Cc", "Cs"} and code & 0xFFFE != 0xFFFE and not 0xFDD0 <= code <= 0xFDEF
    )


def _calmed(text: str) -> str:
    """At most four combining marks in a row, so that a name can't cover the lines around it."""
    calm: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= 4:
            calm.append(character)
    return "".join(calm)
