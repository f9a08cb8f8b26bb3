"""Ids by time: what is written together lies together."""

import secrets
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import RFC_4122

import pytest

from booking_service.crypto.ids import ids_in_a_row, new_id

AT = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)


def test_ids_in_a_row_lie_side_by_side_between_those_of_other_instants() -> None:
    row = [*islice(ids_in_a_row(AT), 1000)]
    assert [each.int - row[0].int for each in row] == [*range(1000)]
    before, after = (new_id(AT + timedelta(milliseconds=by)) for by in (-1, 1))
    assert before < row[0] < row[-1] < after


def test_they_stay_ids_of_their_instant_wherever_they_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of all random numbers would lead into the next instant, or another kind of id."""
    monkeypatch.setattr(secrets, "randbits", lambda bits: 2**bits - 1)
    for each in islice(ids_in_a_row(AT), 1000):
        assert (each.version, each.variant, each.int >> 64) == (7, RFC_4122, new_id(AT).int >> 64)
        assert each.int >> 62 & 0b11 == 0b10
