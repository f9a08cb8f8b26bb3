"""What people may change of their own profile, and when the press behind the link changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from booking_service.domain.own_fields import FieldOfPerson, Unchangeable, press_refusal
from booking_service.domain.privacy import LATE, PendingChange, Wish

NOW = datetime(2030, 1, 7, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
OPEN = FieldOfPerson(editable=True, stopped=False, locked=False, allowed=True)
CHANGE = PendingChange(
    id=UUID(int=1),
    contact_id=UUID(int=2),
    wish=Wish.CHANGE,
    field=UUID(int=3),
    value="Saxony",
    made_at=NOW,
    until=NOW + timedelta(hours=24),
)

pytestmark = pytest.mark.capability("S4-13")


@pytest.mark.parametrize(
    ("field", "why"),
    [
        (OPEN, None),
        (replace(OPEN, editable=False), Unchangeable.NOT_THEIRS),
        (replace(OPEN, stopped=True), Unchangeable.STOPPED),
        (replace(OPEN, locked=True), Unchangeable.ENDED),
        (replace(OPEN, allowed=False), Unchangeable.NOT_ALLOWED),
        (replace(OPEN, stopped=True, locked=True), Unchangeable.STOPPED),
    ],
)
def test_a_field_is_changed_by_its_person_only_where_nothing_speaks_against_it(
    field: FieldOfPerson, why: Unchangeable | None
) -> None:
    assert field.refusal() is why
    assert press_refusal(CHANGE, field) is why


def test_the_press_leaves_what_was_set_after_they_asked() -> None:
    assert press_refusal(CHANGE, replace(OPEN, set_at=NOW)) is None
    assert press_refusal(CHANGE, replace(OPEN, set_at=NOW - MOMENT)) is None
    assert press_refusal(CHANGE, replace(OPEN, set_at=NOW + MOMENT)) is Unchangeable.NEWER


def test_a_press_that_can_not_be_carried_out_says_why() -> None:
    assert press_refusal(CHANGE, None) is Unchangeable.UNKNOWN
    assert press_refusal(replace(CHANGE, replaced=True), OPEN) is Unchangeable.REPLACED
    assert press_refusal(replace(CHANGE, value=""), OPEN) is Unchangeable.FORGOTTEN, (
        "and it is never taken for emptying"
    )
    assert press_refusal(replace(CHANGE, value="", empties=True), OPEN) is None
    assert press_refusal(replace(CHANGE, value="", sealed="v1:x"), OPEN) is None


def test_once_done_it_holds_no_value_and_its_mail_extends_nothing_that_was_forgotten() -> None:
    done = replace(CHANGE, sealed="v1:x").done(now=NOW)
    assert (done.value, done.sealed, done.done_at) == ("", "", NOW)
    late = NOW + timedelta(hours=30)
    assert CHANGE.mailed_late(now=late) == replace(CHANGE, until=late + timedelta(hours=24))
    assert replace(CHANGE, value="").mailed_late(now=late) is None
    assert replace(CHANGE, replaced=True).mailed_late(now=late) is None


def test_a_request_is_open_until_its_link_ends_and_not_then() -> None:
    assert CHANGE.is_open(now=CHANGE.until - MOMENT)
    assert not CHANGE.is_open(now=CHANGE.until)


def test_a_mail_that_left_ten_minutes_late_gives_its_link_the_full_day() -> None:
    assert CHANGE.mailed_late(now=NOW + LATE - MOMENT) is None
    assert CHANGE.mailed_late(now=NOW + LATE) == replace(CHANGE, until=NOW + LATE + timedelta(hours=24))
