"""Versions of what is installed: this program, its libraries, time zones. Read from this machine alone."""

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

NAME = "booking-service"
_NEED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*([<>=!~,.\d\s]*)(?:;\s*(.*))?$")
_FLOOR = re.compile(r">=\s*([\d.]+)")
_CEILING = re.compile(r"<\s*([\d.]+)")
_ZONES_HEAD = re.compile(r"# version (\d{4}[a-z]*)")


@dataclass(frozen=True, slots=True)
class ZoneRelease:
    """A release of the IANA time zones, such as 2025b, and where it comes from."""

    version: str
    origin: str

    @property
    def year(self) -> int:
        return int(self.version[:4])


def installed(name: str = NAME) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def libraries() -> dict[str, str]:
    """This program's dependencies, direct and indirect, with installed versions, by name."""
    found: dict[str, str] = {}
    waiting = [NAME]
    while waiting:
        name = waiting.pop()
        version = installed(name)
        if version is None or _normal(name) in found:
            continue
        found[_normal(name)] = version
        waiting += [need for need, _, _ in _needs(name)]
    found.pop(NAME, None)
    return dict(sorted(found.items()))


def below_floor() -> list[str] | None:
    """Dependencies whose version does not fit, one line each. None: this program is not installed, so that is
    unknown."""
    if installed() is None:
        return None
    return [line for name, wanted, extra in _needs(NAME) if (line := _outside(name, wanted, optional=extra))]


def zones_in_use() -> ZoneRelease | None:
    """The system's time zones, else those of the package tzdata, as zoneinfo takes them. None: no version is given."""
    for folder in map(Path, zoneinfo.TZPATH):
        if folder.joinpath("UTC").exists():
            return _of_system(folder)
    return ZoneRelease(_of_package(), "the package tzdata") if installed("tzdata") else None


def _of_system(folder: Path) -> ZoneRelease | None:
    rules = folder / "tzdata.zi"
    if not rules.exists():
        return None
    with rules.open(encoding="utf-8", errors="replace") as lines:
        head = _ZONES_HEAD.match(lines.readline())
    return ZoneRelease(head[1], str(folder)) if head else None


def _of_package() -> str:
    """The IANA release of tzdata: 2025.2 is 2025b."""
    year, _, number = (installed("tzdata") or "0.1").partition(".")
    return f"{year}{chr(ord('a') + int(number.partition('.')[0]) - 1)}"


def _needs(name: str) -> Iterator[tuple[str, str, bool]]:
    """Name, version specifier, and whether it belongs to an extra."""
    for line in metadata.requires(name) or ():
        if match := _NEED.match(line):
            yield match[1], match[2], "extra" in (match[3] or "")


def _outside(name: str, wanted: str, *, optional: bool) -> str:
    version = installed(name)
    if version is None:
        return "" if optional else f"{name} is missing"
    floor, ceiling = _FLOOR.search(wanted), _CEILING.search(wanted)
    if floor and _release(version) < _release(floor[1]):
        return f"{name} {version} is installed, {floor[1]} or newer is needed"
    if ceiling and _release(version) >= _release(ceiling[1]):
        return f"{name} {version} is installed, one older than {ceiling[1]} is needed"
    return ""


def _release(version: str) -> tuple[int, ...]:
    """The leading numbers of a version without trailing zeros: 2.10 is newer than 2.9, and 4.0 equals 4."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(each) for each in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _normal(name: str) -> str:
    """The normalised name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
