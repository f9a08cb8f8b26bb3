"""Instants that were written down, looked at by a clock that may have been set back since."""

from datetime import datetime, timedelta

CLOCKS_DIFFER = timedelta(seconds=60)  # between two machines, without anything being wrong


def is_fresh(at: datetime, *, now: datetime, within: timedelta) -> bool:
    """Whether it was lately. What lies in the future was written by a clock that was wrong: nobody knows when it was."""
    return -CLOCKS_DIFFER <= now - at <= within
