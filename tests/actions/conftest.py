"""The world that actions are tried in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calendars.busy.expander import Expander
from tests.world import World, world


@pytest.fixture(scope="session")
def expander() -> Iterator[Expander]:
    with Expander() as shared:
        yield shared


@pytest.fixture
def w(tmp_path: Path, expander: Expander) -> Iterator[World]:
    with world(tmp_path, expander=expander) as made:
        yield made
