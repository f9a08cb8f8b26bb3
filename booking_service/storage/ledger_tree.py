"""The tree over all entries: entries waiting for a place, leaves, and heads."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import CursorResult, insert
from sqlmodel import Session, col, delete, func, select, update

from ..domain.chain import Frontier, leaf_hash
from .statements import run
from .tables.ledger import LedgerEntryRow, LedgerHeadRow, LedgerLeafRow, LedgerUnsealedRow
from .types import as_kept, kept_id

_SEALING = 0x6C656467  # a number of our own for pg_advisory_xact_lock
_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Head:
    """Size and root of the tree at an instant. `frontier`: what is needed to grow it."""

    size: int
    root: bytes
    frontier: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Stamped:
    """A head with the time-stamp server's raw response."""

    head: Head
    stamp: bytes


class Unsealed(NamedTuple):
    """An entry that waits for its place in the tree, and its act."""

    entry_id: UUID
    hash: bytes
    act: str


class Leaf(NamedTuple):
    """A place in the tree. `entry_hash`: of the entry that it refers to; None where that is missing."""

    position: int
    kept_entry_id: Any
    leaf: bytes
    entry_hash: bytes | None

    @property
    def entry_id(self) -> UUID:
        return kept_id(self.kept_entry_id)


def any_unsealed(session: Session) -> bool:
    return session.exec(select(LedgerUnsealedRow.entry_id).limit(1)).first() is not None


