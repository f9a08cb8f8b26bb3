"""Accounts at calendar servers, as both databases keep them."""

from dataclasses import replace
from threading import Thread

from booking_service.storage import calendars
from booking_service.storage.engine import snapshot, transaction
from tests.world import World


def test_a_password_that_is_entered_while_all_are_sealed_anew_is_the_one_that_stays(w: World) -> None:
    with snapshot(w.rt.engine) as session:
        [before] = calendars.accounts(session)

    def enter() -> None:
        with transaction(w.rt.engine) as session:
            calendars.save_account(session, replace(before, password="v2:new"))

    host = Thread(target=enter)
    with transaction(w.rt.engine) as session:
        [found] = calendars.locked_accounts(session)
        host.start()
        host.join(timeout=0.5)  # as long as it may take where nothing holds it up
        calendars.save_account(session, replace(found, password="v2:old"))
    host.join()
    with snapshot(w.rt.engine) as session:
        assert [each.password for each in calendars.accounts(session)] == ["v2:new"]
