"""The documentation as one folder: a word typed into its search leads to the page, from the disk and from a web server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.extended

ROOT = Path(__file__).resolve().parents[2]
FIRST = "docs/index.html"


def build(folder: Path, *, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "docs.site", str(folder)], cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "built"
    ended = build(folder)
    assert ended.returncode == 0, ended.stderr
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def find(browser: Browser, base: str) -> None:
    """Types a word that stands on one page of several, and follows the answer."""
    page = browser.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{base}/{FIRST}")
    field = page.get_by_role("textbox", name="Search")
    field.click()
    field.press_sequentially("transaction pooler", delay=30)
    expect(field).to_have_value("transaction pooler")
    page.locator(".md-search-result a[href*='scaling.html']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("From one machine to several")
    assert asked
    assert [address for address in asked if not address.startswith((f"{base}/", "data:"))] == []
    assert complaints == []
    page.close()


def test_a_word_typed_into_the_search_leads_to_its_page_from_the_disk(built: Path, browser: Browser) -> None:
    find(browser, built.as_uri())


def test_a_word_typed_into_the_search_leads_to_its_page_from_a_web_server(built: Path, browser: Browser) -> None:
    with served(built) as base:
        find(browser, base)


def test_a_link_that_leads_nowhere_ends_the_building(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    copy.mkdir()
    for name in ("docs", "deploy"):
        shutil.copytree(ROOT / name, copy / name)
    shutil.copy(ROOT / "LICENSE", copy)
    (copy / "README.md").write_text("[gone](docs/hosts.md#no-such-heading)\n", encoding="utf-8")
    assert build(tmp_path / "built", cwd=copy).returncode != 0
    assert not (tmp_path / "built").exists()
