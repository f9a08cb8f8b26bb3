"""A consent that was given elsewhere, in the five columns that lists of it carry: who, source, date, id, description."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .consent import Detail
from .errors import BookingError
from .text import one_line, several_lines

_EARLIEST = 1900
LENGTHS = {"optin_who": 50, "optin_source": 50, "optin_date": 10, "optin_id": 35, "optin_description": 1000}
_COUNTED = tuple(name for name in LENGTHS if name != "optin_date")  # longer than a date is no date, which is said
_UUID_WITH_DASHES = 36
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


class ColumnFault(StrEnum):
    """What is wrong with a column."""

    TOO_LONG = "too-long"
    DASHES = "dashes"  # a UUID with its dashes does not fit, without them it does
    NO_DATE = "no-date"
    AHEAD = "ahead"


_SENTENCES = {
    ColumnFault.TOO_LONG: "it has {count} characters, and {most} fit",
    ColumnFault.DASHES: "a UUID has {count} characters with its dashes, and {most} fit: leave them out",
    ColumnFault.NO_DATE: "{text} is no date; write YYYY-MM-DD",
    ColumnFault.AHEAD: "{text} lies ahead",
}


@dataclass(frozen=True, slots=True)
class FaultyColumn:
    """One column that holds what it can't."""

    column: str
    wrong: ColumnFault
    text: str

    @property
    def sentence(self) -> str:
        count, most = len(self.text), LENGTHS.get(self.column, 0)
        return f"{self.column}: " + _SENTENCES[self.wrong].format(text=self.text, count=count, most=most)


class BroughtWrongly(BookingError):
    """Columns hold what they can't. `problems` has a sentence for each of the `faults`, one a column, which begins with its name."""

    def __init__(self, faults: tuple[FaultyColumn, ...]) -> None:
        self.faults, self.problems = faults, tuple(each.sentence for each in faults)
        super().__init__("\n".join(self.problems))


def read(values: Mapping[str, str], *, today: date) -> Detail:
    """The columns as a detail; those that are left out stay unknown. `today`: nothing was given after it.

    Raises BroughtWrongly.
    """
    clean = {
        name: several_lines(text) if name == "optin_description" else one_line(text) for name, text in values.items()
    }
    faults = [fault for name in _COUNTED if (fault := _too_long(name, clean.get(name, "")))]
    given_on = None
    if clean.get("optin_date"):
        given_on, fault = _date(clean["optin_date"], today=today)
        faults += [fault] if fault else []
    if faults:
        raise BroughtWrongly(tuple(faults))
    return Detail(
        who=clean.get("optin_who", ""),
        source=clean.get("optin_source", ""),
        given_on=given_on,
        optin_id=clean.get("optin_id", ""),
        description=clean.get("optin_description", ""),
    )


def _too_long(name: str, text: str) -> FaultyColumn | None:
    if len(text) <= LENGTHS[name]:
        return None
    dashes = name == "optin_id" and _is_dashed(text)
    return FaultyColumn(name, ColumnFault.DASHES if dashes else ColumnFault.TOO_LONG, text)


def _date(text: str, *, today: date) -> tuple[date | None, FaultyColumn | None]:
    """YYYY-MM-DD, of the spellings that ISO 8601 knows, or DD.MM.YYYY; with other marks it could be read in two ways. Nobody agreed
    before _EARLIEST: programs write 0001-01-01 or 1601-01-01 where they know of no date."""
    dotted = _DOTTED.fullmatch(text)
    written = "{2:0>4}-{1:0>2}-{0:0>2}".format(*dotted.groups()) if dotted else text
    try:
        found = date.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.isoformat() != written or found.year < _EARLIEST:
        return None, FaultyColumn("optin_date", ColumnFault.NO_DATE, text)
    return (found, None) if found <= today else (None, FaultyColumn("optin_date", ColumnFault.AHEAD, text))


def searched_id(text: str) -> str:
    """An opt-in id as it is stored, without the dashes that a UUID is often written with."""
    return text.replace("-", "") if _is_dashed(text) else text


def _is_dashed(text: str) -> bool:
    return len(text) == _UUID_WITH_DASHES and text.count("-") == 4
