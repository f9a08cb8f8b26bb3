"""The conflict check: after our event is written, see whether anybody else's stands at the same time.

Writing first and looking afterwards means that of two writers at least one sees the other, even one that isn't us.
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

LOOKS = 3  # at another installation's hold, before giving way
_PULLS = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of a conflict check. `shown`: the calendar shows our event as written, or none as wanted."""

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
    """Pull every calendar that counts, side by side, and see what else stands over the booking's time.

    `etag`: of our own write just now. `proven`: the event was read as written, so pulls need not show it. `then`:
    follows in the same transaction, if the calendars answered and show the event; not where one is busy or refuses.
    """
    reservation, seen = run.reservation, list[Seen]()
    written = {reservation.calendar_id: _just_written(run, etag=etag)} if reservation.calendar_id else {}

    def judge(session: Session) -> None:
        seen.append(_judge(session, run, booking, meeting, proven=proven))
        if seen[-1].shown:
            then(session, seen[-1].look)

    try:
        kept = pull_all(rt, of, known=written, then=judge)
    except CalendarError as error:
        return Seen(silence(error))
    if not kept:
        return Seen(LookAgain(timedelta(seconds=1)))
    if not seen:  # no calendar counts
        with transaction(rt.engine) as session:
            lock_host(session, booking.host_id)
            judge(session)
    return seen[-1]


def pull_all(rt: Runtime, of: Owner, *, known: Known, then: Callable[[Session], None] | None = None) -> bool:
    """Pull every calendar that counts, and call `then` with the last of them.

    A pull overtaken by another one has stored nothing, and is repeated. False: it was overtaken each time. Raises
    CalendarError.
    """
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
    """A calendar error as a run's answer."""
    seconds = getattr(error, "after_s", None)
    after = timedelta(seconds=seconds) if isinstance(seconds, int | float) else None
    return Silence(f"{type(error).__name__}: {error}", final=not error.retry, after=after)


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
    """Clean, taken, or once more: of two holds from different databases, the one with the lower UID stays."""
    if not others:
        return Verdict.CLEAN
    r = run.reservation
    rivals = [other for other in others if other.uid is not None]
    if len(rivals) == len(others) and all(r.uid < (other.uid or "") for other in rivals) and r.looks < LOOKS:
        return LookAgain(timedelta(milliseconds=500 + secrets.randbelow(1500)))
    return Verdict.TAKEN
