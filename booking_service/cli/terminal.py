"""Drawing on the terminal: tables, and progress bars for long commands."""

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ..domain.text import one_line
from .output import say, shown

SHOW_AFTER_S = 1.0
_WIDE = 10_000  # a table for a file or pipe is not cut to the screen's width


def say_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print rows under bold headings, or the sentence `empty` without any."""
    if not rows:
        return say(empty)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(columns))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(shown(cell))) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False).print(table)
    return None


def goes_into_file() -> bool:
    """Whether output goes into a file. On a screen the output itself shows progress, and so may a piped program."""
    return stat.S_ISREG(os.fstat(1).st_mode)


@contextmanager
def progress(what: str, *, total: int | None = None) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error after the first second, if a person watches. Call the yielded function after
    each step."""
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
