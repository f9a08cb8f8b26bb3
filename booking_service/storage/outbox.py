"""The outbox: effects that wait to be performed. Written with the decision they follow, claimed by lease, never lost.

An effect has a key. Waking an existing key brings the effect forward instead of adding another one; a mail's key
contains its occasion for as long as that could come again, so that a mail is owed once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Executable, and_, bindparam, case, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from ..domain.freshness import CLOCKS_DIFFER
from ..telemetry.tracing import cause
from . import operations
from .prefixes import begins_with
from .statements import first_of, insert_of, run, write
from .tables.outbox import OutboxRow
from .types import UtcDateTime

NO_MAIL_LEAVES = "No mail leaves: "  # prefix of the error of mails that wait for the server
FOLLOW_UP = "follow-up"  # of this kind one receiver is told one thing at a time, however many are due
_CAUSE = "caused_by"  # the payload's key for the span that caused an effect, where traced
LEASE = timedelta(minutes=3)  # longer than any effect takes


@dataclass(frozen=True, slots=True)
class Claimed:
    """An effect taken by lease. `attempts`: including this one. `caused_by`: the causing span, where traced."""

    id: int
    key: str
    kind: str
    payload: dict[str, str]
    attempts: int
    version: int
    created_at: datetime
    caused_by: str | None = None


def wake(
    session: Session, key: str, *, kind: str, lane: str, payload: dict[str, str], due_at: datetime, now: datetime
) -> None:
    """Perform the effect at `due_at`, or earlier if it is due earlier; a finished one starts anew."""
    _woken(session, _fresh(key, kind=kind, lane=lane, payload=payload, due_at=due_at, now=now))


def wake_each(
    session: Session, payloads: Mapping[str, dict[str, str]], *, kind: str, due_at: datetime, now: datetime
) -> None:
    """As `wake` for several effects of a kind, by key, each in a lane of its own."""
    made = (_fresh(key, kind=kind, lane=key, payload=each, due_at=due_at, now=now) for key, each in payloads.items())
    _woken(session, *made)


def add_once(
    session: Session, key: str, *, kind: str, lane: str, payload: dict[str, str], due_at: datetime, now: datetime
) -> bool:
    """Add the effect unless its key was ever used. False: it was."""
    added = _added(session, key, kind=kind, lane=lane, payload=payload, due_at=due_at, now=now)
    if added:
        hasten(session, lane, due_at=due_at)
    return added


def hasten(session: Session, lane: str, *, due_at: datetime) -> None:
    """Make the next try of whatever waits in a lane due no later than what follows it."""
    write(session, _HASTEN, of_lane=lane, earlier=due_at)


def put_off(session: Session, lanes: str, *, until: datetime) -> None:
    """Postpone what waits, and is not being performed, in lanes with this prefix."""
    write(session, _PUT_OFF, lanes=lanes, later=until)


def claim(session: Session, *, now: datetime, kinds: Sequence[str] = (), lanes: str = "") -> Claimed | None:
    """Take the effect that has been due longest, for LEASE; None where there is none, or another worker was faster.

    `kinds`: only of these. `lanes`: only in lanes with this prefix. An effect waits while an older one of its lane is
    open. The claim is a compare-and-set on `attempts`, and so correct on both databases; a worker that dies lets its
    lease expire.
    """
    named: dict[str, object] = {**({"kinds": list(kinds)} if kinds else {}), **({"lanes": lanes} if lanes else {})}
    row = first_of(session, _due(of_kinds=bool(kinds), of_lanes=bool(lanes)), **_at(now), **named)
    if row is None or row.id is None:
        return None
    lease = {"attempts": row.attempts + 1, "leased_until": now + LEASE}
    if write(session, _CLAIM, of_id=row.id, before=row.attempts, **_at(now), **lease) != 1:
        return None  # another worker has it; the caller tries the next
    payload = dict(row.payload)
    caused_by = payload.pop(_CAUSE, None)
    return Claimed(row.id, row.key, row.kind, payload, row.attempts + 1, row.version, row.created_at, caused_by)


def repack(session: Session, claimed: Claimed, payload: dict[str, str]) -> None:
    """Change what an effect carries from now on."""
    write(session, _OF_ID, of_id=claimed.id, payload=payload)


def finish(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """The effect is done; if it was woken meanwhile, it is due again."""
    _settle(session, claimed, same={"done_at": now, "leased_until": None, "error": ""})


def postpone(session: Session, claimed: Claimed, *, until: datetime, error: str) -> None:
    _settle(session, claimed, same={"due_at": until, "leased_until": None, "error": error})


def defer(session: Session, claimed: Claimed, *, until: datetime, error: str) -> None:
    """As `postpone`, without counting an attempt, as it was not its turn yet."""
    tries = claimed.attempts - 1
    _settle(session, claimed, same={"due_at": until, "leased_until": None, "error": error, "attempts": tries})


def bury(session: Session, claimed: Claimed, *, now: datetime, error: str) -> None:
    """Give up on the effect. It stays visible until a person retries or drops it."""
    _settle(session, claimed, same={"dead_at": now, "leased_until": None, "error": error})


def settle_key(session: Session, key: str, *, again_at: datetime | None, error: str, now: datetime) -> None:
    """Close the effect, or make it due at `again_at`, whoever performed it just now.

    For effects that are woken only under a lock that the caller holds.
    """
    values = {"due_at": again_at, "error": error} if again_at else {"done_at": now, "error": ""}
    write(session, _OF_KEY, of_key=key, leased_until=None, **values)


def open_rows(session: Session) -> list[OutboxRow]:
    """Waiting and given-up effects, oldest first, for people to see."""
    return list(session.exec(_rows()))


def open_since(session: Session, key: str) -> datetime | None:
    """Since when the effect of this key waits; None where it does not."""
    return session.exec(select(OutboxRow.created_at).where(OutboxRow.key == key, *_open())).first()


def open_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Those of these keys that still wait."""
    return set(session.exec(select(OutboxRow.key).where(*_open(), col(OutboxRow.key).in_(keys))))


