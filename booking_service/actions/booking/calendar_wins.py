"""Whether an event that a host puts over a held time wins when its invitee confirms, where the meeting type says so."""

from contextlib import suppress
from datetime import datetime
from functools import partial

from sqlmodel import Session

from calendars.errors import CalendarError

from ...domain.booking import Booking, BookingState, Party
from ...domain.effects import MailKind
from ...domain.interval import Interval
from ...domain.meeting import MeetingType
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import busy, hosts, reservations, timeline
from ...storage.engine import snapshot
from ..calendar.conflict_check import pull_all
from ..calendar.publish import WAIT, publish
from ..calendar.pull import Owner


def lies_over(session: Session, booking: Booking, meeting: MeetingType, *, now: datetime) -> bool:
    """Whether a winning event of the host lies over this hold, as of the last pulls.

    Not where the host said to keep the hold, or decides next.
    """
    asked_last = booking.state is BookingState.HELD and booking.awaits == {Party.INVITEE}
    if not (meeting.calendar_wins and asked_last and booking.reserves and booking.blocks(now)):
        return False
    return bool(busy.standing_over(session, booking.host_id, booking.time)) and not _said_to_keep(session, booking)


def wins(session: Session, booking: Booking, meeting: MeetingType, *, now: datetime) -> bool:
    """Whether it wins, after `look_again`: not while the host's edit of the booking's own event has not been followed."""
    edited = any(each.marked for each in reservations.of_booking(session, booking.id))
    return not edited and lies_over(session, booking, meeting, now=now)


def look_again(rt: Runtime, booking: Booking) -> None:
    """Read the host's calendars, and follow what the host did to the booking's own event, for WAIT at most.

    What does not answer in time counts as it was last read.
    """
    looking = rt.pools.submit(booking.host_id, partial(_read_and_follow, rt, booking))
    if looking is not None:
        with suppress(TimeoutError):
            looking.result(timeout=WAIT.total_seconds())


def _read_and_follow(rt: Runtime, booking: Booking) -> None:
    with snapshot(rt.engine) as session:
        of = Owner(hosts.get(session, booking.host_id), {})
    with suppress(CalendarError):  # recorded as the calendar's health
        pull_all(rt, of, known={})
    with snapshot(rt.engine) as session:
        edited = [each.id for each in reservations.of_booking(session, booking.id) if each.marked]
    for each in edited:
        publish(rt, each)


def _said_to_keep(session: Session, booking: Booking) -> bool:
    """Whether the host, about the time that the booking now has, said to keep it; or, asked about the other event,
    approved the booking or kept the hold longer."""
    time, decided = booking.time, False
    for entry in reversed(timeline.of_booking(session, booking.id)):
        now_there = time == booking.time
        match entry.what:
            case Happened.MOVED | Happened.MOVED_BACK:
                time = Interval(*(datetime.fromisoformat(entry.detail[end]) for end in ("from", "from_end")))
            case Happened.KEPT if now_there:
                return True
            case Happened.AGREED_HOST | Happened.HELD_LONGER if now_there and entry.by == Party.HOST:
                decided = True
            case Happened.HOST_ASKED if now_there and decided:
                if entry.detail["kind"] == MailKind.CALENDAR_CHANGED:
                    return True
    return False
