"""Stored instants compared with a clock that may have been set back since."""

from datetime import datetime, timedelta

CLOCKS_DIFFER = timedelta(seconds=60)  # ordinary difference between the clocks of two machines


def is_fresh(at: datetime, *, now: datetime, within: timedelta) -> bool:
    """Whether `at` is recent. An instant in the future is not: a wrong clock wrote it."""
    return -CLOCKS_DIFFER <= now - at <= within
