"""How what can be booked is kept, and that each version reads what an older one wrote."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from booking_service.domain.localized_text import InLanguages
from booking_service.domain.meeting import MeetingType
from booking_service.domain.people import Organisation
from booking_service.domain.questions import QuestionKind
from booking_service.domain.slots import Horizon, SlotRules
from booking_service.storage import hosts
from booking_service.storage.engine import snapshot, transaction
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


@pytest.mark.parametrize(
    ("imprint", "row"),
    [
        ("Ada\nLondon", "Ada\nLondon"),
        ("{not JSON", '{"": "{not JSON"}'),
        ('{"en": "London"}', '{"": "{\\"en\\": \\"London\\"}"}'),
        (InLanguages((("de", "Zürich"), ("en", "Zurich"))), '{"de": "Zürich", "en": "Zurich"}'),
    ],
)
def test_a_text_is_kept_as_it_was_written(engine: Engine, imprint: str | InLanguages, row: str) -> None:
    with transaction(engine) as session:
        hosts.save_organisation(session, Organisation(name="X", imprint=imprint))
    with snapshot(engine) as session:
        assert hosts.organisation(session).imprint == imprint
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT imprint FROM organisation").scalar_one() == row
        connection.exec_driver_sql("UPDATE organisation SET imprint = '{of before there were languages'")
    with snapshot(engine) as session:
        assert hosts.organisation(session).imprint == "{of before there were languages"


def test_questions_of_before_there_were_kinds_are_read() -> None:
    old = {"key": "topic", "label": "About?", "required": True, "long": True, "sensitive": False}
    row = MeetingTypeRow(
        id=uuid4(),
        host_id=uuid4(),
        slug="a",
        title="A",
        rules=RULES,
        choices={"questions": [old, {**old, "long": False}]},
    )
    long, short = to_meeting(row).questions
    assert (long.kind, short.kind, long.required, long.only_after) == (QuestionKind.LONG, QuestionKind.TEXT, True, None)
