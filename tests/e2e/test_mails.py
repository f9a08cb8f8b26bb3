"""HTML mails as a phone and a desk show them, in the light and in the dark, with pictures off as there are none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from booking_service.domain.colours import LEAST_CONTRAST, contrast
from tests.e2e.conftest import Profile
from tests.flows.extended import in_extended
from tests.mail.examples import ORGANISATION, cases
from tests.world import host

_SCROLLS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
_BROKEN = """[...document.querySelectorAll('span')].filter((it) => it.style.whiteSpace === 'nowrap'
  && it.getClientRects().length > 1).map((it) => it.textContent)"""
# Each link with its colour and the ground that it stands on: its own, else that of the page.
_INKS = """() => { const probe = document.body.appendChild(document.createElement('i'));
  const plain = (colour) => { probe.style.backgroundColor = colour;
    return '#' + getComputedStyle(probe).backgroundColor.match(/\\d+/g).slice(0, 3)
      .map((it) => Number(it).toString(16).padStart(2, '0')).join('') };
  const found = [...document.querySelectorAll('a')].map((it) => { const style = getComputedStyle(it);
    return [it.textContent, plain(style.color), plain(it.style.background ? style.backgroundColor : 'Canvas'),
      it.getBoundingClientRect().right] });
  probe.remove(); return found }"""


@pytest.mark.parametrize("language", ["de", *in_extended("en", "nl")])
def test_mails_fit_and_can_be_read_on_any_screen(language: str, profile: Callable[..., Profile]) -> None:
    yellow = replace(ORGANISATION, accent="#ffcc00")
    page = profile(width=320).page()
    for each in cases():
        page.set_content(each.of(language=language, host=host(language=language), organisation=yellow).composed().html)
        for width, scheme in ((320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert page.evaluate(_SCROLLS) == 0, (each.name, width)
            assert page.evaluate(_BROKEN) == [], each.name
            for says, ink, ground, right in page.evaluate(_INKS):
                assert contrast(ink, ground) >= LEAST_CONTRAST, (each.name, says, scheme, ink, ground)
                assert right <= width
