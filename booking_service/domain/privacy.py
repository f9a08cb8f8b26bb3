"""What people may ask about their own data, and for how long each link to it works."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

FRESH_FOR = timedelta(minutes=60)  # the link to all that is kept, opened as often as wanted
CONFIRMED_WITHIN = timedelta(hours=24)  # what was asked for on that page
DATA_FOR = timedelta(hours=24)
PENDING_KEPT = timedelta(days=30)  # so that an old link still says what became of it
_EVIDENCE_YEARS = 3  # after the year of the last use (§§ 195, 199 BGB)
_CALL_YEARS = 5  # from the last use (§ 7a UWG)


class Wish(StrEnum):
    """What waits for a mailed link before it is done, as it means more use of the data, or handing it out."""

    YES = "yes"  # to a purpose
    RESUME = "resume"  # the use of the data that was stopped
    DATA = "data"
    DELETE = "delete"


class Mode(StrEnum):
    """How much is erased."""

    WHOLE = "whole"
    PERSONAL = "personal"  # what identifies a person; other fields stay, for statistics


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A wish that waits. `purpose`, `question`: what a yes is to; `cancels`: coming bookings go with the data."""

    id: UUID
    contact_id: UUID
    wish: Wish
    purpose: str = ""
    question: UUID | None = None
    cancels: bool = False
    zone: str = "UTC"
    made_at: datetime
    until: datetime
    done_at: datetime | None = None

    def is_open(self, *, now: datetime) -> bool:
        return self.done_at is None and now < self.until


def evidence_until(erased_at: datetime, *, calls: bool) -> datetime:
    """Until when the proof of what a person agreed to is kept, sealed, after all else of them is erased."""
    if calls:
        leap_day = (erased_at.month, erased_at.day) == (2, 29)
        return erased_at.replace(year=erased_at.year + _CALL_YEARS, day=28 if leap_day else erased_at.day)
    return datetime(erased_at.astimezone(UTC).year + _EVIDENCE_YEARS + 1, 1, 1, tzinfo=UTC)
