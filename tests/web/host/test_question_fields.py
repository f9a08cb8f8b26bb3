"""A host says on the page of a question that its answer is also kept in a field of the contact."""

from dataclasses import replace
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent.contacts import find_or_make
from booking_service.crypto.ids import new_id
from booking_service.domain.meeting import DoubleOptIn
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.domain.questions import Question, QuestionKind
from booking_service.domain.roles import Role
from booking_service.storage import fields, meetings, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from tests.web.consents import contact_of, offer, ticked
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, person_of_host, signed_in

INTRO = "/host/meetings/intro"
WHERE = f"{INTRO}/questions/q.where"

pytestmark = pytest.mark.capability("S4-15")


@pytest.fixture
def ada(s: Site) -> TestClient:
    s.save(replace(s.w.intro, questions=(Question("where", "Where do you live?"),)))
    return signed_in(s, person_of_host(s, s.w.host))


def with_fields(s: Site) -> None:
    with transaction(s.w.rt.engine) as session:
        for slug, sensitive in (("region", False), ("number", True)):
            labels = {"en": slug.title(), "de": f"{slug.title()} (de)"}
            fields.save(session, ProfileField(id=new_id(s.w.now), slug=slug, labels=labels, sensitive=sensitive))


def standing(s: Site) -> Question:
    with snapshot(s.w.rt.engine) as session:
        return meetings.get(session, s.w.intro.id).questions[0]


def chosen(page: Page) -> list[str]:
    return [each.get("value", "") for each in page.one("select", name="field") if each.get("selected") is not None]


def form(**changes: str) -> dict[str, str]:
    return {"label": "Where do you live?", "kind": "text", "required": "no", "after": "", "field": "region", **changes}


def test_it_is_asked_only_where_there_are_fields(s: Site, ada: TestClient) -> None:
    assert not look(ada, WHERE).all("select", name="field")
    with_fields(s)
    page = look(ada, WHERE)
    options = {each.get("value"): each.text for each in page.one("select", name="field")}
    assert options == {"": "In none", "region": "Region", "number": "Number (encrypted)"}
    assert "not confirmed by email" not in page.text
    s.save(replace(s.w.intro, questions=(Question("where", "Where do you live?"),), doi=DoubleOptIn.OFF))
    assert "Bookings of this type are not confirmed by email, so nothing is kept there." in look(ada, WHERE).text


def test_it_is_saved_shown_and_taken_out_again(s: Site, ada: TestClient) -> None:
    with_fields(s)
    assert ada.post(WHERE, data=form()).status_code == 303
    assert standing(s).field == "region"
    assert chosen(look(ada, WHERE)) == ["region"]
    assert "also kept in a contact’s field" in look(ada, INTRO).text
    assert ada.post(WHERE, data=form(field="")).status_code == 303
    assert standing(s).field == ""
    assert "also kept in a contact’s field" not in look(ada, INTRO).text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sensitive": "yes"}, "Choose a field that is encrypted, or none."),
        ({"kind": "long"}, "A field holds one line of up to 500 characters"),
        ({"field": "gone"}, "This field no longer exists."),
    ],
)
def test_what_does_not_fit_is_said_and_what_was_typed_stays(
    s: Site, ada: TestClient, changes: dict[str, str], told: str
) -> None:
    with_fields(s)
    answer = ada.post(WHERE, data=form(label="Where now?", **changes))
    page = read(answer)
    assert answer.status_code == 422
    assert (told in page.text, page.value("label")) == (True, "Where now?")
    assert page.one("select", name="field").get("aria-invalid") == "true"
    if "field" not in changes:
        assert chosen(page) == ["region"]
    assert standing(s) == Question("where", "Where do you live?")


def test_a_sensitive_question_is_kept_in_a_field_that_is_encrypted(s: Site, ada: TestClient) -> None:
    with_fields(s)
    assert ada.post(WHERE, data=form(field="number", sensitive="yes")).status_code == 303
    assert standing(s) == Question("where", "Where do you live?", QuestionKind.TEXT, sensitive=True, field="number")


def test_staff_read_on_the_contacts_page_that_it_was_answered_on_a_form_and_hosts_read_no_hint(
    s: Site, ada: TestClient
) -> None:
    with_fields(s)
    offer(s)
    with transaction(s.w.rt.engine) as session:
        asked = replace(meetings.get(session, s.w.intro.id), questions=(Question("where", "Where?", field="region"),))
        meetings.save(session, asked)
    assert "in your profile with us" not in look(ada, "/host/bookings/new?type=intro").text
    s.confirmed(**{"answer-where": "Saxony", "kept-where": "region"}, **ticked(s))
    staff = signed_in(s, person(s, Role.STAFF))
    page = look(staff, f"/admin/consents/contacts/{contact_of(s, 'grace@example.net')}")
    assert "Saxony Answered on a booking form, 7 January 2030" in page.text


def test_staff_read_on_the_contacts_page_what_was_not_taken_over_and_why(s: Site, ada: TestClient) -> None:
    with_fields(s)
    offer(s)
    with transaction(s.w.rt.engine) as session:
        keep = Purpose(id=UUID(int=104), slug="keep-region", kind=PurposeKind.FIELD, allows_field="region")
        purposes.save(session, keep, position=3)
        where = Question("where", "Where?", field="region")
        meetings.save(session, replace(meetings.get(session, s.w.intro.id), questions=(where,)))
    s.confirmed(**{"answer-where": "Saxony <b>", "kept-where": "region"}, **ticked(s))
    staff = signed_in(s, person(s, Role.STAFF))
    address = f"/admin/consents/contacts/{contact_of(s, 'grace@example.net')}"
    page = look(staff, address)
    told = "“Where?”, for “Region”, answered on 7 January 2030: they have not agreed to what allows us to keep it"
    assert [words(each) for each in page.all("h3")] == ["Answers on booking forms that were not copied to fields"]
    assert told in [words(each) for each in page.all("li")]
    assert "Saxony" not in page.text, "what was answered stands with the booking"
    german = look(staff, f"{address}?lang=de").text
    assert "Antworten aus Buchungsformularen, die nicht in Felder übernommen wurden" in german
    assert "„Where?“, für „Region (de)“, beantwortet am 7. Januar 2030: es fehlt die Einwilligung" in german


def test_the_bookings_page_says_that_an_answer_waits_for_a_contact(s: Site, ada: TestClient) -> None:
    with_fields(s)
    offer(s)
    with transaction(s.w.rt.engine) as session:
        where = Question("where", "Where?", field="region")
        meetings.save(session, replace(meetings.get(session, s.w.intro.id), questions=(where,)))
    booking = s.confirmed(**{"answer-where": "Saxony", "kept-where": "region"})
    page = look(ada, f"/host/bookings/{booking.id}")
    told = "Not kept in the field “Region”: no contact has this address."
    assert told in words(page.one("dd", class_="typed"))
    with transaction(s.w.rt.engine) as session:
        find_or_make(s.w.rt, session, address="grace@example.net", now=s.w.now)
    assert "Not kept in the field" not in look(ada, f"/host/bookings/{booking.id}").text
