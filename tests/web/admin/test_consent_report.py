"""The report whose numbers are filters, lists and proofs that leave by a button, and the log of who took them."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import staff
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.consents import EVENTS, NEWSLETTER, link_in, mails, offer, ticked
from tests.web.page_reader import look, read, words
from tests.web.site import Site, person, signed_in

REPORT, CONTACTS, ACCESS = "/admin/consents/report", "/admin/consents/contacts", "/admin/consents/access"


def clerk(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))


def everything(s: Site) -> None:
    """A double opt-in, one that waits, three by staff of which two are too old and one lacks its source, and two noes."""
    offer(s, NEWSLETTER, EVENTS)
    s.confirmed(**ticked(s, "newsletter"))
    yes = {"purpose": "newsletter", "answer": "yes"}
    s.browser.post(link_in(mails(s, "yes")[-1], "yes"), data=yes)
    s.confirmed(**ticked(s, "newsletter"), email="waits@example.net", form_key="w" * 22, start="2030-01-09T08:00:00Z")
    for name, brought in {
        "old": {"optin_source": "fair", "optin_date": "2020-01-01"},
        "older": {"optin_date": "2019-01-01"},
        "new": {"optin_source": "fair", "optin_date": "2029-12-01"},
    }.items():
        address = f"{name}@example.org"
        staff.record(s.w.rt, address, "newsletter", staff="x", brought=brought, reason="list", now=s.w.now)
    for name, theirs in {"no": True, "ours": False}.items():
        address = f"{name}@example.org"
        staff.opt_out(s.w.rt, address, "newsletter", staff="x", theirs=theirs, reason="said so", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, lasts=timedelta(days=730), review_on=date(2030, 1, 1)))


@pytest.mark.capability("S3-09", "S3-16", "S3-20", "S3-25")
def test_each_number_of_the_report_is_the_list_that_it_leads_to(s: Site) -> None:
    everything(s)
    browser = clerk(s)
    page = look(browser, REPORT)
    headings = [words(each) for each in page.one("thead").iter("th")]
    [newsletter, events] = page.one("tbody").findall("tr")
    counted = dict(zip(headings, [words(each) for each in newsletter], strict=True))
    assert {name: counted[name] for name in headings if counted[name] not in ("0", "")} == {
        "Purpose": "Newsletter",
        "Asked, no answer yet": "1",
        "Single opt-in, by staff": "3",
        "Double opt-in": "1",
        "Opted out by staff": "1",
        "Opted out by the person": "1",
        "Expired": "2",
        "Review": "1 January 2030",
    }
    assert words(events).startswith("Invitations 0")
    for link in newsletter.iter("a"):
        listed = look(browser, link.get("href", ""))
        assert len(listed.one("ul", class_="rows").findall("li")) == int(words(link)), link.get("href")
    assert "“Newsletter” is to be looked at again: its review is overdue" in page.text
    assert "“Newsletter”: 1 without source or date" in page.text
    assert "“Newsletter”: 2 too old to be used" in page.text


@pytest.mark.capability("S3-11", "S5-05", "S1-06", "S3-24")
def test_lists_and_proofs_leave_by_a_button_after_who_presses_it_showed_who_they_are(s: Site) -> None:
    everything(s)
    browser = clerk(s)
    taken = browser.post("/admin/consents/export", data={"purpose": "newsletter"})
    assert taken.headers["content-disposition"] == 'attachment; filename="newsletter.csv"'
    lines = taken.content.decode("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["email", "grace@example.net"]
    s.w.clock.advance(1)
    whole = browser.post("/admin/consents/export", data={"purpose": "newsletter", "all": "y"})
    assert len(whole.text.splitlines()) == 8
    assert browser.post("/admin/consents/export", data={"purpose": "nothing"}).status_code == 404
    with snapshot(s.w.rt.engine) as session:
        grace = contacts.by_address(session, "grace@example.net")
    assert grace is not None
    s.w.clock.advance(1)
    archive = browser.post(look(browser, f"{CONTACTS}/{grace.id}").button("Proof as an archive"))
    with ZipFile(BytesIO(archive.content)) as unpacked:
        assert {"proof.json", "verify.py", "head.json"} <= set(unpacked.namelist())
        assert "Grace Hopper" in unpacked.read("proof.html").decode()
    log = look(browser, ACCESS)
    assert [words(each) for each in log.one("ul", class_="rows").findall("li")] == [
        "Mary Somerville took a proof: Grace Hopper 7 January 2030, 09:00:02",
        "Mary Somerville took the list “newsletter” 7 lines 7 January 2030, 09:00:01",
        "Mary Somerville took the list “newsletter” 1 line 7 January 2030, 09:00:00",
    ]
    s.w.clock.advance(660)
    for address, form in (
        ("/admin/consents/export", {"purpose": "newsletter"}),
        (f"{CONTACTS}/{grace.id}/proof", {}),
    ):
        asked = browser.post(address, data=form)
        assert asked.status_code == 403
        assert "grace@example.net" not in read(asked).text
    assert len(look(browser, ACCESS).one("ul", class_="rows").findall("li")) == 3
    reader = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert reader.post("/admin/consents/export", data={"purpose": "newsletter"}).status_code == 404
    assert "Usable contacts as CSV" not in look(reader, CONTACTS).text
