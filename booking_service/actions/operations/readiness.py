"""Whether this process can work now, and whether what it depends on does: database, calendars, outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...domain.errors import StorageBusy
from ...runtime import Runtime
from ...storage import calendars, migrations, outbox
from ...storage.engine import snapshot
from ...storage.migrations import SchemaTooNew
from ...storage.write_check import check_writable

OVERDUE = timedelta(minutes=5)  # an effect that is overdue for longer has no worker


class NotReady(Exception):
    """This process can take no bookings, whatever calendars and mail servers do. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Numbers of calendars by health, and of effects. `oldest_s`: how long the oldest effect is overdue.

    `unsent`: mails waiting for the mail server. `dead`: given-up effects, for a person to look at. `newer`: the schema
    is of a newer version, as during a rolling upgrade.
    """

    fresh: int
    stale: int
    failing: int
    waiting: int
    oldest_s: int
    unsent: int
    dead: int
    newer: bool

    @property
    def degraded(self) -> bool:
        """Whether a calendar, the mail server or the worker fails, or this process is about to be replaced.

        No other process could do better, and this one still takes bookings.
        """
        failing = self.newer or self.stale or self.failing or self.unsent
        return bool(failing) or self.oldest_s > OVERDUE.total_seconds()


def readiness(rt: Runtime, *, now: datetime) -> Readiness:
    """Raises NotReady: the database is unusable, or its schema lacks what this version needs."""
    try:
        newer = _is_newer(rt)
        check_writable(rt.engine)
        return _readiness(rt, newer=newer, now=now)
    except StorageBusy as error:
        raise NotReady(str(error)) from error


def _is_newer(rt: Runtime) -> bool:
    """Whether the schema is of a newer version. Raises NotReady: of an older one; StorageBusy."""
    try:
        lacking = migrations.pending(rt.engine)
    except SchemaTooNew:
        return True
    if lacking:
        raise NotReady(f"the schema lacks {', '.join(lacking)}")
    return False


def _readiness(rt: Runtime, *, newer: bool, now: datetime) -> Readiness:
    within = rt.settings.calendar.freshness_max
    with snapshot(rt.engine) as session:
        looked_at = calendars.looked_at(calendars.every(session))
        backlog = outbox.backlog(session, late_before=now - OVERDUE)
    failing = sum(each.failing_since is not None for each in looked_at)
    fresh = sum(each.fresh(now=now, within=within) for each in looked_at)
    oldest = backlog.oldest_due_at or now
    return Readiness(
        fresh=fresh,
        stale=len(looked_at) - fresh - failing,
        failing=failing,
        waiting=backlog.waiting,
        oldest_s=max(0, int((now - oldest).total_seconds())),
        unsent=backlog.unsent,
        dead=backlog.dead,
        newer=newer,
    )