def count_open(session: Session, lanes: Collection[str]) -> int:
    """The number of effects waiting in these lanes."""
    return session.exec(select(func.count()).where(*_open(), col(OutboxRow.lane).in_(lanes))).one()


def open_row(session: Session, id: int) -> OutboxRow | None:
    """The effect of this id, if it waits or was given up."""
    return session.exec(_rows().where(OutboxRow.id == id)).first()


def dead_rows(session: Session, *, limit: int | None = None) -> list[OutboxRow]:
    """Effects that were given up, oldest first."""
    return list(session.exec(_rows().where(col(OutboxRow.dead_at).is_not(None)).limit(limit)))


def count_dead(session: Session) -> int:
    """The number of given-up effects that nobody has looked after."""
    return session.exec(
        select(func.count()).where(col(OutboxRow.dead_at).is_not(None), col(OutboxRow.done_at).is_(None))
    ).one()


def given_up(session: Session, *, but: str) -> tuple[int, datetime | None]:
    """As `count_dead` without keys of this prefix, and when the last of them was given up."""
    dead = (col(OutboxRow.dead_at).is_not(None), col(OutboxRow.done_at).is_(None), ~col(OutboxRow.key).startswith(but))
    return session.exec(select(func.count(), func.max(OutboxRow.dead_at)).where(*dead)).one()


def waiting_rows(session: Session, *, limit: int) -> list[OutboxRow]:
    """Waiting effects, in the order in which they are due."""
    due = select(OutboxRow).where(*_open()).order_by(col(OutboxRow.due_at), col(OutboxRow.id))
    return list(session.exec(due.limit(limit)))


def open_of(session: Session, *, lanes: str, keys: Sequence[str]) -> list[OutboxRow]:
    """Waiting and given-up effects in lanes with this prefix or of these keys."""
    return list(session.exec(_rows().where(or_(begins_with(col(OutboxRow.lane), lanes), col(OutboxRow.key).in_(keys)))))


