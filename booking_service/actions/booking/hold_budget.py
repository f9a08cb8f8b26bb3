"""Unconfirmed holds: how many one person may have, and how much of a host's time all may take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain.availability import DAY, local_date
from ...domain.booking import Booking, Party
from ...domain.errors import TooManyRequests
from ...domain.hold_budget import ALARM_QUIET, FREE, HALF, NO_ROOM, Room, Shares, held_share, room, wants_work
from ...domain.interval import Interval
from ...domain.mail_domains import owned_domain
from ...domain.meeting import MeetingType
from ...domain.networks import around
from ...domain.people import Host
from ...runtime import Runtime
from ...storage import access, bookings, live_holds, reservations
from ...storage.engine import snapshot
from ..access import limits, networks
from ..calendar import host_notices
from ..times.offers import Offering, find_offering, gather


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldShares:
    """Shares from 0 to 1. `press`: as much of the horizon is taken as the host is mailed about."""

    of_week: float = 0.0
    of_horizon: float = 0.0
    press: bool = False


_MANY_HOLDS = "many_holds"  # not a setting: when a host's budget was last half used
_NOTED_EVERY = timedelta(hours=1)


def room_for(
    rt: Runtime,
    session: Session,
    offering: Offering,
    wanted: Interval,
    *,
    network: Sequence[str],
    now: datetime,
    but: UUID | None = None,
) -> Room:
    """The budget for a hold of a time, decided with the host locked; none for a network that recently held that time.

    `network`: its marks. `but`: a hold that is about to move.
    """
    if network and networks.may_hold_again(rt, session, offering.host.id, wanted.start, widest=network[-1], now=now):
        return NO_ROOM
    shares = _shares(rt)
    if not shares.limit or not reservations.any_held(session, offering.host.id, now=now):
        return FREE
    window = _verified_horizon(offering, now=now)
    return room(gather(session, offering, window, now=now, but=but), wanted, window, shares=shares)


def asks_for_work(rt: Runtime, offering: Offering, start: datetime, *, now: datetime) -> bool:
    """Whether a hold of this time needs a puzzle solved, as far as a page can tell; the hold itself checks again."""
    if not offering.keeps_times:
        return False
    shares = _shares(rt)
    if offering.attacked(now) or not shares.limit or offering.next_release is None:
        return offering.attacked(now)
    key = ("work", offering.meeting.id, offering.version, offering.next_release, start)
    known: bool | None = rt.cache.get(key)
    if known is None:
        window = _verified_horizon(offering, now=now)
        with snapshot(rt.engine) as session:
            facts = gather(session, offering, window, now=now)
        wanted = Interval(start, start + offering.meeting.rules.duration)
        known = wants_work(room(facts, wanted, window, shares=shares).used, attacked=False)
        rt.cache.put(key, known)
    return known


def tell_host(rt: Runtime, session: Session, host_id: UUID, used: float, *, now: datetime) -> None:
    """Owe the host a mail once half of the budget is used: one for each rise."""
    if used < HALF:
        return
    whose = limits.mark(rt, host_id)
    last = access.newest_attempt(session, _MANY_HOLDS, whose)
    if last is None or now - last >= ALARM_QUIET:
        host_notices.tell_of_many_holds(session, host_id, now=now)
    if last is None or now - last >= _NOTED_EVERY:
        access.note_attempt(session, _MANY_HOLDS, whose, now=now)


def shares_held(rt: Runtime, host: Host, kinds: Sequence[MeetingType], *, now: datetime) -> HeldShares:
    """The share that holds take of the next seven days' times, and of all times that can be booked.

    By the host's first active meeting type.
    """
    kind = next((each for each in kinds if each.active and host.active), None)
    if kind is None:
        return HeldShares()
    offering = find_offering(rt, host.slug, kind.slug, now=now)
    week, horizon = Interval(now, now + 7 * DAY), _verified_horizon(offering, now=now)
    with snapshot(rt.engine) as session:
        facts = gather(session, offering, Interval(now, max(week.end, horizon.end)), now=now)
    budget, taken = rt.settings.hold.share_of_horizon, held_share(facts, horizon)
    return HeldShares(of_week=held_share(facts, week), of_horizon=taken, press=budget < 1 and taken >= HALF * budget)


def note_hold(session: Session, booking: Booking, *, network: Sequence[str], now: datetime) -> None:
    """Note that a network (by its marks) holds the booking's time, where it does and nobody has confirmed."""
    if network and booking.reserves and Party.INVITEE in booking.awaits:
        networks.note_hold(session, booking.host_id, booking.time.start, widest=network[-1], now=now)


