"""A host changes a meeting type in Chromium: what the settings mean follows what is typed, and only Save saves it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import found_by_axe
from tests.e2e.conftest import Profile
from tests.e2e.test_signed_in_pages import sign_in
from tests.flows.programs import Demo


@pytest.fixture
def ada(profile: Callable[..., Profile], site: Demo) -> Page:
    page = profile().page()
    sign_in(page, site, "ada@example.org")
    page.goto("/host/meetings/intro")
    return page


@pytest.mark.extended
def test_what_settings_mean_follows_what_is_typed_and_nothing_is_saved_by_it(ada: Page, site: Demo) -> None:
    told = ada.locator("[data-told] .pickbox p").last  # how many times next week has; others say what the clock shows
    before = told.inner_text()
    ada.locator("[name=duration]").fill("50")
    ada.keyboard.press("Tab")
    expect(told).not_to_have_text(before, use_inner_text=True)
    changed = told.inner_text()
    with ada.expect_response(lambda answer: answer.status == 422):
        ada.locator("[name=duration]").fill("for ever")
        ada.keyboard.press("Tab")
    expect(told).to_have_text(changed, use_inner_text=True)
    assert found_by_axe(ada) == []
    ada.reload()
    expect(told).to_have_text(before, use_inner_text=True)
    ada.locator("[name=duration]").fill("50")
    ada.get_by_role("button", name="Save", exact=True).last.click()
    expect(ada.locator(".okbox")).to_be_visible()
    expect(told).to_have_text(changed, use_inner_text=True)
    ada.goto("/ada/intro")
    expect(ada.locator("main")).to_contain_text("50 min")
    ada.goto("/host/meetings/intro")
    ada.locator("[name=duration]").fill("30")
    ada.get_by_role("button", name="Save", exact=True).last.click()
    expect(ada.locator(".okbox")).to_be_visible()
