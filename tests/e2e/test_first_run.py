"""What a newcomer does first: book, look into the inbox, press the button in the mail, look at the calendar."""

import time

import httpx2
from playwright.sync_api import Page, expect

from tests.e2e.bookers import Booker
from tests.flows.programs import Demo


def test_the_inbox_shows_the_mail_and_its_button_works_by_click(page: Page, booker: Booker) -> None:
    booker.hold(page)
    inbox = page.context.new_page()
    inbox.goto("/demo/inbox")
    mail = inbox.get_by_role("listitem").filter(has_text=booker.email).get_by_role("link")
    mail.click(timeout=10_000)  # two seconds, on a machine that has nothing else to do
    inbox.frame_locator("iframe").get_by_role("link", name="Confirm booking").click()
    inbox.get_by_role("button", name="Confirm booking").click()
    expect(inbox.get_by_role("heading", level=1)).to_have_text("Booked")


def test_the_calendar_shows_the_hold_as_tentative_within_five_seconds(page: Page, booker: Booker, site: Demo) -> None:
    pressed = time.monotonic()
    start = booker.hold(page)
    entries = httpx2.get(f"{site.base_url}/demo/calendar", trust_env=False).json()
    assert time.monotonic() - pressed < 5 + 5, "five seconds, and the pages on the way there"
    [entry] = [each for each in entries if each["start"].startswith(start[:16]) and "Grace" in each["title"]]
    assert entry["status"] == "TENTATIVE"
    page.goto("/demo/calendar")
    expect(page.get_by_text("tentative").first).to_be_visible()


def test_the_demo_prints_links_that_lead_somewhere(site: Demo, page: Page) -> None:
    for path in ("/ada/intro", "/ada/quick", "/demo/inbox", "/demo/clock", "/demo/calendar"):
        assert f"{site.base_url}{path}" in site.child.printed
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
