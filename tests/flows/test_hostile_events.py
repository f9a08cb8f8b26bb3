"""What anybody can mail to a host ends up in their calendar. It may block the host's time, and nothing else."""

from datetime import timedelta

import pytest

from tests.world import MONDAY, World

ENDLESS = ("00010101T000000Z", "99991231T235959Z")


def _put(w: World, *lines: str) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    w.calendar.host_puts(f"{lines[0][4:]}.ics", body.encode())


def _rows(w: World) -> int:
    with w.rt.engine.connect() as connection:
        count: int = connection.exec_driver_sql("SELECT count(*) FROM busy").scalar_one()
        return count


@pytest.mark.capability("A83")
@pytest.mark.parametrize(
    ("start", "end"), [ENDLESS, ("20290101T000000Z", "99991231T235959Z"), ("00010101T000000Z", "20300110T000000Z")]
)
def test_an_event_of_eight_thousand_years_blocks_what_may_be_booked_and_no_more(w: World, start: str, end: str) -> None:
    """Its pull once met the end of the calendar, each time anew: the page closed, and nobody was told why."""
    _put(w, "UID:endless", f"DTSTART:{start}", f"DTEND:{end}")
    w.drain()
    with w.rt.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT failure FROM calendar").scalars().all() == [""]
        seen = connection.exec_driver_sql("SELECT count(*) FROM calendar_object WHERE uid = 'endless'")
        assert seen.scalar_one() == 1
    assert 1 <= _rows(w) <= 500
    assert w.rt.clock.now() < MONDAY + timedelta(days=1)
