"""Files of contacts as programs write them: encodings, separators, numbers of lines, and cells that are no formulas."""

import tracemalloc

import pytest

from booking_service.domain.consent_file import (
    MOST_LINES,
    MOST_OCTETS,
    Column,
    FileRefused,
    Plan,
    guess,
    names,
    read,
)
from booking_service.domain.text import defused

HEADINGS = "E-Mail;Name;Bemerkung"
LINE = "ruediger@example.de;Rüdiger Öztürk;ruft zurück"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (f"{HEADINGS}\n{LINE}\n".encode(), "utf-8"),
        (f"{HEADINGS}\r\n{LINE}\r\n".encode("utf-8-sig"), "utf-8-sig"),
        (f"{HEADINGS}\r\n{LINE}".encode("cp1252"), "cp1252"),
        (f"{HEADINGS}\r\n{LINE}\r\n".encode("utf-16"), "utf-16"),
    ],
)
def test_encodings_are_found_out(content: bytes, encoding: str) -> None:
    found = read(content)
    assert (found.encoding, found.separator) == (encoding, ";")
    assert found.headings == ("E-Mail", "Name", "Bemerkung")
    [line] = found.lines
    assert (line.number, line.cells[1]) == (2, "Rüdiger Öztürk")


def test_separators_are_found_out_and_lines_keep_their_numbers() -> None:
    for separator in ",;\t|":
        text = separator.join(("email", "name", "optin_description"))
        text += f'\n\na@example.org{separator}A{separator}"two\nrows"\n  \nb@example.org{separator}B{separator}x\n'
        found = read(text.encode())
        assert found.separator == separator
        assert [(each.number, each.cells[0]) for each in found.lines] == [(3, "a@example.org"), (6, "b@example.org")]
        assert next(iter(found.lines)).cells[2] == "two\nrows"
    assert read(b"email\na@example.org\n").separator == ","


def test_columns_are_known_by_their_names_and_each_meaning_is_there_once() -> None:
    assert guess(["Name", "E-Mail", "Telefon", "Datum", "Quelle"]) == (
        *(Column.NAME, Column.EMAIL, Column.PHONE, Column.DATE, Column.SOURCE),
    )
    assert guess(["email", "consent date", "source"]) == (Column.EMAIL, Column.DATE, Column.SOURCE)
    assert guess(["E-Mail", "NAME", "optin_id", "Notes", "Email"]) == (Column.EMAIL, Column.NAME, Column.ID, "", "")
    plan = Plan(columns=(Column.EMAIL, Column.SOURCE), purpose="n", for_all={"optin_source": "fair", "optin_who": ""})
    assert plan.values(["a@example.org", " "]) == {Column.EMAIL: "a@example.org", Column.SOURCE: "fair"}
    assert plan.values(["a@example.org", "card", "more"])[Column.SOURCE] == "card"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no lines below"),
        (b"email\n\n", "no lines below"),
        (b"email\0\nx\n", "not a text file with columns"),
        (b"\xff\xfe\x00", "not a text file with columns"),
        (b'email\na@example.org\n"b@example.org\n', "Line 3 can't be taken apart"),
        (b'email,name\na@example.org,"Anna "Ott""\n', "Line 2 can't be taken apart: text stands behind a closing"),
        (b"email,name\na@example.org," + b"x" * 131_073, "Line 2 has more than 131072 characters in one cell"),
        (b'email,name\na@example.org,"Anna\n' + b"b@example.org,Bob\n" * 9000, "Line 2 has .* never closed"),
        (b"email\n" + b"a\n" * (MOST_LINES + 1), "more than 100000 lines"),
        (b"email\n" + b"\n" * 2_000_000, "more than 100000 lines"),
        (b"x" * (MOST_OCTETS + 1), "larger than 20 MB"),
        ((",".join("abcdefgh" * 9) + "\n1\n").encode(), "Line 1 has more than 60 columns"),
        (b"email,name\na@example.org\n\n" + b"," * 60 + b"\n", "Line 4 has more than 60 columns"),
        (b"email\na@example.org" + b"," * 1_000_000, "Line 2 has more than 60 columns"),
        (b"email\n" + b',,,,"\n"' * 100_000, "Line 2 has more than 60 columns"),
        (b"email;name\n" + b'5" pipe' + b";" * 100_000, "Line 2 has more than 60 columns"),
    ],
)
def test_what_is_no_list_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read(content)


def test_a_file_may_be_as_long_as_is_said() -> None:
    assert len(read(b"email\n" + b"a\n" * MOST_LINES).lines) == MOST_LINES
    wide = b"email,name\n" + b"a@example.org," + b"x" * 131_072
    content = (wide + (b"\n" + b" " * 1000) * 30_000)[:MOST_OCTETS]
    assert len(read(content).lines) == 1


def test_a_row_that_is_shorter_than_its_headings_has_no_value_for_the_rest() -> None:
    plan = Plan(columns=(Column.EMAIL, Column.NOTHING), purpose="n", fields={1: "city"})
    assert plan.field_values(["a@example.org"]) == {}
    assert plan.field_values(["a@example.org", "Ulm"]) == {"city": "Ulm"}


def test_a_line_of_nothing_but_separators_takes_no_memory_before_it_is_refused() -> None:
    content = b"email,name\na@example.org" + b"," * (MOST_OCTETS // 4) + b"x\n"
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused, match="Line 2 has more than 60 columns"):
            read(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(content)


def test_a_wide_file_is_never_in_memory_cell_by_cell() -> None:
    content = b"email" + b",c" * 59 + b"\n" + b"".join(b"a%d@example.org%s\n" % (n, b",xx" * 59) for n in range(5000))
    tracemalloc.start()
    try:
        found = read(content)
        assert (len(found.lines), sum(len(each.cells) for each in found.lines)) == (5000, 5000 * 60)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(content)


def test_separators_inside_quotation_marks_are_no_columns() -> None:
    [line] = read(b'email,optin_description\na@example.org,"' + b"yes, " * 200 + b'"\n').lines
    assert len(line.cells) == 2


def test_no_cell_that_leaves_is_a_formula() -> None:
    for formula in ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "=HYPERLINK(1)"):
        assert defused(formula) == f"'{formula}", formula
        assert Plan(columns=(Column.NAME,), purpose="n").values([defused(formula)]) == {Column.NAME: formula}
    for harmless in ("", "Anna", "+49 30 1234567", "a=b", "2026-01-01", "-17", "-", "="):
        assert defused(harmless) == harmless


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("Anna@Example.org", True),
        ("Anna <anna@example.org>", True),
        ("tom@example.org, anna@example.org", True),
        ("mailto:anna@example.org", True),
        ("joanna@example.org", False),
        ("anna@example.org.uk", False),
        ("+4930901820", True),
        ("0049 30 / 90 18-20", True),
        ("+49 (0)30 901820", True),
        ("030 901820", True),
        ("901820", True),
        ("01820", False),
        ("+49 30 9018201", False),
        ("+43 30 901820", False),
        ("", False),
    ],
)
def test_a_line_names_a_person_however_it_is_typed_and_no_other(cell: str, named: bool) -> None:
    assert names(["x", cell], address="Anna@example.org", phone="+4930901820") is named
    assert not names([cell], address="", phone="")
