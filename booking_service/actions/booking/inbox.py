"""A host's bookings as they see them when they come in: what waits, what comes next, and how their calendars are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from calendars.errors import Explanation, explain_kind

from ...domain.booking import Booking
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...runtime import Runtime
from ...storage import bookings, calendars, hosts, meetings
from ...storage.calendars import Connected
from ...storage.engine import snapshot

MOST_WAITING = 50
MOST_COMING = 20


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A booking with what was booked."""

    booking: Booking
    meeting: MeetingType


@dataclass(frozen=True, slots=True)
class CalendarHealth:
    """How a connected calendar is: when it was read last, and what is wrong and what to do about it where it can't be
    read now (texts to translate)."""

    name: str
    read_at: datetime | None
    failing_since: datetime | None
    wrong: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """`waiting`: held, the one that ends first before the others, and `all_waiting` of them in all; `coming`: confirmed
    and not over, in the order of time. Neither is longer than a page."""

    host: Host
    waiting: tuple[InboxLine, ...]
    all_waiting: int
    coming: tuple[InboxLine, ...]
    calendars: tuple[CalendarHealth, ...]
    connected: tuple[Connected, ...]
    meetings: tuple[MeetingType, ...]


def inbox(rt: Runtime, host_id: UUID, *, now: datetime) -> Inbox:
    """Seven statements, however much there is."""
    with snapshot(rt.engine) as session:
        connected = calendars.of_host(session, host_id)
        kinds = {each.id: each for each in meetings.of_host(session, host_id, deleted=True)}

        def lines(found: Sequence[Booking]) -> tuple[InboxLine, ...]:
            return tuple(InboxLine(each, kinds[each.meeting_type_id].for_booking(each.id)) for each in found)

        return Inbox(
            host=hosts.get(session, host_id),
            waiting=lines(bookings.waiting_of(session, host_id, now=now, limit=MOST_WAITING)),
            all_waiting=bookings.count_waiting(session, host_id, now=now),
            coming=lines(bookings.coming_of(session, host_id, now=now, limit=MOST_COMING)),
            calendars=tuple(
                CalendarHealth(each.name, each.pulled_at, each.failing_since, explain_kind(each.failure))
                for each in calendars.looked_at(connected)
            ),
            connected=tuple(connected),
            meetings=tuple(kinds.values()),
        )
