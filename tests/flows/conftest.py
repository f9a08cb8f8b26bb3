"""What every flow needs."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from calendars.expander import Expander
from tests.world import World, world


@pytest.fixture(scope="session")
def expander() -> Iterator[Expander]:
    with Expander() as shared:
        yield shared


@pytest.fixture
def w(tmp_path: Path, expander: Expander) -> Iterator[World]:
    with world(tmp_path, expander=expander) as made:
        yield made


@pytest.fixture
def fast_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one, for hundreds of worlds: the product waits for its disk at each commit."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)
