"""Changes of bookings and calendars that webhooks are told of: which they are, and what of them is fixed when they happen.

Nothing here says who somebody is. That is read when a message leaves, so that it is gone with its booking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .booking import BookingState, Decision
from .timeline import Happened


class ToldChange(StrEnum):
    """What happened. The spelling is the type that a message carries, and stays."""

    HELD = "booking.held"
    CONFIRMED = "booking.confirmed"
    EXPIRED = "booking.expired"
    RELEASED = "booking.released"  # a hold that was given up before its deadline
    CANCELLED = "booking.cancelled"  # what had been confirmed
    RESCHEDULED = "booking.rescheduled"
    UNREACHABLE = "calendar.unreachable"
    RECOVERED = "calendar.recovered"
    TEST = "webhook.test"  # somebody tries the way


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to a webhook. `due_at`: when it is tried next, where it is neither `done_at` nor `dead_at` (given up)."""

    number: int
    change: ToldChange
    created_at: datetime
    due_at: datetime
    done_at: datetime | None
    dead_at: datetime | None
    attempts: int
    error: str


_BY_WORD = {
    Happened.HELD: ToldChange.HELD,
    Happened.CONFIRMED: ToldChange.CONFIRMED,
    Happened.EXPIRED: ToldChange.EXPIRED,
}
_MOVES = (Happened.MOVED, Happened.MOVED_BACK)


def change_of(decision: Decision) -> ToldChange | None:
    """None: others hear nothing of it, as of a mail that was sent again."""
    if decision.happened is Happened.CANCELLED:
        return ToldChange.RELEASED if decision.before is BookingState.HELD else ToldChange.CANCELLED
    if decision.happened in _MOVES:
        time, detail = decision.booking.time, dict(decision.detail)
        stays = (detail["from"], detail["from_end"]) == (time.start.isoformat(), time.end.isoformat())
        return None if stays else ToldChange.RESCHEDULED
    return _BY_WORD.get(decision.happened) if decision.happened is not None else None


def facts_of(decision: Decision, *, now: datetime) -> Mapping[str, str]:
    """What a message about it says, however the booking goes on meanwhile; instants in UTC."""
    booking, detail = decision.booking, dict(decision.detail)
    known = {
        "at": now.isoformat(),
        "revision": str(booking.revision),
        "state": booking.state.value,
        "start": booking.time.start.isoformat(),
        "end": booking.time.end.isoformat(),
        "previous_start": detail.get("from", ""),
        "previous_end": detail.get("from_end", ""),
        "hold_until": booking.hold_until.isoformat() if booking.awaits else "",  # gone once all have agreed
        "by": decision.by.value,
        "cause": detail.get("cause", ""),
    }
    return {name: text for name, text in known.items() if text}
