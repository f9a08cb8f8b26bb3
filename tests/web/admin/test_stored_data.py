"""What is stored of a contact besides name and address, as staff fill it in."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import append, merges, phone_number, staff_entries
from booking_service.actions.setup.file.apply import apply
from booking_service.actions.setup.file.read import parse
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.roles import Permission, Role
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import CALLS
from tests.web.admin.test_contacts import followed, of
from tests.web.consents import NEWSLETTER, offer
from tests.web.links.test_sensitive_fields import GRACE, INSURANCE, NUMBER, SETUP, files, seen
from tests.web.own_pages import agreed, fresh
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

CONTACTS, OTHER = "/admin/consents/contacts", "grace@old.example.org"


@pytest.fixture
def clerk(s: Site) -> TestClient:
    offer(s, NEWSLETTER, INSURANCE)
    agreed(s, "newsletter", "insurance")
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))


def with_fields(s: Site) -> None:
    apply(s.w.rt, parse(SETUP.format(sensitive="true"), env={}, folder=Path()), by="test", now=s.w.now)


@pytest.mark.capability("S4-34", "S4-36", "S4-37")
def test_staff_fill_fields_and_of_a_sensitive_one_only_its_end_comes_back(s: Site, clerk: TestClient) -> None:
    contact = f"{CONTACTS}/{of(s, GRACE)}"
    assert "Stored data" not in look(clerk, contact).text
    with_fields(s)
    form = look(clerk, contact).links()["Fill in or change…"]
    shown = look(clerk, form)
    assert (shown.h1, shown.value("value-region")) == ("Stored data of Grace Hopper", "")
    done = followed(clerk, form, {"value-region": " EU ", "was-region": "", "value-insurance-number": NUMBER})
    assert "Saved. Nobody was written to." in done.text
    assert seen(s) == {"insurance-number": "4711", "region": "EU"}
    again = clerk.get(form).text
    assert "it contains ••••4711" in again
    assert NUMBER not in again
    assert NUMBER.encode() not in files(s)
    followed(clerk, form, {"value-region": "US", "was-region": "EU", "value-insurance-number": ""})
    assert seen(s) == {"insurance-number": "4711", "region": "US"}, "left empty, a sensitive value stays"
    stale = followed(clerk, form, {"value-region": "EU", "was-region": "EU"})
    assert "That was already recorded." in stale.text
    assert seen(s)["region"] == "US", "what nobody changed in the form is not put back by it"
    followed(
        clerk,
        form,
        {"value-region": "", "was-region": "US", "value-insurance-number": "", "empty-insurance-number": "y"},
    )
    assert seen(s) == {"insurance-number": "", "region": ""}
    long = clerk.post(form, data={"value-region": "x" * 501, "was-region": ""})
    assert (long.status_code, read(long).value("value-region")) == (422, "x" * 501)
    reader = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert (reader.get(form).status_code, "Fill in" in look(reader, contact).text) == (404, False)


def test_of_two_who_fill_a_field_at_once_the_second_is_told_and_decides(s: Site, clerk: TestClient) -> None:
    with_fields(s)
    form = f"/admin/consents/stored-data/{of(s, GRACE)}"
    clerk.post(form, data={"value-region": "EU", "was-region": ""})
    told = clerk.post(form, data={"value-region": "US", "was-region": ""})
    assert (told.status_code, seen(s)) == (409, {"region": "EU"})
    assert "Somebody else changed this field in the meantime." in read(told).text
    assert (read(told).value("value-region"), read(told).value("was-region")) == ("US", "EU")
    pressed = followed(clerk, form, {"value-region": "US", "was-region": "EU"})
    assert "Saved. Nobody was written to." in pressed.text
    assert seen(s) == {"region": "US"}
    same = followed(clerk, form, {"value-region": "US", "was-region": ""})
    assert "Saved." in same.text, "both wrote the same"


@pytest.mark.capability("S4-21", "S4-24")
def test_what_the_person_revoked_or_stopped_staff_fill_no_more(s: Site, clerk: TestClient) -> None:
    with_fields(s)
    form = f"/admin/consents/stored-data/{of(s, GRACE)}"
    clerk.post(form, data={"value-region": "EU", "was-region": "", "value-insurance-number": NUMBER})
    assert s.browser.post(fresh(s), data={"act": "end", "purpose": "insurance"}).status_code == 303
    partly = followed(clerk, form, {"value-insurance-number": "A-1", "value-region": "US", "was-region": "EU"})
    assert "Anything they have since ended the permission for is locked and stays empty." in partly.text
    assert seen(s) == {"insurance-number": "", "region": "US"}
    nothing = followed(clerk, form, {"value-insurance-number": "A-1", "value-region": "US", "was-region": "US"})
    assert "In the meantime they ended what allowed us to keep it. Nothing is saved." in nothing.text
    untouched = followed(clerk, form, {"value-insurance-number": "", "value-region": "US", "was-region": "US"})
    assert "That was already recorded." in untouched.text
    locked = look(clerk, form)
    assert "Emptied and locked" in locked.text
    assert not locked.all("input", name="value-insurance-number")
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, of(s, GRACE), "*", Stopped(), now=s.w.now)
    assert "nobody here can change it" in look(clerk, form).text
    refused = clerk.post(form, data={"value-region": "EU", "was-region": "US"})
    assert (refused.status_code, seen(s)["region"]) == (409, "US")


def test_a_stop_of_who_is_the_same_person_is_shown_before_and_of_who_has_the_same_number_is_none(
    s: Site, clerk: TestClient
) -> None:
    with_fields(s)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, CALLS, position=5)
    staff_entries.record(s.w.rt, OTHER, "newsletter", staff="x", brought={}, reason="r", now=s.w.now)
    grace, other = of(s, GRACE), of(s, OTHER)
    pages = [f"{CONTACTS}/{grace}", f"/admin/consents/number/{grace}", f"/admin/consents/stored-data/{grace}"]
    for each in (grace, other):
        phone_number.change(s.w.rt, each, "+4930901820", reason="r", by="x", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, other, "*", Stopped(), now=s.w.now)
    for page in pages:
        assert "nobody here can change it" not in look(clerk, page).text, page
    merges.merge(s.w.rt, other, into=grace, by=merges.By(staff="x", reason="one person"), now=s.w.now)
    for page in pages:
        assert "nobody here can change it" in look(clerk, page).text, page
        assert "Save" not in look(clerk, page).text
    assert look(clerk, pages[0]).h1.endswith("Locked")
    late = clerk.post(pages[2], data={"value-region": "EU", "was-region": ""})
    assert (late.status_code, "Save" in read(late).text) == (409, False)
    merges.part(s.w.rt, other, by=merges.By(staff="x", reason="two people"), now=s.w.now)
    for page in pages:
        assert "nobody here can change it" not in look(clerk, page).text, page
