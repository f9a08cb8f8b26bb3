"""Whom of a list may be asked: case by case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from booking_service.domain.ask_list import AskVerdict, judged
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
    (Standing(), AskVerdict.NEVER),
    (Standing(question=ENTRY), AskVerdict.WAITING),
    (Standing(question=ENTRY._replace(until=NOW)), AskVerdict.NEVER),
    (Standing(declined=ENTRY), AskVerdict.OWN_NO),
    (replace(USER, declined=ENTRY), AskVerdict.OWN_NO),
    (Standing(basis=Basis.OUT_CONTACT, rests_on=ENTRY), AskVerdict.OWN_NO),
    (Standing(basis=Basis.OUT_USER, rests_on=ENTRY), AskVerdict.STAFFS_NO),
    (replace(DOUBLE, stopped=ENTRY), AskVerdict.STOPPED),
    (DOUBLE, AskVerdict.CONFIRMED),
    (replace(DOUBLE, question=ENTRY), AskVerdict.WAITING),
    (USER, AskVerdict.ASKED),
    (replace(USER, basis=Basis.FORM), AskVerdict.ASKED),
    (replace(USER, basis=Basis.IMPLIED), AskVerdict.ASKED),
    (replace(USER, question=ENTRY._replace(until=NOW)), AskVerdict.ASKED),
)


def verdict(standing: Standing, refused: Refused | None = None, **more: object) -> AskVerdict:
    given = {"has_address": True, "gone": False, "lasts": None, **more}
    return judged(standing, refused, now=NOW, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("standing", "expected"), CASES)
def test_only_who_gave_something_less_than_double_is_asked(standing: Standing, expected: AskVerdict) -> None:
    assert verdict(standing) is expected


def test_a_no_goes_before_all_else_and_what_can_not_be_reached_is_not_asked() -> None:
    assert verdict(DOUBLE, lasts=timedelta(days=365)) is AskVerdict.ASKED, "too old is asked again"
    assert verdict(USER, has_address=False) is AskVerdict.NO_ADDRESS
    assert verdict(USER, Refused.BLOCKED) is AskVerdict.BLOCKED
    assert verdict(USER, Refused.CONDITIONS) is AskVerdict.UNCONCERNED
    assert verdict(USER, Refused.NOT_ACCEPTED) is AskVerdict.ASKED
    assert verdict(Standing(declined=ENTRY), has_address=False) is AskVerdict.OWN_NO
    assert verdict(USER, gone=True) is AskVerdict.GONE
