"""Ending holds whose deadline has passed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain import transitions
from ...runtime import Runtime
from ...storage import ended_holds
from ...storage.engine import lock_host, transaction

AT_ONCE = 20  # holds ended in one transaction, which on SQLite makes all other writers wait


def expire_due(rt: Runtime, *, now: datetime) -> int:
    """End every hold whose deadline has passed, a few of one host per transaction. Returns how many."""
    return sum(len(ended) for _, ended in expired_by_host(rt, now=now))


def expired_by_host(
    rt: Runtime, *, publish_after: timedelta = timedelta(0), mails_after: timedelta = timedelta(0), now: datetime
) -> Iterator[tuple[UUID, list[UUID]]]:
    """As `expire_due`, yielding each host and its bookings as they have ended.

    `publish_after`: how long workers leave the events to the caller. `mails_after`: how long the mails wait.
    """
    with transaction(rt.engine) as session:
        due = ended_holds.their_hosts(session, now=now)
    publish_at, mails_at = now + publish_after, now + mails_after
    for host_id in due:
        yield host_id, _expire_all_of(rt, host_id, publish_at=publish_at, mails_at=mails_at, now=now)


def expire_due_of(
    session: Session,
    host_id: UUID,
    *,
    limit: int = 200,
    publish_at: datetime | None = None,
    mails_at: datetime | None = None,
    now: datetime,
) -> list[UUID]:
    """End a host's holds that are past their deadline, as they would violate the database's constraint.

    Returns which, at most `limit`. The host must be locked. `publish_at`, `mails_at`: as for `ended_holds.record`.
    """
    due = ended_holds.of_host(session, host_id, now=now, limit=limit)
    ended = [transitions.expire(each, now=now) for each in due]
    ended_holds.record(session, host_id, ended, publish_at=publish_at, mails_at=mails_at, now=now)
    return [each.id for each in due]


def _expire_all_of(
    rt: Runtime, host_id: UUID, *, publish_at: datetime, mails_at: datetime, now: datetime
) -> list[UUID]:
    ended: list[UUID] = []
    while True:
        with transaction(rt.engine) as session:
            lock_host(session, host_id)
            some = expire_due_of(session, host_id, limit=AT_ONCE, publish_at=publish_at, mails_at=mails_at, now=now)
        ended += some
        if len(some) < AT_ONCE:
            return ended
