"""The contract on Radicale."""

import pytest

from calendars.dav.client import CaldavCalendar
from calendars.model import Capabilities
from tests.calendars.contract import CalendarContract


@pytest.mark.server
class TestRadicale(CalendarContract):
    traits = Capabilities(keeps_bytes=False)

    @pytest.fixture
    def calendar(self, radicale_calendar: CaldavCalendar) -> CaldavCalendar:
        return radicale_calendar
