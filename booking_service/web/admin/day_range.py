"""The days between which a log is looked through, as its form sends them: `from` and `to`, each of them with it."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...domain.availability import start_of_day
from ..http.parsing import read_day
from ..http.request import PageRequest


class DayRange(NamedTuple):
    """None: from the beginning, or up to now. What can't be read is as if it were not there."""

    first: date | None
    last: date | None

    @classmethod
    def of(cls, request: PageRequest) -> "DayRange":
        return cls(read_day(request.query.get("from", "")), read_day(request.query.get("to", "")))

    def instants(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """When the first one begins in a zone, and when the last one is over."""
        since = start_of_day(self.first, zone) if self.first else None
        return since, start_of_day(self.last + timedelta(days=1), zone) if self.last else None

    @property
    def fields(self) -> tuple[str, str]:
        """As they stand in the form again."""
        return self.first.isoformat() if self.first else "", self.last.isoformat() if self.last else ""
