"""Locks by names of ours, held until the transaction ends. On SQLite they are nothing, as nobody decides beside another there."""

from collections.abc import Iterable

from sqlalchemy import TextClause, text
from sqlmodel import Session

from .statements import run

_TAKEN = "SELECT {}(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
_ALONE = text(_TAKEN.format("pg_advisory_xact_lock"))
_BESIDE_OTHERS = text(_TAKEN.format("pg_advisory_xact_lock_shared"))


def alone(session: Session, names: Iterable[str]) -> None:
    """Wait until nobody has any of these, and let nobody take one; in their order, so that two never wait for one another."""
    _take(session, _ALONE, names)


def beside(session: Session, names: Iterable[str]) -> None:
    """The same against who wants one alone; others may have them beside this one."""
    _take(session, _BESIDE_OTHERS, names)


def _take(session: Session, statement: TextClause, names: Iterable[str]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        run(session, statement, {"names": sorted(set(names))}).all()
