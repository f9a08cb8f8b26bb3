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


def zones_to_choose(zone: ZoneInfo, said: Language, *, now: datetime, fixed: bool, suggest: bool) -> Zones:
    """The menu with `zone` chosen, and what its clocks show now."""
    names = _region_names(said)
    return Zones(
        chosen=zone.key,
        label=said.text("{zone}, {time} now", zone=zone_label(now, zone), time=said.clock(now, zone)),
        regions=tuple((names[region], zones) for region, zones in _by_region()),
        fixed=fixed,
        suggest=suggest,
    )


def _region_names(said: Language) -> Mapping[str, str]:
    return {
        "Africa": said.text("Africa"), "America": said.text("America"), "Antarctica": said.text("Antarctica"),
        "Asia": said.text("Asia"), "Atlantic": said.text("Atlantic"), "Australia": said.text("Australia"),
        "Europe": said.text("Europe"), "Indian": said.text("Indian Ocean"), "Pacific": said.text("Pacific"),
        "": said.text("Everywhere"),
    }  # fmt: skip


@cache
def _by_region() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The zones that are named after a place, by the part of the world; (name, what is shown) each, and UTC."""
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in sorted(zone_names()):
        region, _, place = name.partition("/")
        if place and region in _REGIONS:
            grouped[region].append((name, name.replace("_", " ")))
    return (*((region, tuple(grouped[region])) for region in _REGIONS if grouped[region]), ("", (("UTC", "UTC"),)))
