"""Which events block time, and operations on periods."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from ..ical.moments import Length
from ..model import Period

LONG = timedelta(days=400)  # the host is warned about an event that blocks longer than this


@dataclass(frozen=True, slots=True)
class BusyRules:
    """How a host's calendar is read.

    `zone`: for all-day and floating events, and those in an unknown zone. `own_addresses`: the host's mail addresses in
    lower case; an event that one of them declined blocks nothing.
    """

    zone: ZoneInfo
    tentative_counts: bool = True
    own_addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BusyReading:
    """What one calendar object blocks: unclipped periods that touch the window, merged and in order.

    Each warning is a sentence for the host about something that could not be read as meant. It names the event by UID
    and date, never by its title.
    """

    uid: str | None
    periods: tuple[Period, ...]
    warnings: tuple[str, ...] = ()


def blocks(*, transp: str, status: str, busystatus: str, declined: bool, rules: BusyRules) -> bool:
    """Whether an event blocks time (RFC 5545 §3.8.2.7, RFC 4791 §7.10). Empty texts stand for absent properties.

    X-MICROSOFT-CDO-BUSYSTATUS refines the standard properties: FREE frees, TENTATIVE is tentative. It never makes a
    transparent event block.
    """
    status, busystatus = status.strip().upper(), busystatus.strip().upper()
    if transp.strip().upper() == "TRANSPARENT" or status == "CANCELLED" or busystatus == "FREE" or declined:
        return False
    return rules.tentative_counts or "TENTATIVE" not in (status, busystatus)


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time in the fewest periods, in order: those that touch become one, empty ones are dropped."""
    joined: list[Period] = []
    for period in sorted(period for period in periods if period.start < period.end):
        if joined and period.start <= joined[-1].end:
            if period.end > joined[-1].end:
                joined[-1] = Period(joined[-1].start, period.end)
        else:
            joined.append(period)
    return joined


def touching(periods: Iterable[Period], window: Period) -> list[Period]:
    """Those of `periods` that overlap `window`, merged."""
    return merged(each for each in periods if each.start < window.end and each.end > window.start)


def widest(length: Length) -> timedelta:
    """How far before a window an instance of this length may start on anybody's clock and still reach into it."""
    return abs(length) + timedelta(days=2)
