"""Cases that only the extended run has, beside those of their kind that every run has."""

from typing import Any

import pytest


def in_extended(*cases: Any) -> list[Any]:
    """These, as parameters."""
    return [pytest.param(case, marks=pytest.mark.extended) for case in cases]
