"""Statistics: page views are counted in memory, bookings from their timelines; a timer writes both.

A crash loses unwritten views. Each timeline entry is counted once: the position is stored in the transaction that adds
to the counts.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from ...domain.availability import local_date
from ...domain.meeting import MeetingType
from ...domain.statistics import (
    CANCELLED,
    CONFIRMED,
    EXPIRED,
    HELD,
    RELEASED,
    VIEWED,
    Counted,
    Figures,
    on_weekday,
    took,
)
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import hosts, meetings, statistics
from ...storage.engine import snapshot, transaction
from ...storage.statistics import ToCount
from ..times.offers import Offering

_BATCH, _AT_ONCE = 500, 20
_SETTLED = timedelta(minutes=1)  # an entry with a lower number may be committed after one with a higher


@dataclass(frozen=True, slots=True)
class Statistics:
    """The counts from `first_on` on, by meeting type; those without any are left out."""

    first_on: date
    by_meeting: tuple[tuple[MeetingType, Figures], ...]


def note_view(rt: Runtime, offering: Offering, *, now: datetime) -> None:
    """Count a view of a page of free times in memory, until a timer writes it."""
    rt.page_views.add(Counted(offering.host.id, offering.meeting.id, local_date(now, offering.host.zone), VIEWED))


def write_views(rt: Runtime) -> int:
    """Write the views of this process. Returns how many."""
    taken = rt.page_views.take()
    if taken:
        with transaction(rt.engine) as session:
            statistics.add(session, taken)
    return taken.total()


def count_bookings(rt: Runtime, *, now: datetime) -> int:
    """Count the timeline entries since the last time. Returns how many counted."""
    counted = 0
    for _ in range(_AT_ONCE):
        with transaction(rt.engine) as session:
            found = statistics.next_to_count(session, before=now - _SETTLED, limit=_BATCH)
            if found is None:
                break
            statistics.add(session, Counter(each for entry in found for each in _counts(entry)))
            counted += len(found)
    return counted


def read(rt: Runtime, host_id: UUID, *, length: timedelta, now: datetime) -> Statistics:
    """The counts of the days up to today, by three statements."""
    with snapshot(rt.engine) as session:
        kinds = meetings.of_host(session, host_id)
        first_on = local_date(now - length, hosts.get(session, host_id).zone) + timedelta(days=1)
        found = statistics.figures(session, host_id, first_on=first_on)
    return Statistics(first_on, tuple((each, found[each.id]) for each in kinds if each.id in found))


def _counts(entry: ToCount) -> Iterator[Counted]:
    """The counts of an entry; none for failed requests and the host's own trials."""
    if entry.test or entry.withdrawn:
        return

    def counted(what: str) -> Counted:
        return Counted(entry.host_id, entry.meeting_id, local_date(entry.at, entry.zone), what)

    match entry.what:
        case Happened.HELD:
            yield counted(HELD)
        case Happened.CONFIRMED:
            yield counted(CONFIRMED)
            yield counted(on_weekday(local_date(entry.starts_at, entry.zone)))
            if entry.at == entry.created_at:  # nobody had to confirm
                yield counted(HELD)
            elif entry.asked and not entry.vouched:
                yield counted(took(entry.at - entry.created_at))
        case Happened.EXPIRED:
            yield counted(EXPIRED)
        case Happened.CANCELLED:
            yield counted(CANCELLED if entry.stood else RELEASED)
        case _:
            return
