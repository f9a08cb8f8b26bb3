"""Calendars as a newcomer finds them: Ada's personal one with a few plans, and an empty one for each host's
bookings."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import httpx2
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from .radicale import COLLEAGUE, PASSWORD, USER

PERSONAL = f"{USER}/personal/"
BOOKINGS = f"{USER}/bookings/"
BOOKINGS_OF_COLLEAGUE = f"{COLLEAGUE}/bookings/"

_CREATE = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}
_ZONE = ZoneInfo("Europe/Berlin")
_MKCALENDAR = """\
<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>
<D:displayname>{name}</D:displayname><A:calendar-color>{color}</A:calendar-color>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""


def seed(url: str, *, now: datetime) -> None:
    """Create both of Ada's calendars if missing; a new one gets plans from `now` on. Raises HTTPError.

    Changes made since are kept.
    """
    with httpx2.Client(base_url=url, auth=(USER, PASSWORD), trust_env=False, timeout=10) as client:
        _made(client, BOOKINGS, name="Bookings", color="#0b5a4a")
        if _made(client, PERSONAL, name="Personal", color="#b4540a"):
            for uid, body in _plans(now.astimezone(_ZONE).date(), stamp=now.astimezone(UTC)):
                client.put(f"{PERSONAL}{uid}.ics", content=body, headers=_CREATE).raise_for_status()


def seed_colleague(url: str) -> None:
    """Create the calendar for the second host's bookings. Raises HTTPError."""
    with httpx2.Client(base_url=url, auth=(COLLEAGUE, PASSWORD), trust_env=False, timeout=10) as client:
        _made(client, BOOKINGS_OF_COLLEAGUE, name="Bookings", color="#7a3b8f")


def _made(client: httpx2.Client, path: str, *, name: str, color: str) -> bool:
    """MKCALENDAR (RFC 4791 §5.3.1). False: it exists, which servers answer with 405 or 409."""
    body = _MKCALENDAR.format(name=escape(name), color=color)
    answer = client.request("MKCALENDAR", path, content=body, headers={"Content-Type": "application/xml"})
    if answer.status_code in (405, 409):
        return False
    answer.raise_for_status()
    return True


def _plans(today: date, *, stamp: datetime) -> Iterator[tuple[str, bytes]]:
    monday = today - timedelta(days=today.weekday())

    def at(week: int, weekday: int, clock: str) -> datetime:
        return datetime.combine(monday + timedelta(weeks=week, days=weekday), time.fromisoformat(clock), tzinfo=_ZONE)

    def plan(uid: str, title: str, start: date, end: date, **more: object) -> tuple[str, bytes]:
        return uid, _object(uid, title, start, end, stamp=stamp, **more)

    weekly = {"FREQ": "WEEKLY"}
    yield plan("demo-team", "Team meeting", at(0, 0, "10:00"), at(0, 0, "11:00"), rrule=weekly)
    yield plan("demo-dentist", "Dentist", at(1, 1, "14:00"), at(1, 1, "15:30"))
    yield plan("demo-lunch", "Lunch with Charles", at(1, 3, "12:30"), at(1, 3, "13:30"))
    yield plan("demo-review", "Engine review", at(2, 2, "09:00"), at(2, 2, "12:00"))
    conference = at(2, 4, "00:00").date()
    yield plan("demo-conference", "Conference in Paris", conference, conference + timedelta(days=1))
    yield plan("demo-idea", "Maybe walk (free)", at(1, 4, "09:00"), at(1, 4, "10:00"), transp="TRANSPARENT")


def _object(uid: str, title: str, start: date, end: date, *, stamp: datetime, **more: object) -> bytes:
    event = Event()
    for name, value in {"uid": uid, "dtstamp": stamp, "summary": title, "dtstart": start, "dtend": end, **more}.items():
        event.add(name, value)
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", "-//Booking Service demo//EN")
    whole.add_component(_berlin())
    whole.add_component(event)
    return bytes(whole.to_ical())


def _berlin() -> Timezone:
    """The rules since 1996; icalendar's `add_missing_timezones` writes those of 1980 and leaves out later ones."""
    zone = Timezone()
    zone.add("tzid", _ZONE.key)
    zone.add_component(_switch(TimezoneDaylight(), "CEST", month=3, hour=2, before=1, after=2))
    zone.add_component(_switch(TimezoneStandard(), "CET", month=10, hour=3, before=2, after=1))
    return zone


def _switch(
    rule: TimezoneDaylight | TimezoneStandard, name: str, *, month: int, hour: int, before: int, after: int
) -> TimezoneDaylight | TimezoneStandard:
    """A change on the last Sunday of `month` at `hour` of the ending clock; UTC offsets in hours."""
    last_sunday = max(day for day in range(25, 32) if date(1996, month, day).weekday() == calendar.SUNDAY)
    rule.add("tzname", name)
    rule.add("dtstart", datetime(1996, month, last_sunday, hour))  # noqa: DTZ001  # local by definition (RFC 5545 §3.6.5)
    rule.add("rrule", {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": "-1SU"})
    rule.add("tzoffsetfrom", timedelta(hours=before))
    rule.add("tzoffsetto", timedelta(hours=after))
    return rule
