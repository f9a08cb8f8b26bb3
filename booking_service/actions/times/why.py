"""Why a time is on offer or not: rules, bookings and busy periods by the name of their calendar.
No title is known here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain.interval import Interval, merged
from ...domain.slots import taken
from ...domain.why import LabelledBusy, RuleCheck, explain
from ...runtime import Runtime
from ...storage import busy, calendars
from ...storage.calendars import Connected
from ...storage.engine import snapshot
from .exceptions import exceptions_of
from .offers import Closed, Offering, gather, read_offering, why_closed

TOLD_WHOLE = timedelta(days=31)  # a busy period that goes on for longer is told as far as that


@dataclass(frozen=True, slots=True)
class Explained:
    """Every verdict about one time. `closed`: nothing of this host is offered now, whatever the verdicts say."""

    offering: Offering
    start: datetime
    verdicts: tuple[RuleCheck, ...]
    closed: Closed | None

    @property
    def offered(self) -> bool:
        return self.closed is None and all(verdict.passes for verdict in self.verdicts)


def why(rt: Runtime, host: str, meeting: str, start: datetime, *, now: datetime) -> Explained:
    """What speaks for and against a meeting at `start`. Raises UnknownMeeting."""
    with snapshot(rt.engine) as session:
        offering = read_offering(rt, session, host, meeting, now=now)
        closed = why_closed(rt, session, offering.host.id, now=now)
        window = Interval(start, start + offering.meeting.rules.duration)
        facts = gather(session, offering, window, now=now)
        connected = calendars.of_host(session, offering.host.id)
        wide = taken(window, offering.meeting.rules).padded(TOLD_WHOLE, TOLD_WHOLE)
        periods = _labelled(session, offering.host.id, connected, wide)
    verdicts = explain(
        facts,
        start,
        hours=offering.meeting.hours or offering.host.hours,
        overrides=exceptions_of(offering.host, window),
        busy=periods,
    )
    within = rt.settings.calendar.freshness_max
    health = (
        _health(each, now=now, fresh=each.fresh(now=now, within=within)) for each in calendars.looked_at(connected)
    )
    return Explained(offering, start, (*verdicts, *health), closed)


def _labelled(session: Session, host_id: UUID, connected: list[Connected], window: Interval) -> list[LabelledBusy]:
    """Busy periods whole again (they are kept in pieces of a day), each with the name of its calendar."""
    names = {each.id: each.name for each in connected}
    by_calendar: dict[str, list[Interval]] = {}
    for foreign in busy.standing_over(session, host_id, window):
        by_calendar.setdefault(names.get(foreign.calendar_id, "a calendar"), []).append(foreign.time)
    return [LabelledBusy(time, name) for name, times in by_calendar.items() for time in merged(times)]


def _health(connected: Connected, *, now: datetime, fresh: bool) -> RuleCheck:
    if connected.failing_since is not None:
        since = f"{connected.failing_since:%Y-%m-%d %H:%M} UTC"
        return RuleCheck(
            "calendar health", False, f"{connected.name} can't be read since {since} ({connected.failure})"
        )
    if connected.pulled_at is None:
        return RuleCheck("calendar health", False, f"{connected.name} was never read yet")
    age = int((now - connected.pulled_at).total_seconds())
    text = f"{connected.name} was read {age} s ago"
    return RuleCheck("calendar health", fresh, text if fresh else f"{text}, which is too long")