def open_of_kind(session: Session, kind: str, *, limit: int | None = None) -> list[OutboxRow]:
    """Waiting and given-up effects of a kind, oldest first."""
    return list(session.exec(_rows().where(OutboxRow.kind == kind).limit(limit)))


def open_with_lane(session: Session, beginning: str) -> list[OutboxRow]:
    """Waiting and given-up effects in lanes with this prefix."""
    return list(session.exec(_rows().where(begins_with(col(OutboxRow.lane), beginning))))


def count_with_lane(session: Session, beginning: str) -> int:
    """The number of waiting and given-up effects in lanes with this prefix."""
    in_lanes = begins_with(col(OutboxRow.lane), beginning)
    return session.exec(select(func.count()).where(col(OutboxRow.done_at).is_(None), in_lanes)).one()


def backlog_of(session: Session, lanes: str) -> tuple[int, int, datetime | None]:
    """In lanes with this prefix: number waiting, number given up, and when the first waiting one is due."""
    alive, in_lanes = col(OutboxRow.dead_at).is_(None), begins_with(col(OutboxRow.lane), lanes)
    query = select(
        func.count().filter(alive), func.count().filter(~alive), func.min(col(OutboxRow.due_at)).filter(alive)
    )
    return session.exec(query.where(col(OutboxRow.done_at).is_(None), in_lanes)).one()


def has_failed(session: Session, lanes: str, *, kind: str) -> bool:
    """Whether an effect of this kind, in lanes with this prefix, waits after a failed try or behind another."""
    return run(session, _FAILED, {"lanes": lanes, "kind": kind}).first() is not None


