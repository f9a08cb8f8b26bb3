"""What a host needs to see today: what waits, what comes next, and the health of their calendars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from calendars.errors import Explanation, explain_kind

from ...domain.availability import local_date
from ...domain.booking import Booking
from ...domain.mail_delivery import UNKNOWN, MailDelivery
from ...domain.meeting import MeetingType
from ...domain.people import Host
from ...domain.statistics import Figures
from ...runtime import Runtime
from ...storage import bookings, calendars, hosts, meetings, reservations, statistics, timeline
from ...storage.calendars import Connected
from ...storage.engine import snapshot
from ...storage.timeline import Course, TimelineEntry
from ..calendar import mass_deletion
from ..calendar.mass_deletion import DoubtfulCalendar

MOST_WAITING = 50
MOST_COMING = 20
MOST_CONFLICTS = 5


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A booking with its meeting type, whether its mails arrive, and its latest move if it was moved."""

    booking: Booking
    meeting: MeetingType
    delivery: MailDelivery = UNKNOWN
    move: TimelineEntry | None = None


def lines_of(session: Session, found: Sequence[Booking], kinds: Mapping[UUID, MeetingType]) -> tuple[InboxLine, ...]:
    """By one statement. `kinds`: meeting types by id."""
    known = timeline.courses(session, [each.id for each in found])
    went = [known.get(each.id, Course()) for each in found]
    return tuple(
        InboxLine(each, kinds[each.meeting_type_id].for_booking(each.id), course.delivery, course.move)
        for each, course in zip(found, went, strict=True)
    )


@dataclass(frozen=True, slots=True)
class CalendarHealth:
    """The health of a connected calendar: when it was last read, and what is wrong (texts to translate).

    `closes`: nothing can be booked until it is read again.
    """

    name: str
    read_at: datetime | None
    failing_since: datetime | None
    wrong: Explanation
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """`waiting`: holds by deadline, `all_waiting` in all. `coming`: confirmed and not over, by time. Each one page
    long.

    `conflicts`: at most MOST_CONFLICTS bookings with an overlapping event of the host. `week`: this week's counts, in
    the host's zone. `doubted`: calendars that lost many of our events at once.
    """

    host: Host
    waiting: tuple[InboxLine, ...]
    all_waiting: int
    coming: tuple[InboxLine, ...]
    calendars: tuple[CalendarHealth, ...]
    connected: tuple[Connected, ...]
    meetings: tuple[MeetingType, ...]
    conflicts: tuple[InboxLine, ...]
    week: Figures
    doubted: tuple[DoubtfulCalendar, ...]


def inbox(rt: Runtime, host_id: UUID, *, now: datetime) -> Inbox:
    """By eleven statements, and a few more where something is wrong."""
    with snapshot(rt.engine) as session:
        host, connected = hosts.get(session, host_id), calendars.of_host(session, host_id)
        needed = calendars.verified(connected, now=now)
        in_conflict = reservations.in_conflict(session, host_id, now=now, limit=MOST_CONFLICTS)
        found = bookings.of_ids(session, in_conflict) if in_conflict else []
        today = local_date(now, host.zone)
        kinds = {each.id: each for each in meetings.of_host(session, host_id, deleted=True)}

        def lines(found: Sequence[Booking]) -> tuple[InboxLine, ...]:
            return lines_of(session, found, kinds)

        return Inbox(
            host=host,
            waiting=lines(bookings.waiting_of(session, host_id, now=now, limit=MOST_WAITING)),
            all_waiting=bookings.count_waiting(session, host_id, now=now),
            coming=lines(bookings.coming_of(session, host_id, now=now, limit=MOST_COMING)),
            calendars=tuple(
                CalendarHealth(
                    each.name,
                    each.pulled_at,
                    each.failing_since,
                    explain_kind(each.failure),
                    each.failing_since is not None and each in needed,
                )
                for each in calendars.looked_at(connected)
            ),
            connected=tuple(connected),
            meetings=tuple(kinds.values()),
            conflicts=lines(sorted(found, key=lambda each: each.time.start)),
            week=statistics.figures_of_all(session, host_id, first_on=today - timedelta(days=today.weekday())),
            doubted=mass_deletion.doubted(rt, session, connected, now=now),
        )
