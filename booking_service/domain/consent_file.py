"""A file of contacts as people upload it: encoding and separator detected, lines parsed, columns guessed."""

import csv
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from itertools import islice

from .errors import BookingError
from .text import as_typed, one_line

MOST_OCTETS = 20 * 1024 * 1024
MOST_LINES = 100_000
MOST_LINE_BREAKS = 10 * MOST_LINES  # including line breaks between rows and inside quotation marks
MOST_COLUMNS = 60
MOST_CHARACTERS = csv.field_size_limit()  # in one cell
MOST_SEPARATORS = 10_000  # in one line, including those in quotation marks; more is refused before parsing
_SEPARATORS = ";,\t|"
_BETWEEN_ADDRESSES = re.compile(r"[\s,;:<>()]+")
_SHORTEST_NUMBER = 6  # digits, without the country code


class FileRefused(BookingError):
    """The file can't be read at all. `why` is a code, which pages put into words."""

    def __init__(self, why: "FileProblem", line: int = 0) -> None:
        self.why, self.line = why, line
        megabytes = MOST_OCTETS // 1024 // 1024
        most = {"most": MOST_LINES, "columns": MOST_COLUMNS, "characters": MOST_CHARACTERS}
        super().__init__(_SENTENCES[why].format(line=line, megabytes=megabytes, **most))


class FileProblem(StrEnum):
    EMPTY = "empty"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    NO_TEXT = "no-text"
    BROKEN = "broken"  # a quotation mark is never closed
    STRAY = "stray"  # text follows a closing quotation mark
    TOO_LONG = "too-long"  # a cell
    TOO_WIDE = "too-wide"


_SENTENCES = {
    FileProblem.EMPTY: "The file has no lines below its headings.",
    FileProblem.TOO_LARGE: "The file is larger than {megabytes} MB.",
    FileProblem.TOO_MANY: "The file has more than {most} lines. Split it into parts.",
    FileProblem.NO_TEXT: "This is not a text file with columns. Save the list as CSV.",
    FileProblem.BROKEN: "Line {line} can't be taken apart: a quotation mark is opened and never closed.",
    FileProblem.STRAY: "Line {line} can't be taken apart: text stands behind a closing quotation mark. Write those inside a text twice.",
    FileProblem.TOO_LONG: "Line {line} has more than {characters} characters in one cell. Shorten it; if it is no such text, a quotation mark "
    "is opened there and never closed.",
    FileProblem.TOO_WIDE: "Line {line} has more than {columns} columns.",
}


class Column(StrEnum):
    """What a column of the file holds."""

    NOTHING = ""
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    WHO = "optin_who"
    SOURCE = "optin_source"
    DATE = "optin_date"
    ID = "optin_id"
    DESCRIPTION = "optin_description"


FIELD = "field:"  # prefix of a column that fills a field; the field's slug follows
OPTIN = (Column.WHO, Column.SOURCE, Column.DATE, Column.ID, Column.DESCRIPTION)
_NAMES: Mapping[str, Column] = {
    **{each.value: each for each in OPTIN},
    **dict.fromkeys(
        ("email", "e-mail", "mail", "email address", "e-mail-adresse", "emailadres", "address"), Column.EMAIL
    ),
    **dict.fromkeys(("phone", "telefon", "telefonnummer", "telefoon", "telefoonnummer", "tel", "mobil"), Column.PHONE),
    **dict.fromkeys(("name", "naam", "full name"), Column.NAME),
    **dict.fromkeys(("source", "quelle", "herkunft", "bron", "herkomst"), Column.SOURCE),
    **dict.fromkeys(
        (
            "date",
            "datum",
            "consent date",
            "opt-in date",
            "einwilligungsdatum",
            "einwilligung am",
            "datum der einwilligung",
        ),
        Column.DATE,
    ),
}


def field_named(written: str) -> str:
    """The slug in `field:SLUG`; "" for any other text."""
    return written.removeprefix(FIELD) if written.startswith(FIELD) else ""


class Meaning(StrEnum):
    """What the lines say about a purpose. THEIRS: the people's own no, passed on."""

    GIVEN = "given"
    IMPLIED = "implied"
    OUT_THEIRS = "out-theirs"
    OUT_OURS = "out-ours"
    NOTHING = "nothing"  # they only become contacts, and may be asked later


