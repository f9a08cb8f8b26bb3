"""Staff give a contact a number to call, change it or take it away, on a page of its own."""

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import staff_entries
from booking_service.domain.roles import Role
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import CALLS
from tests.web.admin.test_contacts import clerk, of
from tests.web.consents import offer
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

GRACE, OLD, NEW = "grace@example.net", "+4930901820", "+4930901821"

pytestmark = pytest.mark.capability("S5-01")


@pytest.fixture
def desk(s: Site) -> TestClient:
    offer(s)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, CALLS, position=5)
    staff_entries.record(s.w.rt, GRACE, "newsletter", staff="x", brought={}, reason="r", now=s.w.now)
    return clerk(s)


def form(number: str, **more: str) -> dict[str, str]:
    return {"number": number, "was": "", "reason": "told us on the phone", **more}


def test_a_number_is_given_and_a_yes_to_calls_stands_for_it_until_it_is_another(s: Site, desk: TestClient) -> None:
    contact = f"/admin/consents/contacts/{of(s, GRACE)}"
    address = look(desk, contact).links()["Number to call…"]
    assert look(desk, address).value("number") == ""
    saved = desk.post(address, data=form("+49 30 901820"))
    assert saved.headers["location"] == f"{contact}?did=number"
    assert OLD in look(desk, contact).text
    staff_entries.record(s.w.rt, GRACE, "calls", staff="x", brought={}, reason="r", now=s.w.now)
    assert "may be called" in look(desk, contact).text
    assert desk.post(address, data=form(NEW, was=OLD)).status_code == 303
    page = look(desk, contact)
    assert NEW in page.text
    assert "may be called" not in page.text
    assert GRACE in look(desk, "/admin/consents/contacts?purpose=calls&standing=contradictory").text
    agreed = {"to": "record", "reason": "They agreed on the phone."}
    assert desk.post(f"{contact}/calls", data=agreed).headers["location"] == f"{contact}?did=record"
    assert "may be called" in look(desk, contact).text
    assert "record" not in {each.get("value") for each in look(desk, f"{contact}/calls").all("input", name="to")}
    assert desk.post(address, data=form("", was=NEW)).headers["location"] == f"{contact}?did=no-number"
    assert NEW not in look(desk, contact).text
    log = look(desk, "/admin/consents/access?what=number").text
    assert log.count("changed the number to call") == 3
    assert "told us on the phone" in log


def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(s: Site, desk: TestClient) -> None:
    address = f"/admin/consents/number/{of(s, GRACE)}"
    for number, reason, told in (
        ("030 901820", "r", "Write it with its country, like +49 30 1234567"),
        (OLD, " ", "Say why: it goes on record with the change"),
        (OLD, "x" * 501, "500"),
    ):
        answer = read(desk.post(address, data=form(number, reason=reason)))
        assert answer.status == 422
        assert told in answer.text
        assert answer.value("number") == number
    assert desk.post(address, data=form(OLD)).status_code == 303
    late = read(desk.post(address, data=form(NEW)))
    assert late.status == 409
    assert "Somebody else changed this field in the meantime." in late.text
    assert (late.value("was"), late.value("number")) == (OLD, NEW)
    assert desk.post(address, data=form(NEW, was=OLD)).status_code == 303


def test_who_may_not_record_consents_is_shown_no_number_to_change(s: Site, desk: TestClient) -> None:
    reader = signed_in(s, person(s, Role.STAFF, email="reader@example.org"))
    assert "Number to call…" not in look(reader, f"/admin/consents/contacts/{of(s, GRACE)}").links()
    address = f"/admin/consents/number/{of(s, GRACE)}"
    assert reader.get(address).status_code in (403, 404)
    assert reader.post(address, data=form(NEW)).status_code in (403, 404)
