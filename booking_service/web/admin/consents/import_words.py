"""What the pages of an import share: its steps, and the words for what is wrong with a line."""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from ....actions.consent.import_check import LineFault, Trouble
from ....domain.brought import ColumnFault, Fault
from ....domain.consent_file import MOST_COLUMNS, MOST_LINES, MOST_OCTETS, FileProblem, FileRefused
from ....domain.ids import read_id
from ....language import Language
from ...http.signed_in import SignedInRequest
from .words import fault

IMPORT = "/admin/consents/import"


@dataclass(frozen=True, slots=True)
class Steps:
    """The names of all steps, and which one this is, the first being 1."""

    names: tuple[str, ...]
    current: int


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
            return language.text("tabulators")
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
    """Why a file can't be read at all."""
    match refusal.why:
        case FileProblem.EMPTY:
            return language.text("The file has no lines below its headings.")
        case FileProblem.TOO_LARGE:
            return language.text("The file is larger than {megabytes} MB.", megabytes=MOST_OCTETS // 1024 // 1024)
        case FileProblem.TOO_MANY:
            return language.text("The file has more than {most} lines. Bring it in parts.", most=MOST_LINES)
        case FileProblem.NO_TEXT:
            return language.text("This is no text with columns. Save the list as CSV.")
        case FileProblem.BROKEN:
            return language.text(
                "Line {line} can’t be taken apart: a quotation mark is opened and never closed.", line=refusal.line
            )
        case FileProblem.TOO_WIDE:
            return language.text(
                "Line {line} has more than {columns} columns.", line=refusal.line, columns=MOST_COLUMNS
            )


def trouble(found: LineFault, language: Language) -> str:
    """What is wrong with a line, and how to mend it."""
    match found.trouble:
        case None:
            return fault(Fault(found.column.value, _wrong(found), found.text), language)
        case Trouble.NOBODY:
            return language.text("Neither an address nor a phone number.")
        case Trouble.TWO:
            return language.text("Two addresses in one field. One address a line.")
        case Trouble.NO_ADDRESS:
            return language.text("This is no email address.")
        case Trouble.NO_NUMBER:
            return language.text("This is no phone number. Write it like +49 30 1234567.")
        case Trouble.TOO_WIDE:
            return language.text(
                "More cells than headings. A text with the separator in it belongs in quotation marks."
            )
        case _:
            assert_never(found.trouble)


def _wrong(found: LineFault) -> ColumnFault:
    return found.wrong or ColumnFault.TOO_LONG
