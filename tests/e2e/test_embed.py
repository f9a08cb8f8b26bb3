"""A booking inside a page of another origin, with third-party cookies blocked, as a visitor of that site sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.e2e.bookers import HOLD, Booker
from tests.e2e.conftest import Demo
from tests.flows.extended import in_extended

pytestmark = pytest.mark.browser


@pytest.fixture
def outside(profile: Callable[..., Any], site: Demo) -> Iterator[Page]:
    """The demo's page of another web site. Chromium says in its console what it keeps from frames of other origins."""
    made = profile(width=390)
    page: Page = made.page()
    page.add_init_script(
        "window.told = []; for (const e of ['ready','held','confirmed','error'])"
        " addEventListener('booking:' + e, () => told.push(e));"
    )
    page.goto(f"{site.base_url}/demo/embed")
    assert page.url.startswith("http://127.0.0.1:"), "another origin than the service's"
    yield page
    kept_from = ("Blocked autofocusing", f"Framing '{site.base_url}/' violates")
    made.complaints[:] = [each for each in made.complaints if not each.startswith(kept_from)]


def test_a_visitor_books_without_leaving_the_other_site(outside: Page, site: Demo, booker: Booker) -> None:
    frame = outside.frame_locator("booking-embed iframe")
    link = outside.get_by_role("link", name="Book a time with Ada")
    frame.locator("label.slot").first.click()
    expect(link).to_be_hidden()
    frame.get_by_role("button", name="Continue").click()
    frame.get_by_label("Full name").fill(booker.name)
    frame.get_by_label("Email address").fill(booker.email)
    frame.get_by_role("button", name=HOLD).click()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Check your inbox")
    assert "held" in outside.evaluate("told")
    inner, outer = (each for each in (frame.locator("body"), outside.locator("booking-embed iframe")))
    tall, room = inner.evaluate("b => b.getBoundingClientRect().height"), outer.evaluate("f => f.clientHeight")
    assert room >= tall, "nothing scrolls inside the frame"
    assert outside.context.cookies() == []


def blocked(page: Page) -> None:
    """Third-party cookies, as a reader's settings block them."""
    page.context.new_cdp_session(page).send(
        "Network.setCookieControls",
        {
            "enableThirdPartyCookieRestriction": True,
            "disableThirdPartyCookieMetadata": True,
            "disableThirdPartyCookieHeuristics": True,
        },
    )


def left_by(there: Page | FrameLocator) -> str:
    """The cookies that a page or frame has, after it tried to leave one."""
    return str(
        there.locator("body").evaluate(
            "() => { document.cookie = 'a=b; SameSite=None; Secure'; return document.cookie }"
        )
    )


@pytest.mark.parametrize("by_code", [True, *in_extended(False)])
@pytest.mark.extended
def test_a_booking_is_confirmed_where_third_party_cookies_are_blocked(
    outside: Page, site: Demo, booker: Booker, *, by_code: bool
) -> None:
    """Typed into the frame, the six digits of the mail book there; the mailed link does elsewhere, and the frame says so by itself."""
    frame = outside.frame_locator("booking-embed iframe")
    alone = outside.context.new_page()
    alone.goto(f"{site.base_url}/ada")
    assert left_by(alone) == "a=b", "by itself the service could"
    outside.context.clear_cookies()
    blocked(outside)
    outside.reload()
    frame.locator("label.slot").first.wait_for()
    assert left_by(frame) == ""
    slots = frame.locator("label.slot")  # of a day that may have one left
    (slots.last if by_code else slots.first).click()
    frame.get_by_role("button", name="Continue").click()
    frame.get_by_label("Full name").fill(booker.name)
    frame.get_by_label("Email address").fill(booker.email)
    frame.get_by_role("button", name=HOLD).press("Enter")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("Check your inbox")
    if by_code:
        frame.get_by_label("six digits").fill(booker.code())
        frame.get_by_role("button", name="Confirm booking").press("Enter")
    else:
        beside = outside.context.new_page()
        beside.goto(booker.link("c"))
        beside.get_by_role("button", name="Confirm booking").press("Enter")
        beside.get_by_role("heading", name="Booked").wait_for()
    expect(frame.get_by_role("heading", name="Booked")).to_be_visible(timeout=20_000)
    assert "confirmed" in outside.evaluate("told")
    assert left_by(frame) == ""
    inner, outer = frame.locator("body"), outside.locator("booking-embed iframe")
    expect(outer).to_have_js_property("clientHeight", outer.evaluate("f => f.clientHeight"))
    assert outer.evaluate("f => f.clientHeight") >= inner.evaluate("b => b.getBoundingClientRect().height")
    assert outside.context.cookies() == []


def test_without_script_the_link_is_there(profile: Callable[..., Any], site: Demo) -> None:
    page = profile(java_script_enabled=False).page()
    page.goto(f"{site.base_url}/demo/embed")
    page.get_by_role("link", name="Book a time with Ada").click()
    assert page.url.startswith(f"{site.base_url}/ada/intro")


def test_where_the_site_is_not_named_the_link_stays(outside: Page, site: Demo) -> None:
    """The host's own page can't be embedded at all: the frame stays empty, and says nothing."""
    outside.evaluate(
        "([service]) => { const one = document.createElement('booking-embed'); one.setAttribute('src', service + '/no/one');"
        " one.innerHTML = `<a href='${service}/ada'>Another way</a>`; document.querySelector('main').append(one); }",
        [site.base_url],
    )
    expect(outside.locator("booking-embed iframe")).to_have_count(2)
    expect(outside.locator("booking-embed").first.get_by_role("link", name="Book a time")).to_be_hidden()
    expect(outside.get_by_role("link", name="Another way")).to_be_visible()
    outside_complaints = [each for each in outside.evaluate("told") if each == "error"]
    assert outside_complaints == [], "a page that may not be shown tells nobody anything"
