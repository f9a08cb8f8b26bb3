"""Whether the service can do its work now: database, calendars, outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...runtime import Runtime
from ...storage import calendars, outbox
from ...storage.engine import snapshot

OVERDUE = timedelta(minutes=5)  # an effect that waits longer has nobody who performs it


@dataclass(frozen=True, slots=True)
class Readiness:
    """Counts of calendars that count, by health, and of the outbox.
    `oldest_s`: how long the oldest effect is overdue."""

    fresh: int
    stale: int
    failing: int
    waiting: int
    oldest_s: int
    dead: int

    @property
    def ok(self) -> bool:
        return not (self.stale or self.failing or self.dead) and self.oldest_s <= OVERDUE.total_seconds()


def readiness(rt: Runtime, *, now: datetime) -> Readiness:
    """Raises StorageBusy."""
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
        dead=backlog.dead,
    )
