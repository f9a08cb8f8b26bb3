"""Whether a server invites by itself is for a person to see; our part is the event that must not make it do so."""

from datetime import UTC, datetime

import pytest

from calendars.dav.invite_probe import invitation
from calendars.errors import Unavailable
from calendars.ical.ics import lines
from calendars.memory import MemoryCalendar

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def test_the_event_tells_the_server_that_inviting_is_ours() -> None:
    calendar = MemoryCalendar()
    with invitation(calendar, organizer="ada@example.org", attendee="me@example.org", now=NOW):
        (body,) = calendar.bodies()
    (attendee,) = [line for line in lines(body) if line.name == "ATTENDEE"]
    assert attendee.value == "mailto:me@example.org"
    assert attendee.params["SCHEDULE-AGENT"] == "CLIENT"
    assert calendar.bodies() == []


def test_it_goes_whatever_happens_meanwhile() -> None:
    calendar = MemoryCalendar()
    with (
        pytest.raises(KeyboardInterrupt),
        invitation(calendar, organizer="ada@example.org", attendee="me@example.org", now=NOW),
    ):
        raise KeyboardInterrupt
    assert calendar.bodies() == []


def test_a_calendar_that_does_not_answer_is_said() -> None:
    calendar = MemoryCalendar()
    calendar.fail_next(Unavailable("away"))
    with (
        pytest.raises(Unavailable),
        invitation(calendar, organizer="ada@example.org", attendee="me@example.org", now=NOW),
    ):
        pytest.fail("nothing stands, so nobody is asked")
