"""What settings would offer now, saved or not."""

from datetime import datetime, time, timedelta
from uuid import UUID

from ...domain.availability import DAY, local_date
from ...domain.interval import Interval
from ...domain.meeting import MeetingType
from ...domain.meeting_steps import Prospect
from ...domain.people import Host
from ...runtime import Runtime
from ...storage import hosts, meetings
from ...storage.engine import snapshot
from .offers import MONTH, WEEK, Offering, closed_now, first_slots, next_slot, offering_of_draft, slots_of


def prospect(rt: Runtime, host: Host, standing: MeetingType, draft: MeetingType, *, now: datetime) -> Prospect:
    """What this meeting type would offer with the settings of the `draft`."""
    with snapshot(rt.engine) as session:
        offering = offering_of_draft(rt, session, host, standing, draft, now=now)
    if closed_now(rt, offering, now=now) is not None:
        return Prospect(closed=True)
    first = next_slot(rt, offering, after=now, now=now)
    if first is None:
        return Prospect()
    return Prospect(
        first=first,
        last=_last(rt, offering, first, now=now),
        next_week=len(slots_of(rt, offering, _next_week(offering, now=now), now=now).slots),
    )


def of_host(rt: Runtime, host_id: UUID, *, now: datetime) -> list[tuple[MeetingType, Prospect]]:
    """Each meeting type of a host in order, with its first free time."""
    with snapshot(rt.engine) as session:
        host, kinds = hosts.get(session, host_id), meetings.of_host(session, host_id)
        if not kinds:
            return []
        one = offering_of_draft(rt, session, host, kinds[0], kinds[0], now=now)
        offerings = [
            Offering(one.organisation, host, each, one.calendars, one.version, one.next_release) for each in kinds
        ]
        closed = closed_now(rt, one, now=now) is not None
        first = first_slots(rt, session, offerings, now=now)
    return [(kind, Prospect(first=slot, closed=closed)) for kind, slot in zip(kinds, first, strict=True)]


def _next_week(offering: Offering, *, now: datetime) -> Interval:
    """From next Monday on, in the host's zone."""
    zone = offering.host.zone
    today = local_date(now, zone)
    monday = today + (7 - today.weekday()) * DAY
    return Interval(datetime.combine(monday, time.min, zone), datetime.combine(monday + WEEK, time.min, zone))


def _last(rt: Runtime, offering: Offering, first: Interval, *, now: datetime) -> Interval:
    """The last slot of the last bookable month; if that has none, `first`."""
    zone = offering.host.zone
    last_on = offering.meeting.rules.horizon.ends_on(local_date(now, zone))
    end = datetime.combine(last_on + DAY, time.min, zone)
    end = min(end, offering.known_until or end)
    begin = max(first.start, end - MONTH)
    free = slots_of(rt, offering, Interval(begin, max(end, begin + timedelta(minutes=1))), now=now).slots
    return free[-1] if free else first
