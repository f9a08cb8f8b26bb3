"""How long the personal part of what somebody said is kept beside its entries: while anything stands, and a while after the
last no; of what was only asked, a while after that."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from .consent import GRANTS, NOES, Act, Entry

AFTER_NO = timedelta(days=30)
AFTER_QUESTION = timedelta(days=14)  # from when it was asked, and never while it may be answered


def kept_until(own: Iterable[Entry]) -> datetime | None:
    """Until when the details of a contact of whom nothing stands are kept, by its own entries; None: nothing of it ended."""
    ends = [end for each in own if (end := _kept_until(each)) is not None]
    return max(ends, default=None)


def are_evidence(own: Iterable[Entry]) -> frozenset[str]:
    """The purposes that somebody answered, or staff did: what was said of these may have to be shown. Of the others somebody was
    only asked, whoever typed their address."""
    return frozenset(each.purpose for each in own if each.act in NOES | GRANTS)


def _kept_until(entry: Entry) -> datetime | None:
    if entry.act in NOES or entry.act is Act.RETRACTED:
        return entry.at + AFTER_NO
    if entry.act is Act.ASKED:
        return max(entry.at + AFTER_QUESTION, entry.until or entry.at)
    return None
