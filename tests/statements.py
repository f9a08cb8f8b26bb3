"""The SQL that something costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Each statement that is run meanwhile with its values, but for the beginnings of transactions."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def committed(engine: Engine) -> Iterator[list[int]]:
    """The transactions that came to their end meanwhile; reading alone is none."""
    seen: list[int] = []

    def commits(_connection: object) -> None:
        seen.append(len(seen))

    event.listen(engine, "commit", commits)
    try:
        yield seen
    finally:
        event.remove(engine, "commit", commits)
