"""What the audit found, put right as far as that is safe: nothing is decided here that no rule of the service decides anyway.

A run reads the booking and makes its calendar so; a calendar that is read from the start is compared with what is kept, and a
mass deletion in it is asked about first. Only a second, equal copy of an event is deleted directly.
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
    """What came of one finding. `done`: put right, or under way by the worker; `words` say which, or why not."""

    finding: Discrepancy
    done: bool
    words: str


def intended(finding: Discrepancy) -> str:
    """What would be done about it."""
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
    """Do what is safe about each. May be repeated: whatever is right by now stays as it is. Raises StorageBusy."""
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
    """As a pull does that saw the event changed."""
    with transaction(rt.engine) as session:
        lock_host(session, reservations.get(session, reservation_id).host_id)
        reservations.mark(session, [reservation_id])
        bookings.wake_publishing(session, reservation_id, due_at=now, now=now)


def _without_copy(rt: Runtime, finding: Discrepancy, copy: RemoveCopy) -> Repaired:
    """Only if it is unchanged since it was read (If-Match)."""
    with snapshot(rt.engine) as session:
        connected = calendars.get(session, copy.calendar_id)
        account = calendars.account(session, connected.account_id)
    try:
        rt.open_calendar(account, connected.url).delete(copy.href, etag=copy.etag)
    except CalendarError as error:
        return Repaired(finding, False, f"was not deleted: {explain(error).sentence}")
    return Repaired(finding, True, "the second event is deleted")
