"""One stretch of a host's time that a booking occupies, and the link to its event in the calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from .booking import Booking, BookingState
from .freshness import CLOCKS_DIFFER
from .interval import Interval
from .meeting import HoldPolicy

LEASE = timedelta(seconds=90)  # longer than a run can take; a lapsed lane may be taken over


class Status(StrEnum):
    """STATUS of the event (RFC 5545 §3.8.1.11)."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Verdict(StrEnum):
    CLEAN = "clean"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Copy:
    """Another place where the event may stand while it is taken to another calendar, and must not in the end. `etag`: what it
    had when it was copied from there; None where nobody knows, or nothing was."""

    calendar_id: UUID
    href: str
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One stretch of one host's time that a booking occupies, and what we remember of its event.

    `times`: what the event of each revision says (a move of the host's that we followed stands at the revision its event
    carried, so that it is not followed twice). `base`: the revision last known to stand. `etag`: only of a write of ours
    that merged nothing of the host's. `seen`: the event has stood. `touched`: a PUT may have left us. `mark` rises when a
    pull sees a change that isn't our last write, `settled_mark` is the one a run has dealt with. `beside`: a moved
    booking's old time, kept until the new one is known to be free. `unshown`: how often it was written since a pull or a
    reading last showed that a write was carried out. `run`: which of our first PUTs the event that stood goes back to.
    """

    id: UUID
    booking_id: UUID
    host_id: UUID
    calendar_id: UUID | None
    uid: str
    href: str
    revision: int
    times: Mapping[int, Interval]
    base: int | None = None
    etag: str | None = None
    seen: bool = False
    touched: bool = False
    missing_at: datetime | None = None
    gone_at: datetime | None = None
    mark: int = 0
    settled_mark: int = 0
    verdict: Verdict | None = None
    beside: Interval | None = None
    requested_at: datetime
    fence: int = 0
    lane_until: datetime | None = None
    looks: int = 0
    unshown: int = 0
    run: str | None = None
    copy: Copy | None = None

    @property
    def marked(self) -> bool:
        return self.mark > self.settled_mark


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the event must say: its time and status. The rest follows from the booking when it is written."""

    time: Interval
    status: Status


def wanted_event(booking: Booking, *, policy: HoldPolicy, now: datetime) -> Wanted | None:
    """The event that the booking should have at `now`, or None. A hold past its deadline should have none."""
    if not booking.blocks(now):
        return None
    if booking.state is BookingState.CONFIRMED:
        return Wanted(booking.time, Status.CONFIRMED)
    in_calendar = booking.reserves and policy is HoldPolicy.CALENDAR
    return Wanted(booking.time, Status.TENTATIVE) if in_calendar else None


def old_time_kept(reservation: Reservation, left: Interval | None) -> Interval | None:
    """The old time that a move keeps until its event is known to be at the new time.

    That is `left` if a conflict check found it free; otherwise what an earlier move still keeps. A time that no check
    found free was promised to nobody.
    """
    return reservation.beside or (left if reservation.verdict is Verdict.CLEAN else None)


def claim_lane(reservation: Reservation, *, now: datetime) -> Reservation | None:
    """The lane taken by lease, under a new fence; None while another run holds it.

    A PUT may leave us from here on, so the claim itself remembers it (`touched`): a crash in the middle must not look
    like a run that never asked. A lease that lasts longer than any does was taken by a clock that has been set back since.
    """
    if reservation.lane_until is not None and now < reservation.lane_until <= now + LEASE + CLOCKS_DIFFER:
        return None
    return replace(reservation, lane_until=now + LEASE, fence=reservation.fence + 1)
