"""Pulling calendars: busy time into the cache, and a mark on every reservation whose event changed.

A pull decides nothing about bookings. One transaction moves the token (compare-and-set on the one it began with), the
busy time and the marks, so that a crash can't lose a host's edit between them.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlmodel import Session

from calendars.errors import Busy, CalendarError, Refused, TokenRefused
from calendars.model import Changes, Period, StoredObject
from calendars.port import Calendar

from ...domain.errors import StorageBusy
from ...domain.interval import Interval
from ...domain.people import Host
from ...domain.reservation import Reservation
from ...domain.webhook_changes import ToldChange
from ...runtime import Runtime
from ...storage import bookings, busy, calendars, hosts, meetings, reservations, webhook_changes
from ...storage.busy import KeptObject, name_of
from ...storage.calendars import Connected
from ...storage.engine import lock_host, snapshot, transaction
from ...telemetry.tracing import SpanKind, begun
from . import event_changes, stored_objects

BEHIND = timedelta(days=1)  # the window begins a day back: what runs now began before
AHEAD = timedelta(days=2)  # and ends beyond the horizon, so that it is moved once a day and not at each pull
HORIZON_AT_LEAST = timedelta(days=60)
FEW = 100  # in doubt, this many objects are fetched again
MISSED = 1000  # objects that block coming time; before a missing one's time becomes free, it is asked for

Known = Mapping[UUID, Sequence[KeptObject]]  # what we ourselves wrote just now, by calendar

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pulled:
    """The result of a pull. `moved`: another pull was faster, and nothing was stored. `again`: read from the start
    next."""

    changed: int
    gone: int
    whole: bool
    moved: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetched:
    """What the server returned.

    `whole`: everything in `window`, so that what is not listed is gone. `told_gone`: the server itself named what is
    gone. `empty`: the calendar claims to hold nothing at all.
    """

    token: str | None
    window: Interval
    objects: Sequence[StoredObject]
    gone: Sequence[str] = ()
    same: Sequence[str] = ()
    others: Mapping[str, str | None] = field(default_factory=dict)
    whole: bool = False
    told_gone: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose calendars are pulled, and their accounts by id."""

    host: Host
    accounts: Mapping[UUID, calendars.Account]


