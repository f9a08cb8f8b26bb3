"""Output of commands: lines for people, JSON for programs."""

import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from ..config.notation import show_duration
from ..domain.text import several_lines

T = TypeVar("T")


def say(text: str, *, indent: int = 0, flush: bool = False) -> None:
    """Print lines on standard output, without terminal control sequences."""
    print(textwrap.indent(several_lines(text), " " * indent), flush=flush)


def say_file(text: str) -> None:
    """Print a whole file on standard output, unchanged."""
    print(text, end="")


def complain(text: str) -> None:
    """Print a sentence on standard error."""
    print(several_lines(text), file=sys.stderr)


def first_of(found: Sequence[T], limit: int) -> list[T]:
    """The first `limit` lines of a list that was read with one more; says on standard error where there are more."""
    if len(found) > limit:
        complain(f"There are more than these {limit}: --limit says how many are listed.")
    return list(found[:limit])


def say_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def tell(sentence: str, *, as_json: bool, **facts: object) -> None:
    """Print what a command did: a sentence, or its facts as JSON."""
    if as_json:
        return say_json(facts)
    return say(sentence)


def shown(value: object) -> str:
    """A table's cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S} UTC"
        case timedelta():
            return show_duration(value)
        case _:
            return str(value)


def _plain(value: object) -> object:
    """A value that JSON has no type for."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return show_duration(value)
        case Enum():
            return value.value
        case UUID() | Path():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return asdict(value)
        case _:
            return str(value)
