"""The contract on the calendar in memory, plain and in the tempers of servers that bend it."""

import pytest

from calendars.memory import SABRE, SOGO, MemoryCalendar, Temper
from calendars.model import Capabilities
from tests.calendars.contract import CalendarContract


class TestMemory(CalendarContract):
    traits = Capabilities(free_busy=False)

    @pytest.fixture
    def calendar(self) -> MemoryCalendar:
        return MemoryCalendar()


class TestSabreTemper(CalendarContract):
    traits = Capabilities(etag_on_put=False, keeps_bytes=False, free_busy=False)

    @pytest.fixture
    def calendar(self) -> MemoryCalendar:
        return MemoryCalendar(temper=SABRE)


class TestSogoTemper(CalendarContract):
    traits = Capabilities(
        create_guard=False, update_guard=False, delete_guard=False, token_errors=False, free_busy=False
    )
    unique_uids = False

    @pytest.fixture
    def calendar(self) -> MemoryCalendar:
        return MemoryCalendar(temper=SOGO)


def test_tempers_are_plain_by_default() -> None:
    assert MemoryCalendar().temper == Temper()
