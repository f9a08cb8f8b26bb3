"""How long what an invitee entered is kept (GDPR Art. 5(1)(e)): as long as the meeting needs it, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

UNCONFIRMED = timedelta(hours=24)  # after it ended: long enough to take the time again, or to ask what happened
LONGEST_DAYS = 3650
AUDIT_DAYS = 3 * 365  # claims lapse three years after the end of their year (§ 195 BGB); who wants more says so
AUDIT_DAYS_AT_LEAST = 30


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The instants before which something is due for erasing.

    `unconfirmed`: for requests that came to nothing, when that was decided. `told`: for bookings of which anybody was
    told, when the meeting was over.
    """

    unconfirmed: datetime
    told: datetime


def cutoffs(*, now: datetime, retain_days: int) -> Cutoffs:
    return Cutoffs(unconfirmed=now - UNCONFIRMED, told=now - timedelta(days=retain_days))
