"""Whether a server leaves invitations to us where an event says so (RFC 6638 §7.1, SCHEDULE-AGENT=CLIENT).

No response shows that: a person has to look into their mailbox while the event stands.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ..ical import ics
from ..ical.itip import people
from ..model import Address, Attendee, Event, EventStatus
from ..port import Calendar
from .probe import SCRATCH

TITLE = "Calendar check: please ignore"


@contextmanager
def invitation(calendar: Calendar, *, organizer: str, attendee: str, now: datetime) -> Iterator[None]:
    """Put an event into the far future that names an attendee whom the server must not mail; remove it when the block
    ends.

    Raises CalendarError. That the event is gone afterwards is as certain as the server's response to the DELETE.
    """
    uid = str(uuid.uuid4())
    event = Event(uid=uid, time=SCRATCH, status=EventStatus.CONFIRMED, summary=TITLE, sequence=0, stamped_at=now)
    ours = [written for _, written in ics.properties(event)]
    named = people(Address(organizer, ""), [Attendee(Address(attendee, ""))], agent="CLIENT")
    calendar.create(f"{uid}.ics", ics.calendar([*ours, *named]))
    try:
        yield
    finally:
        calendar.delete(f"{uid}.ics", etag=None)
