"""A field that people change themselves, in Chromium on a phone: asked for by Enter, mailed, pressed, and read by staff."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import found_by_axe
from tests.e2e.bookers import Booker
from tests.e2e.conftest import Profile
from tests.e2e.test_all_pages import SCROLLS
from tests.e2e.test_signed_in_pages import sign_in
from tests.flows.programs import Demo, until

GRACE = "grace@example.net"


def own_page(grace: Booker) -> str:
    """The link to all of it in the newest mail that has one, once it is there."""

    def links() -> list[str]:
        asked = [mail for mail in grace.received() if mail["subject"] == "Your bookings and data"]
        return [link for mail in asked[-1:] for link in mail["links"] if "/preferences/" in link]

    return until(links)[0]


def sound(page: Page) -> None:
    assert not page.evaluate(SCROLLS)
    assert found_by_axe(page) == []


@pytest.mark.extended
@pytest.mark.capability("S4-13", "S4-30")
def test_a_person_changes_their_region_by_enter_and_a_mailed_press_and_staff_read_who_set_it(
    profile: Callable[..., Profile], site: Demo
) -> None:
    grace, phone = Booker(site, email=GRACE), profile(width=390).page()
    phone.goto("/preferences")
    phone.get_by_label("Email").fill(GRACE)
    phone.get_by_label("Email").press("Enter")
    phone.goto(own_page(grace))
    region = phone.get_by_label("Region")
    expect(region).to_have_value("New England")
    sound(phone)
    region.fill("x" * 501)
    region.press("Enter")
    expect(phone.locator("#field-region-error")).to_contain_text("it has 501 now")
    expect(phone.get_by_role("alert")).to_be_focused()
    expect(region).to_have_value("x" * 501)
    sound(phone)
    region.fill("Virginia")
    region.press("Enter")
    waits = phone.get_by_role("status").filter(has_text="Waits for you")
    expect(waits).to_contain_text("Change “Region”. We sent a link to grace@example.net")
    sound(phone)
    asked = grace.link("change")
    assert not any("Virginia" in mail["text"] + mail["html"] + mail["subject"] for mail in site.mails())
    phone.goto(asked)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Change “Region”?")
    expect(phone.locator("dl.facts")).to_contain_text("Virginia")
    sound(phone)
    phone.get_by_role("button", name="Change “Region”").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("“Region” is changed")
    sound(phone)
    office = profile(width=390).page()
    sign_in(office, site, "office@example.org")
    office.goto("/admin/consents/contacts")
    office.get_by_role("listitem").filter(has_text="grace@example.net").get_by_role("link").click()
    expect(office.locator("dl.facts")).to_contain_text("Virginia Set by the person on their page")
    assert not office.evaluate(SCROLLS)
