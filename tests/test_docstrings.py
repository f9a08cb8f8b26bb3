"""Docstrings keep the form that CONTRIBUTING asks for, and the exceptions and files that they name exist."""

import ast
import builtins
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATHS = sorted(path for package in ("booking_service", "calendars") for path in (ROOT / package).rglob("*.py"))
NODES = [(path, node) for path in PATHS for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
DOCSTRINGS = {
    f"{path.relative_to(ROOT)}:{node.body[0].lineno}": text
    for path, node in NODES
    if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node))
}

SENTENCE_END = re.compile(r"[.:;?!…](\s|$)")
ADDRESS = re.compile(r"((GET|POST) )?(/|…)")  # the docstring of a page may be its address alone
RAISES = re.compile(r"\bRaises (what `|`?\w+(?:(?:,|,? and|;) [A-Z_]\w+)*)")
FOREIGN = {"HTTPError", "NoResultFound", "RemoteProtocolError"}  # of httpx2, SQLAlchemy, h11
FILE = re.compile(r"\b[\w/]+\.py\b")


def test_the_first_sentence_of_a_docstring_stands_on_one_line() -> None:
    """Editors and `help` show that line alone."""
    first = {place: text.splitlines()[0] for place, text in DOCSTRINGS.items()}
    broken = {place: line for place, line in first.items() if not SENTENCE_END.search(line)}
    assert {place: line for place, line in broken.items() if not ADDRESS.match(line)} == {}


def test_what_a_docstring_says_is_raised_is_an_exception() -> None:
    """Or nothing, or what a function or parameter between backticks raises."""
    defined = {node.name for _, node in NODES if isinstance(node, ast.ClassDef)}
    imported = {alias.name for _, node in NODES if isinstance(node, ast.ImportFrom) for alias in node.names}
    known = defined | imported | set(dir(builtins)) | FOREIGN | {"nothing"}
    said = [(place, list_) for place, text in DOCSTRINGS.items() for list_ in RAISES.findall(" ".join(text.split()))]
    names = {(place, name) for place, list_ in said if "`" not in list_ for name in re.findall(r"\w+", list_)}
    assert {(place, name) for place, name in names if name not in known | {"and"}} == set()


def test_files_that_a_docstring_names_exist() -> None:
    files = [f"/{path.relative_to(ROOT).as_posix()}" for path in ROOT.rglob("*.py")]
    named = {(place, name) for place, text in DOCSTRINGS.items() for name in FILE.findall(text)}
    assert {(place, name) for place, name in named if not any(file.endswith(f"/{name}") for file in files)} == set()
