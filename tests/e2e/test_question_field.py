"""A question whose answer is kept in the contact's field, in Chromium: written by Enter, answered on a phone, read by staff."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import found_by_axe
from tests.e2e.bookers import HOLD, Booker
from tests.e2e.conftest import Profile
from tests.e2e.test_all_pages import SCROLLS
from tests.e2e.test_signed_in_pages import sign_in
from tests.flows.programs import Demo

SAID = "Also kept in your profile with us, if you have one."


def _taken_out(page: Page) -> None:
    page.goto("/host/meetings/intro/questions/q.your-insurance-number")
    page.get_by_role("heading", name="Remove the question…").click()
    page.get_by_role("button", name="Remove “Your insurance number”").click()
    page.wait_for_url("**did=saved*")


@pytest.mark.extended
@pytest.mark.capability("S4-15")
def test_a_host_writes_it_an_invitee_answers_and_staff_read_it(profile: Callable[..., Profile], site: Demo) -> None:
    ada = profile(width=390).page()
    sign_in(ada, site, "ada@example.org")
    ada.goto("/host/meetings/intro/questions/new")
    ada.get_by_label("Kind of answer").select_option("long")
    ada.get_by_label("Also keep the answer in the contact’s field").select_option(label="Insurance number (encrypted)")
    ada.get_by_label("Question", exact=True).fill("Your insurance number")
    ada.keyboard.press("Enter")
    expect(ada.locator("#field-error")).to_contain_text("A field holds one line of up to 500 characters")
    expect(ada.locator("#field")).to_have_value("insurance-number")
    assert not ada.evaluate(SCROLLS)
    assert found_by_axe(ada) == []
    ada.get_by_label("Kind of answer").select_option("text")
    ada.get_by_label("Sensitive").check()
    ada.get_by_label("Question", exact=True).press("Enter")
    ada.wait_for_url("**did=saved*")
    expect(ada.locator("#fold-questions")).to_contain_text("also kept in a contact’s field")
    try:
        grace = Booker(site, email="grace@example.net")  # who agreed to have it kept
        phone = profile(width=390).page()
        grace.choose(phone)
        grace.fill(phone)
        expect(phone.get_by_text(SAID)).to_be_visible()
        assert not phone.evaluate(SCROLLS)
        assert found_by_axe(phone) == []
        phone.get_by_label("Your insurance number").fill("C-1111-2222-3333")
        phone.get_by_label("Full name").press("Enter")
        expect(phone.get_by_role("heading", name="Check your inbox")).to_be_visible()
        assert HOLD not in phone.content()
        phone.goto(grace.link("c"))
        phone.get_by_role("button", name="Confirm booking").click()
        expect(phone.get_by_role("heading", name="Booked")).to_be_visible()
        office = profile(width=390).page()
        sign_in(office, site, "office@example.org")
        office.goto("/admin/consents/contacts")
        office.get_by_role("listitem").filter(has_text="grace@example.net").get_by_role("link").click()
        stored = office.locator("dl.facts")
        for _ in range(20):
            if "3333" in stored.inner_text():
                break
            site.advance(1)
            office.reload()
        expect(stored).to_contain_text("••••3333 Answered on a booking form")
        assert not office.evaluate(SCROLLS)
    finally:
        _taken_out(ada)
