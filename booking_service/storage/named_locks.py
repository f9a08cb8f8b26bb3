"""Locks by name, held until the transaction ends. They do nothing on SQLite, which has one writer at a time."""

from collections.abc import Iterable

from sqlalchemy import TextClause, text
from sqlmodel import Session

from .statements import run

_TAKEN = "SELECT {}(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
_ALONE = text(_TAKEN.format("pg_advisory_xact_lock"))
_BESIDE_OTHERS = text(_TAKEN.format("pg_advisory_xact_lock_shared"))


def alone(session: Session, names: Iterable[str]) -> None:
    """Take these locks exclusively, in the order of their names, so that there is no deadlock."""
    _take(session, _ALONE, names)


def beside(session: Session, names: Iterable[str]) -> None:
    """Take these locks shared: they exclude only `alone`."""
    _take(session, _BESIDE_OTHERS, names)


def _take(session: Session, statement: TextClause, names: Iterable[str]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        run(session, statement, {"names": sorted(set(names))}).all()
