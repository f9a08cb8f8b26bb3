"""What every flow needs."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from booking_service.storage.engine import open_engine
from tests.world import World, world


@dataclass(frozen=True, slots=True)
class Bench:
    """Where one world after another is built: over the same file and the same engine, whose statements are compiled."""

    folder: Path
    engine: Engine


@pytest.fixture
def w(tmp_path: Path, world_url: str | None) -> Iterator[World]:
    with world(tmp_path, database_url=world_url) as made:
        yield made


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """In memory where there is such a place: the product waits for its disk at each commit."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        engine = open_engine(f"sqlite:///{folder}/booking.db")
        yield Bench(Path(folder), engine)
        engine.dispose()
