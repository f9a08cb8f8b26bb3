"""Finding texts by prefix, using the index on both databases.

SQLite uses no index for LIKE, which ignores case there. PostgreSQL uses one only with `varchar_pattern_ops`, as its
usual order depends on the locale.
"""

from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class BeginsWith(GenericFunction[bool]):
    """Whether a column begins with a text; the arguments are the column, the text, and the text as a LIKE pattern."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "BeginsWith":
        """Unchanged: compared with true, as SQLite would have it, no index would be used."""
        return self


def begins_with(column: Any, beginning: str | BindParameter[str]) -> ColumnElement[bool]:
    """Whether a column begins so. A parameter's value must not contain %, _ or /, which our keys don't."""
    return BeginsWith(column, beginning, column.startswith(beginning, autoescape=isinstance(beginning, str)))


@compiles(BeginsWith, "sqlite")
def _between(element: BeginsWith, compiler: SQLCompiler, **options: Any) -> str:
    """As a range: everything with the prefix sorts before the prefix and the last Unicode character."""
    column, beginning, _ = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} >= {beginning} AND {column} < {beginning} || char(1114111))"


@compiles(BeginsWith, "postgresql")
def _like(element: BeginsWith, compiler: SQLCompiler, **options: Any) -> str:
    *_, like = element.clauses
    return f"({compiler.process(like, **options)})"
