"""Consents brought from outside: five columns, their lengths, and what is said of a wrong one."""

from datetime import date

import pytest

from booking_service.domain.consent_columns import LENGTHS, BroughtWrongly, read

TODAY = date(2030, 1, 7)


@pytest.mark.capability("S5-07", "S5-08", "S5-09", "S5-10", "S5-11")
def test_each_column_holds_as_much_as_it_promises_and_not_more() -> None:
    full = {name: "x" * length for name, length in LENGTHS.items()} | {"optin_date": "2030-01-07"}
    detail = read(full, today=TODAY)
    assert (detail.who, detail.source, detail.optin_id) == ("x" * 50, "x" * 50, "x" * 35)
    assert (detail.given_on, detail.description) == (TODAY, "x" * 1000)
    over = {name: "x" * (length + 1) for name, length in LENGTHS.items()}
    with pytest.raises(BroughtWrongly) as refused:
        read(over, today=TODAY)
    assert sorted(each.partition(":")[0] for each in refused.value.problems) == sorted(LENGTHS), "each is told once"
    assert read({}, today=TODAY).body == "{}"


def test_a_uuid_with_dashes_is_told_to_leave_them_out() -> None:
    with pytest.raises(BroughtWrongly, match="a UUID has 36 characters with its dashes, and 35 fit: leave them out"):
        read({"optin_id": "0190b2c4-0000-7000-8000-000000000001"}, today=TODAY)


@pytest.mark.parametrize(
    "text",
    ["31.02.2026", "2026-02-31", "20260228", "2026-W09-1", "2026-2-28", "x", "0001-01-01", "01.01.0001", "31.12.1899"],
)
def test_what_is_no_date_is_said_with_how_to_write_one(text: str) -> None:
    with pytest.raises(BroughtWrongly, match=f"optin_date: {text} is no date; write YYYY-MM-DD"):
        read({"optin_date": text}, today=TODAY)


@pytest.mark.parametrize("text", ["31.12.2029", "3.1.2030", "03.01.2030", "1.1.1900"])
def test_a_date_as_it_is_written_in_german_files_is_one(text: str) -> None:
    day, month, year = map(int, text.split("."))
    assert read({"optin_date": text}, today=TODAY).given_on == date(year, month, day)


@pytest.mark.parametrize("text", ["3.1.30", "03/01/2030", "3.1.2030.", "٣.1.2030", "13.13.2029"])
def test_what_could_be_read_in_two_ways_is_no_date(text: str) -> None:
    with pytest.raises(BroughtWrongly, match="is no date; write YYYY-MM-DD"):
        read({"optin_date": text}, today=TODAY)


def test_nothing_was_given_tomorrow() -> None:
    with pytest.raises(BroughtWrongly, match="2030-01-08 lies ahead"):
        read({"optin_date": "2030-01-08"}, today=TODAY)
