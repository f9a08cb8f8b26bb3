"""What a screen reader says on the way from the times to the waiting page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.bookers import HOLD, Booker
from tests.flows.programs import Demo
from tests.flows.text_browser import HERE


def test_each_step_has_a_title_of_its_own(page: Page, booker: Booker) -> None:
    titles = []
    page.goto("/ada/intro")
    titles.append(page.title())
    booker.choose_here(page)
    titles.append(page.title())
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("alert").wait_for()
    titles.append(page.title())
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    page.wait_for_url("**/b/**")
    titles.append(page.title())
    page.goto(booker.link("c"))
    titles.append(page.title())
    assert len(set(titles)) == len(titles)
    assert [title.startswith("Error: ") for title in titles] == [False, False, True, False, False]


@pytest.mark.extended
def test_days_say_their_date_and_how_much_is_free(page: Page, site: Demo) -> None:
    today = site.now().astimezone(HERE)
    page.goto("/ada/intro")
    days = page.locator("table.cal").get_by_role("link")
    assert days.count() > 0
    for day in days.all():
        name = day.get_attribute("aria-label") or ""
        ending = ", today" if name.startswith(f"{today:%A} {today.day} {today:%B},") else ""
        assert re.fullmatch(rf"(Mon|Tues|Wednes|Thurs|Fri)day \d+ \w+, (1 time|\d+ times) free{ending}", name), name
        day.click()
        page.wait_for_url("**#times")
        count = int(re.findall(r"(\d+) times? free", name)[0])
        expect(page.get_by_role("radio")).to_have_count(count)


def test_times_are_a_group_named_by_their_day(page: Page) -> None:
    page.goto("/ada/intro")
    day = page.locator("#times").inner_text()
    group = page.get_by_role("group", name=day)
    expect(group.get_by_role("radio", name=re.compile(r"^\d\d:\d\d$"))).to_have_count(page.get_by_role("radio").count())
    assert group.get_by_role("group", name="Morning").or_(group.get_by_role("group", name="Afternoon")).count() > 0


def test_fields_say_that_they_are_needed_and_what_for(page: Page, booker: Booker) -> None:
    booker.choose(page)
    for label in ("Full name", "Email address"):
        assert page.get_by_label(label).get_attribute("required") is not None
        assert page.get_by_label(label).get_attribute("aria-invalid") is None
    hint = page.get_by_label("Email address").get_attribute("aria-describedby") or ""
    expect(page.locator(f"#{hint}")).to_contain_text("We send one link to this address")
    assert page.get_by_label("Full name").get_attribute("autocomplete") == "name"
    assert page.get_by_label("Email address").get_attribute("autocomplete") == "email"


def test_the_progress_says_where_the_reader_is(page: Page, booker: Booker) -> None:
    booker.choose(page)
    steps = page.get_by_role("navigation", name="Booking progress")
    expect(steps.locator("[aria-current=step]")).to_have_text(re.compile("Details$"))


def test_the_chosen_day_is_the_current_one(page: Page) -> None:
    page.goto("/ada/intro")
    current = page.locator("table.cal [aria-current=date]")
    expect(current).to_have_count(1)
    assert (current.get_attribute("aria-label") or "").startswith(page.locator("#times").inner_text())
