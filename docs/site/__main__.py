"""Builds one HTML folder of everything that is written for people, to be opened from the disk, and searched there.

`python -m docs.site FOLDER`; the extra `docs` has the builder. Each page keeps its place among the others in a copy, so that
the links that work in the repository work in the folder. A link that leads nowhere ends it with 1, as does anything that
would be fetched from another site while a page is read.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("mkdocs.yml")
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|embed)\b[^>]*\bsrc=["']?(?:https?:)?//|<link\b[^>]*href=["']?(?:https?:)?//"""
)


def main(argv: Sequence[str]) -> int:
    parser = ArgumentParser(prog="python -m docs.site", description="Build the pages of docs/ as one HTML folder.")
    parser.add_argument("folder", type=Path, help="where to; it must not be there yet")
    folder: Path = parser.parse_args(argv).folder
    if folder.exists():
        parser.error(f"{folder} is there already")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        _copy(place / "written")
        shutil.copy(CONFIG, place)
        code = subprocess.call(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(place / CONFIG.name)],
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},  # a notice of its makers that has no bearing on these pages
        )
        if code:
            return code
        fetching = sorted(str(page.relative_to(place / "built")) for page in _fetching(place / "built"))
        if fetching:
            print("These pages would ask another site:", *fetching, file=sys.stderr)
            return 1
        shutil.copytree(place / "built", folder)
    print(f"Open {folder / 'docs' / 'index.html'}")
    return 0


def _copy(written: Path) -> None:
    """The pages at the top and their folders, without what Python leaves beside its files."""
    written.mkdir()
    for page in (*ROOT.glob("*.md"), ROOT / "LICENSE"):
        shutil.copy(page, written)
    for folder in ("docs", "deploy"):
        shutil.copytree(ROOT / folder, written / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def _fetching(built: Path) -> Iterator[Path]:
    """A link that a reader may follow is none of these."""
    for page in built.rglob("*.html"):
        if _FETCHED.search(page.read_text(encoding="utf-8")):
            yield page


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
