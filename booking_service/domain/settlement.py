"""What a run's finding means for the booking: the second half of publishing, decided in one transaction.

Nothing is concluded after the lane was lost; nothing is announced for an outdated revision; only the first verdict
counts; a deletion is believed only when seen twice in a calendar that answers plausibly.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .booking import Booking, Cause, Decision, Party
from .effects import PublishBooking
from .freshness import CLOCKS_DIFFER
from .interval import Interval
from .meeting import MeetingType
from .owed import announce
from .publishing import (
    ANNOUNCE_AFTER,
    GRACE,
    PATIENCE,
    ClaimedState,
    Elsewhere,
    Finding,
    Gone,
    HostCancelled,
    HostMoved,
    Missing,
    Silence,
    Stands,
    Superseded,
)
from .reservation import Reservation, Verdict
from .transitions import cancel, follow, move_back

DOUBTFUL_AGAIN = timedelta(minutes=10)  # when an implausible deletion is looked at again
ENDED_AGAIN = timedelta(seconds=50)  # maximum pause before a removal is tried again: gone within a minute of an answer
AT_ONCE = 3  # runs that follow each other without a pause; after that with growing pauses
_FIRST_RETRY = timedelta(seconds=2)
_LAST_RETRY = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The conflict check came to no verdict: the calendar changed meanwhile, or another installation's hold stands
    there."""

    after: timedelta


Look = Verdict | Silence | LookAgain | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known beside a run's finding.

    `look`: the result of the conflict check; None if there was none. `plausible`: the calendar answers, and this is no
    mass deletion. `conflicted`: the host moved it over another live booking. `patient`: no invitee is waiting for the
    answer. `attempts`: runs without an answer so far.
    """

    look: Look = None
    plausible: bool = False
    conflicted: bool = False
    patient: bool = True
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What to record: the reservation, a decision about the booking if there is one, and when to run again."""

    reservation: Reservation
    decision: Decision | None = None
    again_at: datetime | None = None
    note: str = ""


def settle(
    row: Reservation,
    snapshot: ClaimedState,
    finding: Finding,
    *,
    booking: Booking,
    meeting: MeetingType,
    found: Circumstances,
    now: datetime,
) -> Settlement | None:
    """Conclude a run; None if its lane was taken over meanwhile, and nothing of it counts.

    `row` and `booking`: as they are now. `snapshot`: what the run worked from.
    """
    if row.fence != snapshot.reservation.fence:
        return None
    kept = _remembered(row, snapshot, finding)
    if row.revision != snapshot.reservation.revision:
        return Settlement(reservation=kept, again_at=now, note="a newer decision stands")
    return _concluded(kept, finding, booking=booking, meeting=meeting, found=found, now=now)


def shown_after(unshown: int) -> timedelta:
    """How long to wait for a pull to show a write before it is read and repeated: not at all the first time, then
    longer."""
    return timedelta(0) if unshown <= 1 else retry_after(unshown - 2)


def retry_after(attempts: int) -> timedelta:
    """The pause before the next try: 2 s, 4 s, 8 s … 15 min."""
    return min(_FIRST_RETRY * (1 << min(attempts, 16)), _LAST_RETRY)


def _remembered(row: Reservation, snapshot: ClaimedState, finding: Finding) -> Reservation:
    """The run's facts that hold whatever was decided meanwhile. A mark set after the claim survives."""
    released = replace(row, lane_until=None)
    if isinstance(finding, Silence | Superseded):
        return released
    known = replace(released, settled_mark=max(row.settled_mark, snapshot.reservation.mark))
    match finding:
        case Stands(etag=etag, written=written, run=run):
            base = snapshot.reservation.revision
            stands = replace(known, base=base, etag=etag, seen=True, missing_at=None, gone_at=None, run=run or row.run)
            asked = written or etag is None
            return replace(stands, unshown=_unshown(row, written=written)) if asked else stands
        case HostMoved() | HostCancelled():
            return replace(known, seen=True, etag=None, missing_at=None, gone_at=None, unshown=0)
        case Gone(proven=True, written=written):
            gone = replace(known, etag=None, seen=False, touched=False, base=None, gone_at=None, missing_at=None)
            return replace(gone, run=None, unshown=_unshown(row, written=written))
        case Gone() | Missing():
            return replace(known, etag=None, unshown=0)
        case Elsewhere(calendar_id=calendar_id, href=href):
            there = replace(known, calendar_id=calendar_id, href=href, etag=None, seen=True, unshown=0)
            return replace(there, missing_at=None, gone_at=None)


