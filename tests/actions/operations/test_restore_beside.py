"""A backup is put back while a worker still runs on another machine, whom nobody stopped: it finds the new database, and waits."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from booking_service.actions.calendar.pull import pull_due
from booking_service.actions.operations import backup, restore
from booking_service.domain.booking import BookingState
from booking_service.storage import calendars
from booking_service.storage.engine import open_engine, transaction
from booking_service.worker import Worker, drain, perform_one
from tests.actions.operations.test_restore import ada as ada
from tests.actions.operations.test_restore import back_up, grace
from tests.actions.operations.test_restore import empty_url as empty_url
from tests.actions.operations.test_restore import new_url as new_url
from tests.world import MONDAY, KeptMails, World


@pytest.mark.promise("I4")
def test_until_a_restore_is_finished_nothing_is_sent_ended_or_read(ada: World, tmp_path: Path, empty_url: str) -> None:
    day = MONDAY + timedelta(days=3)
    mailed = ada.hold(start=day, invitee=grace("Mailed"))
    file = back_up(ada, tmp_path)
    ada.drain()  # its mail has left since
    ada.pass_time(hours=2)
    settings = ada.rt.settings.model_copy(update={"database_url": empty_url})
    with backup.opened(file) as opened:
        restore.put_back(settings, opened, now=ada.now)
    mails, engine = KeptMails(), open_engine(empty_url)
    after = replace(ada, rt=replace(ada.rt, engine=engine, settings=settings, transport=mails), mails=mails)
    with transaction(engine) as session:
        calendars.all_due(session, now=ada.now)
    elsewhere = Worker(after.rt)
    for _ in range(3):
        elsewhere.sweep()
        elsewhere.sweep_slowly()
        assert [perform_one(after.rt), pull_due(after.rt)] == [False, False]
    assert after.booking(mailed.id).state is BookingState.HELD
    assert mails.tried == []

    restore.finish(after.rt, opened.manifest, by="me@here", now=ada.now)
    assert after.booking(mailed.id).state is BookingState.EXPIRED
    assert drain(after.rt)
    new = after.hold(start=day + timedelta(hours=1), invitee=grace("New"))
    drain(after.rt)
    assert [mail.to.address for mail in mails.sent] == [new.invitee.email]
    engine.dispose()
