"""What is stored of a calendar's objects: busy times, and the content of our own events."""

from collections.abc import Sequence

from calendars.busy.periods import BusyReading, BusyRules, busy_of_all, unreadable
from calendars.ical import ics
from calendars.model import Period, StoredObject

from ...domain.interval import Interval
from ...domain.people import Host
from ...invites import BOOKING_ID, revision_of
from ...storage.busy import KeptObject, name_of


def read(objects: Sequence[StoredObject], *, host: Host, window: Interval) -> list[KeptObject]:
    """What to store of each object: its busy time in the window and, for our own events, what they say."""
    rules = BusyRules(zone=host.zone, own_addresses=frozenset({host.email.lower()}))
    period = Period(window.start, window.end)
    whole = [each for each in objects if not each.fault]
    readings = busy_of_all([each.body for each in whole], window=period, rules=rules)
    found = [*zip(whole, readings, strict=True), *(_unread(each, period) for each in objects if each.fault)]
    return [_kept(each, reading, host, window) for each, reading in found]


def _unread(stored: StoredObject, window: Period) -> tuple[StoredObject, BusyReading]:
    """An unreadable object, named by its href: that of one of our events contains its UID."""
    return stored, unreadable(stored.fault, window=window, uid=name_of(stored.href).removesuffix(".ics"))


def _kept(stored: StoredObject, reading: BusyReading, host: Host, window: Interval) -> KeptObject:
    """The times in the window and, with our marks, what the event says. No title is returned."""
    marked = BOOKING_ID.encode() in stored.body
    event = _our_event(stored.body, host) if marked else None
    return KeptObject(
        name=name_of(stored.href),
        etag=stored.etag,
        uid=reading.uid,
        ours=marked,
        revision=revision_of(event.marks) if event else None,
        shown_time=Interval(event.time.start, event.time.end) if event and event.time.start < event.time.end else None,
        periods=tuple(
            Interval(max(period.start, window.start), min(period.end, window.end))
            for period in reading.periods
            if period.start < window.end and window.start < period.end
        ),  # an event mailed to the host by anybody may last until the year 9999
        warning="; ".join(reading.warnings),
        status=event.status.value if event and event.status else "",
    )


def _our_event(body: bytes, host: Host) -> ics.OurEvent | None:
    try:
        return ics.read(body, zone=host.zone)
    except ics.Unreadable:
        return None
