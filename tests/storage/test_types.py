"""What drivers give, read past the types of columns as these would read it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from booking_service.storage.types import kept_instant

NOON = datetime(2030, 1, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "2030-01-07 12:00:00.000000",
        "2030-01-07 12:00:00",
        "2030-01-07 13:00:00+01:00",
        NOON,
        NOON.astimezone(timezone(timedelta(hours=-5))),
    ],
)
def test_an_instant_is_utc_however_a_database_spells_it(given: object) -> None:
    read = kept_instant(given)
    assert (read, read.tzinfo) == (NOON, UTC)
