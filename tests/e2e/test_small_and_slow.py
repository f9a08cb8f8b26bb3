"""Phones held sideways, slow lines, no line at all, paper, and people who see or move differently."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.bookers import HOLD, Booker, a_day
from tests.e2e.conftest import Profile
from tests.e2e.presses import COME_BACK, COUNT_FORMS, PRESS_ALL
from tests.flows.programs import Demo, until

_TRANSITIONS = """() => [...document.querySelectorAll('*')].filter((it) => { const s = getComputedStyle(it);
  return parseFloat(s.transitionDuration) || parseFloat(s.animationDuration) || s.scrollBehavior === 'smooth' })
  .map((it) => it.tagName)"""
_FIRST_PAINT = """() => new Promise(seen => new PerformanceObserver(list => {
  for (const each of list.getEntriesByName("first-contentful-paint")) seen(each.startTime)
}).observe({ type: "paint", buffered: true }))"""
_WATCH_SHIFTS = """() => { window.shifted = 0; new PerformanceObserver((list) => list.getEntries()
  .forEach((entry) => { shifted += entry.value })).observe({type: 'layout-shift', buffered: true}) }"""


def slow(page: Page, *, latency_ms: int, bytes_per_s: int) -> None:
    """A slow line, by the browser's own throttling."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency_ms, "downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s},
    )


def test_the_button_is_reached_on_a_phone_held_sideways(profile: Callable[..., Profile], booker: Booker) -> None:
    page = profile(width=640, height=360, reduced_motion="reduce", has_touch=True).page()
    page.goto(f"/ada/intro?day={a_day()}")
    page.get_by_role("radio").first.check(force=True)
    button = page.get_by_role("button", name="Continue")
    button.scroll_into_view_if_needed()
    expect(button).to_be_in_viewport(ratio=1)
    assert (button.bounding_box() or {"height": 999})["height"] < 360 / 2, "it leaves room for the times"
    button.click()
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")


def test_forced_colours_show_the_chosen_time(profile: Callable[..., Profile]) -> None:
    page = profile(forced_colors="active").page()
    page.goto(f"/ada/intro?day={a_day()}")
    page.get_by_role("radio").nth(1).check(force=True)
    looks = page.eval_on_selector_all(
        ".slot span", "all => all.slice(0, 2).map(it => getComputedStyle(it).backgroundColor)"
    )
    marks = page.eval_on_selector_all(
        ".slot span", "all => all.slice(0, 2).map(it => getComputedStyle(it, '::before').content)"
    )
    assert looks[0] != looks[1]
    assert marks[0] == "none"
    assert "✓" in marks[1]


@pytest.mark.extended
def test_nothing_moves_for_who_asked_for_less_motion(profile: Callable[..., Profile], booker: Booker) -> None:
    page = profile(reduced_motion="reduce").page()
    booker.hold(page)
    for address in (page.url, "/ada/intro"):
        page.goto(address)
        assert page.evaluate(_TRANSITIONS) == []


def test_dark_follows_the_system(profile: Callable[..., Profile]) -> None:
    page = profile(color_scheme="dark").page()
    page.goto("/ada/intro")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


@pytest.mark.extended
def test_a_confirmation_is_printed_on_one_sheet(page: Page, booker: Booker) -> None:
    booker.book(page)
    paper = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    page.emulate_media(media="print")
    for nav in page.get_by_role("navigation").all():
        expect(nav).not_to_be_visible()
    address = page.eval_on_selector("a[href^='https://meet']", "it => getComputedStyle(it, '::after').content")
    shown = page.locator(".facts a[href^='https://meet']").inner_text()
    assert "https://meet.example.org/ada" in address + shown


def test_the_first_view_is_small_and_stays_still(profile: Callable[..., Profile]) -> None:
    """30 KB at most over the wire, readable within 3 s on slow 3G, and nothing jumps when the times are there."""
    page = profile(width=390).page()
    page.add_init_script(f"({_WATCH_SHIFTS})()")
    slow(page, latency_ms=400, bytes_per_s=50_000)
    page.goto("/ada/intro", wait_until="load")
    sizes = page.evaluate(
        "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
        ".map(it => it.transferSize)"
    )
    painted = page.evaluate(_FIRST_PAINT)
    assert sum(sizes) <= 30 * 1024
    assert painted < 3000
    assert page.evaluate("shifted") == 0


