"""Whether this instance can do its work now, and whether what it depends on does: database, calendars, outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...domain.errors import StorageBusy
from ...runtime import Runtime
from ...storage import calendars, migrations, outbox
from ...storage.engine import snapshot
from ...storage.migrations import SchemaTooNew
from ...storage.writable import check_writable

OVERDUE = timedelta(minutes=5)  # an effect that waits longer has nobody who performs it


class NotReady(Exception):
    """This instance can take no booking, whatever calendars and mail servers do. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Counts of calendars that count, by health, and of the outbox. `oldest_s`: how long the oldest effect is overdue;
    `unsent`: mails that wait for the mail server; `dead`: effects that were given up, which is for a person to look at."""

    fresh: int
    stale: int
    failing: int
    waiting: int
    oldest_s: int
    unsent: int
    dead: int

    @property
    def degraded(self) -> bool:
        """Whether a calendar, the mail server or the worker fails. No other instance could do better."""
        return bool(self.stale or self.failing or self.unsent) or self.oldest_s > OVERDUE.total_seconds()


def readiness(rt: Runtime, *, now: datetime) -> Readiness:
    """Raises NotReady: the database can't be read or written, or its schema is not that of this version."""
    try:
        lacking = migrations.pending(rt.engine)
        if lacking:
            raise NotReady(f"the schema lacks {', '.join(lacking)}")
        check_writable(rt.engine)
        return _readiness(rt, now=now)
    except (StorageBusy, SchemaTooNew) as error:
        raise NotReady(str(error)) from error


def _readiness(rt: Runtime, *, now: datetime) -> Readiness:
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
    )
