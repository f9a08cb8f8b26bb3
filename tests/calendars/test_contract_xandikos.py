"""The contract on Xandikos."""

import pytest

from calendars.dav.client import CaldavCalendar
from calendars.model import Capabilities
from tests.calendars.contract import CalendarContract


@pytest.mark.server
class TestXandikos(CalendarContract):
    traits = Capabilities(keeps_bytes=False)

    @pytest.fixture
    def calendar(self, xandikos_calendar: CaldavCalendar) -> CaldavCalendar:
        return xandikos_calendar
