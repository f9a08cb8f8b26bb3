"""What is expected under attack and through faults, row by row: each has a test that shows it, or its reason in one line."""

import csv
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "docs" / "security"


def rows(name: str) -> list[dict[str, str]]:
    with (KEPT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def names_in(path: str) -> frozenset[str]:
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    return frozenset(re.findall(r"^\s*def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE))


def is_test(named: str) -> bool:
    path, _, name = named.partition("::")
    return name in names_in(path)


def test_the_list_is_whole() -> None:
    wanted = [f"A{number:02}" for number in range(1, 104)] + [f"F{number:02}" for number in range(1, 53)]
    assert [row["id"] for row in rows("cases.csv")] == wanted


def test_every_requirement_of_the_standard_is_listed_once() -> None:
    """ASVS 5.0 has 70 requirements at its first level and 183 more at its second."""
    listed = rows("asvs.csv")
    assert len({row["id"] for row in listed}) == len(listed) == 253
    assert sum(row["level"] == "1" for row in listed) == 70
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", row["id"]) for row in listed)


@pytest.mark.parametrize("name", ["cases.csv", "asvs.csv"])
def test_every_row_has_a_test_that_is_there_or_its_reason(name: str) -> None:
    for row in rows(name):
        named = row["tests"].split()
        assert named or row["reason"], f"{name}: {row['id']} has neither a test nor a reason"
        assert [each for each in named if not is_test(each)] == [], row["id"]
        assert row["what is expected"], row["id"]
        assert "\n" not in row["reason"], row["id"]
