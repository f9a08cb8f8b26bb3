"""How long sign-ins last: each to the moment."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from booking_service.domain.audit import SignInMethod
from booking_service.domain.sessions import SecondStep, Session, SignIn
from tests.domain.examples import NOW

MOMENT = timedelta(microseconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def session(**changes: Any) -> Session:
    usual = {"created_at": NOW, "seen_at": NOW, "proved_at": NOW, "kept": False}
    return Session(id=UUID(int=1), person_id=UUID(int=2), **{**usual, **changes})


@pytest.mark.parametrize(
    ("kept", "seen_after", "ends_after"),
    [
        (False, 0 * HOUR, 8 * HOUR),
        (True, 0 * HOUR, 30 * DAY),
        (False, 7 * DAY - HOUR, 7 * DAY),
        (True, 90 * DAY - HOUR, 90 * DAY),
    ],
)
def test_a_session_ends_once_it_is_idle_and_at_the_latest_however_it_is_used(
    kept: bool, seen_after: timedelta, ends_after: timedelta
) -> None:
    known = session(kept=kept, seen_at=NOW + seen_after)
    assert known.is_open(NOW + ends_after - MOMENT)
    assert not known.is_open(NOW + ends_after)


def test_who_proved_who_they_are_may_change_how_they_sign_in_for_ten_minutes() -> None:
    assert session().is_fresh(NOW + timedelta(minutes=10) - MOMENT)
    assert not session().is_fresh(NOW + timedelta(minutes=10))


def test_a_mailed_link_and_a_second_step_are_over_at_their_end() -> None:
    ends_at = NOW + HOUR
    link = SignIn(id=UUID(int=1), person_id=None, email="ada@example.org", asked_at=NOW, ends_at=ends_at)
    step = SecondStep(id=UUID(int=1), person_id=UUID(int=2), way=SignInMethod.LINK, kept=False, ends_at=ends_at)
    assert link.is_open(ends_at - MOMENT)
    assert not link.is_open(ends_at)
    assert step.is_open(ends_at - MOMENT)
    assert not step.is_open(ends_at)
