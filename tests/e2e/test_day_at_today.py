"""A host's day at Today in Chromium: what waits is done with a press or two, and those whom it concerns read of it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.axe import found_by_axe
from tests.e2e.bookers import Booker
from tests.e2e.conftest import Profile
from tests.e2e.test_signed_in_pages import sign_in
from tests.flows.programs import Demo


@pytest.fixture
def ada(profile: Callable[..., Profile], site: Demo) -> Page:
    page = profile(width=390).page()
    sign_in(page, site, "ada@example.org")
    return page


def line(ada: Page, booker: Booker) -> Locator:
    return ada.get_by_role("listitem").filter(has=ada.get_by_role("link", name=booker.name, exact=True))


def done(ada: Page) -> Locator:
    """What a press came to. Nothing is wrong with the page that says so."""
    box = ada.locator("p.okbox")
    expect(box).to_be_visible()
    assert found_by_axe(ada) == []
    return box


@pytest.mark.extended
def test_what_waits_is_sent_again_kept_longer_and_confirmed_for_them(ada: Page, page: Page, site: Demo) -> None:
    booker = Booker(site, name="Katherine Johnson")
    booker.hold(page)
    waiting = page.url
    site.advance(360)  # nobody is written to twice in a few minutes
    ada.goto("/host")
    line(ada, booker).get_by_role("button", name="Send the link again").click()
    done(ada)
    assert len([mail for mail in booker.received() if any("/c/" in link for link in mail["links"])]) == 2
    line(ada, booker).get_by_role("button", name=re.compile("Keep until")).click()
    done(ada)
    line(ada, booker).get_by_role("link", name="Confirm for the invitee…").click()
    ada.get_by_role("button", name="Confirm for the invitee").click()
    expect(ada.get_by_role("alert")).to_contain_text("Nothing is saved yet")
    assert found_by_axe(ada) == []
    ada.get_by_label("How do you know?").fill("called at 10:10")
    ada.get_by_role("button", name="Confirm for the invitee").click()
    done(ada)
    ada.goto("/host")
    expect(line(ada, booker).get_by_role("link", name="Confirm for the invitee…")).to_have_count(0)
    page.goto(waiting)
    expect(page.get_by_role("heading", level=1)).to_have_text("Booked")
    expect(page.locator("main")).not_to_contain_text("called at 10:10")


@pytest.mark.extended
def test_what_waits_is_released_on_a_page_that_names_it_and_its_invitee_is_told(
    ada: Page, page: Page, site: Demo
) -> None:
    booker = Booker(site, name="Dorothy Vaughan")
    booker.hold(page)
    waiting = page.url
    ada.goto("/host")
    line(ada, booker).get_by_role("link", name="Release…").click()
    expect(ada.locator("main")).to_contain_text("Dorothy Vaughan")
    assert found_by_axe(ada) == []
    ada.locator("main button.danger").click()
    done(ada)
    expect(line(ada, booker)).to_have_count(0)
    page.goto(waiting)
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Check your inbox")
    assert len(booker.received()) == 2


def test_a_file_can_be_taken_again_without_loading_the_page_anew(ada: Page, page: Page, site: Demo) -> None:
    Booker(site, name="Annie Easley").hold(page)
    ada.goto("/host/bookings")
    button = ada.get_by_role("button", name=re.compile("as CSV"))
    for _ in range(2):
        expect(button).not_to_have_attribute("aria-disabled", "true")
        with ada.expect_download() as taken:
            button.click()
        assert taken.value.suggested_filename.endswith(".csv")
