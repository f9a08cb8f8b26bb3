"""A new host at the pace of people: from the link that signs them in to the link by which they are booked."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.databases import start_empty
from tests.e2e.conftest import WITHIN_MS
from tests.flows.programs import Child, child, free_port, is_up, loose_settings, until
from tests.servers.server import Server
from tests.servers.small import radicale

GOAL_S = 4 * 60
LOOK_S, WORDS_PER_S, KEY_S, POINT_S, TAB_S = 3.0, 250 / 60, 0.2, 1.2, 0.4
_FOCUSED = "it => it === document.activeElement"
# What one reads: of a menu only what is chosen.
_TEXTS = """() => { const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT), out = [];
  while (texts.nextNode()) { const it = texts.currentNode, menu = it.parentElement.closest('select');
    if (it.parentElement.checkVisibility() && (!menu || it.parentElement.selected)) out.push(it.data.trim()); }
  return out }"""
_LONGEST_WAY = 60  # Tabs


@dataclass
class NewHost:
    """Who looks at each page for LOOK_S, reads what they have not read yet, types and points, or goes by Tab. `seconds`: what
    that takes a person by page, with what they really wait for."""

    page: Page
    by_keyboard: bool
    seconds: dict[str, float] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    @property
    def in_all(self) -> float:
        return sum(self.seconds.values())

    def read(self, path: str) -> None:
        """Come to the page at this path, however long that takes, and read it. What a script has put behind the path by then, as the
        browser's zone, says nothing of where that is."""
        began = time.monotonic()
        self.page.wait_for_url(lambda url: fnmatch(urlsplit(url).path, path), wait_until="load")
        self._takes(time.monotonic() - began)
        lines = set(self.page.evaluate(_TEXTS)) - self.known
        self.known |= lines
        self._takes(LOOK_S + sum(len(line.split()) for line in lines) / WORDS_PER_S)

    def type(self, where: str, text: str) -> None:
        self._go_to(where)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self._takes(KEY_S * (len(text) + 1))

    def press(self, where: str) -> None:
        began = time.monotonic()
        self._go_to(where)
        if self.by_keyboard:
            self.page.keyboard.press("Enter")
            self._takes(KEY_S)
        self._takes(time.monotonic() - began)

    def _go_to(self, where: str) -> None:
        aim = self.page.locator(where).first
        if not self.by_keyboard:
            aim.click()
            return self._takes(POINT_S)
        for _ in range(_LONGEST_WAY):
            if aim.evaluate(_FOCUSED):
                return None
            self.page.keyboard.press("Tab")
            self._takes(TAB_S)
        raise AssertionError(f"no way by Tab to {where}")

    def _takes(self, seconds: float) -> None:
        path = self.page.url.partition("?")[0].rpartition("/host")[2]
        self.seconds[path] = self.seconds.get(path, 0.0) + seconds


@dataclass(frozen=True)
class Fresh:
    """A service in which nobody is a host yet."""

    address: str
    server: Server
    env: dict[str, str]
    folder: Path

    def invited(self, email: str, language: str) -> str:
        """The link that signs somebody in who was asked to be a host."""
        self._run("user", "add", email, "--invite", "host", "--name", "Ada Lovelace", "--language", language)
        printed = self._run("user", "link", "--sign-in", email)
        return next(word for word in printed.split() if "/host/sign-in/" in word)

    def _run(self, *command: str) -> str:
        done = child(["booking_service", *command], log=self.folder / f"{free_port()}.log", env=self.env)
        assert done.process.wait(timeout=60) == 0, done.printed
        return done.printed


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    folder = tmp_path_factory.mktemp("set-up")
    port, data = free_port(), folder / "data"
    data.mkdir()
    start_empty(data / "booking.db")
    with radicale(folder / "radicale", users={"ada": "abcd-efgh-ijkl-mnop"}) as server:
        server.new_calendar("Privat")
        env = loose_settings(data, port=port, smtp_port=free_port())
        served = child(["booking_service", "serve"], log=folder / "serve.log", env=env)
        try:
            until(lambda: _answers(served, f"http://localhost:{port}"), within_s=60)
            yield Fresh(f"http://localhost:{port}", server, env, folder)
        finally:
            served.end()


