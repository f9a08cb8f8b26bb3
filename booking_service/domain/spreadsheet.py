"""Cells of tables that people open in a spreadsheet, which must compute nothing from what somebody typed."""

import csv
from collections.abc import Sequence
from io import StringIO


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP: CSV injection). An apostrophe is put before what would be one;
    a number with its country stays a number."""
    formula = cell[:1] in "=@\t\r" or (cell[:1] in "+-" and not cell[1:].replace(" ", "").isdigit())
    return f"'{cell}" if len(cell) > 1 and formula else cell


def as_typed(cell: str) -> str:
    """What was defused, as it was."""
    return cell[1:] if cell[:1] == "'" and defused(cell[1:]) == cell else cell


def csv_line(cells: Sequence[str]) -> str:
    """A line of a file of comma-separated values (RFC 4180)."""
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
