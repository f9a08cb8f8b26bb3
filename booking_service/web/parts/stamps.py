"""Instants about one person, written out with the zone that they are read in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ...domain.availability import zone_kept
from ...domain.consent import Standing
from ...language import Language, zone_label


def since(language: Language, standing: Standing, instant: datetime, zone: str) -> str:
    """From when a grant counts; the day alone if it was given elsewhere."""
    return language.full_date(standing.since_on) if standing.since_on else stamp(language, instant, zone)


def stamp(language: Language, instant: datetime, zone: str) -> str:
    """Monday 23 November 2026, 11:14, Europe/Berlin (UTC+1)."""
    where = zone_kept(zone, otherwise=ZoneInfo("UTC"))
    local = instant.astimezone(where)
    return f"{language.full_date(local.date())}, {language.time(local)}, {zone_label(instant, where)}"
