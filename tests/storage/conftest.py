"""Both databases, migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from booking_service.storage import migrations
from booking_service.storage.engine import open_engine


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path / 'booking.db'}"
    )
    made = open_engine(url)
    migrations.upgrade(made)
    yield made
    made.dispose()