def _unshown(row: Reservation, *, written: bool) -> int:
    """The next value of `unshown`: a write counts until it is shown; what was read is known to stand."""
    return row.unshown + 1 if written else 0


def _concluded(
    kept: Reservation, finding: Finding, *, booking: Booking, meeting: MeetingType, found: Circumstances, now: datetime
) -> Settlement:
    match finding:
        case Stands():
            return _stands(kept, booking, found, meeting=meeting, now=now)
        case Gone() if booking.blocks(now):  # a hold that is not in the calendar, by its hold policy
            return _stands(kept, booking, found, meeting=meeting, now=now)
        case Gone(proven=proven):
            return _gone(kept, proven=proven, now=now)
        case HostMoved(time=time, revision=carried):
            return _moved(kept, booking, time, carried, meeting=meeting, found=found, now=now)
        case HostCancelled():
            return _ended_by_host(kept, booking, now=now)
        case Missing():
            return _missing(kept, booking, found, meeting=meeting, now=now)
        case Superseded(revision=carried):
            return _overtaken(kept, booking, carried, now=now)
        case Elsewhere():
            again_at = now if found.attempts < AT_ONCE else now + retry_after(found.attempts)
            return Settlement(reservation=kept, again_at=again_at, note="found at another place")
        case Silence():
            return _silent(kept, booking, finding, found, meeting=meeting, now=now)


def _stands(
    kept: Reservation, booking: Booking, found: Circumstances, *, meeting: MeetingType, now: datetime
) -> Settlement:
    if kept.verdict is None:
        match found.look:
            case Verdict.TAKEN:
                return _withdraw(kept, booking, Cause.TAKEN, meeting=meeting, now=now)
            case Verdict.CLEAN:
                kept = replace(kept, verdict=Verdict.CLEAN, beside=None)
            case LookAgain(after=after):
                return Settlement(reservation=replace(kept, looks=kept.looks + 1), again_at=now + after)
            case Silence():
                return _silent(kept, booking, found.look, found, meeting=meeting, now=now)
            case None:
                return Settlement(reservation=kept, again_at=now)
    if not booking.blocks(now):
        return Settlement(reservation=kept, again_at=now)
    return Settlement(reservation=kept, decision=announce(booking))


def _gone(kept: Reservation, *, proven: bool, now: datetime) -> Settlement:
    if proven:
        return Settlement(reservation=replace(kept, beside=None))
    if kept.gone_at is None or kept.gone_at > now + CLOCKS_DIFFER:
        return Settlement(reservation=replace(kept, gone_at=now), again_at=now + GRACE)
    if now < kept.gone_at + GRACE:
        return Settlement(reservation=kept, again_at=kept.gone_at + GRACE)
    return Settlement(
        reservation=replace(kept, gone_at=None, seen=False, touched=False, base=None, missing_at=None, beside=None)
    )


def _moved(
    kept: Reservation,
    booking: Booking,
    time: Interval,
    carried: int,
    *,
    meeting: MeetingType,
    found: Circumstances,
    now: datetime,
) -> Settlement:
    """The host's move becomes the booking's time, without a conflict check.

    It is stored at the revision that the event carries, so that it is followed only once.
    """
    followed = replace(
        kept, times={**kept.times, carried: time}, base=carried, beside=None, verdict=kept.verdict or Verdict.CLEAN
    )
    decision = follow(booking, time, meeting=meeting, conflicted=found.conflicted, now=now)
    return Settlement(reservation=followed, decision=decision, again_at=now)


