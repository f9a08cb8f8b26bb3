"""What every test of pages needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.site import Site, site


@pytest.fixture
def s(tmp_path: Path, world_url: str | None) -> Iterator[Site]:
    with site(tmp_path, database_url=world_url) as made:
        yield made
