"""Attack mode: a switch for times of flooding. While it is on, holding a time costs more effort with every host."""

from dataclasses import dataclass
from datetime import datetime, timedelta

USUAL = timedelta(hours=24)
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Attack:
    """When attack mode was switched on, until when (exclusive), and by whom. It ends by itself."""

    since: datetime
    until: datetime
    by: str

    def on(self, now: datetime) -> bool:
        return now < self.until


def checked(lasts: timedelta) -> timedelta:
    """Raises ValueError: shorter or longer than attack mode may be switched on for."""
    if not SHORTEST <= lasts <= LONGEST:
        raise ValueError("it can be switched on for an hour to a week")
    return lasts
