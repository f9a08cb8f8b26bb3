"""The world that actions are tried in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, world


@pytest.fixture
def w(tmp_path: Path, world_url: str | None) -> Iterator[World]:
    with world(tmp_path, database_url=world_url) as made:
        yield made
