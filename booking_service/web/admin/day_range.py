"""The range of days by which a log is filtered: `from` and `to`, both inclusive."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...domain.availability import start_of_day
from ..http.parsing import read_day
from ..http.request import PageRequest


class DayRange(NamedTuple):
    """None: open-ended. Unreadable dates are ignored."""

    first: date | None
    last: date | None

    @classmethod
    def of(cls, request: PageRequest) -> "DayRange":
        return cls(read_day(request.query.get("from", "")), read_day(request.query.get("to", "")))

    def instants(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """The start of the first day and the end of the last, in a zone."""
        since = start_of_day(self.first, zone) if self.first else None
        return since, start_of_day(self.last + timedelta(days=1), zone) if self.last else None

    @property
    def fields(self) -> tuple[str, str]:
        """As the form fields."""
        return self.first.isoformat() if self.first else "", self.last.isoformat() if self.last else ""
