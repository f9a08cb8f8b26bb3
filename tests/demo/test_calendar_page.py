"""What stands in Ada's calendars, seen in the browser without a calendar client."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import html5lib
import httpx2
import pytest
from jinja2 import Environment
from starlette.testclient import TestClient

from booking_service.clock import Clock
from booking_service.demo.calendar_page import CalendarPage, CalendarView, ShownEntry
from booking_service.demo.radicale import PASSWORD, USER, Radicale
from booking_service.demo.seed import BOOKINGS, PERSONAL, seed
from calendars.dav.client import DavAccount, connect
from calendars.ical import ics
from calendars.model import Event, EventStatus, Period

pytestmark = pytest.mark.server
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    with Radicale(tmp_path, port=0) as server:
        seed(server.url, now=datetime.now(tz=UTC))
        yield server


@pytest.fixture
def ada(radicale: Radicale) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=radicale.url, auth=(USER, PASSWORD), trust_env=False) as client:
        yield client


@pytest.fixture
def client(radicale: Radicale, templates: Environment, browse: Callable[..., TestClient]) -> TestClient:
    connection = connect(DavAccount(url=radicale.url, user=USER, password=PASSWORD, auth="basic", allow_private=True))
    calendars = {
        name: connection.calendar(radicale.url + path)
        for name, path in (("Personal", PERSONAL), ("Bookings", BOOKINGS))
    }
    return browse(CalendarPage(calendars, Clock(), templates, BERLIN).routes())


def test_a_newcomer_sees_adas_plans(client: TestClient) -> None:
    page = client.get("/demo/calendar")

    assert page.status_code == 200
    for title in ("Team meeting", "Dentist", "Conference in Paris"):
        assert title in page.text
    assert "repeats" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    html5lib.HTMLParser(strict=True).parse(page.text)


@pytest.mark.parametrize("days", [3, 364])
def test_a_hold_shows_as_tentative_at_once_and_as_confirmed_later(
    client: TestClient, ada: httpx2.Client, days: int
) -> None:
    """However far ahead: the demo can be booked for a year."""
    start = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(days=days)
    before = client.head("/demo/calendar").headers["ETag"]
    ada.put(f"{BOOKINGS}one.ics", content=_event(start, EventStatus.TENTATIVE)).raise_for_status()

    assert client.head("/demo/calendar").headers["ETag"] != before
    (entry,) = [one for one in _entries(client) if one["calendar"] == "Bookings"]
    assert (entry["uid"], entry["title"], entry["status"]) == ("one", "⏳ Hold: <Grace>", "TENTATIVE")
    assert datetime.fromisoformat(str(entry["start"])) == start
    assert f"{start.astimezone(BERLIN):%a %d %b %Y, %H:%M}" in client.get("/demo/calendar").text
    assert "⏳ Hold: &lt;Grace&gt;" in client.get("/demo/calendar").text

    ada.put(f"{BOOKINGS}one.ics", content=_event(start, EventStatus.CONFIRMED)).raise_for_status()

    assert [one["status"] for one in _entries(client) if one["calendar"] == "Bookings"] == ["CONFIRMED"]


@pytest.mark.parametrize(
    ("start", "hours", "shown"),
    [
        ("2026-11-24T09:00+01:00", 0.5, "Tue 24 Nov 2026, 09:00–09:30"),
        ("2026-11-24T23:00+01:00", 2, "Tue 24 Nov 2026, 23:00–Wed 25 Nov 01:00"),
        ("2026-11-24T00:00+01:00", 24, "Tue 24 Nov 2026, all day"),
        ("2026-11-24T00:00+01:00", 72, "Tue 24 Nov 2026–Thu 26 Nov 2026, all day"),
        ("2027-03-28T00:00+01:00", 23, "Sun 28 Mar 2027, all day"),
    ],
)
def test_times_read_as_a_person_in_berlin_says_them(start: str, hours: float, shown: str) -> None:
    begin = datetime.fromisoformat(start).astimezone(UTC)
    end = begin + timedelta(hours=hours)
    facts = {"calendar": "Personal", "uid": "1", "title": "", "status": "CONFIRMED"}
    entry = ShownEntry(**facts, start=begin, end=end, repeats=False, blocks=True)

    assert CalendarView((entry,), BERLIN.key).when(entry) == shown


def test_rows_stand_in_the_order_of_time(client: TestClient) -> None:
    starts = [datetime.fromisoformat(str(entry["start"])) for entry in _entries(client)]

    assert len(starts) >= 5
    assert starts == sorted(starts)


def test_a_server_that_is_down_is_said_plainly(client: TestClient, radicale: Radicale) -> None:
    radicale.stop()

    page = client.get("/demo/calendar")
    assert page.status_code == 503
    assert "does not answer" in page.text
    assert client.get("/demo/calendar", headers={"Accept": "application/json"}).status_code == 503


def _entries(client: TestClient) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = client.get("/demo/calendar", headers={"Accept": "application/json"}).json()
    return entries


def _event(start: datetime, status: EventStatus) -> bytes:
    return ics.build(
        Event(
            uid="one",
            time=Period(start, start + timedelta(minutes=30)),
            status=status,
            summary="⏳ Hold: <Grace>",
            sequence=0,
            stamped_at=start,
        )
    )
