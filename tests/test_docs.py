"""What is written for people who use it is true: commands run, links lead somewhere, settings exist."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from booking_service.cli.commands import TABLE
from booking_service.config.sources import load
from tests.cli.command import Command, command  # noqa: F401 - a fixture
from tests.e2e.pictures import FOLDER, MOST_BYTES, PICTURES
from tests.world import world

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "deploy" / "README.md"],
    key=lambda path: path.as_posix(),
)
WRITTEN = [path for path in PAGES if path.name not in ("CHANGELOG.md", "CONTRIBUTING.md")]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
STAYING = {"serve", "worker", "demo", "test"}
ELSEWHERE = {"apply", "setup"}  # need a file that the page has people edit in between
HOSTS = ("https://account.apple.com/",)


def blocks(path: Path, kind: str) -> Iterator[str]:
    yield from (text for found, text in BLOCK.findall(path.read_text(encoding="utf-8")) if found == kind)


def commands(path: Path) -> list[list[str]]:
    """The words after `booking-service` of each line that a page has people type."""
    lines = [line for text in blocks(path, "sh") for line in text.splitlines()]
    split = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in split if words[:1] == ["booking-service"]]


def named(path: Path) -> list[list[str]]:
    """Commands that stand in the text, as far as they are words of ours."""
    found = re.findall(r"`booking-service ([a-z][a-z -]*)", path.read_text(encoding="utf-8"))
    return [text.split() for text in found]


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        parts = urlsplit(link)
        if parts.scheme:
            assert link.startswith(HOSTS), f"{link}: name its site in HOSTS"
            continue
        file = path.parent / parts.path if parts.path else path
        assert file.exists(), link
        assert not parts.fragment or parts.fragment in anchors(file), link


def test_each_picture_is_shown_where_it_helps_and_made_by_the_script() -> None:
    shown = [
        (says, (page.parent / file).resolve())
        for page in PAGES
        for says, file in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    ]
    made = {FOLDER / f"{name}.webp" for name in PICTURES}
    assert {file for _, file in shown} == made == set(FOLDER.iterdir())
    assert all(len(says) > 20 for says, _ in shown)
    assert [file.name for file in made if file.stat().st_size > MOST_BYTES] == []


def test_every_page_is_reached_from_the_first() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = (urlsplit(link) for link in LINK.findall(page.read_text(encoding="utf-8")))
        waiting += [page.parent / link.path for link in links if link.path and not link.scheme]
    assert [path for path in PAGES if path.resolve() not in reached] == []


def test_every_command_that_a_page_shows_runs(command: Command, tmp_path: Path) -> None:  # noqa: F811
    """In one directory with a host; wrong use ends with 2. What stays is asked for its help only."""
    with world(tmp_path):
        pass
    ran: list[list[str]] = []
    for path in WRITTEN:
        for words in commands(path):
            if words in ran:
                continue
            ran.append(words)
            if words[0] in STAYING | ELSEWHERE or words[:2] == ["config", "init"]:
                words = [words[0], "--help"]
            if "DL-12AB34" in words:  # a wish that nobody had here
                words = [*words[:2], "--help"]
            ended = command(*words, BOOKING_SMTP__PORT="1", BOOKING_SMTP__HOST="127.0.0.1")
            assert ended.code in (0, 1), f"{path.name}: {words}: {ended.err}"
            assert "Traceback" not in ended.err
    assert len(ran) > 20


def test_every_command_that_a_page_names_exists() -> None:
    for path in WRITTEN:
        for words in named(path):
            assert words[0] in TABLE, f"{path.name}: {words}"


def test_the_built_pages_have_their_search_and_fonts_from_their_own_folder() -> None:
    """A builder that found no shim of this name in the settings would put one of another site into each page."""
    settings = yaml.safe_load((ROOT / "docs" / "site" / "mkdocs.yml").read_text(encoding="utf-8"))
    shims = settings["extra"]["polyfills"]
    assert [shim for shim in shims if "iframe-worker" in shim] == shims != []
    assert all((ROOT / shim).is_file() for shim in shims)
    assert settings["theme"]["font"] is False


def test_every_setting_that_a_page_shows_exists(tmp_path: Path) -> None:
    for path in WRITTEN:
        for text in blocks(path, "toml"):
            tomllib.loads(text)
            file = tmp_path / "booking.toml"
            file.write_text(text, encoding="utf-8")
            load(env={}, cwd=tmp_path, config_file=file)
