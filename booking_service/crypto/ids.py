"""Ids that grow with time: rows written together are stored together, which keeps large tables fast."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
