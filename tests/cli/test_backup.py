"""backup create, verify and restore, as an operator runs them."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from booking_service.clock import utc_now
from booking_service.crypto import keys
from booking_service.domain.roles import Role
from booking_service.storage.engine import transaction
from booking_service.storage.operations import RESTORING, note
from booking_service.storage.tables.outbox import OutboxRow
from tests.cli.command import Command
from tests.cli.command import command as command
from tests.web.site import Site, person, signed_in, site
from tests.world import SECRET, World, world


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_a_backup_is_made_opened_and_put_back(command: Command, ada: World, tmp_path: Path) -> None:
    ada.hold()
    with transaction(ada.rt.engine) as session:
        session.execute(update(OutboxRow).values(due_at=utc_now()))  # commands read the real clock
    made = command("backup", "create")
    assert made.code == 0
    (file,) = (tmp_path / "backups").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"{file} is whole: 1 bookings and 0 contacts as of " in made.out
    assert "The keys are not in it. Keep the secret_key of the settings somewhere else" in made.out
    with zipfile.ZipFile(file) as archive:
        assert SECRET not in "".join(archive.read(name).decode("latin-1") for name in archive.namelist())
        assert json.loads(archive.read("settings.json"))["secret_key"] == "••••"
    assert "✓ The last backup was made at " in command("check").out
    assert command("backup", "create", str(file)).code == 1
    refused = command("backup", "restore", str(file))
    assert refused.code == 1
    assert "booking.db is there already: move it away first" in refused.err
    assert command("backup", "verify", str(file)).code == 0
    ada.rt.engine.dispose()
    for each in tmp_path.glob("booking.db*"):
        shutil.move(each, tmp_path / f"old-{each.name}")
    restored = command("backup", "restore", str(file))
    assert restored.code == 0, restored.err
    assert "is put back: 1 bookings" in restored.out
    assert "Mails held back, as they may have been sent before: 1." in restored.out
    assert "Calendars that could not be read: Ada." in restored.out
    dead = json.loads(command("outbox", "list", "--dead", "--json").out)
    assert [each["what"] for each in dead] == ["confirm-booking"]
    assert "the backup of " in command("changes").out
    file.write_bytes(b"nothing")
    assert "is not a backup of this service, or is damaged" in command("backup", "verify", str(file)).err


def test_a_backup_with_secrets_brings_its_key_along(command: Command, ada: World, tmp_path: Path) -> None:
    file, after = tmp_path / "all.zip", tmp_path / "after"
    assert (
        "whoever can read it can read the hosts' calendars" in command("backup", "create", str(file), "--secrets").out
    )
    there = {"BOOKING_DATA_DIR": str(after), "BOOKING_SECRET_KEY": ""}
    assert command("backup", "restore", str(file), **there).code == 0
    assert keys.open_ring(after).keys == ada.rt.ring.keys
    without = tmp_path / "without.zip"
    command("backup", "create", str(without))
    refused = command("backup", "restore", str(without), BOOKING_DATA_DIR=str(tmp_path / "x"), BOOKING_SECRET_KEY="")
    assert refused.code == 1
    assert "say --without-key" in refused.err
    assert not (tmp_path / "x" / "booking.db").exists()


def test_nothing_runs_on_a_database_whose_restore_was_not_finished(command: Command, ada: World) -> None:
    with transaction(ada.rt.engine) as session:
        note(session, RESTORING, at=ada.now, detail={})
    for arguments in (("serve", "--port", "0"), ("worker", "--once"), ("migrate",)):
        ran = command(*arguments)
        assert ran.code == 1
        assert "a restore into this database was not finished" in ran.err
        assert "Answering" not in ran.out


def test_administrators_are_told_of_an_old_backup_where_they_come_in(tmp_path: Path) -> None:
    with site(tmp_path) as s:
        admin, staff = (signed_in(s, person(s, role)) for role in (Role.ADMIN, Role.STAFF))
        assert "No backup was made yet." in admin.get("/host").text
        _backed_up(s)
        assert "backup" not in admin.get("/host").text.lower()
        s.w.clock.advance(3 * 86400)
        assert "The last backup is " in signed_in(s, person(s, Role.ADMIN, email="b@example.org")).get("/host").text
        assert "backup" not in staff.get("/host").text.lower()


def _backed_up(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        note(session, "backup", at=s.w.now, detail={})