def _overtaken(kept: Reservation, booking: Booking, carried: int, *, now: datetime) -> Settlement:
    """The event carries a revision that the database does not know: it was restored from a backup, and holds from now
    on."""
    ahead = replace(booking, revision=carried + 1)
    decision = Decision(booking=ahead, effects=(PublishBooking(booking.id),))
    return Settlement(reservation=kept, decision=decision, again_at=now, note="a newer revision stands in the calendar")


def _ended_by_host(kept: Reservation, booking: Booking, *, now: datetime) -> Settlement:
    if booking.time.end <= now:
        return Settlement(reservation=kept, note="cancelled by the host after it was over")
    decision = cancel(booking, by=Party.HOST, cause=Cause.DELETED, now=now)
    return Settlement(reservation=replace(kept, beside=None), decision=decision, again_at=now)


def _missing(
    kept: Reservation, booking: Booking, found: Circumstances, *, meeting: MeetingType, now: datetime
) -> Settlement:
    """A deletion is believed when seen twice with a grace time between, in a calendar that answers plausibly.

    After the meeting it means nothing: tidying up past events cancels nothing. A new hold's event that no conflict
    check ever showed was not deleted by anybody: the server claimed to have stored it, and had not.
    """
    if booking.time.end <= now:
        return Settlement(reservation=kept, note="not found, after it was over")
    if kept.missing_at is None or kept.missing_at > now + CLOCKS_DIFFER:
        return Settlement(reservation=replace(kept, missing_at=now), again_at=now + GRACE, note="not found once")
    if now < kept.missing_at + GRACE:
        return Settlement(reservation=kept, again_at=kept.missing_at + GRACE)
    if not found.plausible:
        return Settlement(reservation=kept, again_at=now + DOUBTFUL_AGAIN, note="not found, but that is not plausible")
    if kept.verdict is None and kept.beside is None:
        return _withdraw(kept, booking, Cause.CALENDAR, meeting=meeting, now=now)
    return _ended_by_host(kept, booking, now=now)


def _silent(
    kept: Reservation, booking: Booking, silence: Silence, found: Circumstances, *, meeting: MeetingType, now: datetime
) -> Settlement:
    asked = silence.after or timedelta(0)
    later = now + max(retry_after(found.attempts), asked)
    if not booking.blocks(now):
        soon = later if silence.final else min(later, now + max(ENDED_AGAIN, asked))
        return Settlement(reservation=kept, again_at=soon, note=silence.reason)
    if kept.verdict is None:
        if silence.final or not found.patient or now >= kept.requested_at + PATIENCE:
            return replace(_withdraw(kept, booking, Cause.CALENDAR, meeting=meeting, now=now), note=silence.reason)
        return Settlement(reservation=kept, again_at=min(later, kept.requested_at + PATIENCE), note=silence.reason)
    announce_at = booking.decided_at + ANNOUNCE_AFTER
    if booking.owed and now >= announce_at:
        return Settlement(reservation=kept, decision=announce(booking), again_at=later, note=silence.reason)
    return Settlement(
        reservation=kept, again_at=min(later, announce_at) if booking.owed else later, note=silence.reason
    )


def _withdraw(kept: Reservation, booking: Booking, cause: Cause, *, meeting: MeetingType, now: datetime) -> Settlement:
    """Give up what was not promised yet: the hold; or the move, whose old time is still reserved."""
    if kept.beside is None:
        return Settlement(
            reservation=kept, decision=cancel(booking, by=Party.SYSTEM, cause=cause, now=now), again_at=now
        )
    decision = move_back(booking, kept.beside, cause=cause, meeting=meeting, now=now)
    return Settlement(reservation=replace(kept, beside=None, verdict=Verdict.CLEAN), decision=decision, again_at=now)
