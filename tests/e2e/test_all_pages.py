"""What holds on every page: for screen readers, on small screens, in large print, in the dark, without JavaScript."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.all_pages import PAGES_BY_RUN, Way, prepare, ways
from tests.e2e.axe import found_by_axe
from tests.e2e.conftest import WITHIN_MS, Profile
from tests.flows.programs import Demo

View = tuple[int, Literal["light", "dark"]]
_VIEWS: tuple[View, ...] = ((320, "light"), (1280, "dark"))
_OTHER_VIEWS: tuple[View, ...] = ((320, "dark"), (1280, "light"))
_OWNERS = (" · Ada Lovelace", " · Analytical Engines", " · Demo")
_LARGE_PRINT = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }
html { font-size: 200% !important }
"""
# A sheet that a script made is no inline style, which our pages forbid.
_STYLED = (
    """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }"""
)
SCROLLS = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
# Links inside a sentence or a block of text may be as tall as its line (WCAG 2.5.8, inline); those alone on a line may not.
SMALL_TARGETS = """() => { const text = (it, way) => { for (let each = it[way]; each; each = each[way])
    if (each.nodeName === 'BR') return ''; else if (each.textContent.trim()) return each.textContent; return '' };
  const alone = (it) => !text(it, 'previousSibling') && !text(it, 'nextSibling');
  return [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea')]
  .filter((it) => it.checkVisibility() && !it.closest('.skip, .hp') && !it.matches('.skip')
    && !(it.matches('a') && getComputedStyle(it).display === 'inline' && it.closest('p, dd') && !alone(it)))
  .map((it) => it.matches('.slot input') ? it.nextElementSibling : ['checkbox', 'radio'].includes(it.type) ? it.closest('label') || it : it)
  .map((it) => [it.outerHTML.slice(0, 80), it.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([html, box]) => `${html} ${box.width}x${box.height}`) }"""
LOW_BUTTONS = """() => [...document.querySelectorAll('.slot span, main button, .btn')]
  .filter((it) => it.checkVisibility() && it.getBoundingClientRect().height < 44).map((it) => it.outerHTML.slice(0, 80))"""
_CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter((it) => it.checkVisibility()
    && !it.closest('.vh, .skip, .hp, select, textarea') && !it.matches('input')
    && ['hidden', 'clip'].includes(getComputedStyle(it).overflowX)
    && (it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1)).map((it) => it.outerHTML.slice(0, 80))"""
# Lines of text that lie over one another, controls that do, and words that break inside a cell or stick out of it.
_OVERLAPPING = """() => { const seen = (it) => it.checkVisibility() && !it.closest('.vh, .skip, .hp, .sticky, select, option, iframe, script');
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), boxes = [], out = [];
  while (texts.nextNode()) { const it = texts.currentNode, range = document.createRange();
    if (!it.data.trim() || !seen(it.parentElement)) continue;
    range.selectNodeContents(it);
    const inside = it.parentElement.closest('td, th, .slot span, button, .btn')?.getBoundingClientRect();
    if (it.parentElement.closest('.cal, .slot') && range.getClientRects().length > 1) out.push(it.data.trim() + ' breaks');
    for (const box of range.getClientRects()) { if (box.width < 1) continue;
      boxes.push([it, box]);
      if (inside && (box.left < inside.left - 1 || box.right > inside.right + 1)) out.push(it.data.trim() + ' sticks out'); } }
  for (const it of document.querySelectorAll('.slot span, .btn, main button, .cal a, .steps li'))
    if (seen(it)) boxes.push([it, it.getBoundingClientRect()]);
  return out.concat(boxes.flatMap(([a, x], i) => boxes.slice(i + 1).filter(([b, y]) => !a.contains(b) && !b.contains(a)
    && Math.min(x.right, y.right) - Math.max(x.left, y.left) > 2 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 4)
    .map(([b]) => a.textContent.trim() + ' / ' + b.textContent.trim()))) }"""
DEAD = """() => [...document.querySelectorAll('button')].filter((it) => it.checkVisibility() && !it.form)
  .concat([...document.querySelectorAll('[data-js]')].filter((it) => it.checkVisibility()))
  .concat([...document.querySelectorAll('a')].filter((it) => !it.getAttribute('href'))).map((it) => it.outerHTML)"""


@pytest.fixture(scope="module")
def prepared(browser: Browser, site: Demo) -> Mapping[str, Way]:
    context = browser.new_context(base_url=site.base_url, locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(WITHIN_MS)
    found = prepare(site, context.new_page())
    context.close()
    return ways(found)


@pytest.fixture(params=PAGES_BY_RUN)
def way(request: pytest.FixtureRequest, prepared: Mapping[str, Way]) -> Way:
    return prepared[request.param]


def test_it_is_for_everybody(way: Way, profile: Callable[..., Profile]) -> None:
    page = profile(width=320, height=256).page()
    way(page)
    problems = [*_read_aloud(page), *_on_a_small_screen(page), *_seen_by_axe(page, _VIEWS), *_in_large_print(page)]
    assert problems == []


@pytest.mark.extended
def test_axe_finds_nothing_in_other_colours(way: Way, profile: Callable[..., Profile]) -> None:
    page = profile().page()
    way(page)
    assert _seen_by_axe(page, _OTHER_VIEWS) == []


def _read_aloud(page: Page) -> list[str]:
    """One h1, no level left out, landmarks that are told apart, a language, a title of its own."""
    levels = [int(each) for each in page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(it => it.tagName[1])")]
    names = page.eval_on_selector_all("nav", "all => all.map(it => it.getAttribute('aria-label'))")
    links = page.locator("nav a[hreflang]").all()
    heading = page.locator("h1").first.inner_text()
    holds = {
        "one h1": levels.count(1) == 1,
        "no level of headings is left out": not any(b - a > 1 for a, b in pairwise(levels)),
        "landmarks": all(page.locator(f"body > {each}").count() == 1 for each in ("header", "main", "footer")),
        "navigations are told apart": all(names) and len(set(names)) == len(names),
        "its language": page.locator("html").get_attribute("lang") == "en",
        "a title that ends with whose it is": page.title().endswith(_OWNERS),
        "a title of its own": page.title().startswith("Error: ") or heading.split()[0] in page.title(),
        "links in their language": all(it.get_attribute("lang") == it.get_attribute("hreflang") for it in links),
    }
    return [f"missing: {rule}" for rule, held in holds.items() if not held]


def _on_a_small_screen(page: Page) -> list[str]:
    """320 px wide, which is also 1280 px at 400 %: no scrolling sideways, targets that a thumb can hit."""
    wrong = ["scrolls sideways"] if page.evaluate(SCROLLS) else []
    return wrong + [f"small: {each}" for each in page.evaluate(SMALL_TARGETS) + page.evaluate(LOW_BUTTONS)]


def _seen_by_axe(page: Page, views: Sequence[View]) -> list[str]:
    found = []
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} px, {scheme}: {each}" for each in found_by_axe(page)]
    return found


def _in_large_print(page: Page) -> list[str]:
    """Text at 200 % with WCAG's spacing (1.4.4, 1.4.12): nothing is cut off, nothing overlaps."""
    page.set_viewport_size({"width": 390, "height": 900})
    page.evaluate(_STYLED, _LARGE_PRINT)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    wrong = ["scrolls sideways in large print"] if page.evaluate(SCROLLS) else []
    return wrong + [f"in large print: {each}" for each in page.evaluate(_CUT) + page.evaluate(_OVERLAPPING)]


def test_nothing_dead_is_shown_without_javascript(way: Way, profile: Callable[..., Profile]) -> None:
    page = profile(java_script_enabled=False).page()
    way(page)
    assert page.evaluate(DEAD) == []