@dataclass(frozen=True, slots=True)
class FileLine:
    """One row. `number`: its first line in the file; the headings are line 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileLines(Collection[FileLine]):
    """The rows below the headings, parsed anew at each iteration: all cells at once take twenty times the file's size."""

    text: str
    separator: str
    count: int

    def __iter__(self) -> Iterator[FileLine]:
        return islice(_rows(self.text, self.separator), 1, None)

    def __len__(self) -> int:
        return self.count

    def __contains__(self, line: object) -> bool:
        return any(line == each for each in self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFile:
    encoding: str
    separator: str
    headings: tuple[str, ...]
    lines: FileLines


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the file is to be read, and what its lines say about `purpose`.

    `columns`: what each column holds, by position. `for_all`: values that hold for each line and stand in no column.
    `meaning`: None until somebody chose one; there is no default. `fields`: column positions that fill a field of the
    contact's profile, with its slug; such a position is unused in `columns`.
    """

    columns: tuple[Column, ...]
    purpose: str
    meaning: Meaning | None = None
    for_all: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[int, str] = field(default_factory=dict)

    @property
    def seal(self) -> str:
        """A fingerprint of the plan, by which a form shows that it is about the plan that its page showed."""
        said = [
            [str(each) for each in self.columns],
            self.purpose,
            str(self.meaning),
            dict(self.for_all),
            sorted(self.fields.items()),
        ]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]

    def values(self, cells: Sequence[str]) -> dict[Column, str]:
        """The row's values by what its columns hold; of two columns for one thing the first non-empty one."""
        found: dict[Column, str] = {Column(name): text for name, text in self.for_all.items() if text}
        taken: set[Column] = set()
        for column, text in zip(self.columns, cells, strict=False):
            if column is not Column.NOTHING and text.strip() and column not in taken:
                found[column] = as_typed(text)
                taken.add(column)
        return found

    def field_values(self, cells: Sequence[str]) -> dict[str, str]:
        """The row's values for fields, by slug; empty cells are left out."""
        filled = ((slug, cells[at]) for at, slug in self.fields.items() if at < len(cells))
        return {slug: as_typed(text) for slug, text in filled if text.strip()}

    def place(self, column: Column, field: str = "") -> int | None:
        """The position of the column that holds this, or fills this field; None where there is none."""
        if field:
            return next((at for at, slug in self.fields.items() if slug == field), None)
        return self.columns.index(column) if column and column in self.columns else None


def read(content: bytes) -> ConsentFile:
    """Parse an upload. Raises FileRefused."""
    if len(content) > MOST_OCTETS:
        raise FileRefused(FileProblem.TOO_LARGE)
    encoding, text = _decoded(content)
    separator = _separator(text)
    rows = _rows(text, separator)
    first = next(rows, None)
    if first is None:
        raise FileRefused(FileProblem.EMPTY)
    headings = tuple(one_line(cell) for cell in first.cells)
    count = sum(1 for _ in islice(rows, MOST_LINES + 1))
    if not count:
        raise FileRefused(FileProblem.EMPTY)
    if count > MOST_LINES:
        raise FileRefused(FileProblem.TOO_MANY)
    lines = FileLines(text, separator, count)
    return ConsentFile(encoding=encoding, separator=separator, headings=headings, lines=lines)


def guess(headings: Sequence[str]) -> tuple[Column, ...]:
    """What the columns hold, guessed by their headings: each meaning once, the rest unused."""
    found: list[Column] = []
    for heading in headings:
        column = _NAMES.get(heading.strip().lower(), Column.NOTHING)
        found.append(column if column not in found else Column.NOTHING)
    return tuple(found)


def names(cells: Iterable[str], *, address: str, phone: str) -> bool:
    """Whether a row contains this mail address or E.164 number: in any cell, alone or among others, with or without
    country code."""
    return any(
        (address and address.lower() in _BETWEEN_ADDRESSES.split(cell.lower())) or (phone and _is_number(cell, phone))
        for cell in cells
    )


def digits_of(number: str) -> str:
    """The digits of a phone number, without separators and without a leading trunk zero."""
    return "".join(filter(str.isdecimal, number.replace("(0)", "")))


def _is_number(cell: str, phone: str) -> bool:
    digits = digits_of(cell).lstrip("0")
    return len(digits) >= _SHORTEST_NUMBER and digits_of(phone).endswith(digits)


def _decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-8 with a byte order mark ("utf-8-sig") or without, UTF-16 with one, else
    Windows-1252."""
    encodings = ["utf-8", "cp1252"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return encoding, text
    raise FileRefused(FileProblem.NO_TEXT)


def _separator(text: str) -> str:
    """The separator that is most frequent in the headings; a comma where there is none."""
    headings = next((line for line in StringIO(text) if line.strip()), "")
    best = max(_SEPARATORS, key=headings.count)
    return best if headings.count(best) else ","


def _rows(text: str, separator: str) -> Iterator[FileLine]:
    """The non-empty rows, one in memory at a time."""
    bounded = _Bounded(text, separator)
    reader = csv.reader(bounded, delimiter=separator, strict=True)
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise FileRefused(FileProblem.TOO_WIDE, bounded.begun)
            if any(cell.strip() for cell in cells):
                yield FileLine(bounded.begun, tuple(cells))
            bounded.begin(reader.line_num + 1)
    except csv.Error as error:
        raise FileRefused(_problem(error), bounded.begun) from error


def _problem(error: csv.Error) -> FileProblem:
    """Which problem the csv module means: it tells them apart by message only."""
    words = str(error)
    if "field larger" in words:
        return FileProblem.TOO_LONG
    return FileProblem.STRAY if "expected after" in words else FileProblem.BROKEN


class _Bounded:
    """Feeds the csv module line by line, and refuses a row with too many cells before it is built.

    Twenty million commas fit into a file; a row may span several lines.
    """

    def __init__(self, text: str, separator: str) -> None:
        self._lines, self._separator, self._room = StringIO(text, newline=""), separator, MOST_SEPARATORS
        self.begun = 1

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._lines):
            if number > MOST_LINE_BREAKS:
                raise FileRefused(FileProblem.TOO_MANY)
            self._room -= line.count(self._separator)
            if self._room < 0:
                raise FileRefused(FileProblem.TOO_WIDE, self.begun)
            yield line

    def begin(self, number: int) -> None:
        """Start counting for a new row at this line."""
        self.begun, self._room = number, MOST_SEPARATORS
