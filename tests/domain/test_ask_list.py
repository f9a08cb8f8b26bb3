"""Whom of a list may be asked: case by case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from booking_service.domain.ask_list import Verdict, judged
from booking_service.domain.consent import CONTACT, Act, Basis, Entry, How, Standing
from booking_service.domain.gate import Refused

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
ENTRY = Entry(
    id=UUID(int=1),
    contact_id=UUID(int=2),
    number=1,
    purpose="newsletter",
    act=Act.ASKED,
    by=CONTACT,
    how=How.FORM,
    at=NOW,
    until=NOW + timedelta(days=12),
)
DOUBLE = Standing(basis=Basis.DOUBLE, since=NOW - timedelta(days=400), rests_on=ENTRY)
USER = replace(DOUBLE, basis=Basis.USER)
CASES = (
    (Standing(), Verdict.NEVER),
    (Standing(question=ENTRY), Verdict.WAITING),
    (Standing(question=replace(ENTRY, until=NOW)), Verdict.NEVER),
    (Standing(declined=ENTRY), Verdict.OWN_NO),
    (replace(USER, declined=ENTRY), Verdict.OWN_NO),
    (Standing(basis=Basis.OUT_CONTACT, rests_on=ENTRY), Verdict.OWN_NO),
    (Standing(basis=Basis.OUT_USER, rests_on=ENTRY), Verdict.STAFFS_NO),
    (replace(DOUBLE, stopped=ENTRY), Verdict.STOPPED),
    (DOUBLE, Verdict.CONFIRMED),
    (replace(DOUBLE, question=ENTRY), Verdict.WAITING),
    (USER, Verdict.ASKED),
    (replace(USER, basis=Basis.FORM), Verdict.ASKED),
    (replace(USER, basis=Basis.IMPLIED), Verdict.ASKED),
    (replace(USER, question=replace(ENTRY, until=NOW)), Verdict.ASKED),
)


def verdict(standing: Standing, refused: Refused | None = None, **more: object) -> Verdict:
    given = {"has_address": True, "gone": False, "lasts": None, **more}
    return judged(standing, refused, now=NOW, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("standing", "expected"), CASES)
def test_only_who_gave_something_less_than_double_is_asked(standing: Standing, expected: Verdict) -> None:
    assert verdict(standing) is expected


def test_a_no_goes_before_all_else_and_what_can_not_be_reached_is_not_asked() -> None:
    assert verdict(DOUBLE, lasts=timedelta(days=365)) is Verdict.ASKED, "too old is asked again"
    assert verdict(USER, has_address=False) is Verdict.NO_ADDRESS
    assert verdict(USER, Refused.BLOCKED) is Verdict.BLOCKED
    assert verdict(USER, Refused.CONDITIONS) is Verdict.UNCONCERNED
    assert verdict(USER, Refused.NOT_ACCEPTED) is Verdict.ASKED
    assert verdict(Standing(declined=ENTRY), has_address=False) is Verdict.OWN_NO
    assert verdict(USER, gone=True) is Verdict.GONE
