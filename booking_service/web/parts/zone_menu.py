"""The menu of time zones."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from babel.core import get_global

from ...domain.availability import zone_names
from ...language import Language, language_of, zone_label

_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@dataclass(frozen=True, slots=True)
class ZoneMenu:
    """`label`: what the `chosen` zone's clocks show now. `suggested`: likely zones, by name and label.

    `fixed`: nothing to choose, as people meet in person. `suggest`: the browser may suggest a better one.
    """

    chosen: str
    label: str
    suggested: tuple[tuple[str, str], ...]
    regions: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    fixed: bool
    suggest: bool


def zones_to_choose(
    zone: ZoneInfo, language: Language, *, of_host: ZoneInfo, now: datetime, fixed: bool, suggest: bool
) -> ZoneMenu:
    """The menu with `zone` chosen, followed by the host's."""
    names = _region_names(language)
    return ZoneMenu(
        chosen=zone.key,
        label=_label(zone, language, now=now),
        suggested=() if of_host.key == zone.key else ((of_host.key, _label(of_host, language, now=now)),),
        regions=tuple((names[region], zones) for region, zones in _by_region(language.code)),
        fixed=fixed,
        suggest=suggest,
    )


def _label(zone: ZoneInfo, language: Language, *, now: datetime) -> str:
    return language.text("{zone}, {time} now", zone=zone_label(now, zone), time=language.clock(now, zone))


def _region_names(language: Language) -> Mapping[str, str]:
    return {
        "Africa": language.text("Africa"),
        "America": language.text("America"),
        "Antarctica": language.text("Antarctica"),
        "Asia": language.text("Asia"),
        "Atlantic": language.text("Atlantic"),
        "Australia": language.text("Australia"),
        "Europe": language.text("Europe"),
        "Indian": language.text("Indian Ocean"),
        "Pacific": language.text("Pacific"),
        "": language.text("Everywhere"),
    }


@cache
def _by_region(code: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The zones by region of the world, each with its city's name in the language of `code`, and UTC.

    Of several names for a place only CLDR's preferred one is listed.
    """
    language = language_of(code)
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in zone_names() - get_global("zone_aliases").keys():
        region, _, place = name.partition("/")
        if place and region in _REGIONS:
            grouped[region].append((name, language.city(name)))
    regions = ((region, tuple(sorted(grouped[region], key=_by_letters))) for region in _REGIONS if grouped[region])
    return (*regions, ("", (("UTC", "UTC"),)))


def _by_letters(zone: tuple[str, str]) -> tuple[str, str]:
    """Sort key by letters without diacritics: "Århus" among the A."""
    name, city = zone
    letters = "".join(each for each in normalize("NFD", city) if not combining(each))
    return letters.casefold(), name
