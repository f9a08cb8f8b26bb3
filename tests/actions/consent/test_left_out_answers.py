"""Answers of booking forms that do not stand in the field they were for: which, why, and until when staff are told."""

from dataclasses import replace

import pytest

from booking_service.actions.consent import left_out_answers
from booking_service.actions.consent.left_out_answers import AnswerLeftOut
from booking_service.actions.consent.question_fields import LeftOut
from booking_service.actions.privacy import staff_acts
from booking_service.crypto.ids import new_id
from booking_service.domain.consent import How
from booking_service.domain.consent_moves import Withdrawn
from booking_service.storage import bookings, contacts, fields, meetings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from tests.actions.consent.people import People
from tests.actions.consent.test_question_fields import (
    GRACE,
    KEEP,
    QUESTIONS,
    allowed_by,
    confirmed,
    held,
    stands,
)
from tests.world import World

pytestmark = pytest.mark.capability("S4-15")


@pytest.fixture(autouse=True)
def _set_up(service: World) -> None:
    with transaction(service.rt.engine) as session:
        for slug, sensitive in (("region", False), ("insurance-number", True), ("machines", False)):
            fields.save(session, ProfileField(id=new_id(service.now), slug=slug, sensitive=sensitive))
        meetings.save(session, replace(service.intro, questions=QUESTIONS))


def told(w: World) -> dict[str, LeftOut]:
    """Why each field lacks an answer, as the contact's page says it."""
    with snapshot(w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        return {each.field: each.why for each in left_out_answers.of_contact(session, contact, language="en")}


def fill(w: World, slug: str, text: str) -> None:
    staff_acts.fill(w.rt, GRACE, slug, text, now=w.now)


def test_what_was_taken_over_or_not_answered_is_not_told(service: World, people: People) -> None:
    people.contact(GRACE)
    allowed_by(service, KEEP)
    confirmed(service, held(service, where=""))
    assert stands(service) == {"insurance-number": "4711", "machines": "One, Three"}
    assert told(service) == {}


def test_an_answer_that_nobody_agreed_to_have_kept_is_told_until_they_agree(service: World, people: People) -> None:
    who = people.contact(GRACE)
    allowed_by(service, KEEP)
    booking = held(service)
    assert told(service) == {}, "nobody confirmed yet"
    confirmed(service, booking)
    assert told(service) == {"region": LeftOut.NOT_ALLOWED}
    with snapshot(service.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        [seen] = left_out_answers.of_contact(session, contact, language="en")
    assert seen == AnswerLeftOut(
        question="Where do you live?", field="region", given_at=booking.created_at, why=LeftOut.NOT_ALLOWED
    )
    people.double(who, KEEP.slug)
    service.drain()
    assert stands(service)["region"] == "Saxony"
    assert told(service) == {}
    people.say(who, Withdrawn(How.PAGE), KEEP.slug)
    service.drain()
    confirmed(service, held(service, 2, where="Hesse"))
    assert told(service) == {"region": LeftOut.ENDED}


def test_what_was_set_meanwhile_is_told_until_the_field_is_set_again(service: World, people: People) -> None:
    people.contact(GRACE)
    booking = held(service)
    service.pass_time(minutes=2)
    fill(service, "region", "Hesse")
    confirmed(service, booking)
    assert stands(service)["region"] == "Hesse"
    assert told(service) == {"region": LeftOut.NEWER}
    service.pass_time(minutes=2)
    fill(service, "region", "Saxony")
    assert told(service) == {}


def test_an_answer_that_was_taken_over_stays_so_when_it_is_looked_at_again(service: World, people: People) -> None:
    who = people.contact(GRACE)
    allowed_by(service, replace(KEEP, allows_field="machines"))
    confirmed(service, held(service))
    assert told(service) == {"machines": LeftOut.NOT_ALLOWED}
    people.double(who, KEEP.slug)
    service.drain()
    assert told(service) == {}
    assert stands(service)["region"] == "Saxony"


def test_a_booking_of_nobody_who_is_a_contact_names_the_fields_until_there_is_one(
    service: World, people: People
) -> None:
    def waits() -> dict[str, str]:
        with snapshot(service.rt.engine) as session:
            return left_out_answers.waiting_for_contact(session, bookings.get(session, booking.id), language="en")

    booking = held(service)
    assert waits() == {}, "nobody confirmed yet"
    confirmed(service, booking)
    assert waits() == {"where": "region", "insurance": "insurance-number", "machines": "machines"}
    people.contact(GRACE)
    assert waits() == {}
