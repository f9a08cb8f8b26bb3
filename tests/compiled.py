"""Statements that one test put together serve all others of this process.

An engine keeps what it compiled, and each test opens one of its own: compiling the same statements anew took a tenth of the
time of all tests. What a compiled statement is bound to of its dialect is the same for all engines of one kind.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection, Engine, event

_AT_MOST = 5000


class CompiledStatements(OrderedDict[Hashable, Any]):
    """A compiled cache (SQLAlchemy: `compiled_cache`) whose keys name a dialect by its kind instead of by itself."""

    def get(self, key: Hashable, default: Any = None) -> Any:
        return super().get(_shared(key), default)

    def __getitem__(self, key: Hashable) -> Any:
        return super().__getitem__(_shared(key))

    def __setitem__(self, key: Hashable, compiled: Any) -> None:
        super().__setitem__(_shared(key), compiled)
        while len(self) > _AT_MOST:
            self.popitem(last=False)


def share() -> None:
    """From now on, for every engine of this process."""
    compiled = CompiledStatements()

    def use(connection: Connection) -> None:
        connection.execution_options(compiled_cache=compiled)

    event.listen(Engine, "engine_connect", use)


def _shared(key: Any) -> Hashable:
    dialect, *rest = key
    return (dialect.name, dialect.driver, *rest)
