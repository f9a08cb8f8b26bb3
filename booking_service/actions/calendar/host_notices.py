"""Mails owed to a host about their time, each once.

An unreadable calendar, a mass deletion, an event over a booking, or many unconfirmed holds.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain.effects import MailKind
from ...domain.interval import Interval
from ...domain.webhook_changes import ToldChange
from ...storage import calendars, outbox, webhook_changes
from ...storage.calendars import Connected

TELL_AFTER = timedelta(minutes=15)


def doubt_calendar(session: Session, connected: Connected, *, vanished: int, now: datetime) -> None:
    """Many of our events are missing at once: conclude nothing, and ask the host once."""
    if connected.doubtful_since is not None:
        return
    calendars.doubt(session, connected.id, now)
    _tell(
        session,
        MailKind.MASS_DELETION,
        connected.host_id,
        occasion=f"{connected.id}:{now:%Y%m%dT%H%M%S}",
        now=now,
        calendar_id=str(connected.id),
        vanished=str(vanished),
    )


def tell_of_failing(session: Session, *, now: datetime) -> int:
    """Tell hosts whose calendar has been unreadable for TELL_AFTER, and their webhooks, once per outage. Returns how many."""
    told = 0
    for connected in calendars.every(session):
        since = connected.failing_since
        if since is None or connected.told_at is not None or now - since < TELL_AFTER:
            continue
        if not calendars.told(session, connected.id, since=since, now=now):
            continue  # it was read meanwhile, or another worker tells it
        webhook_changes.owe_of_calendar(session, connected, ToldChange.UNREACHABLE, since=since, now=now)
        occasion = f"{connected.id}:{since:%Y%m%dT%H%M%S}"
        _tell(
            session,
            MailKind.CALENDAR_UNREADABLE,
            connected.host_id,
            occasion=occasion,
            now=now,
            calendar_id=str(connected.id),
        )
        told += 1
    return told


def tell_of_conflict(session: Session, host_id: UUID, booking_id: UUID, *, time: Interval, now: datetime) -> None:
    """Another event of the host lies over a booking: told once for each time that the booking has."""
    occasion = f"{booking_id}:{time.start:%Y%m%dT%H%M%S}-{time.end:%Y%m%dT%H%M%S}"
    _tell(session, MailKind.CALENDAR_CHANGED, host_id, occasion=occasion, now=now, booking_id=str(booking_id))


def tell_of_many_holds(session: Session, host_id: UUID, *, now: datetime) -> None:
    """Unconfirmed holds use half of their budget of this host's time."""
    _tell(session, MailKind.MANY_HOLDS, host_id, occasion=f"{host_id}:{now:%Y%m%dT%H%M%S}", now=now)


def _tell(session: Session, kind: MailKind, host_id: UUID, *, occasion: str, now: datetime, **payload: str) -> None:
    outbox.add_once(
        session,
        f"alarm:{kind}:{occasion}",
        kind="alarm",
        lane=f"alarm:{host_id}",
        payload={"kind": str(kind), "host_id": str(host_id), "occasion": occasion, **payload},
        due_at=now,
        now=now,
    )
