"""Holds that nobody confirmed yet: how many one person may have, and how much of a host's time all of them may take."""

from datetime import datetime, time
from uuid import UUID

from sqlmodel import Session

from ...crypto.keys import mac, macs
from ...domain.availability import DAY, local_date
from ...domain.errors import TooManyRequests
from ...domain.hold_budget import Shares, affords
from ...domain.interval import Interval
from ...runtime import Runtime
from ...storage import bookings, reservations
from ..access import limits
from ..times.offers import Offering, gather


def affords_hold(
    rt: Runtime, session: Session, offering: Offering, wanted: Interval, *, now: datetime, but: UUID | None = None
) -> bool:
    """Whether a hold of a time on offer stays within the budget, decided with the host locked.
    `but`: a hold about to move."""
    shares = Shares(rt.settings.hold.share_of_horizon, rt.settings.hold.share_of_day)
    if not shares.limit or not reservations.any_held(session, offering.host.id, now=now):
        return True
    window = _verified_horizon(offering, now=now)
    return affords(gather(session, offering, window, now=now, but=but), wanted, window, shares=shares)


def refuse_many(rt: Runtime, session: Session, *, network: str = "", mailbox: str, now: datetime) -> None:
    """Raises TooManyRequests: so many live holds of this network, or for this mailbox, wait for their confirmation."""
    if network:
        limits.one_at_a_time(rt, session, "live_holds_per_network", network)
    limits.one_at_a_time(rt, session, "live_holds_per_mailbox", mailbox)
    allowed = rt.settings.limits
    from_there = bookings.unproven_until(session, networks=_marks(rt, network), now=now) if network else []
    for ends, most in (
        (from_there, allowed.live_holds_per_network),
        (bookings.unproven_until(session, mailbox=mailbox, now=now), allowed.live_holds_per_mailbox),
    ):
        if len(ends) >= most:
            raise TooManyRequests(f"{len(ends)} holds wait to be confirmed", again_at=ends[len(ends) - most])


def network_mark(rt: Runtime, network: str) -> str:
    """A network as its holds remember it: a keyed hash."""
    return mac(rt.ring, "network", network.encode()).hex()[:32]


def _marks(rt: Runtime, network: str) -> tuple[str, ...]:
    return tuple(each.hex()[:32] for each in macs(rt.ring, "network", network.encode()))


def _verified_horizon(offering: Offering, *, now: datetime) -> Interval:
    """From now to the end of what may be booked, as far as the calendars were read."""
    last_on = offering.meeting.rules.horizon.ends_on(local_date(now, offering.host.zone))
    end = datetime.combine(last_on + DAY, time.min, offering.host.zone)
    known = offering.known_until
    return Interval(now, max(now + DAY, min(end, known) if known else end))
