"""What holds on every signed-in page, as on every other; each is found by following links from Today."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from booking_service.web.app import signed_in_routes
from booking_service.web.http.signed_in_pages import SignedInRoute
from tests.e2e.axe import found_by_axe
from tests.e2e.bookers import Booker
from tests.e2e.conftest import Profile
from tests.e2e.test_all_pages import DEAD, LOW_BUTTONS, SCROLLS, SMALL_TARGETS, View
from tests.flows.programs import Demo, until

# A host with calendars and bookings; who runs the organisation.
PEOPLE = ("ada@example.org", "office@example.org")
_LINKS = "all => [...new Set(all.map((it) => it.getAttribute('href')))]"
_OPENED = "() => document.querySelectorAll('main details').forEach((it) => { it.open = true })"
_HARD_TO_READ = """() => [...document.querySelectorAll('.table tbody :is(th, td)')].filter((cell) => {
  const name = getComputedStyle(cell, cell.matches('td') ? '::before' : null)
  const lines = cell.clientHeight / parseFloat(getComputedStyle(cell).lineHeight)
  return name.content === 'none' || parseFloat(name.fontSize) < 14 || lines > 1.9
}).map((cell) => cell.textContent)"""
_FILES = ("/export", "/{file}", "/import/{id}/file", "/admin/status/text")
_VIEWS: tuple[View, ...] = ((320, "light"), (1280, "dark"))


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Routes that somebody went to."""
    return set()


@pytest.mark.parametrize("email", PEOPLE)
@pytest.mark.timeout(600)
@pytest.mark.extended
def test_every_page_is_found_and_fits_and_can_be_read_aloud(
    email: str, site: Demo, profile: Callable[..., Profile], seen: set[str]
) -> None:
    """A page that one of them has seen is looked at on a small screen only as the other."""
    page = profile(width=320).page()
    sign_in(page, site, email)
    without_scripts = profile(java_script_enabled=False, storage_state=page.context.storage_state()).page()
    found: dict[str, str] = {}
    problems = []
    for route, path in _walked(page, found):
        views = _VIEWS[:1] if route in seen else _VIEWS
        without_scripts.goto(path)
        without_scripts.evaluate(_OPENED)
        dead = [f"dead without scripts: {each}" for each in without_scripts.evaluate(DEAD)]
        problems += [f"{path}: {each}" for each in _wrong_with(page, views) + dead]
        seen.add(route)
    assert problems == []
    menu = {each.path for each in signed_in_routes() if each.menu is not None and each.path in found}
    assert "/host" in menu
    assert _reachable(page) <= found.keys()


def sign_in(page: Page, site: Demo, email: str) -> None:
    def mailed() -> list[str]:
        links = (link for mail in Booker(site, email=email).received() for link in mail["links"])
        return [each for each in links if "/host/sign-in/" in each and each not in before]

    before: list[str] = []
    before = mailed()
    page.goto("/host")
    page.get_by_label("Email address").first.fill(email)
    page.keyboard.press("Enter")
    page.wait_for_url("**/host/sign-in/sent/**")
    page.goto(until(mailed)[-1])
    page.locator("main form button.primary").first.click()
    page.wait_for_url(re.compile(r"/host(\?|$)"))


