"""What the pages of an import share: steps, and faults in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, assert_never
from uuid import UUID

from ....actions.consent.import_check import LineFault, LineVerdict, Trouble
from ....actions.consent.import_outcomes import LineOutcome, Outcomes
from ....actions.consent.imports import ImportPreview, plan_of
from ....actions.consent.profile import LONGEST
from ....domain.consent_columns import ColumnFault, FaultyColumn
from ....domain.consent_file import (
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_OCTETS,
    FileProblem,
    FileRefused,
    Meaning,
)
from ....domain.ids import read_id
from ....domain.text import introduced
from ....language import Language
from ...http.forms import too_long
from ...http.signed_in_pages import SignedInRequest
from .words import Badge, fault, refused

IMPORT = "/admin/consents/import"
_OfFields = Literal[LineVerdict.ADDED_PARTLY, LineVerdict.FILLED, LineVerdict.FILLED_PARTLY, LineVerdict.LOCKED]


@dataclass(frozen=True, slots=True)
class Steps:
    """The names of all steps, and this one's number, from 1."""

    names: tuple[str, ...]
    current: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of lines, what they are, and the address of their list."""

    count: int
    name: str
    href: str


def steps(current: int, language: Language) -> Steps:
    names = language.text("File"), language.text("Columns"), language.text("Check"), language.text("Done")
    return Steps(names, current)


def id_of(request: SignedInRequest) -> UUID:
    """Raises NotFound."""
    return read_id(request.params["id"])


def separator_name(separator: str, language: Language) -> str:
    match separator:
        case ";":
            return language.text("semicolons")
        case "\t":
            return language.text("tab characters")
        case "|":
            return language.text("vertical bars")
        case _:
            return language.text("commas")


def encoding_name(encoding: str, language: Language) -> str:
    match encoding:
        case "cp1252":
            return language.text("Windows encoding")
        case "utf-16":
            return "UTF-16"
        case _:
            return "UTF-8"


def file_refused(refusal: FileRefused, language: Language) -> str:
    """Why a file can't be read."""
    match refusal.why:
        case FileProblem.EMPTY:
            return language.text("The file has no lines below its headings.")
        case FileProblem.TOO_LARGE:
            return language.text("The file is larger than {megabytes} MB.", megabytes=MOST_OCTETS // 1024 // 1024)
        case FileProblem.TOO_MANY:
            return language.text("The file has more than {most} lines. Split it into parts.", most=MOST_LINES)
        case FileProblem.NO_TEXT:
            return language.text("This is not a text file with columns. Save the list as CSV.")
        case FileProblem.BROKEN:
            return language.text(
                "Line {line} can’t be read: a quotation mark is opened and never closed.", line=refusal.line
            )
        case FileProblem.STRAY:
            return language.text(
                "Line {line} can’t be read: there is text after a closing quotation mark. Write quotation "
                "marks inside a text twice.",
                line=refusal.line,
            )
        case FileProblem.TOO_LONG:
            return language.text(
                "Line {line} has more than {most} characters in one cell. Shorten it; if there is no such "
                "text, a quotation mark is opened there and never closed.",
                line=refusal.line,
                most=MOST_CHARACTERS,
            )
        case FileProblem.TOO_WIDE:
            return language.text(
                "Line {line} has more than {columns} columns.", line=refusal.line, columns=MOST_COLUMNS
            )


def trouble(found: LineFault, language: Language) -> str:
    """What is wrong with a line, and how to correct it."""
    match found.trouble:
        case None:
            return fault(FaultyColumn(found.column.value, _wrong(found), found.text), language)
        case Trouble.NOBODY:
            return language.text("Neither an address nor a phone number.")
        case Trouble.TWO:
            return language.text("Two addresses in one field. One address a line.")
        case Trouble.NO_ADDRESS:
            return language.text("This is not an email address.")
        case Trouble.NO_NUMBER:
            return language.text("This is not a phone number. Write it like +49 30 1234567.")
        case Trouble.LONG_VALUE:
            return too_long(language, LONGEST, int(found.text))
        case Trouble.TOO_WIDE:
            return language.text("More cells than headings. Put a text that contains the separator in quotation marks.")
        case _:
            assert_never(found.trouble)


def figures(
    found: ImportPreview, language: Language, hrefs: Callable[[LineVerdict], str], *, done: bool
) -> tuple[Figure, ...]:
    """The number of lines by verdict, without zeros; before applying always with the new ones."""
    return tuple(
        Figure(count, _counted(verdict, found.plan.meaning, count, language), hrefs(verdict) if count else "")
        for verdict, count in found.counts.items()
        if count or (not done and verdict is LineVerdict.NEW)
    )


def verdict_badge(verdict: LineVerdict, meaning: Meaning | None, language: Language) -> Badge:
    """The verdict on one line, as a badge."""
    match verdict:
        case LineVerdict.NEW:
            return Badge(language.text("New contact"))
        case LineVerdict.ADDED if meaning in _OPT_OUTS:
            return Badge(language.text("Opt-out added"))
        case LineVerdict.ADDED:
            return Badge(language.text("Permission added"))
        case LineVerdict.WITHOUT_ADDRESS:
            return Badge(language.text("Yes without an email address"), "fail")
        case LineVerdict.WITHOUT_NUMBER:
            return Badge(language.text("Yes without a phone number"), "fail")
        case LineVerdict.SAME:
            return Badge(language.text("Already recorded"), "over")
        case LineVerdict.ALONE:
            return Badge(language.text("Skipped"), "over")
        case LineVerdict.WRONG:
            return Badge(language.text("Has errors"), "fail")
        case LineVerdict.LEFT_OUT:
            return Badge(language.text("Left out by you"), "over")
        case _:
            return _fields_badge(verdict, meaning, language)


def why(line: LineOutcome, outcomes: Outcomes, language: Language) -> str:
    """Why a line is not stored; "" where it is, or makes no difference."""
    if line.refusal is not None:
        return refused(line.refusal, outcomes.staff, language, zone=outcomes.zone)
    headings, plan = outcomes.made.mapping["headings"], plan_of(outcomes.made)
    told = []
    for each in line.line.faults if line.line else ():
        place = plan.place(each.column, each.field)
        said = trouble(each, language)
        told.append(f"{introduced(headings[place])} {said}" if place is not None else said)
    return " ".join(told)


def _counted(verdict: LineVerdict, meaning: Meaning | None, count: int, language: Language) -> str:
    match verdict:
        case LineVerdict.NEW:
            return language.plural("new contact", "new contacts", count)
        case LineVerdict.ADDED if meaning in _OPT_OUTS:
            return language.plural("known contact, an opt-out is added", "known contacts, an opt-out is added", count)
        case LineVerdict.ADDED:
            return language.plural("known one, a permission is added", "known ones, a permission is added", count)
        case LineVerdict.WITHOUT_ADDRESS:
            return language.text("without an email address, although the purpose uses email")
        case LineVerdict.WITHOUT_NUMBER:
            return language.text("without a phone number, although the purpose uses the phone")
        case LineVerdict.SAME:
            return language.plural("already recorded", "already recorded", count)
        case LineVerdict.ALONE:
            return language.text("opted out: skipped")
        case LineVerdict.WRONG:
            return language.plural("line with errors", "lines with errors", count)
        case LineVerdict.LEFT_OUT:
            return language.plural("line left out by you", "lines left out by you", count)
        case _:
            return _fields_counted(verdict, meaning, count, language)


def _fields_badge(verdict: _OfFields, meaning: Meaning | None, language: Language) -> Badge:
    match verdict:
        case LineVerdict.ADDED_PARTLY if meaning in _OPT_OUTS:
            return Badge(language.text("Opt-out added, a locked field stays"))
        case LineVerdict.ADDED_PARTLY:
            return Badge(language.text("Permission added, a locked field stays"))
        case LineVerdict.FILLED:
            return Badge(language.text("Fields filled"))
        case LineVerdict.FILLED_PARTLY:
            return Badge(language.text("Fields filled, a locked one stays"))
        case LineVerdict.LOCKED:
            return Badge(language.text("Field is locked"), "over")
        case _:
            assert_never(verdict)


def _fields_counted(verdict: _OfFields, meaning: Meaning | None, count: int, language: Language) -> str:
    match verdict:
        case LineVerdict.ADDED_PARTLY if meaning in _OPT_OUTS:
            return language.plural(
                "known contact, an opt-out is added; a locked field stays as it is",
                "known contacts, an opt-out is added; a locked field stays as it is",
                count,
            )
        case LineVerdict.ADDED_PARTLY:
            return language.plural(
                "known one, a permission is added; a locked field stays as it is",
                "known ones, a permission is added; a locked field stays as it is",
                count,
            )
        case LineVerdict.FILLED:
            return language.plural("known contact, fields are filled", "known contacts, fields are filled", count)
        case LineVerdict.FILLED_PARTLY:
            return language.plural(
                "known contact, fields are filled; a locked one stays as it is",
                "known contacts, fields are filled; a locked one stays as it is",
                count,
            )
        case LineVerdict.LOCKED:
            return language.plural(
                "line without effect, as the field is locked", "lines without effect, as the field is locked", count
            )
        case _:
            assert_never(verdict)


_OPT_OUTS = (Meaning.OUT_THEIRS, Meaning.OUT_OURS)


def _wrong(found: LineFault) -> ColumnFault:
    return found.wrong or ColumnFault.TOO_LONG
