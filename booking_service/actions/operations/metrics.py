"""Figures for monitoring, read from the database on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...runtime import Runtime
from ...storage import calendars, gauges, hosts, operations, outbox
from ...storage.engine import snapshot
from .readiness import OVERDUE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """`mails`: within a day, by kind and outcome. `calendar_ages`: seconds since the last pull by host/name, infinite
    for never.

    `backup_age`: seconds, infinite without a backup. `oldest`: seconds by which the oldest effect is overdue.
    """

    open_holds: int
    decided: Mapping[str, int]
    mails: Mapping[tuple[str, str], int]
    waiting: int
    oldest: float
    unsent: int
    dead: int
    calendar_ages: Mapping[str, float]
    backup_age: float


def figures(rt: Runtime, *, now: datetime) -> ServiceFigures:
    """Raises StorageBusy."""
    with snapshot(rt.engine) as session:
        counted, mails = gauges.of_bookings(session, now=now), gauges.of_mails(session, now=now)
        backlog = outbox.backlog(session, late_before=now - OVERDUE)
        slugs = {host.id: host.slug for host in hosts.every(session)}
        looked_at = calendars.looked_at(calendars.every(session))
        backup = operations.noted(session, operations.BACKUP)
    return ServiceFigures(
        open_holds=counted.open_holds,
        decided=counted.decided,
        mails=mails,
        waiting=backlog.waiting,
        oldest=max(0.0, _age(backlog.oldest_due_at or now, now)),
        unsent=backlog.unsent,
        dead=backlog.dead,
        calendar_ages={f"{slugs[each.host_id]}/{each.name}": _age(each.pulled_at, now) for each in looked_at},
        backup_age=_age(backup.at if backup else None, now),
    )


def _age(at: datetime | None, now: datetime) -> float:
    return float("inf") if at is None else (now - at).total_seconds()
