"""Contacts that are one person: merged and parted; and a sealed field of a contact, seen in full on record."""

from dataclasses import replace
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import merges, profile, staff_entries, verify
from booking_service.actions.consent.merges import By, MergeProblem, MergeRefused
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto import keys
from booking_service.domain.consent import Act, Basis
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts
from booking_service.storage.engine import snapshot
from tests.web.consents import chain, offer, standing
from tests.web.links.test_sensitive_fields import NUMBER, told
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

OLD = "grace@old.example.org"
BY = By(staff="t", reason="one person")


def _id(s: Site, address: str) -> UUID:
    with snapshot(s.w.rt.engine) as session:
        found = contacts.by_address(session, address)
    assert found is not None
    return found.id


def _recorded(s: Site, address: str) -> None:
    brought = {"optin_who": "Grace Hopper", "optin_source": "fair", "optin_date": "2024-05-01"}
    staff_entries.record(s.w.rt, address, "newsletter", staff="t", brought=brought, reason="card", now=s.w.now)


@pytest.mark.capability("S5-06")
def test_merged_on_its_page_a_no_of_either_counts_for_both_and_parted_each_has_its_own(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    _recorded(s, OLD)
    browser = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    contact = f"/admin/consents/contacts/{_id(s, GRACE)}"
    page = look(browser, contact).links()["Merge or separate…"]
    for with_, reason, status, words in (
        ("", "one person", 422, "Write an email address"),
        (OLD, " ", 422, "Say why"),
        ("no@example.org", "one person", 422, "We know nobody with this address"),
        ("nonsense", "one person", 422, "Write an email address"),
        (GRACE, "one person", 409, "That is the same contact."),
    ):
        refused = browser.post(page, data={"with": with_, "reason": reason})
        assert (refused.status_code, words in refused.text) == (status, True), with_
    merged = browser.post(page, data={"with": OLD, "reason": "She wrote from both."})
    assert merged.headers["location"] == f"{contact}?did=merged"
    shown = look(browser, contact)
    for words in (f"merged with {OLD}", "Merged with another contact", "She wrote from both.", "fair"):
        assert words in shown.text, words
    assert f"/admin/consents/contacts/{_id(s, OLD)}" in shown.hrefs()
    assert look(browser, f"/admin/consents/contacts/{_id(s, OLD)}").links()["Grace Hopper"] == contact
    assert "merged into Grace Hopper" in look(browser, f"/admin/consents/contacts/{_id(s, OLD)}").text
    assert standing(s).basis is Basis.DOUBLE
    twice = browser.post(page, data={"with": OLD, "reason": "again"})
    assert (twice.status_code, "already merged into a contact" in twice.text) == (409, True)

    staff_entries.opt_out(s.w.rt, OLD, "newsletter", staff="t", theirs=True, reason="she rang", now=s.w.now)
    assert standing(s).basis is Basis.OUT_CONTACT
    with pytest.raises(MergeRefused) as refusal:
        merges.merge(s.w.rt, _id(s, GRACE), into=_id(s, OLD), by=BY, now=s.w.now)
    assert refusal.value.why is MergeProblem.MERGED_BEFORE
    parted = browser.post(page, data={"part": _id(s, OLD).hex, "reason": "Two people after all."})
    assert parted.headers["location"] == f"{contact}?did=parted"
    assert standing(s).basis is Basis.DOUBLE
    assert standing(s, address=OLD).basis is Basis.OUT_CONTACT
    assert [each.act for each in chain(s)][-2:] == [Act.MERGED, Act.PARTED]
    assert chain(s, OLD)[-1].act is Act.PARTED
    again = browser.post(page, data={"part": _id(s, OLD).hex, "reason": "twice"})
    assert again.status_code == 409
    s.w.drain()
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S4-38", "S4-39")
def test_a_sealed_field_is_shown_in_full_once_to_who_may_and_the_access_log_says_so(s: Site) -> None:
    told(s)
    contact = f"/admin/consents/contacts/{_id(s, GRACE)}"
    plain = look(signed_in(s, person(s, Role.STAFF)), contact)
    assert "Insurance number ••••4711" in plain.text
    assert "Show in full" not in plain.text
    who = person(
        s, Role.STAFF, email="vera@example.org", permissions=frozenset({Permission.REVEAL, Permission.CONSENTS})
    )
    vera = signed_in(s, who)
    page = look(vera, contact)
    assert "Show in full" in page.text
    assert f"{contact}/reveal" in page.actions()
    pressed = {"field": "insurance-number", "press": page.value("press")}
    shown = vera.post(f"{contact}/reveal", data=pressed)
    assert NUMBER in shown.text
    assert "Shown just this once, and recorded." in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert NUMBER not in look(vera, contact).text
    other = {"field": "region", "press": look(vera, contact).value("press")}
    assert vera.post(f"{contact}/reveal", data=other).status_code == 404
    log = look(vera, "/admin/consents/access").text
    assert "Mary Somerville saw “Insurance number” in full: Grace Hopper" in log
    refused = signed_in(s, person(s, Role.STAFF, email="max@example.org")).post(f"{contact}/reveal", data=pressed)
    assert refused.status_code in (403, 404)
    assert NUMBER not in refused.text


def _vera(s: Site) -> TestClient:
    may = frozenset({Permission.REVEAL, Permission.CONSENTS})
    return signed_in(s, person(s, Role.STAFF, email="vera@example.org", permissions=may))


def test_a_field_whose_key_is_gone_says_so_and_notes_nothing(s: Site) -> None:
    told(s)
    contact, vera = f"/admin/consents/contacts/{_id(s, GRACE)}", _vera(s)
    fresh = keys.ring_of("another-secret-for-tests-only-0123456789-abc", source="test")
    assert profile.seal_anew(replace(s.w.rt, ring=keys.KeyRing((*fresh.keys, *s.w.rt.ring.keys)))) == (1, 0)
    pressed = {"field": "insurance-number", "press": look(vera, contact).value("press")}
    answer = vera.post(f"{contact}/reveal", data=pressed)
    assert (answer.status_code, "It was sealed with a key that is gone." in answer.text) == (409, True)
    assert "in full" not in look(vera, "/admin/consents/access").text


@pytest.mark.capability("S4-38", "S4-39")
def test_a_reload_shows_a_sealed_field_no_second_time_and_the_log_has_one_line(s: Site) -> None:
    told(s)
    contact, vera = f"/admin/consents/contacts/{_id(s, GRACE)}", _vera(s)
    page = look(vera, contact)
    pressed = {"field": "insurance-number", "press": page.value("press")}
    assert NUMBER in vera.post(f"{contact}/reveal", data=pressed).text
    for _ in range(2):
        again = read(vera.post(f"{contact}/reveal", data=pressed))
        assert NUMBER not in again.text
        assert "••••4711" in again.text
        assert "It was shown by this press on 7 January 2030" in again.text
    assert look(vera, "/admin/consents/access").text.count("saw “Insurance number” in full: ") == 1
    anew = {**pressed, "press": again.value("press")}
    assert NUMBER in vera.post(f"{contact}/reveal", data=anew).text
    assert look(vera, "/admin/consents/access").text.count("saw “Insurance number” in full: ") == 2
    for press in ("", "x", "k" * 65):
        by_hand = vera.post(f"{contact}/reveal", data={**pressed, "press": press})
        assert by_hand.status_code == 404


@pytest.mark.capability("S4-38", "S4-39")
def test_who_looked_adds_why_afterwards_on_the_page_or_in_the_log_once_and_nobody_else_does(s: Site) -> None:
    told(s)
    contact, vera = f"/admin/consents/contacts/{_id(s, GRACE)}", _vera(s)
    for _ in range(2):
        shown = read(
            vera.post(
                f"{contact}/reveal",
                data={"field": "insurance-number", "press": look(vera, contact).value("press")},
            )
        )
    reason = shown.button("Add the reason")
    unsaid = vera.post(reason, data={"reason": " ", "from": "contact"})
    assert unsaid.status_code == 422
    assert "Say why: it goes on record" in unsaid.text
    assert vera.post(reason, data={"reason": "x" * 501}).status_code == 422
    said = vera.post(reason, data={"reason": "Her insurer asked for it.", "from": "contact"})
    assert said.headers["location"] == f"{contact}?did=reason"
    assert "The reason is now in the access log." in look(vera, said.headers["location"]).text
    assert vera.post(reason, data={"reason": "Another one."}).status_code == 404
    log = look(vera, "/admin/consents/access")
    assert "Her insurer asked for it." in log.text
    assert "Another one." not in log.text
    [other] = {href for href in log.hrefs() if href.endswith("/reason")}
    asked = look(vera, other)
    assert "You saw “Insurance number” in full · Grace Hopper" in asked.text

    max_ = signed_in(s, person(s, Role.STAFF, email="max@example.org", permissions=frozenset({Permission.CONSENTS})))
    assert not [href for href in look(max_, "/admin/consents/access").hrefs() if href.endswith("/reason")]
    assert max_.get(other).status_code == 404
    assert max_.post(other, data={"reason": "Not mine."}).status_code == 404
    assert vera.post(other, data={"reason": "She rang."}).headers["location"] == "/admin/consents/access"
    erasure.erase(s.w.rt, GRACE, Decider(staff="t", reason="a letter"), mode=Mode.WHOLE, now=s.w.now)
    erased = look(vera, "/admin/consents/access").text
    assert erased.count("saw “Insurance number” in full: ") == 2
    assert "She rang." not in erased, "it may name the person"
    assert "Add the reason" not in erased
    assert vera.post(other, data={"reason": "Grace Hopper rang."}).status_code == 404
