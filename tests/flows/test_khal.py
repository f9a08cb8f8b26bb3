"""The host's own calendar client, Debian's khal with vdirsyncer: what it shows of a booking, and what it does to one."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.flows.dav_reader import Outside
from tests.flows.programs import Demo, demo, until
from tests.flows.text_browser import Visit, calendar_parts

pytestmark = pytest.mark.server
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE_S = 60

_SYNC = """
[general]
status_path = "{home}/status"

[pair ada]
a = "server"
b = "here"
collections = ["bookings", "personal"]
conflict_resolution = "a wins"

[storage server]
type = "caldav"
url = "{url}"
username = "ada"
password = "demo"

[storage here]
type = "filesystem"
path = "{home}/calendars"
fileext = ".ics"
"""
_KHAL = """
[calendars]
[[bookings]]
path = {home}/calendars/bookings
[[personal]]
path = {home}/calendars/personal
[sqlite]
path = {home}/khal.db
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
[default]
default_calendar = bookings
"""


@dataclass
class Client:
    """Ada's laptop: a folder of .ics files that vdirsyncer keeps in step with the server, and khal to read them."""

    home: Path

    def sync(self) -> None:
        self.run("vdirsyncer", "sync")

    def shown(self, day: datetime) -> list[str]:
        """What khal lists for a day, as "09:00-09:30 STATUS title"."""
        form = "{start-time}-{end-time} {status}{title}"
        listed = self.run("khal", "list", "--format", form, "--day-format", "", f"{day:%Y-%m-%d}", "1d")
        return [line.strip() for line in listed.splitlines() if line.strip()]

    def file(self, uid: str) -> Path:
        [found] = [each for each in (self.home / "calendars").glob("*/*.ics") if f"UID:{uid}" in each.read_text()]
        return found

    def rewrite(self, uid: str, change: Callable[[str], str]) -> None:
        """Edit the file as any editor or client does, and sync."""
        file = self.file(uid)
        before = file.read_text()
        changed = change(before)
        assert changed != before
        file.write_text(changed)
        self.sync()

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "TZ": "Europe/Berlin"},
        )
        assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """With one booking that stays: vdirsyncer takes no folder for emptied on purpose, and neither do we."""
    with demo(tmp_path_factory.mktemp("khal") / "demo") as running:
        with Visit(running.base_url, running.mails) as staying:
            staying.book("quick")
        yield running


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, site: Demo) -> Client:
    for program in ("khal", "vdirsyncer"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (apt-get install khal vdirsyncer)")
    home = tmp_path_factory.mktemp("laptop")
    for name, text in (("vdirsyncer", _SYNC), ("khal", _KHAL)):
        folder = home / ".config" / name
        folder.mkdir(parents=True)
        (folder / "config").write_text(text.format(home=home, url=f"{site.caldav_url}ada/"))
    for name in ("bookings", "personal"):
        (home / "calendars" / name).mkdir(parents=True)  # vdirsyncer would ask whether to make them
    made = Client(home)
    made.run("vdirsyncer", "discover")
    return made


@pytest.fixture
def visit(site: Demo) -> Iterator[Visit]:
    with Visit(site.base_url, site.mails) as made:
        yield made


def booked(visit: Visit, site: Demo, *, meeting: str = "intro") -> tuple[str, datetime]:
    """A booking that stands: its UID, and when it begins in Berlin."""
    start = visit.times(meeting)[0]
    visit.book(meeting, start=start)
    site.quiet()
    [standing] = Outside(site.server, site.calendars).at(start)
    return standing.uid, standing.start.astimezone(BERLIN)


def an_hour_later(text: str) -> str:
    """DTSTART and DTEND one hour on, as a drag in a calendar does."""

    def later(found: re.Match[str]) -> str:
        moved = datetime.strptime(found[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=ZoneInfo("UTC")) + timedelta(hours=1)
        return f"{found[1]}:{moved:%Y%m%dT%H%M%SZ}"

    return re.sub(r"(DTSTART|DTEND):(\d{8}T\d{6}Z)", later, text)


def test_a_hold_is_shown_as_tentative_and_then_as_confirmed(site: Demo, client: Client, visit: Visit) -> None:
    _, begins = booked(visit, site)
    client.sync()
    [line] = [line for line in client.shown(begins) if line.startswith(f"{begins:%H:%M}-")]
    assert "TENTATIVE" in line
    assert visit.name in line
    visit.confirm()
    site.quiet()
    client.sync()
    [line] = [line for line in client.shown(begins) if line.startswith(f"{begins:%H:%M}-")]
    assert "CONFIRMED" in line
    assert visit.name in line


@pytest.mark.extended
def test_a_hold_that_ended_is_gone_from_the_laptop(site: Demo, client: Client, visit: Visit) -> None:
    uid, _ = booked(visit, site)
    client.sync()
    assert client.file(uid).exists()
    site.advance(3700)
    client.sync()
    assert not [each for each in client.home.glob("calendars/*/*.ics") if f"UID:{uid}" in each.read_text()]


@pytest.mark.promise("I7")
@pytest.mark.extended
def test_a_booking_follows_when_it_is_moved_on_the_laptop(site: Demo, client: Client, visit: Visit) -> None:
    uid, begins = booked(visit, site, meeting="quick")
    client.sync()
    client.rewrite(uid, an_hour_later)
    site.advance(2 * MINUTE_S)
    page = visit.get(visit.link("m"))
    assert f"{begins + timedelta(hours=1):%H:%M}" in page.text
    requests = [
        part["content"]
        for mail in visit.received()
        for part in calendar_parts(mail)
        if "parameters" in part and part["parameters"].get("method") == "REQUEST"
    ]
    assert len(requests) == 2
    assert all(f"UID:{uid}" in each for each in requests)
    client.sync()
    assert [line for line in client.shown(begins) if line.startswith(f"{begins + timedelta(hours=1):%H:%M}-")]


@pytest.mark.promise("I7")
@pytest.mark.extended
def test_a_hold_follows_and_its_link_is_mailed_anew(site: Demo, client: Client, visit: Visit) -> None:
    uid, begins = booked(visit, site)
    client.sync()
    client.rewrite(uid, an_hour_later)
    site.advance(2 * MINUTE_S)
    assert len([mail for mail in visit.received() if mail["subject"].startswith("Please confirm")]) == 2
    page = visit.get(visit.link("c"))
    assert f"{begins + timedelta(hours=1):%H:%M}" in page.text
    visit.confirm()
    [standing] = [each for each in Outside(site.server, site.calendars).bookings() if each.uid == uid]
    assert (standing.status, standing.start) == ("CONFIRMED", begins + timedelta(hours=1))


@pytest.mark.promise("I7")
@pytest.mark.extended
def test_a_title_and_notes_written_on_the_laptop_are_kept(site: Demo, client: Client, visit: Visit) -> None:
    uid, _ = booked(visit, site)
    client.sync()
    client.rewrite(uid, lambda text: re.sub(r"SUMMARY:.*\r?\n(?: .*\r?\n)*", "SUMMARY:Bring the moth\r\n", text))
    site.advance(2 * MINUTE_S)
    visit.confirm()
    site.quiet()
    [standing] = [each for each in Outside(site.server, site.calendars).bookings() if each.uid == uid]
    assert (str(standing.event["SUMMARY"]), standing.status) == ("Bring the moth", "CONFIRMED")


@pytest.mark.promise("I7")
def test_deleting_it_on_the_laptop_cancels_the_booking(site: Demo, client: Client, visit: Visit) -> None:
    """Believed once it was seen twice, with a grace time between."""
    uid, _ = booked(visit, site, meeting="quick")
    client.sync()
    client.file(uid).unlink()
    client.sync()
    site.advance(3 * MINUTE_S)
    methods = [
        part["parameters"].get("method")
        for mail in visit.received()
        for part in mail["attachments"]
        if part["content_type"] == "text/calendar"
    ]
    assert methods == ["REQUEST", "CANCEL"]
    assert "cancelled" in visit.get(visit.link("m")).text
    assert [each for each in Outside(site.server, site.calendars).bookings() if each.uid == uid] == []


@pytest.mark.promise("I7")
@pytest.mark.extended
def test_deleting_a_hold_on_the_laptop_releases_it_kindly(site: Demo, client: Client, visit: Visit) -> None:
    uid, begins = booked(visit, site)
    client.sync()
    client.file(uid).unlink()
    client.sync()
    site.advance(3 * MINUTE_S)
    assert visit.get(visit.link("c")).status == 410
    assert visit.offers(f"{begins.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}")
    until(lambda: len(visit.received()) == 2)
    assert calendar_parts(visit.received()[-1]) == []


def test_an_appointment_made_on_the_laptop_is_not_offered(site: Demo, client: Client, visit: Visit) -> None:
    free = visit.times()[2]
    start = datetime.fromisoformat(free).astimezone(BERLIN)
    client.sync()
    client.run(
        "khal", "new", "-a", "personal", f"{start:%Y-%m-%d %H:%M}", f"{start + timedelta(minutes=30):%H:%M}", "Moths"
    )
    client.sync()
    site.advance(2 * MINUTE_S)
    assert not visit.offers(free)