@dataclass(frozen=True, slots=True)
class _Start:
    """What a pull begins with. `unshown`: writes finished before the first request, which the responses must show."""

    connected: Connected
    account: calendars.Account
    host: Host
    window: Interval
    known: Mapping[str, str | None]
    unshown: Sequence[Reservation]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the server returned, and what is to be stored of it."""

    fetched: _Fetched
    kept: list[KeptObject]


def pull(rt: Runtime, calendar_id: UUID, *, known: Sequence[KeptObject] = ()) -> Pulled:
    """Update what is stored of a calendar. `known`: what we wrote ourselves just now, which need not be fetched.

    Raises CalendarError, after recording it as the calendar's health.
    """
    pulled = pull_together(rt, lambda session: [calendars.get(session, calendar_id)], known={calendar_id: known})
    return pulled[calendar_id]


def pull_together(
    rt: Runtime,
    chosen: Callable[[Session], Sequence[Connected]],
    *,
    known: Known,
    of: Owner | None = None,
    then: Callable[[Session], None] | None = None,
) -> dict[UUID, Pulled]:
    """As `pull` for each of the `chosen` calendars of one host, asked side by side and stored in one transaction.

    `of`: whose they are, if that was just read. `then`: follows in the same transaction once all are up to date, unless
    another pull was faster. Raises CalendarError: the first in their order, after all of it is recorded.
    """
    now = rt.clock.now()
    starts = _starts(rt, chosen, of, now=now)
    if not starts:
        return {}
    known = {each.connected.id: _written(each, known.get(each.connected.id, ())) for each in starts}
    asks = [partial(_answered, rt, start, known[start.connected.id], now=now) for start in starts]
    answers = rt.pools.side_by_side(starts[0].host.id, asks)
    answered = [(start, answer) for start, answer in zip(starts, answers, strict=True) if isinstance(answer, _Answer)]
    if len(answered) < len(starts):
        then = None
    pulled = _kept_together(rt, answered, known, then, now=now) if answered else {}
    for answer in answers:
        if isinstance(answer, CalendarError):
            raise answer
    return pulled


def pull_due(rt: Runtime) -> bool:
    """Pull the calendar whose pull has been due longest. False: none is due."""
    now = rt.clock.now()
    with transaction(rt.engine) as session:
        claimed = calendars.claim_pull(session, now=now)
    if claimed is None:
        return False
    try:
        with begun(rt.tracer, "pull", SpanKind.INTERNAL, {"booking.calendar": str(claimed.id)}):
            pulled = pull(rt, claimed.id)
        again = timedelta(seconds=1) if pulled.moved or pulled.again else rt.settings.calendar.pull_every
    except CalendarError as error:
        again = _patience(claimed, error, now=now)
        log.warning("pull_failed", calendar=_called(rt, claimed), error=type(error).__name__)
    with transaction(rt.engine) as session:
        calendars.pull_next(session, claimed.id, at=now + again)
    return True


def _called(rt: Runtime, calendar: Connected) -> str:
    """Its name for the log, such as ada/Personal, as addresses may contain secrets."""
    with snapshot(rt.engine) as session:
        return f"{hosts.get(session, calendar.host_id).slug}/{calendar.name}"


def _starts(
    rt: Runtime, chosen: Callable[[Session], Sequence[Connected]], of: Owner | None, *, now: datetime
) -> list[_Start]:
    """Read in one transaction for all calendars, which belong to one host."""
    with snapshot(rt.engine) as session:
        found = chosen(session)
        if not found:
            return []
        host = of.host if of is not None else hosts.get(session, found[0].host_id)
        ahead = [m.rules.horizon.ends_on(now.date()) - now.date() for m in meetings.of_host(session, host.id)]
        window = Interval(now - BEHIND, now + max([HORIZON_AT_LEAST, *ahead]))
        accounts = dict(of.accounts) if of is not None else {}
        accounts |= {
            each: calendars.account(session, each) for each in {each.account_id for each in found} - {*accounts}
        }
        unshown = reservations.unshown(session, [each.id for each in found])
        return [
            _Start(
                connected,
                accounts[connected.account_id],
                host,
                window,
                busy.known_etags(session, connected.id) if connected.token is None else {},
                [each for each in unshown if each.calendar_id == connected.id],
            )
            for connected in found
        ]


def _written(start: _Start, just_now: Sequence[KeptObject]) -> list[KeptObject]:
    """Objects that need not be fetched if they are listed with the ETag of our write.

    Those written `just_now`, and earlier writes that no pull has confirmed.
    """
    names = {each.name for each in just_now}
    earlier = (
        KeptObject(name=name, etag=r.etag, uid=r.uid, ours=True, revision=r.base, shown_time=r.times.get(r.base))
        for r in start.unshown
        if r.seen and r.etag is not None and r.base is not None and (name := name_of(r.href)) not in names
    )
    return [*just_now, *earlier]


def _answered(rt: Runtime, start: _Start, known: Sequence[KeptObject], *, now: datetime) -> _Answer | CalendarError:
    """The response of the calendar, read; or the error, once it is recorded."""
    try:
        with ExitStack() as stack:
            stack.push(partial(_failed, rt, start, now))
            if pause := start.account.pause(now):
                raise Busy("the server asked for patience", after_s=pause.total_seconds())
            fetched = _fetch(rt, rt.open_calendar(start.account, start.connected.url), start, known=known)
            return _Answer(fetched, stored_objects.read(fetched.objects, host=start.host, window=fetched.window))
    except CalendarError as error:
        return error


def _kept_together(
    rt: Runtime,
    answered: Sequence[tuple[_Start, _Answer]],
    known: Known,
    then: Callable[[Session], None] | None,
    *,
    now: datetime,
) -> dict[UUID, Pulled]:
    with ExitStack() as stack:
        for start, _ in answered:
            stack.push(partial(_failed, rt, start, now))
        with transaction(rt.engine) as session:
            pulled = {
                start.connected.id: _keep(session, start, answer, known=known.get(start.connected.id, ()), now=now)
                for start, answer in answered
            }
            if then is not None and not any(each.moved for each in pulled.values()):
                stack.pop_all()  # errors from here on are not the calendar's
                then(session)
            return pulled


def _fetch(rt: Runtime, calendar: Calendar, start: _Start, *, known: Sequence[KeptObject]) -> _Fetched:
    """What changed since the last pull; everything in the window where that is unknown or the window must move."""
    kept = start.connected.window
    current = kept is not None and kept.end >= start.window.end and kept.start >= start.window.start - BEHIND
    if kept is None or not current:
        return _fetch_window(rt, calendar, start)
    if start.connected.token is None:
        return _fetch_listed(rt, calendar, start, kept)
    try:
        changes = calendar.changes(start.connected.token, known={each.name: each.etag for each in known if each.etag})
    except TokenRefused:
        return _fetch_window(rt, calendar, start)
    if _lists_anew(rt, start, changes):
        return _fetch_window(rt, calendar, start)
    gone, same = [name_of(href) for href in changes.gone], [name_of(href) for href in changes.same]
    return _Fetched(token=changes.token, window=kept, objects=changes.changed, gone=gone, same=same, told_gone=True)


def _lists_anew(rt: Runtime, start: _Start, changes: Changes) -> bool:
    """Whether the server forgot the token and lists everything as changed. Then it does not name what is gone."""
    listed = {name_of(each.href): each.etag for each in changes.changed if each.etag}
    if not listed:
        return False
    with snapshot(rt.engine) as session:
        before = busy.etags_of(session, start.connected.id, list(listed))
        unchanged = sum(before.get(name) == etag for name, etag in listed.items())
        return unchanged > 0 and busy.count(session, start.connected.id) <= max(FEW, 4 * unchanged)


def _fetch_window(rt: Runtime, calendar: Calendar, start: _Start) -> _Fetched:
    window = Interval(start.window.start, start.window.end + AHEAD)
    found = calendar.snapshot(Period(window.start, window.end))
    others = calendar.listing() if found.token is None else {}
    empty = not found.objects and not others
    omitted = _omitted(rt, calendar, start, {name_of(each.href) for each in found.objects})
    objects = [*found.objects, *omitted]
    return _Fetched(token=found.token, window=window, objects=objects, others=others, whole=True, empty=empty)


def _fetch_listed(rt: Runtime, calendar: Calendar, start: _Start, window: Interval) -> _Fetched:
    """For servers without sync-collection: compare ETags, and fetch what differs."""
    listed = calendar.listing()
    names = {name_of(href): (href, etag) for href, etag in listed.items()}
    differs = [href for name, (href, etag) in names.items() if etag is None or start.known.get(name, "never") != etag]
    omitted = _omitted(rt, calendar, start, names.keys())
    there = names.keys() | {name_of(each.href) for each in omitted}
    gone = [name for name in start.known if name not in there]
    objects = [*calendar.fetch(differs), *omitted]
    return _Fetched(token=None, window=window, objects=objects, gone=gone, empty=not listed)


def _omitted(rt: Runtime, calendar: Calendar, start: _Start, listed: AbstractSet[str]) -> list[StoredObject]:
    """Objects that still stand although a complete listing leaves them out.

    A short listing proves nothing: each object that blocks coming time is asked for, and free is only what the server
    then says is gone.
    """
    with snapshot(rt.engine) as session:
        blocking = busy.blocking(session, start.connected.id, after=rt.clock.now(), limit=MISSED)
    missed = [name for name in blocking if name not in listed]
    return calendar.fetch(missed) if missed else []


def _keep(session: Session, start: _Start, answer: _Answer, *, known: Sequence[KeptObject], now: datetime) -> Pulled:
    fetched, kept = answer.fetched, answer.kept
    connected = start.connected
    lock_host(session, connected.host_id)
    outage = connected.failing_since if _outage_told(session, connected) else None
    if not calendars.advance(session, connected, token=fetched.token, window=fetched.window, now=now):
        return Pulled(len(kept), len(fetched.gone), fetched.whole, moved=True)
    as_written = [each for each in known if each.name in fetched.same]
    ours = reservations.by_uids(session, connected.host_id, [each.uid for each in [*kept, *as_written] if each.uid])
    seen = [*(_without_time(each) if each.uid in ours else each for each in kept), *as_written]
    noticed = _noticed(session, start, fetched, seen, ours, known, now=now)
    _store(session, connected, fetched, seen, noticed)
    event_changes.mark(session, noticed, now=now)
    event_changes.miss_writes(session, connected, start.unshown, now=now)
    event_changes.tell_of_conflicts(session, connected, seen, now=now)
    if connected.failing_since is not None:
        bookings.hasten_publishing(session, connected.id, now=now)
    if outage is not None:
        webhook_changes.owe_of_calendar(session, connected, ToldChange.RECOVERED, since=outage, now=now)
    if seen or fetched.same or fetched.gone or fetched.whole:
        hosts.offers_changed(session, connected.host_id)
    again = event_changes.doubt(session, noticed, now=now)
    return Pulled(len(kept), len(fetched.gone), fetched.whole, again=again)


def _outage_told(session: Session, connected: Connected) -> bool:
    return connected.failing_since is not None and calendars.outage_told(session, connected.id)


def _noticed(
    session: Session,
    start: _Start,
    fetched: _Fetched,
    seen: list[KeptObject],
    ours: Mapping[str, Reservation],
    known: Sequence[KeptObject],
    *,
    now: datetime,
) -> event_changes.Noticed:
    written = {each.uid: each for each in known}
    gone = set(busy.uids_of(session, start.connected.id, fetched.gone).values()) - ours.keys()
    looks_back = bool(fetched.whole or gone or start.connected.doubtful_since)  # otherwise none can be missing
    upcoming = event_changes.stood_there(session, start.connected, fetched.window, now=now) if looks_back else []
    return event_changes.Noticed(
        connected=start.connected,
        changed=[
            r
            for each in seen
            if (r := ours.get(each.uid or "")) and event_changes.changed(r, each, written.get(each.uid))
        ],
        upcoming=upcoming,
        vanished=[r for r in upcoming if (r.uid not in ours if fetched.whole else r.uid in gone)],
        empty=fetched.empty,
    )


def _store(
    session: Session, connected: Connected, fetched: _Fetched, seen: list[KeptObject], noticed: event_changes.Noticed
) -> None:
    """Store the result. During a mass deletion, objects that are merely not listed still block their time."""
    listed = {each.name for each in seen}
    rest = [KeptObject(name=name, etag=etag, uid=None) for name, etag in _named(fetched.others) if name not in listed]
    if noticed.suspicious or (connected.doubtful_since is not None and not fetched.told_gone):
        uids = busy.uids_of(session, connected.id, fetched.gone)
        ours = reservations.by_uids(session, connected.host_id, list(uids.values()))
        gone = [*(name for name, uid in uids.items() if uid in ours), *(name_of(r.href) for r in noticed.vanished)]
        busy.update_some(session, connected.id, connected.host_id, changed=[*seen, *rest], gone=gone)
    elif fetched.whole:
        busy.replace_all(session, connected.id, connected.host_id, [*seen, *rest])
    else:
        busy.update_some(session, connected.id, connected.host_id, changed=seen, gone=fetched.gone)


def _without_time(each: KeptObject) -> KeptObject:
    """Our own time comes from the database, everyone else's from the calendar."""
    return KeptObject(
        name=each.name,
        etag=each.etag,
        uid=each.uid,
        ours=True,
        revision=each.revision,
        shown_time=each.shown_time,
        status=each.status,
    )


