"""What a form does when Enter is pressed in one of its fields: its main act, on every page."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from tests.golden.walk import walk
from tests.web.page_reader import Page, read

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """Every page in each of its states, by name."""
    answers = walk(tmp_path_factory.mktemp("walk"), "en").answers
    return {name: read(each) for name, each in answers.items() if "text/html" in each.headers.get("content-type", "")}


def test_enter_in_a_field_is_the_main_act_of_its_form(pages: dict[str, Page]) -> None:
    """Browsers press the form's first submit button in tree order, wherever on the page it stands (HTML, implicit
    submission). That one must lead where the form leads, and say nothing beside what was typed."""
    seen = 0
    for name, page in pages.items():
        for form in page.all("form"):
            seen += 1
            if not any(each.get("type") not in ("hidden", "submit") for each in form.iter("input")):
                continue  # a list with a button for each of its rows: there is nowhere to press Enter
            first, *_ = _submit_buttons(page, form)
            astray = {"formaction", "formmethod", "formnovalidate", "name", "disabled"} & set(first.keys())
            assert not astray, f"{name}: Enter presses a button with {astray}"
    assert seen > 60


def test_what_enter_presses_and_nobody_sees_is_met_by_nobody_else(pages: dict[str, Page]) -> None:
    """WebKit passes over buttons that are not rendered, so it is drawn, but neither shown, read out, nor stopped at."""
    unseen = [button for page in pages.values() for button in page.all("button", class_="vh")]
    assert unseen
    for button in unseen:
        assert (button.get("aria-hidden"), button.get("tabindex"), button.get("hidden")) == ("true", "-1", None)


def _submit_buttons(page: Page, form: Element) -> Iterator[Element]:
    """In tree order, also those outside the form that name it."""
    inside = set(map(id, form.iter()))
    for each in page.root.iter():
        submits = (each.tag == "button" and each.get("type", "submit") == "submit") or (
            each.tag == "input" and each.get("type") in ("submit", "image")
        )
        named = each.get("form")
        if submits and (named == form.get("id") if named is not None else id(each) in inside):
            yield each
