"""Until when a hold is kept.

What invitees do may restart its lifetime, but never extends it beyond twice that length: a hold keeps others out.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from .booking import Booking, Party
from .interval import Interval
from .meeting import HOLD_AT_LEAST, HOLD_AT_MOST, MeetingType
from .owed import asked_party


def first(meeting: MeetingType, time: Interval, awaits: frozenset[Party], *, now: datetime) -> datetime:
    """Deadline of a new hold: `min(now + lifetime, start − notice)`.

    The lifetime is the hold's where the invitee is asked, the approval's where the host is.
    """
    return min(now + _lifetime(meeting, awaits), _last(meeting, time, now=now)) if awaits else now


def after_move(held: Booking, meeting: MeetingType, time: Interval, *, now: datetime) -> datetime:
    """Deadline after a move: the lifetime starts anew, and ends at the latest after twice its length.

    A later deadline, from a late answer or an extension by the host, is left as it is.
    """
    longest = held.created_at + 2 * _lifetime(meeting, held.awaits)
    return min(first(meeting, time, held.awaits, now=now), max(held.hold_until, longest))


def after_late_mail(held: Booking, meeting: MeetingType, *, now: datetime) -> datetime:
    """Deadline where the mail with the link leaves only now: the lifetime counts from now, as after a move.

    Never earlier than before. The lifetime is the one that this hold was given, if that is shorter than its meeting
    type's.
    """
    given = max(HOLD_AT_LEAST, min(meeting.hold_lifetime, held.hold_until - held.decided_at))
    return max(held.hold_until, after_move(held, replace(meeting, hold_lifetime=given), held.time, now=now))


def kept_by_host(held: Booking, meeting: MeetingType, *, now: datetime) -> datetime:
    """The latest deadline that the host may set: 72 hours from now, and not past `start − notice`."""
    return min(now + HOLD_AT_MOST, _last(meeting, held.time, now=now))


def _lifetime(meeting: MeetingType, awaits: frozenset[Party]) -> timedelta:
    return meeting.approval_lifetime if asked_party(awaits, meeting) is Party.HOST else meeting.hold_lifetime


def _last(meeting: MeetingType, time: Interval, *, now: datetime) -> datetime:
    return max(time.start - meeting.rules.notice, now)
