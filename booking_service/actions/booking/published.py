"""A booking as it stands once its event was written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...domain.booking import Booking, Cause
from ...domain.errors import CalendarUnverified, SlotTaken
from ...runtime import Runtime
from ...telemetry import process_figures
from ..calendar.publish import publish_now
from ..calendar.requests import Work
from .find import current

INLINE = timedelta(seconds=5)  # workers leave a run of this process alone for this long


def published(rt: Runtime, before: Booking, *, claimed: Sequence[Work] = (), now: datetime) -> Booking:
    """The booking after its event was written, if it was decided at `now`; otherwise as it stands.

    `claimed`: lanes that the decision took.
    """
    if claimed:
        return publish_now(rt, before.id, asked_at=now, claimed=claimed)
    decided = current(rt, before.id)
    if decided.decided_at == now and decided.revision != before.revision:
        return publish_now(rt, before.id, asked_at=now)
    return decided


def unless_withdrawn(booking: Booking) -> Booking:
    if booking.withdrawn:
        if booking.cause is Cause.CALENDAR:
            raise CalendarUnverified("the host's calendar could not be written; nothing was booked")
        process_figures.TAKEN_TIMES.add()
        raise SlotTaken("somebody else was there first")
    return booking