def _failed(
    rt: Runtime, start: _Start, now: datetime, _kind: type[BaseException] | None, error: BaseException | None, _: object
) -> None:
    """Record any error as the calendar's health, ours included: the page closes and the host is told.

    A busy database says nothing about the calendar.
    """
    if isinstance(error, CalendarError):
        _note_failure(rt, start, error, now=now)
    elif isinstance(error, Exception) and not isinstance(error, StorageBusy):
        _note_failure(rt, start, CalendarError(f"a fault of this service: {type(error).__name__}"), now=now)


def _note_failure(rt: Runtime, start: _Start, error: CalendarError, *, now: datetime) -> None:
    with transaction(rt.engine) as session:
        lock_host(session, start.host.id)
        calendars.failed(session, start.connected.id, word=type(error).__name__, text=str(error), now=now)
        if isinstance(error, Busy) and error.after_s is not None:
            calendars.pause_account(session, start.account.id, now + timedelta(seconds=min(error.after_s, 3600)))
        hosts.offers_changed(session, start.host.id)


def _patience(connected: Connected, error: CalendarError, *, now: datetime) -> timedelta:
    """How long to wait before a failing calendar is tried again.

    Short at first; growing where a password is refused, as each try counts towards a provider's lock-out.
    """
    failing = now - (connected.failing_since or now)
    if isinstance(error, Refused):
        return min(max(timedelta(minutes=1), failing), calendars.PAUSE_AT_MOST)
    asked = timedelta(seconds=error.after_s) if isinstance(error, Busy) and error.after_s else timedelta(0)
    return max(asked, min(max(timedelta(seconds=15), failing / 2), timedelta(minutes=1)))


def _named(listed: Mapping[str, str | None]) -> list[tuple[str, str | None]]:
    return [(name_of(href), etag) for href, etag in listed.items()]
