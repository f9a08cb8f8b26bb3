"""A booking as it stands once its calendar was written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ... import process_figures
from ...domain.booking import Booking, BookingState, Cause, Party
from ...domain.errors import CalendarUnverified, SlotTaken
from ...runtime import Runtime
from ..calendar.publish import publish_now
from ..calendar.requests import Work
from .find import current

INLINE = timedelta(seconds=5)  # a worker leaves a run alone that this process began by itself


def published(rt: Runtime, before: Booking, *, claimed: Sequence[Work] = (), now: datetime) -> Booking:
    """The booking after its calendar was written, if a decision was made at `now`; as it stands otherwise. `claimed`: the
    lanes that the decision took, where it did."""
    if claimed:
        return publish_now(rt, before.id, asked_at=now, claimed=claimed)
    decided = current(rt, before.id)
    if decided.decided_at == now and decided.revision != before.revision:
        return publish_now(rt, before.id, asked_at=now)
    return decided


def unless_withdrawn(booking: Booking) -> Booking:
    if booking.state is BookingState.CANCELLED and booking.cancelled_by is Party.SYSTEM:
        if booking.cause is Cause.CALENDAR:
            raise CalendarUnverified("the host's calendar could not be written; nothing was booked")
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken("somebody else was there first")
    return booking
