"""How a meeting type's choices are kept, and that each version reads what an older one wrote."""

from datetime import timedelta
from uuid import uuid4

from booking_service.domain.meeting import MeetingType
from booking_service.domain.slots import Horizon, SlotRules
from booking_service.storage.meetings import to_meeting
from booking_service.storage.tables.setup import MeetingTypeRow

RULES = {
    "duration": 1800,
    "increment": 1800,
    "buffer_before": 0,
    "buffer_after": 0,
    "notice": 0,
    "horizon_days": 30,
    "last_on": None,
    "per_day": None,
    "per_week": None,
}


def test_a_choice_that_is_younger_than_its_row_has_its_default() -> None:
    row = MeetingTypeRow(
        id=uuid4(),
        host_id=uuid4(),
        slug="intro",
        title="Intro",
        position=0,
        active=True,
        listed=True,
        rules=RULES,
        choices={"moves_at_most": 2},
    )
    half = timedelta(minutes=30)
    fresh = MeetingType(
        id=row.id,
        host_id=row.host_id,
        slug="intro",
        title="Intro",
        moves_at_most=2,
        rules=SlotRules(duration=half, increment=half, notice=timedelta(0), horizon=Horizon(days=30)),
    )
    assert to_meeting(row) == fresh