def refuse_many(
    rt: Runtime, session: Session, *, network: str = "", mailbox: str, now: datetime
) -> TooManyRequests | None:
    """Raises TooManyRequests: this network or mailbox has too many live unconfirmed holds.

    Returns the refusal where only its neighbours have: then the request goes on without a hold.
    """
    if network:
        limits.one_at_a_time(rt, session, "live_holds_per_network", around(network)[-1])
    limits.one_at_a_time(rt, session, "live_holds_per_mailbox", mailbox)
    allowed = rt.settings.limits
    of_mailbox = bookings.unproven_until(session, mailbox=mailbox, now=now)
    own, *wider = _live_holds(rt, session, networks.every_mark(rt, network), now=now) if network else [None]
    if refusal := own or _too_many(of_mailbox, allowed.live_holds_per_mailbox):
        raise refusal
    return next((refusal for refusal in wider if refusal), None)


def many_at_host(
    rt: Runtime, session: Session, host_id: UUID, mailbox: str, *, now: datetime
) -> TooManyRequests | None:
    """Why this mailbox's next request at this host gets no hold: too many unconfirmed ones lately, by it or its
    domain."""
    return _many_unconfirmed(rt, session, host_id, now=now) or _many_of_mailbox(rt, session, host_id, mailbox, now=now)


def still_too_many(
    rt: Runtime, session: Session, booking: Booking, *, network: Sequence[str], now: datetime
) -> TooManyRequests | None:
    """Why a request without a hold gets none by moving: what denies a hold to the next request of its network and
    mailbox."""
    if network:
        access.one_at_a_time(session, "live_holds_per_network", network[-1])
    of_network = _live_holds(rt, session, [(each,) for each in network], now=now)
    refusal = next((each for each in of_network if each), None)
    return refusal or many_at_host(rt, session, booking.host_id, booking.invitee.mailbox, now=now)


def _many_unconfirmed(rt: Runtime, session: Session, host_id: UUID, *, now: datetime) -> TooManyRequests | None:
    for rate in rt.settings.limits.unconfirmed_per_host:
        asked_at = bookings.unconfirmed_since(session, host_id, since=now - rate.per)
        if refusal := _too_many([each + rate.per for each in asked_at], rate.count):
            return refusal
    return None


def _many_of_mailbox(
    rt: Runtime, session: Session, host_id: UUID, mailbox: str, *, now: datetime
) -> TooManyRequests | None:
    live, domain, allowed = (
        live_holds.mailboxes_of(session, host_id, now=now),
        owned_domain(mailbox),
        rt.settings.limits,
    )
    own = [until for until, each in live if each == mailbox]
    of_domain = [until for until, each in live if domain is not None and owned_domain(each) == domain]
    refusal = _too_many(own, allowed.live_holds_per_mailbox_and_host)
    return refusal or _too_many(of_domain, allowed.live_holds_per_mail_domain)


def _shares(rt: Runtime) -> Shares:
    return Shares(rt.settings.hold.share_of_horizon, rt.settings.hold.share_of_day)


def _live_holds(
    rt: Runtime, session: Session, every: Sequence[Sequence[str]], *, now: datetime
) -> list[TooManyRequests | None]:
    """For the network and each of those around it (by their marks), why it can't hold more."""
    if not every:
        return []
    live = bookings.unproven_of_network(session, every[-1], now=now)
    most = rt.settings.limits.live_holds_per_network
    return [
        _too_many([until for until, whose in live if whose.intersection(marks)], most * share)
        for marks, share in zip(every, networks.SHARES, strict=False)
    ]


def _too_many(ends: Sequence[datetime], most: int) -> TooManyRequests | None:
    """`ends`: when each hold stops counting, soonest first."""
    if len(ends) < most:
        return None
    return TooManyRequests(f"{len(ends)} holds wait to be confirmed", again_at=ends[len(ends) - most])


def _verified_horizon(offering: Offering, *, now: datetime) -> Interval:
    """From now to the end of the horizon, as far as the calendars have been read."""
    last_on = offering.meeting.rules.horizon.ends_on(local_date(now, offering.host.zone))
    end = datetime.combine(last_on + DAY, time.min, offering.host.zone)
    known = offering.known_until
    return Interval(now, max(now + DAY, min(end, known) if known else end))
