"""Ids that grow with time: rows written together are stored together, which keeps large tables fast."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROOM = 1 << 61  # of the random bits: no row of ids counts as far


def new_id(at: datetime, *, after: UUID | None = None) -> UUID:
    """A UUID version 7 (RFC 9562 §5.7) of this instant, with the fraction of its millisecond (§6.2, method 3).

    `after`: an id that it must follow, even at the same instant or after the clock was set back.
    """
    passed = at.astimezone(UTC) - _EPOCH
    microseconds = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
    milliseconds, rest = divmod(microseconds, 1000)
    value = (milliseconds << 80) | (0x7 << 76) | ((rest * 4096 // 1000) << 64) | (0b10 << 62) | secrets.randbits(62)
    if after is not None and value <= after.int:
        value = after.int + 1
    return UUID(int=value)


def ids_in_a_row(at: datetime) -> Iterator[UUID]:
    """Ids of this instant, each the next number after the last (RFC 9562 §6.2, method 1).

    For rows written together: by `new_id` each would lie on another page of the index, among those of the same instant.
    """
    first = new_id(at).int
    return (UUID(int=each) for each in count(first - (first & _ROOM)))
