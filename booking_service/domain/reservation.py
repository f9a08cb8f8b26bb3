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

LEASE = timedelta(seconds=90)  # longer than any run takes; then another run may take the lane over


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
    """Another address where the event may stand while it is moved to another calendar; in the end it must be gone.

    `etag`: of the event when it was copied from there; None where it is unknown or nothing was copied.
    """

    calendar_id: UUID
    href: str
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One stretch of one host's time that a booking occupies, and what is known of its event.

    `times`: the event's time at each revision (a move by the host that we followed is stored at the revision that its
    event carried, so that it isn't followed twice). `base`: the revision last known to stand. `etag`: only of our own
    write without anything of the host's merged in. `seen`: the event has stood. `touched`: a PUT may have been sent.
    `mark`: rises when a pull sees a change that isn't our last write; `settled_mark`: the last one that a run dealt
    with. `beside`: the old time of a moved booking, kept until the new one is known to be free. `unshown`: writes since
    a pull or a reading last confirmed one. `run`: the one of our first PUTs that the event stems from.
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
class WantedEvent:
    """What the event must say; the rest of it follows from the booking when it is written."""

    time: Interval
    status: Status


def wanted_event(booking: Booking, *, policy: HoldPolicy, now: datetime) -> WantedEvent | None:
    """The event that the booking should have at `now`; None for none, as for a hold past its deadline."""
    if not booking.blocks(now):
        return None
    if booking.state is BookingState.CONFIRMED:
        return WantedEvent(booking.time, Status.CONFIRMED)
    in_calendar = booking.reserves and policy is HoldPolicy.CALENDAR
    return WantedEvent(booking.time, Status.TENTATIVE) if in_calendar else None


def old_time_kept(reservation: Reservation, left: Interval | None) -> Interval | None:
    """The old time that a move keeps reserved until its event is known to stand at the new time.

    `left` if a conflict check found it free, otherwise what an earlier move still keeps: a time that no check found
    free was promised to nobody.
    """
    return reservation.beside or (left if reservation.verdict is Verdict.CLEAN else None)


def claim_lane(reservation: Reservation, *, now: datetime) -> Reservation | None:
    """Take the lane by lease, under a new fence; None while another run holds it.

    From here on a PUT may be sent, so the claim itself sets `touched`: a crash must not look like a run that sent
    nothing. A lease longer than any run's was taken by a clock that has been set back since, and does not count.
    """
    if reservation.lane_until is not None and now < reservation.lane_until <= now + LEASE + CLOCKS_DIFFER:
        return None
    return replace(reservation, lane_until=now + LEASE, fence=reservation.fence + 1)
