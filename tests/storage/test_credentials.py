"""How people sign in, as both databases keep it."""

from dataclasses import replace
from threading import Thread

from booking_service.domain.people import Person
from booking_service.storage import credentials, people
from booking_service.storage.credentials import Credential
from booking_service.storage.engine import snapshot, transaction
from tests.world import World


def test_a_password_that_is_taken_away_while_something_else_is_saved_does_not_come_back(w: World) -> None:
    with transaction(w.rt.engine) as session:
        ada: Person = people.every(session)[0]
        credentials.save(session, Credential(person_id=ada.id, password="old"))

    def take_away() -> None:
        with transaction(w.rt.engine) as session:
            credentials.save(session, replace(credentials.held(session, ada.id), password=None))

    elsewhere = Thread(target=take_away)
    with transaction(w.rt.engine) as session:
        found = credentials.held(session, ada.id)
        elsewhere.start()
        elsewhere.join(timeout=0.5)  # as long as it may take where nothing holds it up
        credentials.save(session, replace(found, totp="sealed"))
    elsewhere.join()
    with snapshot(w.rt.engine) as session:
        assert credentials.get(session, ada.id) == Credential(person_id=ada.id, totp="sealed")
