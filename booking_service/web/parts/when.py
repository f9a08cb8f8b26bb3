"""Times on pages, with their zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...domain.interval import Interval
from ...domain.people import Host
from ...language import Language, ambiguous, offset, zone_label


@dataclass(frozen=True, slots=True)
class When:
    """A time in words. `host`: the host's own clock, where it differs."""

    date: str
    span: str
    zone: str
    host: str

    @property
    def full(self) -> str:
        return f"{self.date}, {self.span}"


def when(time: Interval, zone: ZoneInfo, host: Host, language: Language) -> When:
    return When(
        date=language.full_date(time.start.astimezone(zone).date()),
        span=language.span(time.start, time.end, zone),
        zone=zone_label(time.start, zone),
        host=_for_host(time, zone, host, language),
    )


def clock_of(start: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "09:00", with its offset where the clock shows this time twice."""
    local = start.astimezone(zone)
    return f"{language.time(local)} ({offset(local)})" if ambiguous(local) else language.time(local)


def until_when(until: datetime, zone: ZoneInfo, *, now: datetime, language: Language) -> str:
    """ "10:44, Europe/Berlin (UTC+1)": every time shown names its zone."""
    return f"{language.instant(until, zone, today=now.astimezone(zone).date())}, {zone_label(until, zone)}"


def _for_host(time: Interval, zone: ZoneInfo, host: Host, language: Language) -> str:
    if host.zone.key == zone.key:
        return ""
    here, there = time.start.astimezone(zone), time.start.astimezone(host.zone)
    if here.utcoffset() == there.utcoffset():
        return language.text("the same time for {host}", host=host.name)
    span = language.span(time.start, time.end, host.zone)
    if here.date() != there.date():
        span = f"{language.short_day(there.date())}, {span}"
    return language.text(
        "for {host}: {time}, {zone}", host=host.name, time=span, zone=zone_label(time.start, host.zone)
    )
