"""Looking, after our event was written, whether anybody else stands there too.

We write first and look after: of two writers at least one then sees the other, also a writer that isn't us.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from calendars.errors import CalendarError

from ...domain.booking import Booking
from ...domain.meeting import MeetingType
from ...domain.publishing import ClaimedState, Silence
from ...domain.reservation import Verdict
from ...domain.settlement import Look, LookAgain
from ...domain.slots import taken
from ...runtime import Runtime
from ...storage import busy, calendars
from ...storage.busy import Foreign, KeptObject, name_of
from ...storage.engine import lock_host, transaction
from .pull import Known, Owner, pull_together

LOOKS = 3  # at another instance's hold, before giving way
_PULLS = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found. `shown`: the calendar showed our event as written (or there should be none)."""

    look: Look
    shown: bool = True


def look(
    rt: Runtime,
    run: ClaimedState,
    booking: Booking,
    meeting: MeetingType,
    *,
    of: Owner,
    etag: str | None,
    proven: bool = False,
    then: Callable[[Session, Look], None],
) -> Seen:
    """Pull every calendar that counts, all at once, and see with what they came to what else stands over the booking's time.

    `etag`: of our own write just now. `proven`: the event was read there as written, so pulls need not show it. `then`: what
    follows in the same transaction where the calendars answered and show it; where one is busy or refuses, nothing does.
    """
    reservation, seen = run.reservation, list[Seen]()
    written = {reservation.calendar_id: _just_written(run, etag=etag)} if reservation.calendar_id else {}

    def judge(session: Session) -> None:
        seen.append(_judge(session, run, booking, meeting, proven=proven))
        if seen[-1].shown:
            then(session, seen[-1].look)

    try:
        kept = _pulled(rt, of, written, judge)
    except CalendarError as error:
        return Seen(silence(error))
    if not kept:
        return Seen(LookAgain(timedelta(seconds=1)))
    if not seen:  # no calendar counts
        with transaction(rt.engine) as session:
            lock_host(session, booking.host_id)
            judge(session)
    return seen[-1]


def _just_written(run: ClaimedState, *, etag: str | None) -> tuple[KeptObject, ...]:
    r, wanted = run.reservation, run.wanted
    if wanted is None:
        return ()
    written = KeptObject(
        name=name_of(r.href),
        etag=etag,
        uid=r.uid,
        ours=True,
        revision=r.revision,
        shown_time=wanted.time,
        status=str(wanted.status),
        fence=r.fence,
    )
    return (written,)


def silence(error: CalendarError) -> Silence:
    """A calendar error in the words of a run."""
    seconds = getattr(error, "after_s", None)
    after = timedelta(seconds=seconds) if isinstance(seconds, int | float) else None
    return Silence(f"{type(error).__name__}: {error}", final=not error.retry, after=after)


def _pulled(rt: Runtime, of: Owner, known: Known, then: Callable[[Session], None]) -> bool:
    """Every calendar that counts, and `then` with the last of them. A pull that another one overtook has kept nothing, so it
    is done again. False: it was overtaken each time."""
    done: set[UUID] = set()

    def left(session: Session) -> list[calendars.Connected]:
        counting = calendars.verified(calendars.of_host(session, of.host.id), now=rt.clock.now())
        return [calendar for calendar in counting if calendar.id not in done]

    for _ in range(_PULLS):
        pulled = pull_together(rt, left, known=known, of=of, then=then)
        done.update(id for id, each in pulled.items() if not each.moved)
        if done.issuperset(pulled):
            return True
    return False


def _judge(session: Session, run: ClaimedState, booking: Booking, meeting: MeetingType, *, proven: bool) -> Seen:
    r = run.reservation
    others = busy.standing_over(session, booking.host_id, taken(booking.time, meeting.rules))
    shown = busy.object_with_uid(session, r.calendar_id, r.uid) if r.calendar_id and run.wanted else None
    if (
        run.wanted
        and not proven
        and not (shown and shown.revision == r.revision and shown.shown_time == run.wanted.time)
    ):
        return Seen(LookAgain(timedelta(seconds=1)), shown=False)
    return Seen(_against(others, run))


def _against(others: list[Foreign], run: ClaimedState) -> Look:
    """Clean, taken, or again: of two holds of ours from different databases, the one with the lower UID stays."""
    if not others:
        return Verdict.CLEAN
    r = run.reservation
    rivals = [other for other in others if other.uid is not None]
    if len(rivals) == len(others) and all(r.uid < (other.uid or "") for other in rivals) and r.looks < LOOKS:
        return LookAgain(timedelta(milliseconds=500 + secrets.randbelow(1500)))
    return Verdict.TAKEN
