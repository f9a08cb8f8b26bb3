"""What is due because time passed: holds end, reminders go out, hosts hear of calendars that can't be read."""

from datetime import datetime

from ..runtime import Runtime
from ..storage import access
from ..storage.engine import transaction
from . import alarms, limits
from .booking import expire_due
from .reminding import reminders_due


def tick(rt: Runtime, *, now: datetime) -> None:
    """One look at the clock. Everything in it stands alone and may be repeated."""
    expire_due(rt, now=now)
    reminders_due(rt, now=now)
    with transaction(rt.engine) as session:
        alarms.tell_of_failing(session, now=now)
        access.forget_attempts(session, before=now - limits.longest(rt).per)
