"""Public holidays by country and region, from the package `holidays`: as overrides of hours, and by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .domain.availability import DateOverride, HolidayRule

if TYPE_CHECKING:
    from holidays import HolidayBase

_LANGUAGES = {"en": ("en_US", "en_GB"), "de": ("de", "de_AT", "de_CH"), "nl": ("nl", "nl_NL", "nl_BE")}


@dataclass(frozen=True, slots=True)
class Holiday:
    """`key`: its name in the country's own language, by which it is stored. `name`: for a reader."""

    on: date
    key: str
    name: str


@cache
def countries() -> Mapping[str, Sequence[str]]:
    """ISO 3166-1 codes of the countries with known holidays, with their regions (ISO 3166-2, without the country)."""
    known: Mapping[str, Sequence[str]] = _package().list_supported_countries(include_aliases=False)
    return known


@cache
def regions(country: str) -> Mapping[str, str]:
    """The regions of a country with holidays of their own, named as people there do."""
    named = _calendar(country).get_subdivision_aliases()
    return {code: next(iter(named.get(code, ())), code) for code in countries()[country]}


def read_region(written: str) -> str:
    """A country (DE), one of its regions (DE-BE), or "" for none. Raises ValueError: unknown."""
    region = written.strip()
    country, _, part = region.partition("-")
    if not region:
        return ""
    if country not in countries():
        raise ValueError(f"the public holidays of {country[:16]!r} are not known: write a country like DE, or DE-BE")
    if part and part not in countries()[country]:
        known = ", ".join(f"{country}-{each}" for each in countries()[country]) or "none"
        raise ValueError(f"{region[:32]!r} is no region whose holidays are known; of {country} there are: {known}")
    return region


def closures(rule: HolidayRule, first_on: date, last_on: date) -> tuple[DateOverride, ...]:
    """The host's days off in whole years, those of both dates included."""
    return _closures(rule, first_on.year, last_on.year) if rule.region else ()


def between(region: str, first_on: date, last_on: date, *, language: str) -> list[Holiday]:
    """The holidays of a region between two dates, both inclusive, in order; none without a region."""
    if not region:
        return []
    years = first_on.year, last_on.year
    own, shown = _named(region, *years, _own_language(region)), _named(region, *years, _spoken(region, language))
    return [
        Holiday(on, key, name) for (on, key), (_, name) in zip(own, shown, strict=True) if first_on <= on <= last_on
    ]


def names(region: str, year: int) -> frozenset[str]:
    """The keys of a region's holidays around this year; none without a region."""
    if not region:
        return frozenset()
    return frozenset(key for _, key in _named(region, year - 1, year + 2, _own_language(region)))


@lru_cache(maxsize=256)
def _closures(rule: HolidayRule, first_year: int, last_year: int) -> tuple[DateOverride, ...]:
    """Cached, as each page view asks for the same years; a pure function of its arguments."""
    return tuple(
        DateOverride(on, on, (), key)
        for on, key in _named(rule.region, first_year, last_year, _own_language(rule.region))
        if key not in rule.works_on
    )


@lru_cache(maxsize=256)
def _named(region: str, first_year: int, last_year: int, language: str | None) -> tuple[tuple[date, str], ...]:
    """One entry per day; two holidays on one day are joined by both names."""
    found = _calendar(region, years=range(first_year, last_year + 1), language=language)
    return tuple(sorted(found.items()))


def _own_language(region: str) -> str | None:
    """The country's language; by default the package would take that of the process's locale."""
    return _calendar(region).default_language


def _spoken(region: str, language: str) -> str | None:
    known = _calendar(region).supported_languages
    return next((each for each in _LANGUAGES[language] if each in known), _own_language(region))


def _calendar(region: str, *, years: range | None = None, language: str | None = None) -> "HolidayBase":
    country, _, part = region.partition("-")
    found: HolidayBase = _package().country_holidays(
        country, subdiv=part or None, years=years, language=language, expand=False
    )
    return found


def _package() -> Any:
    """Imported with the first region, as most hosts have none: it takes 4 MB."""
    return import_module("holidays")
