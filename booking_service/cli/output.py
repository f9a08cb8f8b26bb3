"""What commands print: lines and tables for people, JSON for programs, a progress bar once something takes its time."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from threading import Timer
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ..config.notation import show_duration
from ..domain.text import one_line, several_lines

SHOW_AFTER_S = 1.0
_WIDE = 10_000  # a table that goes into a file or a pipe is not cut to a screen


def say(text: str, *, indent: int = 0, flush: bool = False) -> None:
    """A line or several on standard output, without anything that a terminal would obey."""
    print(textwrap.indent(several_lines(text), " " * indent), flush=flush)


def say_file(text: str) -> None:
    """A whole file, to the byte, on standard output."""
    print(text, end="")


def complain(text: str) -> None:
    """A sentence on standard error."""
    print(several_lines(text), file=sys.stderr)


def say_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Rows under bold headings, or the sentence `empty` where there are none."""
    if not rows:
        return say(empty)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(shown(cell))) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False).print(table)
    return None


def shown(value: object) -> str:
    """A cell of a table."""
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


@contextmanager
def progress(what: str, *, total: int | None = None) -> Iterator[Callable[[], None]]:
    """A bar on standard error from the first second on, if a person watches. Call what it yields after each step."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(what, total=total)
    timer = Timer(SHOW_AFTER_S, bar.start)
    timer.daemon = True
    if bar.console.is_terminal:
        timer.start()
    try:
        yield lambda: bar.advance(task)
    finally:
        timer.cancel()
        if bar.live.is_started:
            bar.stop()


def _plain(value: object) -> object:
    """What JSON has no word for."""
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
