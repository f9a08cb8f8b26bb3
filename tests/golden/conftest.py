"""Whether golden files are compared or written."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.golden.golden_files import compare


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Mapping[str, str]], None]:
    return partial(compare, renew=request.config.getoption("--renew-golden"))