def one_sealer(session: Session) -> None:
    """Let nobody else assign places until the transaction ends. Does nothing on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_advisory_xact_lock(_SEALING))).one()


def unsealed(session: Session, *, limit: int) -> list[Unsealed]:
    """Waiting entries by id. Not just those above the last sealed id: an entry with a lower id may be committed
    later."""
    rows = session.exec(
        select(LedgerUnsealedRow.entry_id, LedgerEntryRow.hash, LedgerEntryRow.act)
        .join(LedgerEntryRow, col(LedgerEntryRow.id) == col(LedgerUnsealedRow.entry_id))
        .order_by(col(LedgerUnsealedRow.entry_id))
        .limit(limit)
    )
    return [Unsealed(*row) for row in rows]


def latest_head(session: Session) -> Head | None:
    row = session.exec(select(LedgerHeadRow).order_by(col(LedgerHeadRow.size).desc()).limit(1)).first()
    return Head(row.size, row.root, row.frontier, row.at) if row else None


def count_entries(session: Session) -> int:
    """How many entries there are, at the cost of counting those without a place. It never shrinks."""
    placed = select(func.coalesce(func.max(col(LedgerHeadRow.size)), 0)).scalar_subquery()
    waiting = select(func.count()).select_from(LedgerUnsealedRow).scalar_subquery()
    return int(session.exec(select(placed + waiting)).one())


def stamp(session: Session, size: int, stamp: bytes) -> bool:
    """Store a time stamp with the head of this size. False: it has one already, which never changes."""
    bare = (col(LedgerHeadRow.size) == size, col(LedgerHeadRow.anchor).is_(None))
    done = session.exec(update(LedgerHeadRow).where(*bare).values(anchor=stamp))
    return cast("CursorResult[object]", done).rowcount == 1


def latest_stamp(session: Session) -> Stamped | None:
    """The largest head with a time stamp."""
    stamped = select(LedgerHeadRow).where(col(LedgerHeadRow.anchor).is_not(None))
    row = session.exec(stamped.order_by(col(LedgerHeadRow.size).desc()).limit(1)).first()
    return _stamped(row) if row else None


def every_stamp(session: Session) -> Iterator[Stamped]:
    stamped = select(LedgerHeadRow).where(col(LedgerHeadRow.anchor).is_not(None)).order_by(col(LedgerHeadRow.size))
    for row in session.exec(stamped.execution_options(yield_per=_BATCH)):
        yield _stamped(row)


def _stamped(row: LedgerHeadRow) -> Stamped:
    return Stamped(Head(row.size, row.root, row.frontier, row.at), row.anchor or b"")


def grow(session: Session, new: Sequence[Unsealed], *, now: datetime) -> Head:
    """Give each entry its place at the end of the tree, and store the head."""
    last = latest_head(session)
    before = Frontier.read(last.size, last.frontier) if last else Frontier()
    leaves = [leaf_hash(each.hash) for each in new]
    after = before.plus(leaves)
    session.execute(
        insert(LedgerLeafRow),
        [
            {"position": before.size + at, "entry_id": each.entry_id, "leaf": leaf}
            for at, (each, leaf) in enumerate(zip(new, leaves, strict=True))
        ],
    )
    head = Head(after.size, after.root, after.stored, now)
    session.execute(
        insert(LedgerHeadRow).values(size=head.size, root=head.root, frontier=head.frontier, at=head.at, anchor=None)
    )
    for at in range(0, len(new), 500):  # the number of values in one statement is limited
        ids = [each.entry_id for each in new[at : at + 500]]
        session.exec(delete(LedgerUnsealedRow).where(col(LedgerUnsealedRow.entry_id).in_(ids)))
    return head


def from_place(session: Session, place: int, acts: Collection[str]) -> list[UUID]:
    """The entries from this place on that have one of these acts, in order."""
    query = select(LedgerLeafRow.entry_id).join(LedgerEntryRow, col(LedgerEntryRow.id) == col(LedgerLeafRow.entry_id))
    theirs = query.where(LedgerLeafRow.position >= place, col(LedgerEntryRow.act).in_(acts))
    return list(session.exec(theirs.order_by(col(LedgerLeafRow.position))))


def every_leaf(session: Session) -> Iterator[Leaf]:
    """All leaves in order, few in memory at a time."""
    query = (
        select(*map(as_kept, (LedgerLeafRow.position, LedgerLeafRow.entry_id, LedgerLeafRow.leaf, LedgerEntryRow.hash)))
        .outerjoin(LedgerEntryRow, col(LedgerEntryRow.id) == col(LedgerLeafRow.entry_id))
        .order_by(col(LedgerLeafRow.position))
    )
    for row in run(session, query.execution_options(yield_per=_BATCH), {}):
        yield Leaf(*row)


def places(session: Session, entries: Collection[UUID]) -> dict[UUID, int]:
    """The positions of these entries in the tree, without waiting ones."""
    query = select(LedgerLeafRow.entry_id, LedgerLeafRow.position)
    return dict(session.exec(query.where(col(LedgerLeafRow.entry_id).in_(entries))).all())


def leaves(session: Session, *, below: int) -> list[bytes]:
    """The leaves of the tree of this size, in order."""
    query = select(as_kept(LedgerLeafRow.leaf)).where(LedgerLeafRow.position < below)
    rows = run(session, query.order_by(col(LedgerLeafRow.position)).execution_options(yield_per=_BATCH), {})
    return [leaf for (leaf,) in rows]


def every_head(session: Session) -> Iterator[Head]:
    """All heads, smallest first."""
    query = select(LedgerHeadRow.size, LedgerHeadRow.root, LedgerHeadRow.frontier, LedgerHeadRow.at)
    for row in session.execute(query.order_by(col(LedgerHeadRow.size)).execution_options(yield_per=_BATCH)):
        yield Head(*row)


def without_place(session: Session) -> UUID | None:
    """An entry that neither is in the tree nor waits for a place; None where all are right."""
    lost = (
        select(LedgerEntryRow.id)
        .outerjoin(LedgerLeafRow, col(LedgerLeafRow.entry_id) == col(LedgerEntryRow.id))
        .outerjoin(LedgerUnsealedRow, col(LedgerUnsealedRow.entry_id) == col(LedgerEntryRow.id))
        .where(col(LedgerLeafRow.entry_id).is_(None), col(LedgerUnsealedRow.entry_id).is_(None))
    )
    return session.exec(lost.order_by(col(LedgerEntryRow.id)).limit(1)).first()


def oldest_unsealed(session: Session) -> tuple[UUID, datetime] | None:
    """The longest waiting entry, and since when it waits."""
    row = session.exec(
        select(LedgerUnsealedRow.entry_id, LedgerEntryRow.at)
        .join(LedgerEntryRow, col(LedgerEntryRow.id) == col(LedgerUnsealedRow.entry_id))
        .order_by(col(LedgerEntryRow.at))
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None