def _answers(served: Child, address: str) -> bool:
    assert served.process.poll() is None, served.printed
    return is_up(address)


@contextlib.contextmanager
def new_host(
    browser: Browser, *, width: int, by_keyboard: bool, language: str, script: bool = True
) -> Iterator[NewHost]:
    context = browser.new_context(
        java_script_enabled=script,
        viewport={"width": width, "height": 844},
        locale=language,
        timezone_id="Europe/Berlin",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(WITHIN_MS)
    yield NewHost(context.new_page(), by_keyboard)
    context.close()


@pytest.mark.server
@pytest.mark.extended
@pytest.mark.parametrize(("language", "width", "by_keyboard"), [("en", 1280, False), ("de", 390, True)])
def test_a_new_host_has_a_link_in_less_than_four_minutes(
    browser: Browser, fresh: Fresh, language: str, width: int, *, by_keyboard: bool
) -> None:
    with new_host(browser, width=width, by_keyboard=by_keyboard, language=language) as host:
        _connects(host, fresh, name=f"ada-{language}", language=language)
        assert "Europe/Berlin" in host.page.inner_text("main"), "as the browser says, and nobody was asked"
        _finishes(host)
        host.press("[data-copy]")
        host.page.get_by_text("Copied" if language == "en" else "Kopiert").first.wait_for()
        assert host.in_all < GOAL_S, host.seconds
        answer = host.page.goto(host.page.evaluate("() => navigator.clipboard.readText()"))
        assert answer is not None
        assert answer.status == 200


@pytest.mark.server
@pytest.mark.extended
def test_a_new_host_needs_no_script(browser: Browser, fresh: Fresh) -> None:
    with new_host(browser, width=390, by_keyboard=False, language="en", script=False) as host:
        _connects(host, fresh, name="ada-plain", language="en")
        _finishes(host)
        answer = host.page.goto(host.page.locator("#link").input_value())
        assert answer is not None
        assert answer.status == 200


@pytest.mark.server
@pytest.mark.extended
def test_what_was_typed_before_the_browsers_zone_is_answered_stays(browser: Browser, fresh: Fresh) -> None:
    held: list[Route] = []
    with new_host(browser, width=390, by_keyboard=False, language="en") as host:
        page = host.page
        page.route("**/host/welcome?zone=*", lambda route: held.append(route))
        page.goto(fresh.invited("ada-slow@example.org", "en"))
        page.locator("main button.primary").click()
        page.wait_for_url("**/host")
        with page.expect_request("**/host/welcome?zone=*"):
            page.goto(f"{fresh.address}/host/welcome")
        page.locator("#slug").fill("ada-by-hand")
        page.locator("#slug").blur()
        with page.expect_response("**/host/welcome?zone=*"):
            held[0].continue_()
        page.locator("main").evaluate("() => new Promise(requestAnimationFrame)")
        assert page.locator("#slug").input_value() == "ada-by-hand"


def _connects(host: NewHost, fresh: Fresh, *, name: str, language: str) -> None:
    """From the mailed link to the hours."""
    host.page.goto(fresh.invited(f"{name}@example.org", language))
    host.read("/host/sign-in/*")
    host.press("main button.primary")
    host.read("/host")
    host.press("main a[href*='/host/welcome']")
    host.read("/host/welcome")
    host.type("#slug", name)
    host.press("main button.primary")
    host.read("/host/welcome/calendar")
    host.type("#address", fresh.server.url)
    host.type("#user", "ada")
    host.type("#password", "abcd-efgh-ijkl-mnop")
    host.press("main button.primary")
    host.read("/host/welcome/calendars")
    host.press("main button.primary")
    host.read("/host/welcome/trying")
    host.press("main a.btn.primary")
    host.read("/host/welcome/hours")


def _finishes(host: NewHost) -> None:
    host.press("main button.primary")
    host.read("/host/welcome/meeting")
    host.press("main button.primary")
    host.read("/host/welcome/done")
