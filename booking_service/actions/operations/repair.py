"""Safe repairs of audit findings; each only triggers what the service's rules decide anyway.

A run reads the booking and makes its calendar show it. A calendar read from the start is compared with what is stored,
and a mass deletion is asked about first. Only an equal second copy of an event is deleted directly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from calendars.errors import CalendarError, explain

from ...runtime import Runtime
from ...storage import bookings, calendars, reservations
from ...storage.engine import lock_host, snapshot, transaction
from ..booking.expire import expire_due
from .consistency import Discrepancy, EndHolds, FollowMove, ReadWhole, RemoveCopy, RunAgain


@dataclass(frozen=True, slots=True)
class Repaired:
    """The result for one finding. `done`: repaired, or being repaired by the worker; `words`: which, or why not."""

    finding: Discrepancy
    done: bool
    words: str


def intended(finding: Discrepancy) -> str:
    """The planned repair in words."""
    match finding.fix:
        case None:
            return "is for a person to look at"
        case EndHolds():
            return "the hold is ended"
        case RunAgain():
            return "a run makes the calendar show what the booking is"
        case FollowMove():
            return "a run follows the host, who moved the event"
        case ReadWhole():
            return "the calendar is read from the start, and what is gone from it counts as deleted by the host"
        case RemoveCopy():
            return "the second event is deleted, as it says the same as the first"
        case _:
            assert_never(finding.fix)


def repair(rt: Runtime, findings: Sequence[Discrepancy], *, now: datetime) -> list[Repaired]:
    """Perform all safe repairs; can be repeated, as right things stay unchanged. Raises StorageBusy."""
    return [_repaired(rt, each, now=now) for each in findings]


def _repaired(rt: Runtime, finding: Discrepancy, *, now: datetime) -> Repaired:
    match finding.fix:
        case None:
            return Repaired(finding, False, intended(finding))
        case EndHolds():
            expire_due(rt, now=now)
            return Repaired(finding, True, "the hold is ended")
        case RunAgain(reservation_id=reservation_id) | FollowMove(reservation_id=reservation_id):
            _run_again(rt, reservation_id, now=now)
            return Repaired(finding, True, "the worker compares it with the calendar now")
        case ReadWhole(calendar_id=calendar_id):
            with transaction(rt.engine) as session:
                calendars.read_whole(session, calendar_id, now=now)
            return Repaired(finding, True, "the worker reads the calendar from the start now")
        case RemoveCopy():
            return _without_copy(rt, finding, finding.fix)
        case _:
            assert_never(finding.fix)


def _run_again(rt: Runtime, reservation_id: UUID, *, now: datetime) -> None:
    """As a pull does for a changed event."""
    with transaction(rt.engine) as session:
        lock_host(session, reservations.get(session, reservation_id).host_id)
        reservations.mark(session, [reservation_id])
        bookings.wake_publishing(session, reservation_id, due_at=now, now=now)


def _without_copy(rt: Runtime, finding: Discrepancy, copy: RemoveCopy) -> Repaired:
    """Delete the copy if it is unchanged (If-Match)."""
    with snapshot(rt.engine) as session:
        connected = calendars.get(session, copy.calendar_id)
        account = calendars.account(session, connected.account_id)
    try:
        rt.open_calendar(account, connected.url).delete(copy.href, etag=copy.etag)
    except CalendarError as error:
        return Repaired(finding, False, f"was not deleted: {explain(error).sentence}")
    return Repaired(finding, True, "the second event is deleted")
