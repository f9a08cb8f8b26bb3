"""What Firefox and WebKit do in ways of their own: history, forms that were sent, long lists."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.e2e.bookers import Booker
from tests.e2e.other_browsers import BROWSERS, DrivenBrowser, missing
from tests.e2e.presses import COME_BACK, COUNT_FORMS, PRESS_ALL
from tests.flows.programs import Demo

pytestmark = [pytest.mark.extended, pytest.mark.timeout(240)]

_MAIN_ACT = "main button.primary"
_CODE = "form[action$='/code'] button"
_LEFT_OVER = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest.fixture(scope="module", params=list(BROWSERS))
def driven(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenBrowser]:
    if packages := missing(request.param):
        pytest.skip(f"apt-get install {packages}")
    with BROWSERS[request.param](tmp_path_factory.mktemp("driven") / request.param) as started:
        yield started


def details(driven: DrivenBrowser, site: Demo, booker: Booker) -> None:
    """As far as the details, filled in."""
    driven.go(f"{site.base_url}/ada/intro?day={booker.day}")
    driven.evaluate("document.querySelector('.slot input').click()")
    driven.click(_MAIN_ACT)
    driven.shows("Your details")
    driven.fill("#name", booker.name)
    driven.fill("#email", booker.email)


def held(driven: DrivenBrowser, site: Demo, booker: Booker) -> str:
    """As far as the waiting page; returns its path."""
    details(driven, site, booker)
    driven.click(_MAIN_ACT)
    driven.shows("Check your inbox")
    return urlsplit(driven.address).path


def test_a_refused_form_can_be_loaded_anew(driven: DrivenBrowser, site: Demo, booker: Booker) -> None:
    waiting = held(driven, site, booker)
    driven.fill("#code", "000000")
    driven.click(_CODE)
    driven.shows("Check your inbox")
    assert driven.evaluate("document.title").startswith("Error:")
    driven.reload()
    driven.shows("Check your inbox")
    assert urlsplit(driven.address).path == waiting


@pytest.mark.parametrize("width", [600, 780, 1200])
def test_the_list_of_zones_makes_no_page_scroll_sideways(driven: DrivenBrowser, site: Demo, width: int) -> None:
    driven.go(f"{site.base_url}/ada/intro")
    driven.resize(width)
    assert driven.evaluate(_LEFT_OVER) == 0
    driven.resize(1200)


def test_what_was_typed_is_there_after_following_a_link_and_going_back(
    driven: DrivenBrowser, site: Demo, booker: Booker
) -> None:
    details(driven, site, booker)
    driven.click("main a[href*=privacy]")
    driven.shows("Privacy")
    driven.back()
    driven.shows("Your details")
    assert (driven.value("#name"), driven.value("#email")) == (booker.name, booker.email)


def test_back_from_the_waiting_page_leads_to_the_hold(driven: DrivenBrowser, site: Demo, booker: Booker) -> None:
    waiting = held(driven, site, booker)
    driven.back()
    driven.reload()
    driven.shows("Check your inbox")
    assert urlsplit(driven.address).path == waiting


def test_another_language_keeps_what_was_typed_also_in_the_history(
    driven: DrivenBrowser, site: Demo, booker: Booker
) -> None:
    details(driven, site, booker)
    driven.click("button[name=lang][value=de]")
    driven.shows("Ihre Angaben")
    assert (driven.value("#name"), driven.value("#email")) == (booker.name, booker.email)
    driven.back()
    driven.shows("Your details")
    assert (driven.value("#name"), driven.value("#email")) == (booker.name, booker.email)
    driven.forward()
    driven.shows("Ihre Angaben")
    assert (driven.value("#name"), driven.value("#email")) == (booker.name, booker.email)


def test_whatever_is_pressed_twice_or_in_haste_is_sent_once(driven: DrivenBrowser, site: Demo, booker: Booker) -> None:
    held(driven, site, booker)
    driven.fill("#code", "123456")
    driven.fill("#email", booker.email)
    driven.evaluate(f"({COUNT_FORMS})()")
    assert driven.evaluate(f"({PRESS_ALL})()") == 1
    driven.evaluate(f"({COME_BACK})()")
    assert driven.evaluate(f"({PRESS_ALL})()") == 2
