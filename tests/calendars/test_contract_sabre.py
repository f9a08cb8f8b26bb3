"""The contract on a staged server that speaks as sabre/dav and Nextcloud do, and what is theirs alone."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from calendars.dav.client import CaldavCalendar, Connection
from calendars.errors import Precondition, UidTaken
from calendars.memory import SABRE, MemoryCalendar
from calendars.model import Capabilities
from calendars.port import Calendar
from tests.calendars.contract import CalendarContract, body_of, etag_of, put
from tests.calendars.dav.sabre import PATH, sabre
from tests.calendars.dav.staged_servers import staged
from tests.servers import Server


class TestStagedSabre(CalendarContract):
    traits = Capabilities(etag_on_put=False, keeps_bytes=False)

    @pytest.fixture
    def calendar(self) -> Iterator[CaldavCalendar]:
        with staged(sabre(MemoryCalendar(temper=SABRE, path=PATH))) as server:
            account = Server("sabre", server.url, f"{server.url}{PATH}").account
            with closing(Connection(account)) as connection:
                yield connection.calendar(PATH)

    def test_the_trash_bin_keeps_the_uids_of_what_was_deleted(self, calendar: Calendar) -> None:
        uid, href = put(calendar)
        assert calendar.delete(href, etag=etag_of(calendar, href))
        with pytest.raises(UidTaken):
            calendar.create(href, body_of(uid))

    def test_a_conditional_delete_of_what_is_gone_is_a_precondition_and_get_tells_why(self, calendar: Calendar) -> None:
        _, href = put(calendar)
        etag = etag_of(calendar, href)
        assert calendar.delete(href, etag=etag)
        with pytest.raises(Precondition):
            calendar.delete(href, etag=etag)
        assert calendar.get(href) is None