def kept_back(session: Session, kinds: Collection[str]) -> bool:
    """Whether a mail of one of these kinds waits for the mail server, whatever its recipient."""
    waits = select(OutboxRow.id).where(*_open(), col(OutboxRow.kind).in_(kinds))
    return session.exec(waits.where(col(OutboxRow.error).startswith(NO_MAIL_LEAVES)).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is open. `oldest_due_at`: of waiting effects. `late`: those due before an instant.

    Both leave out follow-ups that wait for their turn while another one was told since that instant. `unsent`: mails
    that wait for the mail server.
    """

    waiting: int
    late: int
    unsent: int
    dead: int
    oldest_due_at: datetime | None


def backlog(session: Session, *, late_before: datetime) -> Backlog:
    """By two statements, however much there is."""
    alive = col(OutboxRow.dead_at).is_(None)
    told = aliased(OutboxRow)
    telling = exists().where(col(told.kind) == FOLLOW_UP, col(told.done_at) >= late_before)
    owed = alive, or_(col(OutboxRow.kind) != FOLLOW_UP, ~telling)
    waiting, late, dead, oldest = session.exec(
        select(
            func.count().filter(alive),
            func.count().filter(*owed, col(OutboxRow.due_at) < late_before),
            func.count().filter(~alive),
            func.min(col(OutboxRow.due_at)).filter(*owed),
        ).where(col(OutboxRow.done_at).is_(None))
    ).one()
    unsent = select(func.count()).where(*_open(), col(OutboxRow.error).startswith(NO_MAIL_LEAVES))
    return Backlog(waiting, late, session.exec(unsent).one(), dead, oldest)


def open_payloads(session: Session, kind: str) -> list[dict[str, str]]:
    """Payloads of all open effects of a kind."""
    return [
        dict(payload) for payload in session.exec(select(OutboxRow.payload).where(*_open(), OutboxRow.kind == kind))
    ]


def waiting(session: Session, kind: str, *, after: datetime) -> list[dict[str, str]]:
    """Payloads of the open effects of a kind that are due later than `after`."""
    rows = session.exec(select(OutboxRow.payload).where(*_open(), OutboxRow.kind == kind, OutboxRow.due_at > after))
    return [dict(payload) for payload in rows]


def next_due(session: Session) -> datetime | None:
    return session.exec(select(func.min(col(OutboxRow.due_at))).where(*_open())).one()


def retry(session: Session, id: int, *, now: datetime) -> bool:
    """Make a waiting or given-up effect due now. False: there is none with this id."""
    row = session.get(OutboxRow, id)
    if row is None or row.done_at is not None:
        return False
    row.due_at, row.dead_at, row.attempts, row.version = now, None, 0, row.version + 1
    session.add(row)
    return True


def retry_lanes(session: Session, lanes: str, *, now: datetime) -> int:
    """As `retry` for all in lanes with this prefix that are not being performed. Returns how many."""
    return write(session, _RETRY, lanes=lanes, **_at(now))


def due_after_clock_step(session: Session, *, retried: Collection[str], at_most: timedelta, now: datetime) -> None:
    """Make due what waits only because of a clock that was set back since.

    These are effects that were due at once when written, and retries (of events, and of the kinds `retried`), which
    wait at most `at_most`. What waits for a certain day goes on waiting.
    """
    ahead, tries = now + CLOCKS_DIFFER, ("publish", *retried)
    due_at, created_at, kind = col(OutboxRow.due_at), col(OutboxRow.created_at), col(OutboxRow.kind)
    written = created_at > ahead, or_(due_at <= created_at, kind.in_(tries))
    session.exec(update(OutboxRow).where(*_open(), due_at > ahead, *written).values(due_at=now, created_at=now))
    tried = kind.in_(tries), or_(kind == "publish", col(OutboxRow.attempts) > 0)
    session.exec(update(OutboxRow).where(*_open(), due_at > ahead + at_most, *tried).values(due_at=now))


def drop(session: Session, id: int, *, now: datetime) -> bool:
    """Give up a waiting or dead effect for good; it counts as done. False: there is none with this id."""
    row = session.get(OutboxRow, id)
    if row is None or row.done_at is not None:
        return False
    row.done_at, row.error, row.version = now, "dropped by hand", row.version + 1
    row.payload = {name: text for name, text in row.payload.items() if name != "sealed"}
    session.add(row)
    return True


def forget(session: Session, kinds: Collection[str], *, before: datetime, at_most: int) -> None:
    """Delete effects done before then, of kinds whose occasion never comes again; at most `at_most` at a time."""
    done = col(OutboxRow.kind).in_(kinds), col(OutboxRow.done_at) < before
    session.exec(delete(OutboxRow).where(col(OutboxRow.id).in_(select(OutboxRow.id).where(*done).limit(at_most))))


def _woken(session: Session, *rows: dict[str, object]) -> None:
    if rows:
        write(session, _wake(session.get_bind().dialect.name, traced=bool(cause())), *rows)


def _added(
    session: Session, key: str, *, kind: str, lane: str, payload: dict[str, str], due_at: datetime, now: datetime
) -> bool:
    """False: the key exists, possibly by another transaction, for which this one then waited."""
    row = _fresh(key, kind=kind, lane=lane, payload=payload, due_at=due_at, now=now)
    return run(session, _add(session.get_bind().dialect.name), row).first() is not None


def _fresh(
    key: str, *, kind: str, lane: str, payload: dict[str, str], due_at: datetime, now: datetime
) -> dict[str, object]:
    row = {"key": key, "kind": kind, "lane": lane, "payload": _traced(payload), "due_at": due_at, "created_at": now}
    return {**row, "version": 1, "attempts": 0, "error": ""}


def _traced(payload: dict[str, str]) -> dict[str, str]:
    """The payload with the current span, so that whoever performs the effect continues its trace."""
    here = cause()
    return {**payload, _CAUSE: here} if here else payload


def _settle(session: Session, claimed: Claimed, *, same: dict[str, object]) -> None:
    if write(session, _OF_CLAIM, of_id=claimed.id, of_version=claimed.version, **same) != 1:
        write(session, _OF_ID, of_id=claimed.id, leased_until=None)


def _rows() -> SelectOfScalar[OutboxRow]:
    """Open effects, oldest first. Ordered by id alone, SQLite would read all that was ever done."""
    return (
        select(OutboxRow).where(col(OutboxRow.done_at).is_(None)).order_by(col(OutboxRow.created_at), col(OutboxRow.id))
    )


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(OutboxRow.done_at).is_(None), col(OutboxRow.dead_at).is_(None))


def _unleased() -> ColumnElement[bool]:
    """Not leased. A lease longer than the maximum was taken by a clock that has been set back since."""
    until = col(OutboxRow.leased_until)
    return or_(until.is_(None), until <= bindparam("now"), until > bindparam("no_lease"))


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "no_lease": now + LEASE + CLOCKS_DIFFER}


@lru_cache
def _due(*, of_kinds: bool, of_lanes: bool) -> SelectOfScalar[OutboxRow]:
    """What may be claimed at `now`, the longest due first; only these `kinds`, only these `lanes`."""
    older = aliased(OutboxRow)
    blocked = exists().where(
        col(older.lane) == col(OutboxRow.lane),
        col(older.id) < col(OutboxRow.id),
        col(older.done_at).is_(None),
        col(older.dead_at).is_(None),
    )
    due = (
        select(OutboxRow)
        .where(*_open(), OutboxRow.due_at <= bindparam("now"), _unleased(), ~blocked, operations.no_restore())
        .order_by(col(OutboxRow.due_at), col(OutboxRow.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxRow)
    )
    if of_lanes:
        due = due.where(begins_with(col(OutboxRow.lane), bindparam("lanes")))
    return due.where(col(OutboxRow.kind).in_(bindparam("kinds", expanding=True))) if of_kinds else due


@lru_cache
def _wake(dialect: str, *, traced: bool) -> Executable:
    """Add the effect or wake the one of its key, in one statement. `traced`: its cause becomes what wakes it now."""
    added = insert_of(dialect)(OutboxRow)
    earlier = added.excluded.due_at
    again = {
        "due_at": case((and_(*_open(), col(OutboxRow.due_at) < earlier), col(OutboxRow.due_at)), else_=earlier),
        "done_at": None,
        "dead_at": None,
        "attempts": 0,
        "version": col(OutboxRow.version) + 1,
        "error": "",
    }
    last = {"payload": added.excluded.payload} if traced else {}
    woken: Executable = added.on_conflict_do_update(index_elements=["key"], set_=again | last)
    return woken


@lru_cache
def _add(dialect: str) -> Executable:
    """Add the effect unless its key exists; returns the id if it was added."""
    added = insert_of(dialect)(OutboxRow)
    new: Executable = added.on_conflict_do_nothing(index_elements=["key"]).returning(col(OutboxRow.id))
    return new


_EARLIER = bindparam("earlier", type_=UtcDateTime())
_OF_KEY = update(OutboxRow).where(col(OutboxRow.key) == bindparam("of_key"))
_OF_ID = update(OutboxRow).where(col(OutboxRow.id) == bindparam("of_id"))
_OF_CLAIM = _OF_ID.where(col(OutboxRow.version) == bindparam("of_version"))
_CLAIM = _OF_ID.where(col(OutboxRow.attempts) == bindparam("before"), _unleased())
_HASTEN = (
    update(OutboxRow)
    .where(col(OutboxRow.lane) == bindparam("of_lane"), col(OutboxRow.due_at) > _EARLIER, *_open())
    .values(due_at=_EARLIER)
)
_LATER = bindparam("later", type_=UtcDateTime())
_PUT_OFF = (
    update(OutboxRow)
    .where(begins_with(col(OutboxRow.lane), bindparam("lanes")), *_open())
    .where(col(OutboxRow.due_at) < _LATER, col(OutboxRow.leased_until).is_(None))
    .values(due_at=_LATER)
)
_RETRY = (
    update(OutboxRow)
    .where(begins_with(col(OutboxRow.lane), bindparam("lanes")), col(OutboxRow.done_at).is_(None), _unleased())
    .values(due_at=bindparam("now", type_=UtcDateTime()), dead_at=None, attempts=0, version=col(OutboxRow.version) + 1)
)
_FAILED = (
    select(OutboxRow.id)
    .where(*_open(), begins_with(col(OutboxRow.lane), bindparam("lanes")))
    .where(col(OutboxRow.kind) == bindparam("kind"), col(OutboxRow.error) != "")
    .limit(1)
)
