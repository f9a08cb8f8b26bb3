"""Pausing a host's pages until a day, and resuming."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.availability import DAY, local_date
from ...runtime import Runtime
from ...storage import changes, hosts
from ...storage.changes import SetupChange
from ...storage.engine import transaction

AT_MOST = 366 * DAY


class PauseRefused(Exception):
    """The day is not after today, or more than a year ahead."""


def pause(rt: Runtime, host_id: UUID, until: date, *, by: str, now: datetime) -> None:
    """Take no bookings before this date of the host; existing ones stay. On record. Raises PauseRefused."""
    with transaction(rt.engine) as session:
        host = hosts.get(session, host_id)
        today = local_date(now, host.zone)
        if not today < until <= today + AT_MOST:
            raise PauseRefused("a pause ends on a day after today, within a year")
        _set(session, host.slug, host_id, host.paused(now), until, by=by, now=now)


def resume(rt: Runtime, host_id: UUID, *, by: str, now: datetime) -> None:
    """Take bookings again. Repeating does no harm."""
    with transaction(rt.engine) as session:
        host = hosts.get(session, host_id)
        _set(session, host.slug, host_id, host.paused(now), None, by=by, now=now)


def _set(
    session: Session, slug: str, host_id: UUID, before: date | None, after: date | None, *, by: str, now: datetime
) -> None:
    if before == after:
        return
    hosts.pause(session, host_id, after)
    was, is_now = (each.isoformat() if each else None for each in (before, after))
    changes.add(session, SetupChange(now, by, f"hosts.{slug}.paused_until", was, is_now))
