"""Why a time is offered or not, as the host at their browser: the same verdicts as the offer's, in their language."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from booking_service.actions.times.offers import find_slots
from booking_service.domain.interval import Interval
from calendars.errors import Unavailable
from calendars.model import Period
from tests.statements import statements
from tests.web.page_reader import Page, look, words
from tests.web.site import Site, person_of_host, signed_in
from tests.world import MONDAY

WHY = "/host/why"
DAY = timedelta(days=1)


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def rows(page: Page) -> dict[str, str]:
    """Each start of the day, and what is said of it."""
    (listed,) = page.all("ul", class_="rows timed")
    return {words(item.find(".//a")): words(item) for item in listed}  # type: ignore[arg-type]


def test_each_start_of_a_day_has_its_verdict_and_it_is_the_one_of_the_offer(s: Site, ada: TestClient) -> None:
    s.w.calendar.host_adds("Secret plans", Period(MONDAY + DAY, MONDAY + DAY + timedelta(hours=1)))
    s.w.drain()
    s.confirmed(start="2030-01-08T10:00:00Z")
    page = look(ada, f"{WHY}?type=intro&day=2030-01-08")
    shown = rows(page)
    found = find_slots(
        s.w.rt, "ada", "intro", Interval(MONDAY + DAY - timedelta(hours=8), MONDAY + DAY * 2), now=s.w.now
    )
    offered = [
        f"{each.start.astimezone(s.w.host.zone):%H:%M}" for each in found.slots if each.start < MONDAY + DAY * 1.6
    ]
    assert [clock for clock, text in shown.items() if "Not offered" not in text] == offered
    assert "Busy in “Ada”, 09:00–10:00" in shown["09:30"]
    assert "A booking or hold, 11:00–11:30" in shown["11:00"]
    assert "Secret plans" not in page.text


def test_a_press_lists_every_rule_also_of_a_time_that_is_no_start(s: Site, ada: TestClient) -> None:
    page = look(ada, f"{WHY}?type=intro&day=2030-01-08&at=17:05")
    assert "Outside your hours (09:00–17:00)" in page.text
    assert "“Ada” was read just now" in page.text
    follow = look(ada, page.links()["10:00"].partition("#")[0])
    assert "Nothing against it" in follow.text
    assert words(follow.one("aside")).startswith("10:00–10:30 Offered")
    german = ada.get(f"{WHY}?type=intro&day=2030-01-13&lang=de").text
    assert "Außerhalb Ihrer Sprechzeiten (geschlossen)" in german
    for nonsense in ("day=soon", "at=noon", "day=0001-01-01", "day=9999-12-31"):
        assert ada.get(f"{WHY}?{nonsense}").status_code == 422, nonsense
    assert ada.get(f"{WHY}?type=unknown").status_code == 200


def test_a_page_that_is_closed_says_why_and_a_day_costs_few_statements(s: Site, ada: TestClient) -> None:
    s.w.calendar.fail_next(Unavailable("no answer"))
    s.w.drain()
    with statements(s.w.rt.engine) as seen:
        page = look(ada, f"{WHY}?type=intro&day=2030-01-08")
    assert "Nothing is offered now: a calendar can’t be read. It opens again by itself." in page.text
    assert "Offered" not in {words(each) for each in page.all("span", class_="st")}
    assert sum(each.startswith("SELECT") for each, _ in seen) <= 15
