"""The contract on Debian's DAViCal, Cyrus and SOGo, with what each is known to do otherwise."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from calendars.dav.client import CaldavCalendar, Connection
from calendars.model import Capabilities
from tests.calendars.contract import CalendarContract
from tests.servers import Server


@pytest.mark.extended
class TestDavical(CalendarContract):
    """Takes an unknown token and answers it with everything; stores a UID twice."""

    traits = Capabilities(token_errors=False)
    unique_uids = False

    @pytest.fixture
    def calendar(self, davical_server: Server) -> Iterator[CaldavCalendar]:
        with closing(Connection(davical_server.account)) as connection:
            yield connection.calendar(davical_server.new_calendar())


@pytest.mark.extended
class TestCyrus(CalendarContract):
    @pytest.fixture
    def calendar(self, cyrus_server: Server) -> Iterator[CaldavCalendar]:
        with closing(Connection(cyrus_server.account)) as connection:
            yield connection.calendar(cyrus_server.new_calendar())


@pytest.mark.extended
class TestSogo(CalendarContract):
    """Creates over what stands, deletes what changed, brings back what is gone, stores a UID twice; answers no free-busy
    question; its tokens are the seconds of its clock."""

    traits = Capabilities(
        create_guard=False,
        update_guard=False,
        delete_guard=False,
        keeps_bytes=False,
        token_errors=False,
        free_busy=False,
    )
    unique_uids = False
    repeats_changes = True

    @pytest.fixture
    def calendar(self, sogo_server: Server) -> Iterator[CaldavCalendar]:
        with closing(Connection(sogo_server.account)) as connection:
            yield connection.calendar(sogo_server.new_calendar())

    def let_the_token_age(self) -> None:
        second = int(time.time())
        while int(time.time()) <= second + 1:
            time.sleep(0.05)
