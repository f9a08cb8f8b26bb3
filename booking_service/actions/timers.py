"""What is due because time passed: holds end, reminders go out, hosts hear of calendars that can't be read."""

from datetime import datetime

from ..runtime import Runtime
from ..storage import access
from ..storage.engine import transaction
from . import alarms, limits
from .booking import expire_due
from .opened import write_down
from .reminding import reminders_due


def each_second(rt: Runtime, *, now: datetime) -> None:
    """What may not wait: a hold ends at its deadline."""
    expire_due(rt, now=now)


def each_half_minute(rt: Runtime, *, now: datetime) -> None:
    """What may wait a little, and costs a look at many rows."""
    reminders_due(rt, now=now)
    write_down(rt)
    with transaction(rt.engine) as session:
        alarms.tell_of_failing(session, now=now)
        access.forget_attempts(session, before=now - limits.longest(rt).per)


def tick(rt: Runtime, *, now: datetime) -> None:
    """One look at the clock for everything. All of it stands alone and may be repeated."""
    each_second(rt, now=now)
    each_half_minute(rt, now=now)
