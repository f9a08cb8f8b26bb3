"""Staff look at the preferences page of a contact as its person sees it: they press nothing on it, and are put on record."""

import re

import pytest
from starlette.testclient import TestClient

from booking_service.actions.privacy import erasure
from booking_service.actions.privacy import preferences as own_page
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Role
from tests.web.admin.test_contacts import CONTACTS, clerk, of
from tests.web.admin.test_stored_data import with_fields
from tests.web.consents import NEWSLETTER, offer
from tests.web.links.test_sensitive_fields import INSURANCE, NUMBER, told
from tests.web.own_pages import GRACE, agreed, fresh
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, signed_in

BUTTON = "Their preferences page, as they see it…"


def rows(page: Page) -> list[str]:
    """What stands of purposes and bookings, as it is read."""
    return [words(each) for listed in page.all("ul", class_="rows") for each in listed]


@pytest.fixture
def grace(s: Site) -> str:
    """The path of a fresh link of hers."""
    offer(s, NEWSLETTER, INSURANCE)
    agreed(s, "newsletter", "insurance")
    with_fields(s)
    return fresh(s)


@pytest.fixture
def desk(s: Site, grace: str) -> TestClient:
    return clerk(s)


@pytest.mark.capability("S4-06", "S4-39")
def test_staff_see_what_the_person_sees_and_nothing_on_it_can_be_pressed(s: Site, grace: str, desk: TestClient) -> None:
    own = look(s.browser, grace)
    contact = f"{CONTACTS}/{of(s, GRACE)}"
    address = look(desk, contact).links()[BUTTON]
    before = s.rows()
    asked = look(desk, address)
    assert s.rows() == before, "asking shows and notes nothing"
    assert rows(asked) == []
    shown = read(desk.post(address))
    assert rows(shown) == rows(own)
    assert "Newsletter" in shown.text
    [inert] = shown.all("fieldset")
    assert "disabled" in inert.attrib
    assert not [each for each in shown.all("form") if "/preferences" in str(each.get("action"))]
    assert {each.get("action") for each in inert.iter("form")} == {None}
    assert [each.get("href") for each in inert.iter("a")] == []
    html = desk.post(address).text
    tokens = {part for href in own.hrefs() for part in re.findall(r"/(?:m|preferences)/([\w-]{10,})", href)}
    assert tokens
    assert not [each for each in tokens if each in html], "no link of theirs is handed out"
    log = look(desk, "/admin/consents/access?what=own-page").text
    assert log.count("looked at the preferences page") == 2


def test_no_token_of_theirs_gets_as_far_as_the_page_of_staff(s: Site, grace: str) -> None:
    seen = own_page.seen_by_staff(s.w.rt, of(s, GRACE), language="en", by="x", now=s.w.now)
    assert [each.token for each in seen.bookings] == [""]


def test_of_a_sensitive_value_they_see_no_more_than_its_end(s: Site) -> None:
    told(s)
    desk = clerk(s)
    html = desk.post(f"/admin/consents/own-page/{of(s, GRACE)}").text
    assert "••••4711" in html
    assert NUMBER not in html


def test_only_who_may_change_consents_gets_there_and_of_who_was_erased_there_is_nothing(
    s: Site, desk: TestClient
) -> None:
    address = f"/admin/consents/own-page/{of(s, GRACE)}"
    reader = signed_in(s, person(s, Role.STAFF, email="reader@example.org"))
    assert read(reader.post(address)).title.startswith("This page needs a permission")
    assert BUTTON not in look(reader, f"{CONTACTS}/{of(s, GRACE)}").links()
    erasure.erase(s.w.rt, GRACE, Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=s.w.now)
    before = s.rows()
    assert (desk.get(address).status_code, desk.post(address).status_code) == (404, 404)
    assert s.rows() == before
