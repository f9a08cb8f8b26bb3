"""Effects that wait to be performed: written with the decision they follow from, claimed by lease, never lost.

An effect has a key. Waking a key that is there already brings it forward rather than doubling it, and a mail's key
holds its occasion as long as that could come again, so that it is owed once.
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
from ..tracing import cause
from .prefixes import begins_with
from .statements import first_of, insert_of, run, write
from .tables.outbox import OutboxRow
from .types import UtcDateTime

NO_MAIL_LEAVES = "No mail leaves: "  # begins the error of a mail that waits for the mail server, whoever it is to
FOLLOW_UP = "follow-up"  # the kind of which one after the other is told to the same receiver, however many are due
_CAUSE = "caused_by"  # beside what an effect needs, where its cause is traced
LEASE = timedelta(minutes=3)  # longer than any single effect can take


@dataclass(frozen=True, slots=True)
class Claimed:
    """An effect taken by lease. `attempts` counts this one; `caused_by` names the span it follows from, where one is traced."""

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
    """Let the effect be performed at `due_at`, or earlier if it was due earlier; it starts anew if it was over."""
    _woken(session, _fresh(key, kind=kind, lane=lane, payload=payload, due_at=due_at, now=now))


def wake_each(
    session: Session, payloads: Mapping[str, dict[str, str]], *, kind: str, due_at: datetime, now: datetime
) -> None:
    """The same of several effects of a kind, by their keys, each in a lane of its own."""
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
    """What waits in a lane for its next try must not keep what comes after it waiting longer than that is due."""
    write(session, _HASTEN, of_lane=lane, earlier=due_at)


def put_off(session: Session, lanes: str, *, until: datetime) -> None:
    """What waits in lanes that begin so, and nobody performs, is not due before then."""
    write(session, _PUT_OFF, lanes=lanes, later=until)


def claim(session: Session, *, now: datetime, kinds: Sequence[str] = (), lanes: str = "") -> Claimed | None:
    """Take the effect that is due longest, for LEASE; None if there is none, or another worker was faster. `kinds`: of these
    only; `lanes`: in lanes that begin so.

    An effect waits while an older one of its lane is open. The claim is a compare-and-set on `attempts`, so it is right
    on SQLite and PostgreSQL alike; a worker that dies lets its lease run out.
    """
    named: dict[str, object] = {**({"kinds": list(kinds)} if kinds else {}), **({"lanes": lanes} if lanes else {})}
    row = first_of(session, _due(of_kinds=bool(kinds), of_lanes=bool(lanes)), **_at(now), **named)
    if row is None or row.id is None:
        return None
    lease = {"attempts": row.attempts + 1, "leased_until": now + LEASE}
    if write(session, _CLAIM, of_id=row.id, before=row.attempts, **_at(now), **lease) != 1:
        return None  # another worker has it; this one looks for the next
    payload = dict(row.payload)
    caused_by = payload.pop(_CAUSE, None)
    return Claimed(row.id, row.key, row.kind, payload, row.attempts + 1, row.version, row.created_at, caused_by)


def repack(session: Session, claimed: Claimed, payload: dict[str, str]) -> None:
    """What an effect carries is another thing from here on, or goes with it."""
    write(session, _OF_ID, of_id=claimed.id, payload=payload)


def finish(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """It is done; unless it was woken meanwhile, and then it is due again."""
    _settle(session, claimed, same={"done_at": now, "leased_until": None, "error": ""})


def postpone(session: Session, claimed: Claimed, *, until: datetime, error: str) -> None:
    _settle(session, claimed, same={"due_at": until, "leased_until": None, "error": error})


def defer(session: Session, claimed: Claimed, *, until: datetime, error: str) -> None:
    """As `postpone`, where it was not its turn yet: this was no attempt."""
    tries = claimed.attempts - 1
    _settle(session, claimed, same={"due_at": until, "leased_until": None, "error": error, "attempts": tries})


def bury(session: Session, claimed: Claimed, *, now: datetime, error: str) -> None:
    """Give up on it. It stays, visible, until a person retries or drops it."""
    _settle(session, claimed, same={"dead_at": now, "leased_until": None, "error": error})


def settle_key(session: Session, key: str, *, again_at: datetime | None, error: str, now: datetime) -> None:
    """Close the effect, or have it performed again at `again_at`, whoever performed it just now.

    For effects that are woken only under the lock that the caller holds.
    """
    values = {"due_at": again_at, "error": error} if again_at else {"done_at": now, "error": ""}
    write(session, _OF_KEY, of_key=key, leased_until=None, **values)


def open_rows(session: Session) -> list[OutboxRow]:
    """What waits and what is dead, oldest first, for people to see."""
    return list(session.exec(_rows()))


def open_since(session: Session, key: str) -> datetime | None:
    """Since when the effect of this key waits; None where it does not, or no longer."""
    return session.exec(select(OutboxRow.created_at).where(OutboxRow.key == key, *_open())).first()


def open_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these still wait."""
    return set(session.exec(select(OutboxRow.key).where(*_open(), col(OutboxRow.key).in_(keys))))


