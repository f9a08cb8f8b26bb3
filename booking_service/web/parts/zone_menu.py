"""The menu of time zones."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from ...domain.availability import zone_names
from ...language import Language, zone_label

_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@dataclass(frozen=True, slots=True)
class Zones:
    """`fixed`: nothing to choose, as people meet in person. `suggest`: the browser may say a better one."""

    chosen: str
    label: str
    regions: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    fixed: bool
    suggest: bool


def zones_to_choose(zone: ZoneInfo, language: Language, *, now: datetime, fixed: bool, suggest: bool) -> Zones:
    """The menu with `zone` chosen, and what its clocks show now."""
    names = _region_names(language)
    return Zones(
        chosen=zone.key,
        label=language.text("{zone}, {time} now", zone=zone_label(now, zone), time=language.clock(now, zone)),
        regions=tuple((names[region], zones) for region, zones in _by_region()),
        fixed=fixed,
        suggest=suggest,
    )


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
def _by_region() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The zones that are named after a place, by the part of the world; (name, what is shown) each, and UTC."""
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in sorted(zone_names()):
        region, _, place = name.partition("/")
        if place and region in _REGIONS:
            grouped[region].append((name, name.replace("_", " ")))
    return (*((region, tuple(grouped[region])) for region in _REGIONS if grouped[region]), ("", (("UTC", "UTC"),)))
