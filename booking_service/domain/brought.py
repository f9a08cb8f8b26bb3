"""A consent that was given elsewhere, in the five columns that lists of it carry: who, source, date, id, description."""

from collections.abc import Mapping
from datetime import date

from .consent import Detail
from .errors import BookingError
from .text import one_line, several_lines

LENGTHS = {"optin_who": 50, "optin_source": 50, "optin_date": 10, "optin_id": 35, "optin_description": 1000}
_UUID_WITH_DASHES = 36


class BroughtWrongly(BookingError):
    """A column holds what it can't. `problems` has a sentence for each, which begins with the column's name."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(values: Mapping[str, str], *, today: date) -> Detail:
    """The columns as a detail; those that are left out stay unknown. `today`: nothing was given after it.

    Raises BroughtWrongly.
    """
    clean = {
        name: several_lines(text) if name == "optin_description" else one_line(text) for name, text in values.items()
    }
    problems = [problem for name in LENGTHS if (problem := _too_long(name, clean.get(name, "")))]
    given_on = None
    if clean.get("optin_date"):
        try:
            given_on = _date(clean["optin_date"], today=today)
        except ValueError as error:
            problems.append(f"optin_date: {error}")
    if problems:
        raise BroughtWrongly(tuple(problems))
    return Detail(
        who=clean.get("optin_who", ""),
        source=clean.get("optin_source", ""),
        given_on=given_on,
        optin_id=clean.get("optin_id", ""),
        description=clean.get("optin_description", ""),
    )


def _too_long(name: str, text: str) -> str:
    if len(text) <= LENGTHS[name]:
        return ""
    if name == "optin_id" and len(text) == _UUID_WITH_DASHES and text.count("-") == 4:
        return f"{name}: a UUID has {len(text)} characters with its dashes, and {LENGTHS[name]} fit: leave them out"
    return f"{name}: it has {len(text)} characters, and {LENGTHS[name]} fit"


def _date(text: str, *, today: date) -> date:
    """YYYY-MM-DD and nothing else, as ISO 8601 knows other spellings too. Raises ValueError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise ValueError(f"{text} is no date; write YYYY-MM-DD")
    if found > today:
        raise ValueError(f"{text} lies ahead")
    return found