def count_open(session: Session, lanes: Collection[str]) -> int:
    """How much waits in these lanes."""
    return session.exec(select(func.count()).where(*_open(), col(OutboxRow.lane).in_(lanes))).one()


def open_row(session: Session, id: int) -> OutboxRow | None:
    """The one of this number, if it waits or is dead."""
    return session.exec(_rows().where(OutboxRow.id == id)).first()


def dead_rows(session: Session, *, limit: int | None = None) -> list[OutboxRow]:
    """What was given up, oldest first."""
    return list(session.exec(_rows().where(col(OutboxRow.dead_at).is_not(None)).limit(limit)))


def count_dead(session: Session) -> int:
    """How much was given up and not looked after yet."""
    return session.exec(
        select(func.count()).where(col(OutboxRow.dead_at).is_not(None), col(OutboxRow.done_at).is_(None))
    ).one()


def given_up(session: Session, *, but: str) -> tuple[int, datetime | None]:
    """How much was given up and not looked after yet, and when the last of it was, but for keys that begin so."""
    dead = (col(OutboxRow.dead_at).is_not(None), col(OutboxRow.done_at).is_(None), ~col(OutboxRow.key).startswith(but))
    return session.exec(select(func.count(), func.max(OutboxRow.dead_at)).where(*dead)).one()


def waiting_rows(session: Session, *, limit: int) -> list[OutboxRow]:
    """What waits, in the order in which it is due."""
    due = select(OutboxRow).where(*_open()).order_by(col(OutboxRow.due_at), col(OutboxRow.id))
    return list(session.exec(due.limit(limit)))


def open_of(session: Session, *, lanes: str, keys: Sequence[str]) -> list[OutboxRow]:
    """The same of one thing only: in lanes that begin so, or of these keys."""
    return list(session.exec(_rows().where(or_(begins_with(col(OutboxRow.lane), lanes), col(OutboxRow.key).in_(keys)))))


def open_of_kind(session: Session, kind: str, *, limit: int | None = None) -> list[OutboxRow]:
    """What waits and what was given up of a kind, oldest first."""
    return list(session.exec(_rows().where(OutboxRow.kind == kind).limit(limit)))


def open_with_lane(session: Session, beginning: str) -> list[OutboxRow]:
    """The same in lanes that begin so."""
    return list(session.exec(_rows().where(begins_with(col(OutboxRow.lane), beginning))))


def count_with_lane(session: Session, beginning: str) -> int:
    """How many these are."""
    in_lanes = begins_with(col(OutboxRow.lane), beginning)
    return session.exec(select(func.count()).where(col(OutboxRow.done_at).is_(None), in_lanes)).one()


def backlog_of(session: Session, lanes: str) -> tuple[int, int, datetime | None]:
    """Of lanes that begin so: how much waits, how much was given up, and when the first of what waits is due."""
    alive, in_lanes = col(OutboxRow.dead_at).is_(None), begins_with(col(OutboxRow.lane), lanes)
    query = select(
        func.count().filter(alive), func.count().filter(~alive), func.min(col(OutboxRow.due_at)).filter(alive)
    )
    return session.exec(query.where(col(OutboxRow.done_at).is_(None), in_lanes)).one()


def has_failed(session: Session, lanes: str, *, kind: str) -> bool:
    """Whether something of this kind waits in lanes that begin so after a try that failed, or for its turn."""
    return run(session, _FAILED, {"lanes": lanes, "kind": kind}).first() is not None


