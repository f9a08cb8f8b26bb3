"""Texts that begin with something, looked up by the index on both databases.

SQLite uses none for LIKE, which takes capitals and small letters as one there. PostgreSQL uses one that compares letter by letter
(`varchar_pattern_ops`) and no other, as its order is that of a language.
"""

from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class BeginsWith(GenericFunction[bool]):
    """A column, how it is to begin, and the same as a LIKE."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> "BeginsWith":
        """As it is: compared with true, as SQLite wants of a function, no index would be used."""
        return self


def begins_with(column: Any, beginning: str | BindParameter[str]) -> ColumnElement[bool]:
    """A parameter's value must have neither % nor _ nor / in it: the keys of ours have none."""
    return BeginsWith(column, beginning, column.startswith(beginning, autoescape=isinstance(beginning, str)))


@compiles(BeginsWith, "sqlite")
def _between(element: BeginsWith, compiler: SQLCompiler, **options: Any) -> str:
    """No letter comes behind the last one of Unicode, so that all that begins so lies before it."""
    column, beginning, _ = (compiler.process(each, **options) for each in element.clauses)
    return f"({column} >= {beginning} AND {column} < {beginning} || char(1114111))"


@compiles(BeginsWith, "postgresql")
def _like(element: BeginsWith, compiler: SQLCompiler, **options: Any) -> str:
    *_, like = element.clauses
    return f"({compiler.process(like, **options)})"
