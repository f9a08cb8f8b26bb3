"""Under attack the browser works for a hold: beside the page, by mouse and by Enter, and whoever can't goes on without."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.e2e.bookers import HOLD, Booker
from tests.e2e.conftest import Profile
from tests.e2e.test_signed_in_pages import sign_in
from tests.flows.programs import Demo

WITHOUT = "only for browsers that run our script"
UNHELD = "It is not held for you: whoever confirms first gets it."


@pytest.fixture
def attacked(site: Demo, profile: Callable[..., Profile]) -> Iterator[None]:
    """Switched on and off on the page, as the demo has a clock of its own."""
    office = profile().page()
    sign_in(office, site, "office@example.org")
    office.goto("/admin/limits")
    office.get_by_role("button", name="Switch it on").click()
    office.get_by_role("status").get_by_text("It is on.").wait_for()
    yield
    office.goto("/admin/limits")
    office.get_by_role("button", name="Switch it off").click()
    office.get_by_role("status").get_by_text("It is off.").wait_for()


@pytest.mark.extended
def test_the_hold_goes_on_by_itself_once_the_work_is_done_and_the_form_stays_meanwhile(
    page: Page, booker: Booker, site: Demo, profile: Callable[..., Profile], attacked: None
) -> None:
    booker.choose(page)
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    expect(page.get_by_text("Held until").first).to_be_visible()
    by_keys = Booker(site, day=booker.day)
    other = profile().page()
    by_keys.choose(other, which=2)
    by_keys.fill(other)
    other.get_by_label("Full name").press("Enter")
    expect(other.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    expect(other.get_by_text("Held until").first).to_be_visible()
    slow = profile().page()
    waiting: list[Route] = []
    slow.route("**/puzzle?*", lambda route: waiting.append(route))  # the puzzle does not come until the test lets it
    third = Booker(site, day=booker.day)
    third.choose(slow, which=3)
    third.fill(slow)
    for _ in range(2):  # a second press changes nothing
        slow.get_by_role("button", name=HOLD).click()
        expect(slow.get_by_text("your browser is doing a short computation")).to_be_visible()
    expect(slow.get_by_label("Full name")).to_have_value(booker.name)
    assert not Axe().run(slow).response["violations"]
    for each in waiting:
        each.continue_()
    expect(slow.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    expect(slow.get_by_text("Held until").first).to_be_visible()


@pytest.mark.extended
def test_where_the_work_fails_or_there_is_no_script_it_goes_on_without_a_hold(
    page: Page, booker: Booker, site: Demo, profile: Callable[..., Profile], attacked: None
) -> None:
    page.route("**/puzzle?*", lambda route: route.fulfill(status=503))
    booker.choose(page)
    expect(page.get_by_text(WITHOUT)).to_have_count(0)
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_text(UNHELD)).to_be_visible()
    plain = profile(java_script_enabled=False).page()
    other = Booker(site, day=booker.day)
    other.choose(plain, which=2)
    expect(plain.get_by_text(WITHOUT)).to_be_visible()
    other.fill(plain)
    plain.get_by_role("button", name=HOLD).click()
    expect(plain.get_by_text(UNHELD)).to_be_visible()
