"""Double opt-in, told truthfully: nothing says "booked" before it is, and only whoever holds the mailbox makes it so."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.bookers import HOLD, Booker
from tests.e2e.conftest import Profile
from tests.flows.programs import Demo, until

_COUNT_CHANGES = """() => { window.changes = 0; new MutationObserver((all) => { changes += all.length })
  .observe(document.querySelector('[role=status]'), {childList: true, characterData: true, subtree: true}) }"""


def test_before_it_is_confirmed_nothing_says_booked(page: Page, booker: Booker) -> None:
    booker.hold(page)
    waiting = page.url
    link = booker.link("c")
    for address in (waiting, link, booker.link("x")):
        page.goto(address)
        assert "booked" not in page.locator("body").inner_text().lower()
        assert "booked" not in page.title().lower()
    [mail] = booker.received()
    assert "booked" not in (mail["subject"] + mail["text"] + mail["html"]).lower()


def test_the_first_device_turns_by_itself_when_another_confirms(
    page: Page, booker: Booker, profile: Callable[..., Profile]
) -> None:
    """It asks quietly for as long as nothing has changed, tells the change once, and then is the new page."""
    page.clock.install()
    booker.hold(page)
    page.evaluate(_COUNT_CHANGES)
    for _ in range(3):
        with page.expect_response("**/state.json*"):
            page.clock.run_for(10_000)
    assert page.evaluate("changes") == 0, "polls are not announced"
    phone = profile(width=390).page()
    phone.goto(booker.link("c"))
    phone.get_by_role("button", name="Confirm booking").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Booked")
    status = page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"
    with page.expect_response("**/state.json*"):
        page.clock.run_for(31_000)
    expect(status).to_contain_text("Booked")
    page.clock.run_for(2_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Booked")


def test_an_ended_hold_is_taken_again_in_one_click(page: Page, booker: Booker, site: Demo) -> None:
    booker.hold(page)
    link = booker.link("c")
    site.advance(3700)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("The hold has ended")
    page.get_by_role("button", name="Take this time again and confirm it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Booked")


def test_who_did_not_ask_releases_at_once(page: Page, booker: Booker) -> None:
    start = booker.hold(page)
    page.goto(booker.link("c"))
    page.get_by_role("button", name="I did not ask for this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Released")
    page.goto(f"/ada/intro?day={start[:10]}")
    expect(page.locator(f"input[value='{start}']")).to_have_count(1)


@pytest.mark.extended
def test_who_did_not_ask_is_never_written_to_again(page: Page, booker: Booker) -> None:
    booker.hold(page)
    page.goto(booker.link("x"))
    page.get_by_label("Never write to this address again").check()
    page.get_by_role("button", name="Release the time now").click()
    expect(page.get_by_role("status")).to_contain_text("never write")
    mails = len(booker.received())
    booker.choose(page)
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert len(booker.received()) == mails


def test_a_corrected_address_kills_the_first_link(page: Page, booker: Booker) -> None:
    booker.hold(page)
    first = booker.link("c")
    booker.email = booker.email.replace("grace", "hopper")
    page.get_by_label("Wrong address?").fill(booker.email)
    page.get_by_role("button", name="Correct and send").click()
    expect(page.get_by_text("The email goes to the new address.")).to_be_visible()
    second = booker.link("c")
    assert first != second
    answer = page.goto(first)
    assert answer is not None
    assert answer.status == 404
    page.goto(second)
    expect(page.get_by_role("button", name="Confirm booking")).to_be_visible()


def test_a_wrong_code_is_refused_and_the_right_one_confirms(page: Page, booker: Booker) -> None:
    booker.hold(page)
    [mail] = until(booker.received)
    [code] = re.findall(r"^\s*(\d{6})\s*$", mail["text"], re.MULTILINE)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for typed, heading in ((wrong, "Check your inbox"), (code, "Booked")):
        page.get_by_label("six digits").fill(typed)
        page.get_by_role("button", name="Confirm booking").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def test_releasing_from_the_waiting_page(page: Page, booker: Booker) -> None:
    start = booker.hold(page)
    page.get_by_role("button", name="Release this time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Released")
    page.goto(f"/ada/intro?day={start[:10]}")
    expect(page.locator(f"input[value='{start}']")).to_have_count(1)


@pytest.mark.extended
def test_another_time_for_a_hold_keeps_it_a_hold(page: Page, booker: Booker) -> None:
    start = booker.hold(page)
    until(booker.received)  # whoever is faster than that mail gets the one with the new time only
    page.get_by_role("link", name="Choose another time").click()
    page.goto(f"{page.url.partition('?')[0]}?day={booker.day}")
    page.get_by_role("radio").nth(3).check(force=True)
    page.get_by_role("button", name="Take this time instead").click()
    expect(page.get_by_text("The new time is kept for you.")).to_be_visible()
    until(lambda: len(booker.received()) == 2)
    assert [mail["subject"].partition(":")[0] for mail in booker.received()] == ["Please confirm"] * 2
    page.goto(f"/ada/intro?day={start[:10]}")
    expect(page.locator(f"input[value='{start}']")).to_have_count(1)


@pytest.mark.promise("I10")
def test_secrets_stay_out_of_titles_logs_and_what_others_are_told(page: Page, booker: Booker, site: Demo) -> None:
    booker.book(page)
    tokens = {booker.link(purpose).rpartition("/")[2] for purpose in ("c", "m", "x")}
    told: list[str] = []

    def elsewhere(route: Route) -> None:
        told.append(str(route.request.headers.get("referer", "")))
        route.abort()

    context: BrowserContext = page.context
    context.route(lambda url: not url.startswith(site.base_url), elsewhere)
    for token in tokens:
        assert token not in page.title()
        assert token not in site.child.printed
    for name in ("Google Calendar", "Outlook.com"):
        page.goto(booker.link("c"))
        with page.expect_event("requestfailed"):
            page.get_by_role("link", name=name).click()
        page.wait_for_url("chrome-error://**")
    assert told
    assert not any(token in each for token in tokens for each in told)
