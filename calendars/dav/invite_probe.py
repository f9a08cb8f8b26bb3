"""Whether a server leaves invitations to us where an event tells it to (RFC 6638 §7.1, SCHEDULE-AGENT=CLIENT).

No answer of the server shows it; only a person does, who looks into a mailbox of theirs while the event stands.
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
    """An event far away that names an attendee whom the server must not write to. It stands until the block ends.

    Raises calendars.errors; that the event is gone afterwards is as certain as the server's answer to a DELETE.
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