def test_two_quick_presses_on_a_slow_line_are_one_hold(page: Page, booker: Booker, site: Demo) -> None:
    booker.choose(page)
    with page.expect_response("**/puzzle?*"):  # before its answer a press waits for it
        booker.fill(page)
    slow(page, latency_ms=1500, bytes_per_s=50_000)
    said = page.locator("form#details button.primary").evaluate(
        "button => { button.click(); const said = button.textContent; button.click(); return said }"
    )
    assert said == "Holding…"
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    site.advance(0)
    assert len(booker.received()) == 1


def test_whatever_is_pressed_twice_or_in_haste_is_sent_once(page: Page, booker: Booker) -> None:
    """Each form of each page, also where another was sent already; a page that the browser kept can be sent again."""
    booker.hold(page)
    for address in (page.url, booker.link("c"), booker.link("x")):
        page.goto(address)
        fields = page.locator("main input[required]")
        for each in fields.all():
            each.fill("123456" if each.get_attribute("name") == "code" else booker.email)
        says = page.locator("main button").all_inner_texts()
        page.evaluate(COUNT_FORMS)
        assert page.evaluate(PRESS_ALL) == 1, address
        page.evaluate(COME_BACK)
        assert page.locator("main button").all_inner_texts() == says
        assert page.evaluate(PRESS_ALL) == 2, address


def test_offline_nothing_is_lost_and_it_says_that_nothing_was_booked(page: Page, booker: Booker, site: Demo) -> None:
    booker.choose(page)
    booker.fill(page)
    page.context.set_offline(True)
    page.get_by_role("button", name=HOLD).click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("nothing was booked")
    expect(told).to_be_focused()
    expect(page.get_by_label("Full name")).to_have_value(booker.name)
    expect(page.get_by_label("Email address")).to_have_value(booker.email)
    page.context.set_offline(False)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    until(booker.received)


def test_back_from_the_waiting_page_leads_to_the_hold_or_to_what_was_typed(page: Page, booker: Booker) -> None:
    booker.choose(page)
    booker.fill(page)
    page.get_by_role("link", name="Privacy").first.click()
    page.get_by_role("heading", name="Privacy", level=1).wait_for()
    page.go_back()
    expect(page.get_by_label("Full name")).to_have_value(booker.name)
    page.get_by_role("button", name=HOLD).click()
    waiting = page.get_by_role("heading", name="Check your inbox")
    waiting.wait_for()
    held = page.url.partition("?")[0]
    page.go_back()
    page.reload()
    waiting.wait_for()
    assert page.url.partition("?")[0] == held


def test_back_and_forward_over_a_change_of_language_keep_what_was_typed(page: Page, booker: Booker) -> None:
    booker.choose(page)
    booker.fill(page)
    page.get_by_role("button", name="Deutsch").click()
    german, english = (page.get_by_role("heading", name=name) for name in ("Ihre Angaben", "Your details"))
    german.wait_for()
    for go, heading in ((page.go_back, english), (page.go_forward, german)):
        go()
        heading.wait_for()
        expect(page.locator("#name")).to_have_value(booker.name)
        expect(page.locator("#email")).to_have_value(booker.email)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_times_has_room_for_all_of_them(profile: Callable[..., Profile], width: int) -> None:
    """Two columns on a desk, one on a phone; the times beside or below the month, never over it."""
    page = profile(width=width).page()
    page.goto("/ada/intro")
    month, times = page.locator("table.cal").bounding_box(), page.locator("#times").bounding_box()
    assert month
    assert times
    beside = times["x"] >= month["x"] + month["width"]
    below = times["y"] >= month["y"] + month["height"]
    assert (beside, below) == ((True, False) if width == 1280 else (False, True))
