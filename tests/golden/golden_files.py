"""Golden files: what must not change unless somebody means it, with what differs from run to run made the same."""

import difflib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "files"
HOW = "If it is meant: python -m pytest tests/golden --renew-golden, and read what git shows."
_FOLDED = re.compile(r"(?<=/host/bookings/)([0-9a-f-]*)\r\n ([0-9a-f-]*)")
_VOLATILE = (
    ("token", re.compile(r"(?<=/[cmxgsa]/)[\w-]{20,}")),
    ("sign-in", re.compile(r"(?<=/sign-in/)[\w-]{43}")),
    ("session", re.compile(r"(?<=sid=)[\w-]{43}")),
    ("known", re.compile(r"(?<=known=)[\w-]{43}")),
    ("id", re.compile(r"(?<=/b/)[\w-]{22}")),
    ("uuid", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("reference", re.compile(r"^[0-9a-f]{8}$|(?<=<dd>)[0-9a-f]{8}(?=</dd>)", re.MULTILINE)),
    ("key", re.compile(r'(?<=name="form_key" value=")[^"]+|(?<=;form_key=)[\w-]+')),
    ("etag", re.compile(r'(?<=^etag: ")[0-9a-f]{32}', re.MULTILINE)),
    ("message", re.compile(r"(?<=<)[0-9a-f]{40}(?=@)")),
    ("version", re.compile(r"(?<=\?v=)[0-9a-f]{12}")),
    ("request", re.compile(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b")),
    ("code", re.compile(r"(?<![\w#&/])[0-9]{6}\b")),
)


def calm(text: str) -> str:
    """`text` with tokens, ids and codes replaced by their kind and the order in which they appear. What is folded at an id in an
    address (RFC 5545 §3.1) is put together first."""
    text = _FOLDED.sub(r"\1\2", text)
    for kind, pattern in _VOLATILE:
        seen: dict[str, str] = {}
        text = pattern.sub(lambda m, k=kind, s=seen: s.setdefault(m[0], f"{{{k} {len(s) + 1}}}"), text)  # type: ignore[misc]
    return text.replace("\r\n", "\n").rstrip() + "\n"


def compare(family: str, found: Mapping[str, str], *, renew: bool) -> None:
    """Fail with a diff unless the family's files are exactly `found`. `renew`: write them instead."""
    folder = FOLDER / family
    if renew:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
        return
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} if folder.exists() else {}
    differing = sorted(name for name in kept.keys() | found.keys() if kept.get(name) != found.get(name))
    shown = "\n".join(_difference(name, kept.get(name, ""), found.get(name, "")) for name in differing[:3])
    assert not differing, f"{len(differing)} of {family} changed: {', '.join(differing)}\n{shown}\n{HOW}"


def _difference(name: str, before: str, after: str) -> str:
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=1))
