"""The rules of purposes: when an unanswered question is asked again."""

from datetime import date, timedelta
from uuid import UUID

from booking_service.domain.purposes import ConsentRules, Purpose, PurposeKind
from tests.domain.examples import NOW

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def test_a_reminder_is_due_before_the_question_ends_and_never_twice() -> None:
    rules = ConsentRules(remind_every=3 * DAY, reminders=4)
    ahead = rules.reminders_ahead(asked_at=NOW, until=NOW + 12 * DAY, now=NOW)
    assert ahead == (NOW + 3 * DAY, NOW + 6 * DAY, NOW + 9 * DAY), "none as the question ends"
    assert rules.next_reminder(asked_at=NOW, until=NOW + 12 * DAY, now=NOW + 3 * DAY - MOMENT) == NOW + 3 * DAY
    assert rules.next_reminder(asked_at=NOW, until=NOW + 12 * DAY, now=NOW + 3 * DAY) == NOW + 6 * DAY


def test_texts_are_due_for_a_review_on_the_very_day() -> None:
    purpose = Purpose(id=UUID(int=1), slug="newsletter", kind=PurposeKind.EMAIL, review_on=date(2030, 1, 7))
    assert [purpose.review_due(date(2030, 1, day)) for day in (6, 7, 8)] == [False, True, True]
