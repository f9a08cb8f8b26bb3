"""A host's own page: its colour, made readable, and what it begins with."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from booking_service.actions.setup.file.apply import export
from booking_service.actions.setup.file.read import parse
from booking_service.domain.colours import LEAST_CONTRAST, contrast, palette
from tests.web.page_reader import Page, look, read
from tests.web.site import Site, person_of_host, signed_in

GROUNDS = ("#ffffff", "#fbfaf8", "#1c1f25", "#14161a")


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def colours(s: Site, page: Page) -> str:
    """The style of its colour, empty for the usual one."""
    (*_, last) = page.all("link", rel="stylesheet")
    found = re.search(r"/static/colours-[0-9a-f]{6}[.]css.*", last.get("href", ""))
    return s.browser.get(found[0]).text if found else ""


def test_colour_and_welcome_are_those_of_the_host_on_every_page_of_a_booking(
    s: Site, ada: TestClient, tmp_path: Path
) -> None:
    assert colours(s, look(s.browser, "/ada")) == ""
    typed = {
        "accent": "#FC0",
        "welcome.en": "Pick a time.\nI look forward to it.",
        "welcome.de": "Willkommen",
        "listed": "yes",
    }
    answer = ada.post("/host/look", data=typed)
    assert "Saved." in look(ada, answer.headers["location"]).text
    page = look(s.browser, "/ada")
    assert "Pick a time. I look forward to it." in page.text
    assert "Willkommen" in look(s.browser, "/ada?lang=de").text
    style = colours(s, page)
    assert style.startswith(":root { --leaf: light-dark(#")
    for address in ("/ada/intro", "/ada/intro/details?start=2030-01-08T08:00:00Z"):
        assert colours(s, look(s.browser, address)) == style
    held = s.hold()
    assert colours(s, look(s.browser, f"/b/{held.public_id}")) == style
    (host,) = parse(export(s.w.rt), env={}, folder=tmp_path).hosts
    assert (host.host.accent, len(host.host.welcome.versions)) == ("#ffcc00", 2)  # type: ignore[union-attr]
    wrong = read(ada.post("/host/look", data={**typed, "accent": "yellowish", "welcome.nl": "x" * 3000}))
    assert (wrong.status, wrong.value("accent")) == (422, "yellowish")
    assert {each.get("href") for each in wrong.one("div", class_="errbox").iter("a")} == {"#accent", "#welcome.nl"}
    assert "Willkommen" in look(s.browser, "/ada?lang=de").text
    ada.post("/host/look", data={})
    assert colours(s, look(s.browser, "/ada")) == ""
    assert "Ada Lovelace" not in look(s.browser, "/").text, "not named on the first page"
    assert s.browser.get("/static/colours-zzzzzz.css").status_code == 404


@given(accent=st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}"))
def test_whatever_colour_is_chosen_words_are_read_on_it_and_in_it(accent: str) -> None:
    for at, sheet, inks in ((1, 0, ("#1b1d21", "#555a65")), (2, 3, ("#eceef2", "#a8afbc"))):
        made = palette(accent, ground=GROUNDS[at])
        assert contrast(made.on_leaf, made.leaf) >= LEAST_CONTRAST
        for ground in (made.mist, GROUNDS[at], GROUNDS[sheet]):
            assert contrast(made.leaf, ground) >= LEAST_CONTRAST
        for ink in inks:
            assert contrast(ink, made.mist) >= LEAST_CONTRAST