def kept_back(session: Session, kinds: Collection[str]) -> bool:
    """Whether a mail of one of these kinds waits for the mail server, whoever it is to."""
    waits = select(OutboxRow.id).where(*_open(), col(OutboxRow.kind).in_(kinds))
    return session.exec(waits.where(col(OutboxRow.error).startswith(NO_MAIL_LEAVES)).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is open. `oldest_due_at`: of what waits, None where nothing does; `late` of it was due before an instant. Neither
    counts follow-ups that wait their turn, one of which was told since that instant. `unsent`: mails that wait for the mail server."""

    waiting: int
    late: int
    unsent: int
    dead: int
    oldest_due_at: datetime | None


def backlog(session: Session, *, late_before: datetime) -> Backlog:
    """Two statements, however much there is."""
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
    """Let a dead or waiting effect be performed now. False: there is none of this number."""
    row = session.get(OutboxRow, id)
    if row is None or row.done_at is not None:
        return False
    row.due_at, row.dead_at, row.attempts, row.version = now, None, 0, row.version + 1
    session.add(row)
    return True


def retry_lanes(session: Session, lanes: str, *, now: datetime) -> int:
    """The same of all in lanes that begin so, but for what is being performed. Returns how much."""
    return write(session, _RETRY, lanes=lanes, **_at(now))


def due_after_clock_step(session: Session, *, retried: Collection[str], at_most: timedelta, now: datetime) -> None:
    """Have performed what a clock that was set back since made wait: what it wrote down that was due at once, and tries (of events,
    and of the kinds `retried`), which wait no longer than `at_most`. What waits for a day goes on waiting for it."""
    ahead, tries = now + CLOCKS_DIFFER, ("publish", *retried)
    due_at, created_at, kind = col(OutboxRow.due_at), col(OutboxRow.created_at), col(OutboxRow.kind)
    written = created_at > ahead, or_(due_at <= created_at, kind.in_(tries))
    session.exec(update(OutboxRow).where(*_open(), due_at > ahead, *written).values(due_at=now, created_at=now))
    tried = kind.in_(tries), or_(kind == "publish", col(OutboxRow.attempts) > 0)
    session.exec(update(OutboxRow).where(*_open(), due_at > ahead + at_most, *tried).values(due_at=now))


def drop(session: Session, id: int, *, now: datetime) -> bool:
    """Give a waiting or dead effect up for good; it counts as done. False: there is none of this number."""
    row = session.get(OutboxRow, id)
    if row is None or row.done_at is not None:
        return False
    row.done_at, row.error, row.version = now, "dropped by hand", row.version + 1
    row.payload = {name: text for name, text in row.payload.items() if name != "sealed"}
    session.add(row)
    return True


def forget(session: Session, kinds: Collection[str], *, before: datetime, at_most: int) -> None:
    """Forget what was done before then, of kinds whose keys name an occasion that never comes again; the rest another time."""
    done = col(OutboxRow.kind).in_(kinds), col(OutboxRow.done_at) < before
    session.exec(delete(OutboxRow).where(col(OutboxRow.id).in_(select(OutboxRow.id).where(*done).limit(at_most))))


def _woken(session: Session, *rows: dict[str, object]) -> None:
    if rows:
        write(session, _wake(session.get_bind().dialect.name, traced=bool(cause())), *rows)


def _added(
    session: Session, key: str, *, kind: str, lane: str, payload: dict[str, str], due_at: datetime, now: datetime
) -> bool:
    """False: the key is there already, be it that another transaction, which this one then waited for, added it."""
    row = _fresh(key, kind=kind, lane=lane, payload=payload, due_at=due_at, now=now)
    return run(session, _add(session.get_bind().dialect.name), row).first() is not None


def _fresh(
    key: str, *, kind: str, lane: str, payload: dict[str, str], due_at: datetime, now: datetime
) -> dict[str, object]:
    row = {"key": key, "kind": kind, "lane": lane, "payload": _traced(payload), "due_at": due_at, "created_at": now}
    return {**row, "version": 1, "attempts": 0, "error": ""}


def _traced(payload: dict[str, str]) -> dict[str, str]:
    """With the span that is open here, so that whoever performs the effect goes on from it, in whichever process."""
    here = cause()
    return {**payload, _CAUSE: here} if here else payload


def _settle(session: Session, claimed: Claimed, *, same: dict[str, object]) -> None:
    if write(session, _OF_CLAIM, of_id=claimed.id, of_version=claimed.version, **same) != 1:
        write(session, _OF_ID, of_id=claimed.id, leased_until=None)


def _rows() -> SelectOfScalar[OutboxRow]:
    """What is open, oldest first. By id alone SQLite would read all that was ever done, as it lies in that order."""
    return (
        select(OutboxRow).where(col(OutboxRow.done_at).is_(None)).order_by(col(OutboxRow.created_at), col(OutboxRow.id))
    )


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(OutboxRow.done_at).is_(None), col(OutboxRow.dead_at).is_(None))


def _unleased() -> ColumnElement[bool]:
    """A lease that lasts longer than any does was taken by a clock that has been set back since."""
    until = col(OutboxRow.leased_until)
    return or_(until.is_(None), until <= bindparam("now"), until > bindparam("no_lease"))


def _at(now: datetime) -> dict[str, datetime]:
    return {"now": now, "no_lease": now + LEASE + CLOCKS_DIFFER}


@lru_cache
def _due(*, of_kinds: bool, of_lanes: bool) -> SelectOfScalar[OutboxRow]:
    """What may be taken at `now`, the longest due first; of these `kinds`, in these `lanes` only."""
    older = aliased(OutboxRow)
    blocked = exists().where(
        col(older.lane) == col(OutboxRow.lane),
        col(older.id) < col(OutboxRow.id),
        col(older.done_at).is_(None),
        col(older.dead_at).is_(None),
    )
    due = (
        select(OutboxRow)
        .where(*_open(), OutboxRow.due_at <= bindparam("now"), _unleased(), ~blocked)
        .order_by(col(OutboxRow.due_at), col(OutboxRow.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxRow)
    )
    if of_lanes:
        due = due.where(begins_with(col(OutboxRow.lane), bindparam("lanes")))
    return due.where(col(OutboxRow.kind).in_(bindparam("kinds", expanding=True))) if of_kinds else due


@lru_cache
def _wake(dialect: str, *, traced: bool) -> Executable:
    """Adds the effect, or wakes the one of its key, in one statement. `traced`: it then follows from what wakes it now."""
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
    """Adds the effect unless there is one of its key; returns the id if it was added."""
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
