"""Meeting types: what they may be set to, at the limits themselves and past them."""

from datetime import timedelta
from typing import Any

import pytest

from booking_service.domain.meeting import HOLD_AT_LEAST, HOLD_AT_MOST, Approval, DoubleOptIn, HoldPolicy
from tests.domain.examples import meeting

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("setting", "least", "most", "step", "told"),
    [
        ("hold_lifetime", HOLD_AT_LEAST, HOLD_AT_MOST, SECOND, "between 5 minutes and 72 hours"),
        ("guests_at_most", 0, 10, 1, "up to 10 guests"),
    ],
)
def test_the_limits_themselves_can_be_set_and_nothing_past_them(
    setting: str, least: Any, most: Any, step: Any, told: str
) -> None:
    for within in (least, most):
        assert getattr(meeting(**{setting: within}), setting) == within
    for past in (least - step, most + step):
        with pytest.raises(ValueError, match=told):
            meeting(**{setting: past})


@pytest.mark.parametrize(
    ("doi", "approval", "policy", "kept"),
    [
        (DoubleOptIn.ON, Approval.NONE, HoldPolicy.CALENDAR, True),
        (DoubleOptIn.OFF, Approval.AFTER, HoldPolicy.CALENDAR, True),
        (DoubleOptIn.OFF, Approval.NONE, HoldPolicy.CALENDAR, False),
        (DoubleOptIn.ON, Approval.AFTER, HoldPolicy.NONE, False),
    ],
)
def test_a_time_is_kept_where_somebody_is_asked_and_holds_are_made(
    doi: DoubleOptIn, approval: Approval, policy: HoldPolicy, kept: bool
) -> None:
    assert meeting(doi=doi, approval=approval, hold_policy=policy).keeps_times(forced=False) is kept
    assert meeting(doi=doi, approval=approval, hold_policy=policy).keeps_times(forced=True) is (
        policy is not HoldPolicy.NONE
    )
