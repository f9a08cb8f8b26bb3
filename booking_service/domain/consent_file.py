"""A file of contacts as people bring it: its encoding and separator found out, its lines taken apart, its columns guessed."""

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
from .spreadsheet import as_typed
from .text import one_line

MOST_OCTETS = 20 * 1024 * 1024
MOST_LINES = 100_000
MOST_LINE_BREAKS = 10 * MOST_LINES  # with those between rows, and inside quotation marks
MOST_COLUMNS = 60
MOST_CHARACTERS = csv.field_size_limit()  # in one cell
MOST_SEPARATORS = 10_000  # in one line, with those inside quotation marks: more is refused before it is taken apart
_SEPARATORS = ";,\t|"
_BETWEEN_ADDRESSES = re.compile(r"[\s,;:<>()]+")
_SHORTEST_NUMBER = 6  # digits, without the country


class FileRefused(BookingError):
    """A file can't be read at all. `why` in a word, for pages that say it in their reader's language."""

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
    BROKEN = "broken"  # a quotation mark that is never closed
    STRAY = "stray"  # text behind one that is
    TOO_LONG = "too-long"  # a cell
    TOO_WIDE = "too-wide"


_SENTENCES = {
    FileProblem.EMPTY: "The file has no lines below its headings.",
    FileProblem.TOO_LARGE: "The file is larger than {megabytes} MB.",
    FileProblem.TOO_MANY: "The file has more than {most} lines. Bring it in parts.",
    FileProblem.NO_TEXT: "This is no text with columns. Save the list as CSV.",
    FileProblem.BROKEN: "Line {line} can't be taken apart: a quotation mark is opened and never closed.",
    FileProblem.STRAY: "Line {line} can't be taken apart: text stands behind a closing quotation mark. Write those inside a text twice.",
    FileProblem.TOO_LONG: "Line {line} has more than {characters} characters in one cell. Shorten it; if it is no such text, a quotation mark "
    "is opened there and never closed.",
    FileProblem.TOO_WIDE: "Line {line} has more than {columns} columns.",
}


class Column(StrEnum):
    """What a column of the file means."""

    NOTHING = ""
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    WHO = "optin_who"
    SOURCE = "optin_source"
    DATE = "optin_date"
    ID = "optin_id"
    DESCRIPTION = "optin_description"


FIELD = "field:"  # before the slug of a field that a column fills
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
    """The slug in `field:SLUG`, as a column is said to fill a field; "" where it says something else."""
    return written.removeprefix(FIELD) if written.startswith(FIELD) else ""


class Meaning(StrEnum):
    """What the lines say. Theirs: the people's own no, passed on."""

    GIVEN = "given"
    IMPLIED = "implied"
    OUT_THEIRS = "out-theirs"
    OUT_OURS = "out-ours"
    NOTHING = "nothing"  # they become contacts, and may be asked later


@dataclass(frozen=True, slots=True)
class FileLine:
    """A line with the number that its first row has in the file, the headings being the first."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileLines(Collection[FileLine]):
    """The lines behind the headings. They are taken apart each time that they are gone through: all cells of a large file at
    once take twenty times its octets."""

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
    """What the columns are, by their places, and what the lines say about `purpose`. `for_all`: what stands in no column
    and holds for each line; `meaning`: None while nobody said, as none goes without saying; `fields`: the places of columns
    that fill a field of the contact's profile, with its slug. As a Column these mean nothing."""

    columns: tuple[Column, ...]
    purpose: str
    meaning: Meaning | None = None
    for_all: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[int, str] = field(default_factory=dict)

    @property
    def seal(self) -> str:
        """The same for equal plans only, as a page that showed one brings it back."""
        said = [
            [str(each) for each in self.columns],
            self.purpose,
            str(self.meaning),
            dict(self.for_all),
            sorted(self.fields.items()),
        ]
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]

    def values(self, cells: Sequence[str]) -> dict[Column, str]:
        """A line by what its columns mean; of two that mean the same the first that is filled."""
        found: dict[Column, str] = {Column(name): text for name, text in self.for_all.items() if text}
        taken: set[Column] = set()
        for column, text in zip(self.columns, cells, strict=False):
            if column is not Column.NOTHING and text.strip() and column not in taken:
                found[column] = as_typed(text)
                taken.add(column)
        return found

    def field_values(self, cells: Sequence[str]) -> dict[str, str]:
        """What a line has for fields, by their slugs; an empty cell has nothing."""
        filled = ((slug, cells[at]) for at, slug in self.fields.items() if at < len(cells))
        return {slug: as_typed(text) for slug, text in filled if text.strip()}

    def place(self, column: Column, field: str = "") -> int | None:
        """Of the column that means this, or that fills this field; None where none does."""
        if field:
            return next((at for at, slug in self.fields.items() if slug == field), None)
        return self.columns.index(column) if column and column in self.columns else None


def read(content: bytes) -> ConsentFile:
    """Raises FileRefused."""
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
    """What columns mean by what they are called. Each meaning once; the rest mean nothing."""
    found: list[Column] = []
    for heading in headings:
        column = _NAMES.get(heading.strip().lower(), Column.NOTHING)
        found.append(column if column not in found else Column.NOTHING)
    return tuple(found)


def names(cells: Iterable[str], *, address: str, phone: str) -> bool:
    """Whether a line names this mail address or number (E.164), in whichever cell, alone or among others, with its country
    or without."""
    return any(
        (address and address.lower() in _BETWEEN_ADDRESSES.split(cell.lower())) or (phone and _is_number(cell, phone))
        for cell in cells
    )


def digits_of(number: str) -> str:
    """Without what people write between them, and without a zero that is dialled at home only."""
    return "".join(filter(str.isdecimal, number.replace("(0)", "")))


def _is_number(cell: str, phone: str) -> bool:
    digits = digits_of(cell).lstrip("0")
    return len(digits) >= _SHORTEST_NUMBER and digits_of(phone).endswith(digits)


def _decoded(content: bytes) -> tuple[str, str]:
    """UTF-8, with its mark ("utf-8-sig") or without, UTF-16 with its mark, else what Windows writes."""
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
    """The one that stands in the headings most often; a comma where none does."""
    headings = next((line for line in StringIO(text) if line.strip()), "")
    best = max(_SEPARATORS, key=headings.count)
    return best if headings.count(best) else ","


def _rows(text: str, separator: str) -> Iterator[FileLine]:
    """Rows that hold anything, one in memory at a time."""
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
    """The module has no more than words for it."""
    words = str(error)
    if "field larger" in words:
        return FileProblem.TOO_LONG
    return FileProblem.STRAY if "expected after" in words else FileProblem.BROKEN


class _Bounded:
    """The lines of a text as they are taken apart, a row of the file over one or several of them. What would come to too many
    cells is refused before it does: twenty million commas fit into a file."""

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
        """A new row begins with this line."""
        self.begun, self._room = number, MOST_SEPARATORS
