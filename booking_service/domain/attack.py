"""The switch for times when somebody floods the service with requests: every host's times are harder to hold, for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

USUAL = timedelta(hours=24)
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Attack:
    """When it was switched on, until when, and by whom. It ends by itself."""

    since: datetime
    until: datetime
    by: str

    def on(self, now: datetime) -> bool:
        return now < self.until


def checked(lasts: timedelta) -> timedelta:
    """Raises ValueError: shorter or longer than it may be switched on for."""
    if not SHORTEST <= lasts <= LONGEST:
        raise ValueError("it can be switched on for an hour to a week")
    return lasts
