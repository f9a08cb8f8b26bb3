"""Running prepared statements without the session's bookkeeping.

Building a statement costs several times what the database needs to answer it, and so does the session's bookkeeping of
each row. What every booking reads and writes is therefore a constant with parameters. These functions first flush what
the session holds, and expire what it holds of the tables they write.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, CursorResult, Dialect, Executable, Insert, case
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")


def rows_of(session: Session, statement: SelectOfScalar[T], **values: object) -> Sequence[T]:
    """The rows of a statement that selects one table, with columns by name. Setting an attribute writes nothing."""
    return cast("Sequence[T]", run(session, statement, values).all())


def first_of(session: Session, statement: SelectOfScalar[T], **values: object) -> T | None:
    return cast("T | None", run(session, statement, values).first())


def one_of(session: Session, statement: SelectOfScalar[T], **values: object) -> T:
    """The only row. Raises NoResultFound: there is none."""
    return cast("T", run(session, statement, values).one())


def scalars_of(session: Session, statement: SelectOfScalar[T], **values: object) -> Sequence[T]:
    """The values of a statement that selects one column."""
    return cast("Sequence[T]", run(session, statement, values).scalars().all())


def scalar_of(session: Session, statement: SelectOfScalar[T], **values: object) -> T | None:
    """The first value; None where there is none."""
    return cast("T | None", run(session, statement, values).scalar())


def bare_rows_of(session: Session, statement: Executable, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
    """The driver's rows of a statement whose columns are all `as_kept`, for reading many."""
    found = run(session, statement, values)
    rows: Sequence[Sequence[Any]] = found.cursor.fetchall()
    found.close()
    return rows


def run(session: Session, statement: Executable, values: Mapping[str, object]) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement that selects anything else."""
    session.flush()
    return session.connection().execute(statement, values)


def past_indexes(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same condition, written so that no index is used for it.

    SQLite would use one that most rows match, and sort them, rather than the index that has them in order.
    """
    return case((condition, 1), else_=0) == 1


def insert_of(dialect: str) -> Callable[[Any], Any]:
    """The dialect's INSERT with ON CONFLICT. Its engine has imported it; the other dialect need not be installed."""
    insert: Callable[[Any], Any] = import_module(f"sqlalchemy.dialects.{dialect}").insert
    return insert


def write(session: Session, statement: Executable, *values: Mapping[str, object], **more: object) -> int:
    """Run an INSERT, UPDATE or DELETE, once for each of these `values`. Returns the number of rows concerned.

    An UPDATE without values sets the columns named by the parameters.
    """
    session.flush()
    done = session.connection().execute(statement, [*values] if len(values) > 1 else {**dict(*values), **more})
    session.expire_all()
    return done.rowcount


def insert_bare(session: Session, statement: Insert, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Insert many rows of these columns, whose values are as the driver takes them (`bare_id`, `bare_instant`).

    Giving each value its type costs several times what the database needs for the row.
    """
    session.flush()
    connection = session.connection()
    text, is_by_place = _as_text(statement, tuple(names), connection.dialect)
    values: Any = [*rows] if is_by_place else [dict(zip(names, row, strict=True)) for row in rows]
    connection.exec_driver_sql(text, values)
    session.expire_all()


@lru_cache(maxsize=16)
def _as_text(statement: Insert, names: tuple[str, ...], dialect: Dialect) -> tuple[str, bool]:
    """The statement as the driver takes it, and whether it takes values by their place instead of by name."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    by_place = compiled.positiontup
    if by_place is not None and tuple(by_place) != names:
        raise ValueError(f"the columns are in the order of the table: {by_place}")
    return compiled.string, by_place is not None
