"""Whether golden files are compared or written."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import pytest

from calendars.busy.expander import Expander
from tests.golden.kept import compare


@pytest.fixture(scope="session")
def expander() -> Iterator[Expander]:
    with Expander() as shared:
        yield shared


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Mapping[str, str]], None]:
    return partial(compare, renew=request.config.getoption("--renew-golden"))
