"""Mailed links (by the hash of their token), blocked mailboxes, and how often somebody did something."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select as columns_of
from sqlmodel import Session, col, delete, func, select

from .tables.access import AttemptRow, BlockRow, LinkRow


@dataclass(frozen=True, slots=True)
class MailedLink:
    """What a mailed token opens. `generation` must still be the booking's for the link to mean anything."""

    booking_id: UUID
    purpose: str
    generation: int
    guest: str


def put_links(session: Session, links: Mapping[str, MailedLink]) -> None:
    """By the hashes of their tokens; those that are kept already stay."""
    known = set(session.exec(select(LinkRow.hash).where(col(LinkRow.hash).in_(links))))
    session.add_all(
        LinkRow(
            hash=hash, booking_id=link.booking_id, purpose=link.purpose, generation=link.generation, guest=link.guest
        )
        for hash, link in links.items()
        if hash not in known
    )


def find_link(session: Session, hash: str) -> MailedLink | None:
    row = session.get(LinkRow, hash)
    return MailedLink(row.booking_id, row.purpose, row.generation, row.guest) if row else None


def block(session: Session, mailbox: str, *, now: datetime) -> None:
    """`mailbox` is a keyed hash, never an address."""
    if session.get(BlockRow, mailbox) is None:
        session.add(BlockRow(mailbox=mailbox, at=now))


def is_blocked(session: Session, mailboxes: tuple[str, ...]) -> bool:
    return session.exec(select(BlockRow.mailbox).where(col(BlockRow.mailbox).in_(mailboxes))).first() is not None


def blocked_among(session: Session, mailboxes: Collection[str]) -> set[str]:
    return set(session.exec(select(BlockRow.mailbox).where(col(BlockRow.mailbox).in_(mailboxes))))


def one_at_a_time(session: Session, rule: str, who: str) -> None:
    """Let no other transaction count this until this one ends; otherwise many at once would each find room for one.

    On SQLite nobody else decides meanwhile. Take several in the same order everywhere: limits of live holds, then of holds
    asked for; in each the network's, then the mailbox's.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{rule} {who}", 0)))).one()


def note_attempt(session: Session, rule: str, who: str, *, now: datetime) -> None:
    session.add(AttemptRow(rule=rule, who=who, at=now))


def attempts_since(session: Session, rule: str, who: str, *, since: datetime) -> tuple[int, datetime | None]:
    """How many there were after `since`, and the oldest of them."""
    count, oldest = session.exec(
        select(func.count(), func.min(AttemptRow.at)).where(
            AttemptRow.rule == rule, AttemptRow.who == who, AttemptRow.at > since
        )
    ).one()
    return count, oldest


def attempts_within(
    session: Session, rule: str, who: str, sinces: Sequence[datetime], *, until: datetime
) -> list[tuple[int, datetime | None]]:
    """The same for each of these instants, in one statement; what was noted later than `until` is left out."""
    at = col(AttemptRow.at)
    figures = [
        figure for since in sinces for figure in (func.count().filter(at > since), func.min(at).filter(at > since))
    ]
    theirs = (col(AttemptRow.rule) == rule, col(AttemptRow.who) == who)
    made = columns_of(*figures).where(*theirs, at > min(sinces), at <= until)
    found: Sequence[Any] = session.connection().execute(made).one()
    return list(zip(found[::2], found[1::2], strict=True))


def newest_attempt(session: Session, rule: str, who: str, *, but: int = 0) -> datetime | None:
    """When the last one was or will be, leaving out so many that were later; None: there were no more than those."""
    made = select(AttemptRow.at).where(AttemptRow.rule == rule, AttemptRow.who == who)
    return session.exec(made.order_by(col(AttemptRow.at).desc()).offset(but).limit(1)).first()


def forget_attempt(session: Session, rule: str, who: str, *, at: datetime) -> None:
    """One that was noted at that instant, as if it had not been made."""
    noted = select(AttemptRow).where(AttemptRow.rule == rule, AttemptRow.who == who, AttemptRow.at == at)
    for row in session.exec(noted.limit(1)):
        session.delete(row)


def forget_attempts_of(session: Session, rule: str, who: str, *, since: datetime) -> None:
    """All that were noted at that instant or later, as if they had not been made."""
    session.exec(
        delete(AttemptRow).where(col(AttemptRow.rule) == rule, col(AttemptRow.who) == who, col(AttemptRow.at) >= since)
    )


def forget_attempts_beginning(session: Session, rule: str, beginning: str, *, since: datetime) -> None:
    """All that were noted at that instant or later, of everybody whose mark begins so."""
    theirs = col(AttemptRow.who).startswith(beginning, autoescape=True)
    session.exec(delete(AttemptRow).where(col(AttemptRow.rule) == rule, theirs, col(AttemptRow.at) >= since))


def forget_attempts(session: Session, *, before: datetime) -> None:
    session.exec(delete(AttemptRow).where(col(AttemptRow.at) < before))
