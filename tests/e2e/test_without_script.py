"""The whole of it with JavaScript switched off."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.bookers import HOLD, Booker
from tests.e2e.conftest import Profile
from tests.flows.programs import Demo, until


@pytest.fixture
def plain(profile: Callable[..., Profile]) -> Page:
    return profile(java_script_enabled=False, width=390).page()


def test_zone_and_month_are_changed_by_buttons_and_links(plain: Page) -> None:
    plain.goto("/ada/intro")
    here = plain.get_by_role("radio").first.get_attribute("value")
    plain.get_by_label("Times are shown in").select_option("Asia/Tokyo")
    plain.get_by_role("button", name="Update").click()
    expect(plain.get_by_label("Times are shown in")).to_have_value("Asia/Tokyo")
    assert plain.get_by_role("radio").first.get_attribute("value") == here, "the same instants, said differently"
    month = plain.locator("h2#month").inner_text()
    plain.get_by_role("link", name=re.compile("^Next month")).click()
    expect(plain.locator("h2#month")).not_to_have_text(month)
    expect(plain.get_by_label("Times are shown in")).to_have_value("Asia/Tokyo")
    plain.get_by_role("link", name=re.compile("^Previous month")).click()
    expect(plain.locator("h2#month")).to_have_text(month)


def test_book_resend_confirm_reschedule_and_cancel(plain: Page, booker: Booker, site: Demo) -> None:
    booker.hold(plain)
    plain.get_by_role("link", name="Check now").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    until(booker.received)
    plain.get_by_role("button", name="Send it again").click()
    expect(plain.get_by_text("The email is on its way again.")).to_be_visible()
    until(lambda: len(booker.received()) == 2)
    plain.goto(booker.link("c"))
    plain.get_by_role("button", name="Confirm booking").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Booked")
    plain.goto(booker.link("m"))
    before = plain.locator(".facts").inner_text()
    plain.get_by_role("link", name="Reschedule").click()
    plain.goto(f"{plain.url.partition('?')[0]}?day={booker.day}")
    plain.get_by_role("radio").nth(2).check(force=True)
    plain.get_by_role("button", name="Take this time instead").click()
    expect(plain.get_by_text("Moved.")).to_be_visible()
    site.advance(0)  # a mail about what is over by then would not be sent
    assert plain.locator(".facts").inner_text() != before
    plain.get_by_role("link", name="Cancel booking").click()
    plain.get_by_label("Reason").fill("I am ill")
    plain.get_by_role("button", name="Cancel booking").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Cancelled")
    site.advance(0)
    methods = [
        part["parameters"].get("method")
        for mail in booker.received()
        for part in mail["attachments"]
        if part["content_type"] == "text/calendar"
    ]
    assert methods == ["REQUEST", "REQUEST", "CANCEL"]


def test_a_waiting_page_turns_without_script_by_asking(plain: Page, booker: Booker, page: Page) -> None:
    booker.hold(plain)
    page.goto(booker.link("c"))
    page.get_by_role("button", name="Confirm booking").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Booked")
    plain.get_by_role("link", name="Check now").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Booked")


def test_the_six_digits_confirm_where_the_link_is_out_of_reach(plain: Page, booker: Booker) -> None:
    booker.hold(plain)
    [mail] = until(booker.received)
    [code] = re.findall(r"^\s*(\d{6})\s*$", mail["text"], re.MULTILINE)
    plain.get_by_label("six digits").fill(code)
    plain.get_by_role("button", name="Confirm booking").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Booked")


def test_errors_are_shown_where_they_are(plain: Page, booker: Booker) -> None:
    booker.choose(plain)
    plain.get_by_label("Full name").fill("Grace Hopper")
    plain.get_by_role("button", name=HOLD).click()
    expect(plain.get_by_role("alert")).to_be_visible()
    plain.get_by_role("alert").get_by_role("link").click()
    expect(plain.get_by_label("Full name")).to_have_value("Grace Hopper")
