"""Running statements that were put together beforehand.

Putting one together costs several times what the database takes to answer it, and so does what a session keeps of every
row. What each booking asks and writes is therefore a constant with parameters, and is run past the session: these
functions write what waits in the session first, and let nothing that it holds be older than what they wrote.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Executable
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")


def rows_of(session: Session, statement: SelectOfScalar[T], **values: object) -> Sequence[T]:
    """Of a statement that selects one table: each row with its columns by name. Setting one of them writes nothing."""
    return cast("Sequence[T]", run(session, statement, values).all())


def first_of(session: Session, statement: SelectOfScalar[T], **values: object) -> T | None:
    return cast("T | None", run(session, statement, values).first())


def one_of(session: Session, statement: SelectOfScalar[T], **values: object) -> T:
    """Raises NoResultFound."""
    return cast("T", run(session, statement, values).one())


def scalars_of(session: Session, statement: SelectOfScalar[T], **values: object) -> Sequence[T]:
    """Of a statement that selects one column."""
    return cast("Sequence[T]", run(session, statement, values).scalars().all())


def scalar_of(session: Session, statement: SelectOfScalar[T], **values: object) -> T | None:
    """The first of them; None where there is none."""
    return cast("T | None", run(session, statement, values).scalar())


def bare_rows_of(session: Session, statement: Executable, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
    """Of a statement whose columns are all `as_kept`: rows as the driver gives them, where many are read."""
    found = run(session, statement, values)
    rows: Sequence[Sequence[Any]] = found.cursor.fetchall()
    found.close()
    return rows


def run(session: Session, statement: Executable, values: Mapping[str, object]) -> CursorResult[*tuple[Any, ...]]:
    """For a statement that selects anything else."""
    session.flush()
    return session.connection().execute(statement, values)


def insert_of(dialect: str) -> Callable[[Any], Any]:
    """INSERT … ON CONFLICT as this dialect has it, which its engine has imported; the other need not be."""
    insert: Callable[[Any], Any] = import_module(f"sqlalchemy.dialects.{dialect}").insert
    return insert


def write(session: Session, statement: Executable, *values: Mapping[str, object], **more: object) -> int:
    """Run an INSERT, an UPDATE or a DELETE, once for each of these `values`; how many rows it met.

    An UPDATE without values of its own sets the columns that the parameters name.
    """
    session.flush()
    done = session.connection().execute(statement, [*values] if len(values) > 1 else {**dict(*values), **more})
    session.expire_all()
    return done.rowcount
