"""How people sign in, as both databases keep it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from booking_service.domain.people import Person
from booking_service.storage import credentials, people
from booking_service.storage.credentials import Credential
from booking_service.storage.engine import snapshot, transaction
from tests.world import World, world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def w(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        yield made


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
