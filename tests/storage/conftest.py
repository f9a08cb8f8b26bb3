"""Both databases, migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from booking_service.storage.engine import open_engine
from tests.databases import start_empty
from tests.world import World, world


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "postgresql":
        url = request.getfixturevalue("migrated_postgres_url")
    else:
        start_empty(tmp_path / "booking.db")
        url = f"sqlite:///{tmp_path / 'booking.db'}"
    made = open_engine(url)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def w(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A host who can be booked, on each database."""
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        yield made
