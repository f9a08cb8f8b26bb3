"""What commands draw: tables, and a progress bar once something takes its time."""

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
_WIDE = 10_000  # a table that goes into a file or a pipe is not cut to a screen


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


def goes_into_file() -> bool:
    """Whether what is printed does. On a screen it shows by itself how far a command is, and what it is piped to may show it there."""
    return stat.S_ISREG(os.fstat(1).st_mode)


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
