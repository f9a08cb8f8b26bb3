"""An outage of a calendar is told once, and its end once if it was told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_service.storage import calendars
from booking_service.storage.engine import transaction
from tests.world import World, world


@pytest.fixture
def w(tmp_path: Path, world_url: str | None) -> Iterator[World]:
    with world(tmp_path, database_url=world_url) as made:
        yield made


def test_of_two_that_tell_of_an_outage_one_does_and_nobody_of_one_that_is_over(w: World) -> None:
    with transaction(w.rt.engine) as session:
        calendars.failed(session, w.calendar_id, word="Unavailable", text="", now=w.now)
        assert not calendars.outage_told(session, w.calendar_id)
        assert calendars.told(session, w.calendar_id, since=w.now, now=w.now)
        assert not calendars.told(session, w.calendar_id, since=w.now, now=w.now)
        assert calendars.outage_told(session, w.calendar_id)
    w.drain()
    with transaction(w.rt.engine) as session:
        assert calendars.get(session, w.calendar_id).failing_since is None
        assert not calendars.told(session, w.calendar_id, since=w.now, now=w.now), "a worker that looked before"
