"""What goes wrong keeps what was typed, says why, and shows the way on."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.e2e.axe import found_by_axe
from tests.e2e.bookers import HOLD, Booker
from tests.e2e.conftest import Profile
from tests.e2e.second_service import House, house
from tests.flows.programs import Demo


def test_an_empty_name_and_a_bad_address_are_said_twice_and_nothing_is_lost(page: Page, booker: Booker) -> None:
    booker.choose(page, which=4)
    chosen = page.locator(".pickbox").inner_text()
    page.get_by_label("Email address").fill("grace@")
    page.get_by_label("What would you like to talk about?").fill("Compilers\nand moths")
    page.get_by_label("Guests").fill("sally@example.org")
    page.get_by_role("button", name=HOLD).click()
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("heading")).to_have_text("2 things need fixing")
    assert page.title().startswith("Error:")
    for label in ("Full name", "Email address"):
        field = page.get_by_label(label)
        assert field.get_attribute("aria-invalid") == "true"
        assert field.get_attribute("required") is not None
        ids = (field.get_attribute("aria-describedby") or "").split()
        described = " ".join(page.locator(f"#{each}").inner_text() for each in ids)
        assert any(link.inner_text() in described for link in summary.get_by_role("link").all())
    expect(page.get_by_label("Email address")).to_have_value("grace@")
    expect(page.get_by_label("What would you like to talk about?")).to_have_value("Compilers\nand moths")
    expect(page.get_by_label("Guests")).to_have_value("sally@example.org")
    assert page.locator(".pickbox").inner_text() == chosen
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Full name")).to_be_focused()


def test_a_likely_slip_in_the_address_is_a_hint_and_no_wall(page: Page, booker: Booker) -> None:
    booker.email = booker.email.replace("example.org", "gmial.com")
    booker.hold(page)
    expect(page.get_by_text("gmail.com")).to_be_visible()


def test_a_time_that_was_taken_meanwhile(
    page: Page, booker: Booker, site: Demo, profile: Callable[..., Profile]
) -> None:
    """Says so, offers the nearest times right there, and keeps what was typed; one more press is enough."""
    booker.choose(page)
    booker.fill(page)
    page.get_by_label("What would you like to talk about?").fill("Moths")
    Booker(site, day=booker.day).hold(profile().page())
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("alert")).to_contain_text("taken")
    expect(page.get_by_label("Full name")).to_have_value(booker.name)
    expect(page.get_by_label("What would you like to talk about?")).to_have_value("Moths")
    nearest = page.get_by_role("group", name="The nearest free times").get_by_role("radio")
    assert nearest.count() >= 3
    nearest.nth(1).check(force=True)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")


def test_going_back_ticks_no_other_time_than_was_chosen(page: Page, booker: Booker) -> None:
    """A browser ticks what stands at the same place again: on a page that is asked for anew, another time may stand there."""
    booker.book(page)
    page.goto(booker.link("m"))
    page.get_by_role("link", name="Reschedule").click()
    taken = page.get_by_role("radio").nth(3)
    moved_to = taken.get_attribute("value") or ""
    taken.check(force=True)
    page.get_by_role("button", name="Take this time").click()
    page.get_by_text("Moved.").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Choose another time").wait_for()
    assert moved_to not in [each.get_attribute("value") for each in page.get_by_role("radio").all()]
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)


def test_a_chosen_time_is_still_ticked_after_going_back(page: Page, booker: Booker) -> None:
    chosen = booker.choose(page, which=3)
    page.go_back()
    expect(page.get_by_role("radio", checked=True)).to_have_attribute("value", chosen)


def test_going_back_never_asks_to_send_a_form_again(page: Page, booker: Booker) -> None:
    """Whatever a form was answered with, its place in the history is an address that can be asked for: what it held."""
    booker.choose(page)
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("alert").wait_for()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.is_navigation_request() else None)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    posted = len([request for request in asked if request.method == "POST"])
    for heading in ("Check your inbox", "Your details", "30-minute consultation"):  # its hold, the empty form, times
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    for _ in range(3):
        page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    page.reload()
    assert len([request for request in asked if request.method == "POST"]) == posted == 1


def test_what_is_too_long_is_counted_and_not_cut(page: Page, booker: Booker) -> None:
    booker.choose(page)
    booker.fill(page)
    text = "moth " * 500
    page.get_by_label("What would you like to talk about?").fill(text)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"2,?\.?499|2,?\.?500"))
    expect(page.get_by_label("What would you like to talk about?")).to_have_value(text)


@pytest.mark.parametrize(
    ("path", "status", "way_on"),
    [
        ("/nowhere/at-all", 404, "Go to the start page"),
        ("/c/" + "a" * 43, 404, "Go to the start page"),
        ("/ada/intro/details", 422, "See the free times"),
        ("/ada/intro/details?start=2020-01-01T08:00:00Z", 409, "See all free times"),
    ],
)
def test_pages_of_errors_lead_on(page: Page, path: str, status: int, way_on: str) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status
    page.get_by_role("link", name=way_on).or_(page.get_by_role("button", name=way_on)).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service that lets each network hold once in ten minutes."""
    limits = {"BOOKING_LIMITS__BOOK_PER_NETWORK": "1 per 10 min"}
    with house(Path(tmp_path_factory.mktemp("strict")), **limits) as made:
        yield made


@pytest.mark.extended
def test_too_many_says_from_when_on_it_works_again(strict: House, profile: Callable[..., Profile]) -> None:
    page = profile(base_url=strict.running.base_url).page()
    for answer in ("Check your inbox", "Your details"):
        page.goto("/ada/intro")
        page.get_by_role("radio").first.check(force=True)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Full name").fill("Grace Hopper")
        page.get_by_label("Email address").fill(f"{len(answer)}@example.org")
        page.get_by_role("button", name=HOLD).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(answer)
        page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"\d\d:\d\d \(Europe/Berlin"))
    expect(page.get_by_label("Full name")).to_have_value("Grace Hopper")


@pytest.mark.extended
def test_a_calendar_that_can_not_be_read_shows_no_time_and_says_why(
    strict: House, profile: Callable[..., Profile]
) -> None:
    """The last in this file: it takes the calendar server away for good."""
    strict.serving.close()
    strict.running.stop()
    strict.running.ahead_s += 20 * 60
    strict.running.start(ready=False)
    page = profile(base_url=strict.running.base_url).page()
    answer = page.goto("/ada/intro")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("radio")).to_have_count(0)
    assert found_by_axe(page) == []
    text = page.locator("main").inner_text()
    assert "No times can be shown right now" in text
    assert not re.search(r"Traceback|Error:|Exception|127\.0\.0\.1|errno", text)
    expect(page.get_by_role("link", name="Try again")).to_be_visible()
