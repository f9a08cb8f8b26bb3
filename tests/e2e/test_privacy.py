"""What a booking leaves in a browser (nothing), and whom it talks to (us)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.bookers import Booker
from tests.e2e.conftest import Profile
from tests.flows.programs import Demo


def test_no_request_leaves_us_and_nothing_is_kept_in_the_browser(
    profile: Callable[..., Profile], booker: Booker, site: Demo
) -> None:
    one = profile(timezone_id="Asia/Tokyo")
    page = one.page()
    booker.book(page)
    page.goto(booker.link("m"))
    assert [address for address in one.asked if not address.startswith(f"{site.base_url}/")] == []
    assert one.context.cookies() == []
    kept = page.evaluate("[localStorage.length, sessionStorage.length, navigator.serviceWorker.controller]")
    assert kept == [0, 0, None]
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0


def test_every_answer_forbids_what_it_does_not_need(page: Page, booker: Booker) -> None:
    policies: list[tuple[str, str]] = []
    page.on("response", lambda answer: policies.append((answer.url, answer.headers.get("content-security-policy", ""))))
    booker.book(page)
    page.goto("/nowhere/at-all")
    assert len(policies) > 5
    for url, policy in policies:
        assert "default-src 'none'" in policy, url
        assert "unsafe-inline" not in policy, url
        assert "unsafe-eval" not in policy, url


def test_pages_behind_mailed_links_are_kept_nowhere(page: Page, booker: Booker) -> None:
    booker.hold(page)
    for address in (page.url, booker.link("c"), booker.link("x")):
        answer = page.goto(address)
        assert answer is not None
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]


@pytest.mark.parametrize("language", ["de", "nl"])
def test_another_language_keeps_the_step_and_what_was_typed(page: Page, booker: Booker, language: str) -> None:
    booker.choose(page)
    booker.fill(page)
    page.get_by_label("What would you like to talk about?").fill("Moths")
    chosen = page.url.partition("start=")[2][:20]
    page.locator(f"header button[lang={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("#name")).to_have_value(booker.name)
    expect(page.locator("#email")).to_have_value(booker.email)
    expect(page.locator("textarea").first).to_have_value("Moths")
    assert chosen
    page.locator("form#details button.primary").click()
    page.wait_for_url("**/b/**")
    expect(page.locator("html")).to_have_attribute("lang", language)
