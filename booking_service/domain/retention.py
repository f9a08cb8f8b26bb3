"""How long personal details are kept (GDPR Art. 5(1)(e)).

Those of bookings: as long as the meeting needs them. Those behind ledger entries: as long as any consent stands, and for
a while after the last no; for mere questions, for a while after them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .consent import GRANTS, NOES, Act, Entry

UNCONFIRMED = timedelta(hours=24)  # after its end: enough to take the time again
AFTER_NO = timedelta(days=30)
AFTER_QUESTION = timedelta(days=14)  # after a question was asked; never before it can no longer be answered
LONGEST_DAYS = 3650
AUDIT_DAYS = 3 * 365  # claims lapse 3 years after the end of their year (§ 195 BGB)
AUDIT_DAYS_AT_LEAST = 30


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The instants before which details are due for erasure.

    `unconfirmed`: for requests that came to nothing, by when they ended. `told`: for bookings that anybody was told of,
    by the meeting's end.
    """

    unconfirmed: datetime
    told: datetime


def cutoffs(*, now: datetime, retain_days: int) -> Cutoffs:
    return Cutoffs(unconfirmed=now - UNCONFIRMED, told=now - timedelta(days=retain_days))


def kept_until(own: Iterable[Entry]) -> datetime | None:
    """Until when the details of a contact without any consent are kept, by its own entries; None where nothing ended
    yet."""
    ends = [end for each in own if (end := _kept_until(each)) is not None]
    return max(ends, default=None)


def are_evidence(own: Iterable[Entry]) -> frozenset[str]:
    """The purposes that the person or staff decided about, whose entries may have to be shown as evidence.

    For other purposes somebody was only asked, whoever typed their address.
    """
    return frozenset(each.purpose for each in own if each.act in NOES | GRANTS)


def _kept_until(entry: Entry) -> datetime | None:
    if entry.act in NOES or entry.act is Act.RETRACTED:
        return entry.at + AFTER_NO
    if entry.act is Act.ASKED:
        return max(entry.at + AFTER_QUESTION, entry.until or entry.at)
    return None
