"""Until when a hold is kept.

Invitees may restart its lifetime by what they do, but never make it live longer than twice: a hold keeps others out.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from .booking import Booking, Party
from .interval import Interval
from .meeting import HOLD_AT_LEAST, HOLD_AT_MOST, MeetingType
from .owed import asked_party


def first(meeting: MeetingType, time: Interval, awaits: frozenset[Party], *, now: datetime) -> datetime:
    """`min(now + lifetime, start − notice)`; an invitee gets the hold's lifetime, a host the approval's."""
    return min(now + _lifetime(meeting, awaits), _last(meeting, time, now=now)) if awaits else now


def after_move(held: Booking, meeting: MeetingType, time: Interval, *, now: datetime) -> datetime:
    """The lifetime starts again at a move, but ends after twice its length at the latest.

    Where it lasts longer already, as the host answered late or kept it, it stays as it is.
    """
    longest = held.created_at + 2 * _lifetime(meeting, held.awaits)
    return min(first(meeting, time, held.awaits, now=now), max(held.hold_until, longest))


def after_late_mail(held: Booking, meeting: MeetingType, *, now: datetime) -> datetime:
    """The mail that asks leaves only now: the lifetime counts from here, as after a move, and is never cut short.

    It is the one that the hold was given, where that is shorter than its meeting type's by now."""
    given = max(HOLD_AT_LEAST, min(meeting.hold_lifetime, held.hold_until - held.decided_at))
    return max(held.hold_until, after_move(held, replace(meeting, hold_lifetime=given), held.time, now=now))


def kept_by_host(held: Booking, meeting: MeetingType, *, now: datetime) -> datetime:
    """How long the host may keep a hold at most: 72 hours more, and never past the notice before its start."""
    return min(now + HOLD_AT_MOST, _last(meeting, held.time, now=now))


def _lifetime(meeting: MeetingType, awaits: frozenset[Party]) -> timedelta:
    return meeting.approval_lifetime if asked_party(awaits, meeting) is Party.HOST else meeting.hold_lifetime


def _last(meeting: MeetingType, time: Interval, *, now: datetime) -> datetime:
    return max(time.start - meeting.rules.notice, now)
