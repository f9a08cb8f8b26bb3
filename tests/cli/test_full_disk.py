"""What commands say while no file can grow any more: a sentence, and nothing half done is left behind."""

import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.clock import utc_now
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import purposes
from booking_service.storage.database_copies import put_back
from booking_service.storage.engine import open_engine, transaction
from tests.cli.command import Command
from tests.cli.command import command as command

FULL = r"(database or disk is full|disk I/O error)"  # the second where a limit stands in for the disk


@contextmanager
def files_up_to(octets: int) -> Iterator[None]:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture
def half(command: Command, tmp_path: Path) -> int:
    """Half as much as the database takes."""
    assert command("migrate").code == 0
    return (tmp_path / "booking.db").stat().st_size // 2


def test_a_backup_is_refused_and_leaves_nothing(command: Command, half: int, tmp_path: Path) -> None:
    with files_up_to(half):
        ran = command("backup", "create")
    assert (ran.code, ran.out) == (1, "")
    assert_says(ran.err, f"no copy can be made in {tmp_path}/backups/")
    assert list((tmp_path / "backups").iterdir()) == []
    assert command("backup", "create").code == 0


def test_nor_is_one_put_back_by_half(half: int, tmp_path: Path) -> None:
    (tmp_path / "booking.db").rename(tmp_path / "unpacked")
    target = tmp_path / "there" / "booking.db"
    with files_up_to(half), pytest.raises(OSError, match="too large"):
        put_back(tmp_path / "unpacked", f"sqlite:///{target}", kind="sqlite", at=utc_now())
    assert list(target.parent.iterdir()) == []
    put_back(tmp_path / "unpacked", f"sqlite:///{target}", kind="sqlite", at=utc_now())
    assert [each.name for each in target.parent.iterdir()] == ["booking.db"]


def test_an_import_that_is_cut_off_says_who_goes_on_with_it(command: Command, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/booking.db")
    with transaction(engine) as session:
        purposes.save(session, Purpose(id=UUID(int=1), slug="newsletter", kind=PurposeKind.EMAIL), position=0)
    engine.dispose()
    lines = "".join(f"n{number}@example.org,2025-01-07\n" for number in range(2000))
    (tmp_path / "list.csv").write_text(f"email,optin_date\n{lines}")
    bring = ("consents", "import", "list.csv", "--purpose", "newsletter", "--meaning", "given", "--for-all")
    with files_up_to((tmp_path / "booking.db").stat().st_size + 1_500_000):
        ran = command(*bring, "optin_source=fair")
    assert ran.code == 1
    assert_says(ran.err, "The database can't be used now: ")
    assert "a worker imports the rest" in ran.err
    (made,) = json.loads(command("consents", "imports", "--json").out)
    assert made["import"] in ran.err


def test_a_check_tries_a_write(command: Command) -> None:
    """What is there can be read, and looks as it should."""
    with files_up_to(65_536):
        ran = command("check")
    assert ran.code == 1
    assert "✓ The database answers and is up to date." in ran.out
    assert_says(ran.out, "✗ The database can't be used: ")


def assert_says(said: str, begins: str) -> None:
    assert re.search(f"{re.escape(begins)}.*{FULL}", said), said
