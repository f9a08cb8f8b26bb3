"""How long what an invitee entered is kept (GDPR Art. 5(1)(e)): as long as the meeting needs it, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

UNCONFIRMED = timedelta(hours=24)  # after it ended: long enough to take the time again, or to ask what happened


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """What is due for erasing: requests that came to nothing and were decided before `unconfirmed`, and bookings of
    which anybody was told whose meeting was over before `told`."""

    unconfirmed: datetime
    told: datetime


def cutoffs(*, now: datetime, retain_days: int) -> Cutoffs:
    return Cutoffs(unconfirmed=now - UNCONFIRMED, told=now - timedelta(days=retain_days))
