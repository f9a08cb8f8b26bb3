"""The line of each key in a TOML file, for error messages."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

KeyPath = tuple[str | int, ...]


def lines_of(text: str) -> dict[KeyPath, int]:
    """Path of each table and key (array positions as numbers) → its line, from 1. `text` must be valid TOML.

    A statement is the shortest run of lines that is valid TOML by itself: a multi-line string or array is not before
    its end.
    """
    found: dict[KeyPath, int] = {}
    elements: Counter[KeyPath] = Counter()
    table: KeyPath = ()
    statement, begun = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        statement += f"{line}\n"
        tree = _parsed(statement)
        if tree is None:
            continue
        if statement.lstrip().startswith("["):
            table = _header(tree, elements)
            found.setdefault(table, begun)
        else:
            for path in _paths(tree):
                found.setdefault(_within(table, path), begun)
        statement, begun = "", number + 1
    return found


def line_of(lines: Mapping[KeyPath, int], place: KeyPath) -> int:
    """The line of `place`, or of the nearest table around it; 1 if there is none."""
    return next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), 1)


def _parsed(statement: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return None


def _header(tree: dict[str, Any], elements: Counter[KeyPath]) -> KeyPath:
    """The path of `[a.b]` or `[[a.b]]`; the name of an array means its latest element (TOML 1.0, "Array of Tables")."""
    place: KeyPath = ()
    while tree:
        ((name, inner),) = tree.items()
        place = (*place, name)
        if isinstance(inner, list):
            elements[place] += 1
            return (*place, elements[place] - 1)
        if elements[place]:
            place = (*place, elements[place] - 1)
        tree = inner
    return place


def _paths(value: object, above: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path in the value of one statement, outermost first."""
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for name, each in inner:
        yield (*above, name)
        yield from _paths(each, (*above, name))


def _within(table: KeyPath, path: KeyPath) -> KeyPath:
    return (*table, *path)
