"""What blocks time: the rules by which an event counts as busy, and periods put together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from ..ical.moments import Length
from ..model import Period

LONG = timedelta(days=400)  # an event that blocks longer than this is worth a word to the host


@dataclass(frozen=True, slots=True)
class BusyRules:
    """How a host's calendar is read.

    `zone` is where all-day and floating events are meant, and those of a zone nobody knows. `own_addresses` are the
    host's mail addresses in lower case: an event that one of them declined blocks nothing.
    """

    zone: ZoneInfo
    tentative_counts: bool = True
    own_addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BusyReading:
    """What one calendar object blocks: periods that touch the window, unclipped, merged and in order.

    Each warning is a sentence for the host about something that could not be read as it was meant; it names the event
    by UID and date, never by its title.
    """

    uid: str | None
    periods: tuple[Period, ...]
    warnings: tuple[str, ...] = ()


def blocks(*, transp: str, status: str, busystatus: str, declined: bool, rules: BusyRules) -> bool:
    """Whether an event counts (RFC 5545 §3.8.2.7, RFC 4791 §7.10). Empty texts are absent properties.

    X-MICROSOFT-CDO-BUSYSTATUS refines the standard properties: FREE frees, TENTATIVE is tentative; it never makes a
    transparent event block.
    """
    status, busystatus = status.strip().upper(), busystatus.strip().upper()
    if transp.strip().upper() == "TRANSPARENT" or status == "CANCELLED" or busystatus == "FREE" or declined:
        return False
    return rules.tentative_counts or "TENTATIVE" not in (status, busystatus)


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time in as few periods as possible, in order; those that meet become one, empty ones vanish."""
    joined: list[Period] = []
    for period in sorted(period for period in periods if period.start < period.end):
        if joined and period.start <= joined[-1].end:
            if period.end > joined[-1].end:
                joined[-1] = Period(joined[-1].start, period.end)
        else:
            joined.append(period)
    return joined


def touching(periods: Iterable[Period], window: Period) -> list[Period]:
    """Those of `periods` that share some time with `window`, merged."""
    return merged(each for each in periods if each.start < window.end and each.end > window.start)


def widest(length: Length) -> timedelta:
    """How far before a window an instance of this length may begin on anyone's clock and still reach into it."""
    return abs(length) + timedelta(days=2)
