"""With the keyboard alone: everything can be reached, seen and used, and focus goes where the reader is meant to read."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.bookers import Booker, a_day
from tests.e2e.conftest import Profile
from tests.flows.programs import until

# What has focus, painted: the label of a time stands for its radio button.
_RING = """() => {
  let it = document.activeElement;
  if (it.matches('.slot input')) it = it.nextElementSibling;
  const style = getComputedStyle(it);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return getComputedStyle(document.documentElement).colorScheme.includes('dark') &&
      matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(0,0,0)' : 'rgb(255,255,255)';
  };
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((n) => n / 255)
      .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(style.outlineColor), light(behind(it.parentElement))].sort((x, y) => y - x);
  return {name: it.outerHTML.slice(0, 90), style: style.outlineStyle, width: parseFloat(style.outlineWidth),
          contrast: (a + 0.05) / (b + 0.05)};
}"""
_UNCOVERED = """() => {
  let it = document.activeElement;
  if (it.matches('.slot input')) it = it.nextElementSibling;
  const box = it.getBoundingClientRect();
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) =>
    [box.left + box.width * x, box.top + box.height * y]));
  return points.some(([x, y]) => { const hit = document.elementFromPoint(x, y);
    return hit && (it.contains(hit) || hit.contains(it)); }) ? '' : it.outerHTML.slice(0, 90);
}"""


def tabbed(page: Page, *, most: int = 90) -> Iterator[None]:
    """Press Tab until focus leaves the page; stops by itself where it never would."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            return
        yield
    pytest.fail(f"still on the page after {most} times Tab")


def tab_to(page: Page, found: str) -> None:
    """Press Tab until what has focus matches the selector."""
    for _ in range(60):
        if page.evaluate("found => document.activeElement.matches(found)", found):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never comes to {found}")


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text


def test_the_first_tab_shows_the_way_to_the_content(page: Page) -> None:
    page.goto("/ada/intro")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_whole_way_without_a_mouse(page: Page, booker: Booker) -> None:
    page.goto(f"/ada/intro?day={a_day()}")
    tab_to(page, "input[name=start]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    tab_to(page, "main button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/details?**")
    tab_to(page, "#name")
    page.keyboard.type(booker.name)
    tab_to(page, "#email")
    page.keyboard.type(booker.email)
    tab_to(page, "main button.primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/b/**")
    page.goto(booker.link("c"))
    tab_to(page, "main button.primary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Booked")


def test_times_are_one_tab_stop_with_arrows_inside(page: Page) -> None:
    page.goto(f"/ada/intro?day={a_day()}")
    times = page.get_by_role("radio")
    tab_to(page, "input[name=start]")
    page.keyboard.press("Space")
    expect(times.nth(0)).to_be_checked()
    page.keyboard.press("ArrowRight")
    expect(times.nth(1)).to_be_checked()
    expect(times.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Continue")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.extended
def test_focus_is_always_seen(profile: Callable[..., Profile], scheme: str) -> None:
    """A ring of 2 px at least, with 3:1 against what is around it (WCAG 2.4.13, 1.4.11)."""
    page = profile(color_scheme=scheme).page()
    for path in ("/ada/intro", "/ada", "/nowhere/at-all"):
        page.goto(path)
        rings = [page.evaluate(_RING) for _ in tabbed(page)]
        assert rings
        weak = [ring for ring in rings if ring["style"] == "none" or ring["width"] < 2 or ring["contrast"] < 3]
        assert weak == []


@pytest.mark.extended
def test_focus_is_seen_in_forced_colours(profile: Callable[..., Profile]) -> None:
    page = profile(forced_colors="active").page()
    page.goto("/ada/intro")
    assert [ring for ring in (page.evaluate(_RING) for _ in tabbed(page)) if ring["style"] == "none"] == []


def test_nothing_that_has_focus_is_hidden_under_the_button(profile: Callable[..., Profile]) -> None:
    """The button of a small screen stays in sight once a time is chosen (WCAG 2.4.11)."""
    page = profile(width=390, height=560, reduced_motion="reduce").page()  # nothing is still scrolling when asked
    page.goto(f"/ada/intro?day={a_day()}")
    page.get_by_role("radio").nth(0).check(force=True)
    expect(page.get_by_role("button", name="Continue")).to_be_in_viewport(ratio=1)
    covered = [page.evaluate(_UNCOVERED) for _ in tabbed(page)]
    assert [each for each in covered if each] == []


def test_no_way_in_without_a_way_out(page: Page, booker: Booker) -> None:
    """Tab leaves every page in the end, and no stop is visited twice on the way."""
    booker.hold(page)
    for address in (page.url, "/ada/intro", booker.link("c"), booker.link("x")):
        page.goto(address)
        page.evaluate("window.seen = new Set()")
        for _ in tabbed(page):
            assert page.evaluate(
                "() => { const it = document.activeElement, new_ = !seen.has(it); seen.add(it); return new_ }"
            )


def test_focus_follows_what_was_done(page: Page, booker: Booker) -> None:
    """After choosing a day on its heading, after a refusal on the summary, after a step on the new page's heading."""
    page.goto(f"/ada/intro?month={a_day():%Y-%m}")
    day = page.locator("table.cal a").nth(1)
    name = (day.get_attribute("aria-label") or "").partition(",")[0]
    day.click()
    until(lambda: page.url.endswith("#times"))
    expect(page.locator("h2#times")).to_be_focused()
    assert focused(page) == name
    booker.choose_here(page)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("button", name="Hold this time").click()
    expect(page.get_by_role("alert")).to_be_focused()
    booker.fill(page)
    page.get_by_role("button", name="Hold this time").click()
    page.wait_for_url("**/b/**")
    expect(page.get_by_role("heading", level=1)).to_be_focused()


@pytest.mark.parametrize("field", ["#name", "#email"])
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_enter_in_a_field_of_the_details_holds_the_time(
    profile: Callable[..., Profile], booker: Booker, field: str, script: bool
) -> None:
    page = profile(java_script_enabled=script).page()
    booker.choose(page)
    booker.fill(page)
    page.locator(field).press("Enter")
    page.wait_for_url("**/b/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
