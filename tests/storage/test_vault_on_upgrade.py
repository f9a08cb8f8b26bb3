"""What was kept of erased people before each piece of it went at its own time."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from booking_service.crypto.ids import new_id
from booking_service.storage import migrations, vault
from booking_service.storage.engine import open_engine, transaction
from booking_service.storage.vault import VaultEntry
from tests.storage.revisions import downgrade_to, upgrade_to
from tests.world import MONDAY

BEFORE = "0048"
ROW = "INSERT INTO vault (mark, until, key_id, sealed) VALUES ('m', :until, 'k', :sealed)"


def test_what_is_sealed_stays_and_a_step_back_keeps_of_each_mark_what_has_to_be_kept_longest(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/old.db")
    upgrade_to(engine, BEFORE)
    with engine.begin() as connection:
        connection.execute(text(ROW), {"until": f"{MONDAY:%Y-%m-%d %H:%M:%S.%f}", "sealed": b"before"})
    migrations.upgrade(engine)
    later = VaultEntry("m", MONDAY + timedelta(days=9), "k", b"later")
    with transaction(engine) as session:
        vault.add(session, new_id(MONDAY), later)
        assert vault.find(session, ["m"]) == [VaultEntry("m", MONDAY, "k", b"before"), later]
    downgrade_to(engine, BEFORE)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT mark, sealed FROM vault")).all() == [("m", b"later")]
    engine.dispose()
