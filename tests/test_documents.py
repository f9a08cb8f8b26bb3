"""What is written for readers of the code is true: files that are named exist, and marks of tests stand for something."""

import csv
import re
from pathlib import Path

from booking_service.domain.effects import MailKind

ROOT = Path(__file__).parents[1]
# As CONTRIBUTING names files: from the root, or from inside booking_service.
NAMED = re.compile(r"`([a-z_]+/[\w./{}<>-]+\.(?:py|html|po|csv|toml|md))")
NAMED_IN = re.compile(r"`([\w/]+\.py): ([A-Za-z_]\w*)")
# What was promised about consents, counted by chapter.
CONSENT_ROWS = {"S2": range(1, 20), "S3": range(1, 26), "S4": range(1, 56), "S5": range(1, 15)}
MARK = re.compile(r"pytest\.mark\.(?:promise|capability)\(([^)]*)\)")


def test_every_file_that_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for name in NAMED.findall(text) if "<" not in name}
    assert len(named) > 30
    assert [
        name for name in sorted(named) if not any((base / name).exists() for base in (ROOT, ROOT / "booking_service"))
    ] == []


def test_every_name_that_contributing_finds_in_a_file_stands_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = {f"/{path.relative_to(ROOT).as_posix()}": path for path in ROOT.rglob("*.py")}
    named = {(place, name) for place, name in NAMED_IN.findall(text)}
    assert len(named) > 15
    assert {
        (place, name)
        for place, name in named
        if not any(
            re.search(rf"^\s*(def |class )?{name}\b", path.read_text(encoding="utf-8"), re.MULTILINE)
            for file, path in files.items()
            if file.endswith(f"/{place}")
        )
    } == set()


def test_every_mark_of_a_test_stands_for_something_and_everything_that_is_promised_has_a_test() -> None:
    with (ROOT / "docs" / "promises.csv").open(encoding="utf-8", newline="") as file:
        promised = {row["id"]: row["stands for"] for row in csv.DictReader(file)}
    marks = [
        mark for path in (ROOT / "tests").rglob("test_*.py") for mark in MARK.findall(path.read_text(encoding="utf-8"))
    ]
    used = {name for mark in marks for name in re.findall(r'"([^"]+)"', mark)}
    assert used == set(promised)
    assert all(promised.values())


def test_all_that_was_promised_about_consents_is_shown_by_a_test() -> None:
    marked = {name for path in (ROOT / "tests").rglob("test_*.py") for name in _marks(path)}
    promised = {f"{chapter}-{number:02}" for chapter, numbers in CONSENT_ROWS.items() for number in numbers}
    assert promised - marked == set()


def _marks(path: Path) -> list[str]:
    return re.findall(r'"([^"]+)"', " ".join(MARK.findall(path.read_text(encoding="utf-8"))))


def test_every_kind_of_mail_has_its_number_in_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    numbered = text[text.index("\nM1 ") : text.index("only people say M1")]
    assert set(re.findall(r"`([a-z-]+)`", numbered)) == set(MailKind)


def test_every_room_and_every_module_outside_a_room_stands_in_the_tree_of_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tree = text[text.index("```\nbooking_service/") : text.index("```", text.index("```\nbooking_service/") + 3)]
    rooms = {
        path.parent.relative_to(ROOT)
        for package in ("booking_service", "calendars")
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert [str(room) for room in sorted(rooms) if f"{room.name}/" not in tree] == []
    words = set(re.findall(r"\w+", tree))
    modules = {path.stem for path in (ROOT / "booking_service").glob("*.py")} - {"__init__"}
    assert modules - words == set()
