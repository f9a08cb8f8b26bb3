"""Attack mode: for how long it may be switched on, and its end."""

from datetime import timedelta

import pytest

from booking_service.domain.attack import LONGEST, SHORTEST, Attack, checked
from tests.domain.examples import NOW

SECOND = timedelta(seconds=1)


def test_it_lasts_from_an_hour_to_a_week_and_ends_by_itself() -> None:
    assert checked(SHORTEST) == SHORTEST
    assert checked(LONGEST) == LONGEST
    for wrong in (SHORTEST - SECOND, LONGEST + SECOND):
        with pytest.raises(ValueError, match="an hour to a week"):
            checked(wrong)
    attack = Attack(since=NOW, until=NOW + SHORTEST, by="ada")
    assert attack.on(NOW + SHORTEST - SECOND)
    assert not attack.on(NOW + SHORTEST)
