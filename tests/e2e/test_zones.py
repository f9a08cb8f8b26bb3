"""One instant, told in each reader's own clock, with the zone named; nights that have an hour twice, or not at all."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.e2e.bookers import Booker, a_day
from tests.e2e.conftest import Profile
from tests.e2e.second_service import House, house
from tests.flows.dav_reader import Outside
from tests.flows.programs import Demo, until

BERLIN, TOKYO, AUCKLAND = (ZoneInfo(name) for name in ("Europe/Berlin", "Asia/Tokyo", "Pacific/Auckland"))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(Path(tmp_path_factory.mktemp("nights"))) as made:
        yield made


@pytest.fixture
def open_nights(nights: House, profile: Callable[..., Profile]) -> Callable[[str], Page]:
    """Open a page of the house that is open at night."""
    page = profile(base_url=nights.running.base_url).page()

    def open_(path: str) -> Page:
        page.goto(path)
        return page

    return open_


def last_sunday_to_come(month: int) -> date:
    """When the clocks of Berlin change next, in March or October; tomorrow at the earliest."""
    today = datetime.now(BERLIN).date()
    days = (date(year, month, day) for year in (today.year, today.year + 1) for day in range(25, 32))
    return next(day for day in days if day.weekday() == 6 and day > today)


def labels(page: Page) -> dict[str, str]:
    """What is offered: instant → how the page says it."""
    found: dict[str, str] = page.eval_on_selector_all(
        ".slot", "all => Object.fromEntries(all.map(it => [it.querySelector('input').value, it.textContent.trim()]))"
    )
    return found


def test_a_browser_in_tokyo_sees_tokyo_times_and_dates(profile: Callable[..., Profile]) -> None:
    mine = profile(timezone_id="Asia/Tokyo")
    page = mine.page()
    page.goto(f"/ada/intro?month={a_day():%Y-%m}")
    page.wait_for_url("**zone=Asia**")
    assert [kind for kind in mine.kinds if kind in ("document", "stylesheet")] == ["document", "stylesheet"]
    expect(page.get_by_label("Times are shown in")).to_have_value("Asia/Tokyo")
    for _ in range(2):
        heading = page.locator("#times").inner_text()
        for instant, label in labels(page).items():
            local = datetime.fromisoformat(instant).astimezone(TOKYO)
            assert label == f"{local:%H:%M}"
            assert heading == f"{local:%A} {local.day} {local:%B}"
        page.locator("table.cal a:not([aria-current])").first.click()
        page.wait_for_url("**zone=Asia*Tokyo#times")


def test_an_afternoon_in_berlin_is_the_next_day_in_auckland(profile: Callable[..., Profile]) -> None:
    here = profile().page()
    here.goto(f"/ada/intro?month={a_day():%Y-%m}")
    late = list(labels(here))[-1]
    local = datetime.fromisoformat(late).astimezone(AUCKLAND)
    assert local.date() > datetime.fromisoformat(late).astimezone(BERLIN).date()
    there = profile(timezone_id="Pacific/Auckland").page()
    there.goto(f"/ada/intro?day={local:%Y-%m-%d}&zone=Pacific/Auckland")
    assert labels(there)[late] == f"{local:%H:%M}"


@pytest.mark.promise("I11")
def test_page_mail_file_programs_and_host_agree_on_the_instant(
    profile: Callable[..., Profile], booker: Booker, site: Demo
) -> None:
    booker.zone = "Asia/Tokyo"
    page = profile(timezone_id=booker.zone).page()
    start = booker.book(page)
    instant = datetime.fromisoformat(start)
    there, here = instant.astimezone(TOKYO), instant.astimezone(BERLIN)
    facts = page.locator(".facts").inner_text()
    assert f"{there.day} {there:%B %Y}, {there:%H:%M}" in facts
    assert "Asia/Tokyo (UTC+9)" in facts
    assert f"{here:%H:%M}" in facts
    site.advance(0)
    mail = booker.received()[-1]
    assert f"{there.day} {there:%B %Y}, {there:%H:%M}" in mail["text"]
    assert "Asia/Tokyo (UTC+9)" in mail["text"]
    [part] = [each for each in mail["attachments"] if each["content_type"] == "text/calendar"]
    [event] = Calendar.from_ical(part["content"]).walk("VEVENT")
    assert event.decoded("DTSTART") == instant
    said_here = f"{here.day} {here:%B %Y}, {here:%H:%M}"
    to_ada = next(each for each in site.mails() if each["to"] == "ada@example.org" and said_here in each["text"])
    assert "Europe/Berlin" in to_ada["text"]
    [standing] = Outside(site.server, site.calendars).at(start)
    assert standing.start == instant
    with page.expect_download() as download:
        page.get_by_role("link", name="Download .ics").click()
    [kept] = Calendar.from_ical(Path(download.value.path()).read_bytes()).walk("VEVENT")
    assert kept.decoded("DTSTART") == instant
    free = httpx2.get(
        f"{site.base_url}/api/v1/slots",
        trust_env=False,
        params={
            "host": "ada",
            "meeting": "intro",
            "from": start,
            "to": f"{instant + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
            "zone": "Asia/Tokyo",
        },
    )
    assert free.status_code == 200
    assert start not in free.text


@pytest.mark.extended
def test_an_hour_that_does_not_exist_is_not_offered(open_nights: Callable[[str], Page]) -> None:
    """The last Sunday of March in Berlin: 02:00 is followed by 03:00."""
    page = open_nights(f"/ada/intro?day={last_sunday_to_come(3)}")
    assert list(labels(page).values()) == ["01:00", "01:30", "03:00", "03:30"]


@pytest.mark.extended
def test_an_hour_that_comes_twice_is_offered_twice_and_told_apart(
    open_nights: Callable[[str], Page], nights: House
) -> None:
    """The last Sunday of October in Berlin: 02:00 to 03:00 happens in summer time, then again in winter time."""
    night = last_sunday_to_come(10)
    page = open_nights(f"/ada/intro?day={night}")
    said = labels(page)
    assert list(said.values()) == [
        "01:00",
        "01:30",
        "02:00 (UTC+2)",
        "02:30 (UTC+2)",
        "02:00 (UTC+1)",
        "02:30 (UTC+1)",
        "03:00",
        "03:30",
    ]
    for instant in (f"{night}T00:30:00Z", f"{night}T01:30:00Z"):
        assert said[instant].startswith("02:30")
        page.goto(f"/ada/intro?day={night}")
        page.locator(f"input[value='{instant}']").check(force=True)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Full name").fill("Grace Hopper")
        page.get_by_label("Email address").fill(f"night{instant[11:13]}@example.org")
        page.get_by_role("button", name="Hold this time").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
        [standing] = Outside(nights.server, nights.running.calendars).at(instant)
        assert standing.duration == timedelta(minutes=30)


@pytest.mark.extended
def test_a_meeting_in_person_is_told_in_the_venue_s_time(nights: House, profile: Callable[..., Profile]) -> None:
    page = profile(base_url=nights.running.base_url, timezone_id="Asia/Tokyo").page()
    page.goto("/ada/venue?zone=Asia/Tokyo")
    expect(page.get_by_label("Times are shown in")).to_have_count(0)
    expect(page.get_by_text("Times are local to where you meet: Europe/Berlin")).to_be_visible()
    start, said = next(iter(labels(page).items()))
    local = datetime.fromisoformat(start).astimezone(BERLIN)
    assert said == f"{local:%H:%M}"
    page.get_by_role("radio").first.check(force=True)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_label("Email address").fill("venue@example.org")
    page.get_by_role("button", name="Hold this time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    assert f"{local:%H:%M}" in page.locator("main").inner_text()
    assert "Tokyo" not in page.locator("main").inner_text()
    [mail] = until(lambda: [each for each in nights.running.mails() if each["to"] == "venue@example.org"])
    assert f"{local:%H:%M}" in mail["text"]
    assert "Tokyo" not in mail["text"]


@pytest.mark.extended
def test_one_time_free_is_said_in_the_singular(open_nights: Callable[[str], Page]) -> None:
    page = open_nights("/ada/once")
    names = page.eval_on_selector_all("table.cal a", "all => all.map(it => it.getAttribute('aria-label'))")
    assert names
    assert [name for name in names if not re.fullmatch(r"Monday \d+ \w+, 1 time free(, today)?", name)] == []


@pytest.mark.parametrize(("language", "first"), [("de", "Mo"), ("nl", "ma"), ("en", "Mo")])
def test_the_week_begins_as_the_language_has_it(page: Page, language: str, first: str) -> None:
    page.goto(f"/ada/intro?lang={language}")
    assert page.locator("table.cal th").first.inner_text().rstrip(".") == first
    assert all(re.fullmatch(r"\d\d:\d\d", label) for label in labels(page).values())
