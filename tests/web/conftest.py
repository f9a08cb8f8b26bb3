"""What every test of pages needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from calendars.busy.expander import Expander
from tests.web.site import Site, site


@pytest.fixture(scope="session")
def expander() -> Iterator[Expander]:
    with Expander() as shared:
        yield shared


@pytest.fixture
def s(tmp_path: Path, expander: Expander) -> Iterator[Site]:
    with site(tmp_path, expander) as made:
        yield made