def _walked(page: Page, found: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Goes to one page of each route that links lead to; `found` has them by their route."""
    ahead = deque(["/host"])
    while ahead:
        href = ahead.popleft()
        route = _route_of(urlsplit(href).path)
        if route is None or route.path in found:
            continue
        found[route.path] = href
        answer = page.goto(href)
        assert answer is not None
        assert answer.status == 200, href
        yield route.path, href
        ahead += [each for each in page.eval_on_selector_all("a[href]", _LINKS) if each]


def _reachable(page: Page) -> set[str]:
    """What the bar of this person leads to."""
    page.goto("/host")
    paths = {urlsplit(each).path for each in page.eval_on_selector_all("header a[href]", _LINKS) if each}
    return {route.path for path in paths if (route := _route_of(path)) is not None}


def _route_of(path: str) -> SignedInRoute | None:
    """The page that answers at this path, plain ones first; a file to save is no page."""
    pages = sorted(
        (each for each in signed_in_routes() if each.get and not each.path.endswith(_FILES)),
        key=lambda each: each.path.count("{"),
    )
    return next((each for each in pages if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", each.path), path)), None)


def _wrong_with(page: Page, views: Sequence[View]) -> list[str]:
    page.evaluate(_OPENED)
    wrong = _structure(page)
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{width} px, {scheme}: {each}" for each in found_by_axe(page)]
        if page.evaluate(SCROLLS):
            wrong.append(f"{width} px: scrolls sideways")
    page.set_viewport_size({"width": 320, "height": 900})
    wrong += [f"small: {each}" for each in page.evaluate(SMALL_TARGETS)]
    return wrong + [f"low: {each}" for each in page.evaluate(LOW_BUTTONS)]


def _structure(page: Page) -> list[str]:
    levels = [int(each) for each in page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(it => it.tagName[1])")]
    skipped = any(later - before > 1 for before, later in zip([*levels, 9], levels[1:], strict=False))
    names = page.eval_on_selector_all("nav", "all => all.map(it => it.getAttribute('aria-label'))")
    wrong = ["not one h1"] if levels.count(1) != 1 else []
    wrong += ["a level of headings is left out"] if skipped else []
    return wrong + (["navigations are not told apart"] if len({*names, None}) != len(names) + 1 else [])


def test_a_list_that_is_taken_out_is_the_browsers_download_and_its_page_can_be_left(
    site: Demo, profile: Callable[..., Profile], booker: Booker
) -> None:
    page = profile(width=390).page()
    booker.book(page)
    sign_in(page, site, PEOPLE[0])
    page.goto("/host/bookings")
    here = page.url
    with page.expect_download() as taken:
        page.get_by_role("button", name="as CSV").press("Enter")
    assert page.url == here
    page.get_by_role("link", name="Statistics").first.click()
    page.wait_for_url("**/statistics")
    lines = taken.value.path().read_text("utf-8-sig").splitlines()
    assert taken.value.suggested_filename.startswith("bookings-")
    assert (lines[0].startswith("Reference,State,"), len(lines) > 1) == (True, True)


def test_the_days_of_the_week_stand_on_one_line_on_a_phone(site: Demo, profile: Callable[..., Profile]) -> None:
    page = profile(width=390).page()
    sign_in(page, site, PEOPLE[0])
    lines_of_each = set()
    for language in ("en", "de", "nl"):
        page.goto(f"/host/hours?lang={language}")
        lines_of_each |= set(
            page.locator(".hours > li").evaluate_all(
                "all => all.map(li => { const of = document.createRange(); of.selectNodeContents(li.querySelector('strong'));"
                " return of.getClientRects().length })"
            )
        )
    assert lines_of_each == {1}


@pytest.mark.parametrize("width", [390, 1280])
def test_every_number_of_the_report_stands_beside_its_name(
    width: int, site: Demo, profile: Callable[..., Profile]
) -> None:
    """In German, whose words are long: none is broken, and none is set smaller to have room."""
    page = profile(width=width).page()
    sign_in(page, site, "office@example.org")
    page.goto("/admin/consents/report?lang=de")
    page.get_by_role("heading", name="Bericht").wait_for()
    assert page.evaluate(_HARD_TO_READ) == []


def test_the_report_is_printed_by_its_button_which_is_not_on_paper(site: Demo, profile: Callable[..., Profile]) -> None:
    page = profile().page()
    page.add_init_script("window.print = () => { document.title = 'printed' }")
    sign_in(page, site, "office@example.org")
    page.goto("/admin/consents/report")
    page.get_by_role("button", name="Print").click()
    assert page.title() == "printed"
    page.emulate_media(media="print")
    assert page.get_by_role("table").is_visible()
    assert page.locator("main :is(button, .btns):visible").count() == 0


def test_nothing_else_is_chosen_for_who_goes_back_to_a_list_that_has_changed(
    site: Demo, profile: Callable[..., Profile]
) -> None:
    """A browser ticks again by place: where asking was, it then is to be recorded as agreed to."""
    page = profile().page()
    sign_in(page, site, "office@example.org")
    page.goto("/admin/consents/contacts?q=annabella")
    page.get_by_role("link", name="Annabella Milbanke").click()
    page.get_by_role("link", name="Newsletter").click()
    page.get_by_label("Ask by email").check()
    page.get_by_label("Reason", exact=True).fill("She called.")
    page.get_by_role("button", name="Change it").click()
    page.get_by_text("The question is on its way by email.").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Change “Newsletter” of Annabella Milbanke").wait_for()
    assert page.get_by_label("Ask by email").count() == 0
    assert page.get_by_label("Reason", exact=True).input_value() == "She called.", (
        "the browser has put back what was typed"
    )
    assert page.locator("input[name=to]:checked").count() == 0


def test_going_back_to_what_was_refused_asks_for_nothing_to_be_sent_again(
    site: Demo, profile: Callable[..., Profile]
) -> None:
    """Chromium shows a page of its own there, and its reload sends the form once more."""
    page = profile().page()
    booker = Booker(site, email="office@example.org")
    page.goto("/host/profile")
    page.get_by_label("Email address").first.fill(booker.email)
    page.keyboard.press("Enter")
    page.get_by_label("Code from the email").fill("000000")
    page.keyboard.press("Enter")
    page.locator("[aria-invalid=true]").wait_for()
    page.get_by_label("Code from the email").fill(booker.code())
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Profile").wait_for()
    page.go_back()
    page.get_by_label("Code from the email").wait_for()
    page.goto("/admin/consents/contacts/new")
    page.get_by_label("Email address").press("Enter")
    page.locator("[aria-invalid=true]").wait_for()
    page.goto("/host")
    page.go_back()
    page.get_by_role("heading", name="New contact").wait_for()
    assert page.locator("[aria-invalid=true]").count() == 0
