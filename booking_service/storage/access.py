"""Mailed links (by the hash of their token), blocked mailboxes, and attempts counted against limits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from sqlalchemy import CursorResult, Executable, bindparam, insert
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, delete, func, select

from . import named_locks
from .statements import first_of, insert_of, run, scalar_of, scalars_of, write
from .tables.access import AttemptRow, BlockRow, LinkRow

_LINK = select(LinkRow).where(LinkRow.hash == bindparam("hash"))
_BLOCKED = select(BlockRow.mailbox).where(col(BlockRow.mailbox).in_(bindparam("mailboxes", expanding=True)))

_THEIRS = (col(AttemptRow.rule) == bindparam("rule"), col(AttemptRow.who) == bindparam("who"))
_NOTE = insert(AttemptRow)
_SINCE = select(func.count(), func.min(AttemptRow.at)).where(*_THEIRS, col(AttemptRow.at) > bindparam("since"))
_NEWEST = select(AttemptRow.at).where(*_THEIRS).order_by(col(AttemptRow.at).desc()).offset(bindparam("but")).limit(1)
_SINCE_THEN = col(AttemptRow.at) >= bindparam("since")
_FORGET = delete(AttemptRow).where(
    col(AttemptRow.rule).in_(bindparam("rules", expanding=True)), _THEIRS[1], _SINCE_THEN
)
_FORGET_BEGINNING = delete(AttemptRow).where(
    _THEIRS[0], col(AttemptRow.who).like(bindparam("beginning"), escape="/"), _SINCE_THEN
)


@dataclass(frozen=True, slots=True)
class MailedLink:
    """What a mailed token opens. It is only valid while `generation` is still the booking's."""

    booking_id: UUID
    purpose: str
    generation: int
    guest: str


@lru_cache
def _put_link(dialect: str) -> Executable:
    put: Executable = insert_of(dialect)(LinkRow).on_conflict_do_nothing(index_elements=["hash"])
    return put


def put_links(session: Session, links: Mapping[str, MailedLink]) -> None:
    """Add links by the hashes of their tokens; existing ones are left unchanged."""
    rows = [{"hash": hash, **asdict(link)} for hash, link in links.items()]
    if rows:
        write(session, _put_link(session.get_bind().dialect.name), *rows)


def find_link(session: Session, hash: str) -> MailedLink | None:
    row = first_of(session, _LINK, hash=hash)
    return MailedLink(row.booking_id, row.purpose, row.generation, row.guest) if row else None


@lru_cache
def _put_block(dialect: str) -> Executable:
    put: Executable = insert_of(dialect)(BlockRow).on_conflict_do_nothing(index_elements=["mailbox"])
    return put


def block(session: Session, mailbox: str, *, now: datetime) -> None:
    """Block a mailbox. `mailbox`: a keyed hash, never an address. Blocking one twice does no harm."""
    write(session, _put_block(session.get_bind().dialect.name), {"mailbox": mailbox, "at": now})


def unblock(session: Session, mailboxes: Collection[str]) -> bool:
    """Unblock these mailboxes. Returns whether any of them was blocked."""
    gone = session.exec(delete(BlockRow).where(col(BlockRow.mailbox).in_(mailboxes)))
    return bool(cast("CursorResult[object]", gone).rowcount)


def is_blocked(session: Session, mailboxes: tuple[str, ...]) -> bool:
    return bool(blocked_among(session, mailboxes))


def count_blocked(session: Session) -> int:
    return session.exec(select(func.count()).select_from(BlockRow)).one()


def blocked_among(session: Session, mailboxes: Collection[str]) -> set[str]:
    return set(scalars_of(session, _BLOCKED, mailboxes=list(mailboxes)))


def one_at_a_time(session: Session, rule: str, who: str) -> None:
    """Lock a limit until the transaction ends, so that concurrent requests don't each find room for one more.

    Does nothing on SQLite, which has one writer at a time. Take several locks in the same order everywhere: limits of
    live holds, then of holds asked for; in each the network's, then the mailbox's.
    """
    named_locks.alone(session, [f"{rule} {who}"])


def note_attempt(session: Session, rule: str, who: str, *, now: datetime) -> None:
    write(session, _NOTE, rule=rule, who=who, at=now)


def attempts_since(session: Session, rule: str, who: str, *, since: datetime) -> tuple[int, datetime | None]:
    """The number of attempts after `since`, and the oldest of them."""
    count, oldest = run(session, _SINCE, {"rule": rule, "who": who, "since": since}).one()
    return count, oldest


def attempts_within(
    session: Session, rule: str, who: str, sinces: Sequence[datetime], *, until: datetime
) -> list[tuple[int, datetime | None]]:
    """As `attempts_since` for several instants in one statement, without attempts later than `until`."""
    values: dict[str, object] = {f"since_{n}": since for n, since in enumerate(sinces)}
    values |= {"rule": rule, "who": who, "first": min(sinces), "until": until}
    found = run(session, _within(len(sinces)), values).one()
    return list(zip(found[::2], found[1::2], strict=True))


@lru_cache
def _within(instants: int) -> Executable:
    at = col(AttemptRow.at)
    sinces = [at > bindparam(f"since_{n}") for n in range(instants)]
    figures = [figure for since in sinces for figure in (func.count().filter(since), func.min(at).filter(since))]
    return columns_of(*figures).where(*_THEIRS, at > bindparam("first"), at <= bindparam("until"))


def newest_attempt(session: Session, rule: str, who: str, *, but: int = 0) -> datetime | None:
    """The latest attempt, which may be in the future, leaving out the last `but`; None where there are no more."""
    return scalar_of(session, _NEWEST, rule=rule, who=who, but=but)


def forget_attempt(session: Session, rule: str, who: str, *, at: datetime) -> None:
    """Delete the attempt of this instant, as if it had not been made."""
    noted = select(AttemptRow).where(AttemptRow.rule == rule, AttemptRow.who == who, AttemptRow.at == at)
    for row in session.exec(noted.limit(1)):
        session.delete(row)


def forget_attempts_of(session: Session, rules: Sequence[str], who: str, *, since: datetime) -> None:
    """Delete all attempts from `since` on, as if they had not been made."""
    write(session, _FORGET, rules=list(rules), who=who, since=since)


def forget_attempts_beginning(session: Session, rule: str, beginning: str, *, since: datetime) -> None:
    """Delete all attempts from `since` on by everybody whose mark begins so."""
    escaped = beginning.replace("/", "//").replace("%", "/%").replace("_", "/_")
    write(session, _FORGET_BEGINNING, rule=rule, beginning=f"{escaped}%", since=since)


def forget_attempts(session: Session, *, before: datetime) -> None:
    session.exec(delete(AttemptRow).where(col(AttemptRow.at) < before))
