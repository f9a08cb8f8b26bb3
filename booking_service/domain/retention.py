"""How long what an invitee entered is kept (GDPR Art. 5(1)(e)): as long as the meeting needs it, and no longer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

UNCONFIRMED = timedelta(hours=24)  # after it ended: long enough to take the time again, or to ask what happened


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
