"""A service on either database, with a purpose of each kind that matters to the ledger, and who may write into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import CALLS, NEWSLETTER, People
from tests.world import World, world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        with transaction(made.rt.engine) as session:
            for at, each in enumerate((NEWSLETTER, CALLS)):
                purposes.save(session, each, position=at)
        yield made


@pytest.fixture
def people(service: World) -> People:
    return People(service.rt, service.clock)
