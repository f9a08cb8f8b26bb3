"""Takes the pictures that README and docs/ show, from a demo of its own: `python -m tests.e2e.pictures`.

They are WebP files in docs/pictures. A test holds that these are the ones which the pages show, and no larger than they may be.
"""

import base64
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.bookers import HOLD, Booker
from tests.e2e.test_signed_in_pages import sign_in
from tests.flows.programs import Demo, demo

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
MOST_BYTES = 60_000
WIDE, NARROW = (1080, 760), (390, 760)


class Picture(NamedTuple):
    """A page as somebody sees it: signed in as `of`, or as anybody."""

    path: str
    of: str = ""
    size: tuple[int, int] = WIDE


PICTURES: Mapping[str, Picture] = {
    "pick": Picture("/ada/intro"),
    "inbox": Picture("", size=NARROW),
    "today": Picture("/host", "ada@example.org"),
    "bookings": Picture("/host/bookings", "ada@example.org"),
    "meeting-type": Picture("/host/meetings/intro", "ada@example.org"),
    "availability": Picture("/host/hours", "ada@example.org"),
    "calendars": Picture("/host/calendars", "ada@example.org"),
    "contacts": Picture("/admin/consents/contacts", "office@example.org"),
    "policies": Picture("/admin/policies", "office@example.org"),
    "status": Picture("/admin/status", "office@example.org"),
}


def main() -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("Chromium is not installed (apt-get install chromium).")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        site = stack.enter_context(demo(Path(place) / "demo", "--examples"))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=program)
        stack.callback(browser.close)
        for of in dict.fromkeys(each.of for each in PICTURES.values()):
            _take_those(of, browser, site)


def _take_those(of: str, browser: Browser, site: Demo) -> None:
    context = browser.new_context(base_url=site.base_url, locale="en-GB", timezone_id="Europe/Berlin")
    page = context.new_page()
    if of:
        sign_in(page, site, of)
    for name, picture in PICTURES.items():
        if picture.of != of:
            continue
        page.set_viewport_size({"width": picture.size[0], "height": picture.size[1]})
        _go(page, picture, site)
        _take(page, name)
    context.close()


def _go(page: Page, picture: Picture, site: Demo) -> None:
    """To the page; "Check your inbox" has no address before somebody has asked for a time."""
    if picture.path:
        page.goto(picture.path)
        return
    booker = Booker(site)
    booker.choose(page)
    booker.fill(page)
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("heading", name="Check your inbox").wait_for()


def _take(page: Page, name: str) -> None:
    shown = {"format": "webp", "quality": 70}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", shown)
    content = base64.b64decode(taken["data"])
    if len(content) > MOST_BYTES:
        raise SystemExit(f"{name}: {len(content)} bytes are more than {MOST_BYTES}; show less of the page.")
    (FOLDER / f"{name}.webp").write_bytes(content)
    print(f"{name}.webp  {len(content)} bytes", flush=True)


if __name__ == "__main__":
    main()
