"""Contacts that are one person: merged and parted; and a sealed field of a contact, seen in full on record."""

from uuid import UUID

import pytest

from booking_service.actions.consent import merges, staff, verify
from booking_service.actions.consent.merges import By, MergeProblem, MergeRefused
from booking_service.domain.consent import Act, Basis
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts
from booking_service.storage.engine import snapshot
from tests.web.consents import chain, offer, standing
from tests.web.links.test_sensitive_fields import NUMBER, told
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look
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
    staff.record(s.w.rt, address, "newsletter", staff="t", brought=brought, reason="card", now=s.w.now)


@pytest.mark.capability("S5-06")
def test_merged_on_its_page_a_no_of_either_counts_for_both_and_parted_each_has_its_own(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    _recorded(s, OLD)
    browser = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    contact = f"/admin/consents/contacts/{_id(s, GRACE)}"
    page = look(browser, contact).links()["Merge or part…"]
    for with_, reason, status, words in (
        ("", "one person", 422, "Write a mail address"),
        (OLD, " ", 422, "Say why"),
        ("no@example.org", "one person", 422, "Nobody of this address"),
        ("nonsense", "one person", 422, "Write a mail address"),
        (GRACE, "one person", 409, "That is the same contact."),
    ):
        refused = browser.post(page, data={"with": with_, "reason": reason})
        assert (refused.status_code, words in refused.text) == (status, True), with_
    merged = browser.post(page, data={"with": OLD, "reason": "She wrote from both."})
    assert merged.headers["location"] == f"{contact}?did=merged"
    shown = look(browser, contact)
    for words in (f"merged with {OLD}", "Merged with another contact", "She wrote from both.", "fair"):
        assert words in shown.text, words
    assert "merged into Grace Hopper" in look(browser, f"/admin/consents/contacts/{_id(s, OLD)}").text
    assert standing(s).basis is Basis.DOUBLE
    twice = browser.post(page, data={"with": OLD, "reason": "again"})
    assert (twice.status_code, "merged into a contact already" in twice.text) == (409, True)

    staff.opt_out(s.w.rt, OLD, "newsletter", staff="t", theirs=True, reason="she rang", now=s.w.now)
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
    shown = vera.post(f"{contact}/reveal", data={"field": "insurance-number"})
    assert NUMBER in shown.text
    assert "Shown this once, and on record." in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert NUMBER not in look(vera, contact).text
    assert vera.post(f"{contact}/reveal", data={"field": "region"}).status_code == 404
    log = look(vera, "/admin/consents/access").text
    assert "Mary Somerville saw “insurance-number” in full: Grace Hopper" in log
    refused = signed_in(s, person(s, Role.STAFF, email="max@example.org")).post(
        f"{contact}/reveal", data={"field": "insurance-number"}
    )
    assert refused.status_code in (403, 404)
    assert NUMBER not in refused.text
