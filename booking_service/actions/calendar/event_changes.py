"""What a pull means for bookings: changed events, mass deletions, and new conflicts.

No booking changes here: reservations are marked, and the host is told or asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...domain.interval import Interval, merged, touching
from ...domain.mass_deletion import is_mass_deletion
from ...domain.reservation import Reservation
from ...domain.settlement import shown_after
from ...storage import bookings, busy, calendars, reservations
from ...storage.busy import KeptObject, name_of
from ...storage.calendars import Connected
from . import host_notices


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What a pull of `connected` shows of our events.

    `upcoming`: those of live bookings that stood there before, in the window that was read. `vanished`: those of them
    that are missing. `empty`: the calendar claims to hold nothing at all.
    """

    connected: Connected
    changed: Sequence[Reservation]
    upcoming: Sequence[Reservation]
    vanished: Sequence[Reservation]
    empty: bool

    @property
    def suspicious(self) -> bool:
        """Whether this looks like a mass deletion. Events that were missing before don't count."""
        new = [r for r in self.vanished if r.missing_at is None]
        return is_mass_deletion(vanished=len(new), live=len(self.upcoming), empty=self.empty and bool(self.vanished))


def stood_there(session: Session, connected: Connected, window: Interval, *, now: datetime) -> list[Reservation]:
    """Reservations of live bookings that are not over and whose event stood in this calendar."""
    standing = reservations.in_calendar(session, connected.id, after=now)
    return [r for r in standing if r.times[r.revision].end > now and r.times[r.revision].overlaps(window)]


def changed(reservation: Reservation, seen: KeptObject, written: KeptObject | None) -> bool:
    """Whether the event differs from our last write, or stands although its booking may be over.

    `written`: what the very run that checks wrote just now; where the server gave no ETag, its content decides. A run
    of somebody else may be under way, and knows by itself what it wrote. A write by a run that has lost its lane counts
    as a change, as nobody else would ever learn of it.
    """
    if written is not None and written.fence != reservation.fence:
        written = None
    if seen.etag is not None and seen.etag in (reservation.etag, written.etag if written else None):
        return False
    if written is None or written.etag is not None:
        return True
    return (seen.revision, seen.shown_time, seen.status) != (written.revision, written.shown_time, written.status)


def mark(session: Session, noticed: Noticed, *, now: datetime) -> None:
    """Mark every reservation whose event changed, also of ended bookings, in the transaction that moves the token."""
    touched = [*noticed.changed, *noticed.vanished]
    reservations.mark_seen(session, [r.id for r in noticed.changed])
    reservations.mark(session, [r.id for r in noticed.vanished])
    for reservation in touched:
        bookings.wake_publishing(session, reservation.id, due_at=now, now=now)


def miss_writes(session: Session, connected: Connected, unshown: Sequence[Reservation], *, now: datetime) -> None:
    """Compare earlier writes with what is known after the pull: it must show the event as written, or none.

    Otherwise the server claimed a success and did nothing: the event is read, and written again.
    """
    there = busy.of_names(session, connected.id, [name_of(r.href) for r in unshown])
    fences = {r.id: r.fence for r in unshown}
    now_known = reservations.of_ids(session, fences)
    same = [r for r in now_known.values() if r.fence == fences[r.id] and r.calendar_id == connected.id]
    shown = [r.id for r in same if _is_shown(r, there.get(name_of(r.href)))]
    reservations.shown(session, shown)
    for r in same:  # somebody else has written the others since
        if r.id not in shown and not r.marked:
            reservations.mark(session, [r.id])
            bookings.wake_publishing(session, r.id, due_at=now + shown_after(r.unshown), now=now)


def _is_shown(r: Reservation, there: KeptObject | None) -> bool:
    if not r.seen or there is None:
        return not r.seen and there is None
    return there.revision == r.base and (r.etag is None or there.etag in (None, r.etag))


def doubt(session: Session, noticed: Noticed, *, now: datetime) -> bool:
    """Ask the host about a mass deletion, once; or withdraw the question where all events stand again.

    True: withdrawn, and the calendar must be read from the start.
    """
    connected = noticed.connected
    if noticed.suspicious:
        host_notices.doubt_calendar(session, connected, vanished=len(noticed.vanished), now=now)
        return False
    if connected.doubtful_since is None:
        return False
    there = busy.standing_uids(session, connected.id, [r.uid for r in noticed.upcoming])
    if any(r.uid not in there for r in noticed.upcoming):
        return False
    calendars.doubt(session, connected.id, None)
    calendars.read_whole(session, connected.id, now=now)
    return True


def tell_of_conflicts(session: Session, connected: Connected, seen: Sequence[KeptObject], *, now: datetime) -> None:
    """Tell the host where somebody else's event now lies over a promised time; the promise stands."""
    foreign = merged(period for each in seen for period in each.periods if period.end > now)
    if not foreign:
        return
    window = Interval(foreign[0].start, foreign[-1].end)
    for booking_id, time in reservations.promised(session, connected.host_id, window, now=now):
        if time.end > now and touching(foreign, time):  # there may be 100,000, and all writers wait for this
            host_notices.tell_of_conflict(session, connected.host_id, booking_id, time=time, now=now)
