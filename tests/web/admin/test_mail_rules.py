"""Rules that mail a partner or staff: a yes at once with no more than was agreed to, its end, and nothing without a yes."""

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import staff_entries
from booking_service.domain.purposes import Accepts, ConsentRules
from booking_service.domain.roles import Permission, Role
from booking_service.mail.errors import TransportDown
from booking_service.mail.message import OutgoingMail
from booking_service.storage import gate_log, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.admin.test_contacts import of, recorded
from tests.web.admin.test_webhooks import PARTNERS
from tests.web.consents import link_in, mails, offer, ticked
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

RULES = "/admin/consents/rules"
DATA = "data@partner.example"


def boss(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.ADMIN, email="boss@example.org"))


def ruled(s: Site, audience: str = "partner", address: str = DATA) -> TestClient:
    browser = boss(s)
    answer = browser.post(RULES, data={"purpose": "partners", "audience": audience, "address": address})
    assert answer.status_code == 303, read(answer).text
    return browser


def agreed(s: Site) -> None:
    s.confirmed(**ticked(s, "partners"))
    s.browser.post(link_in(mails(s, "yes")[-1], "yes"), data={"purpose": "partners", "answer": "yes"})
    s.w.drain()


def told(s: Site, address: str = DATA) -> list[OutgoingMail]:
    return s.w.mails.to(address)


@pytest.mark.promise("I8")
@pytest.mark.capability("S4-10", "S4-15", "S4-29")
def test_a_partner_is_mailed_a_yes_at_once_and_its_end_by_the_reference_alone(s: Site) -> None:
    offer(s, PARTNERS)
    ruled(s)
    s.confirmed(**ticked(s, "partners"))
    assert told(s) == [], "asked is not agreed"
    s.browser.post(link_in(mails(s, "yes")[-1], "yes"), data={"purpose": "partners", "answer": "yes"})
    s.w.drain()
    [yes] = told(s)
    assert yes.subject == "Agreed: Passing on to partners"
    for text in ("Grace Hopper", "grace@example.net", str(of(s, "grace@example.net")), "Analytical Engines GmbH"):
        assert text in yes.text
    assert "/admin/" not in yes.text
    assert "/preferences" not in yes.text
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "grace@example.net", "partners", staff="x", theirs=True, reason="r", now=s.w.now)
    s.w.drain()
    [_, end] = told(s)
    assert end.subject == "Ended: Passing on to partners"
    assert str(of(s, "grace@example.net")) in end.text
    assert "Grace" not in end.text
    assert "grace@" not in end.text
    s.w.drain()
    assert len(told(s)) == 2


def test_what_the_policy_does_not_accept_is_not_told_and_that_is_on_record(s: Site) -> None:
    offer(s, PARTNERS)
    ruled(s)
    recorded(s, "anna@example.org", "partners")
    s.w.drain()
    assert told(s) == []
    with snapshot(s.w.rt.engine) as session:
        last = gate_log.of_contact(session, of(s, "anna@example.org"))[0]
    assert (last.use, last.why) == ("consent-told", "not-accepted: user")
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "anna@example.org", "partners", staff="x", theirs=True, reason="r", now=s.w.now)
    s.w.drain()
    assert told(s) == [], "who never heard of the yes hears of no end"
    with transaction(s.w.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
    recorded(s, "eve@example.org", "partners")
    s.w.drain()
    assert "eve@example.org" in told(s)[0].text


def test_one_address_is_told_of_a_purpose_once(s: Site) -> None:
    offer(s, PARTNERS)
    browser = ruled(s)
    again = read(browser.post(RULES, data={"purpose": "partners", "audience": "partner", "address": f"{DATA} "}))
    assert again.status == 422
    assert "This address is already told about this purpose" in again.text
    agreed(s)
    assert len(told(s)) == 1


def test_staff_get_a_link_to_the_contact_and_have_to_be_staff(s: Site) -> None:
    offer(s, PARTNERS)
    person(s, Role.STAFF, email="desk@example.org", permissions=frozenset({Permission.CONSENTS}))
    browser = ruled(s, "staff", "desk@example.org")
    agreed(s)
    [mail] = told(s, "desk@example.org")
    assert f"/admin/consents/contacts/{of(s, 'grace@example.net')}" in mail.text
    for given, wrong in (
        ({"audience": "staff", "address": "stranger@example.org"}, "None of your staff signs in with this address"),
        ({"audience": "partner", "address": "no address"}, "Write one email address"),
    ):
        answer = browser.post(RULES, data={"purpose": "partners", **given})
        assert (answer.status_code, wrong in read(answer).text) == (422, True)
    assert browser.post(RULES, data={"purpose": "?", "audience": "partner", "address": DATA}).status_code == 404


def test_a_mail_is_tried_again_and_one_rule_is_taken_away_with_what_waits(s: Site) -> None:
    offer(s, PARTNERS)
    browser = ruled(s)
    s.confirmed(**ticked(s, "partners"))
    link = link_in(mails(s, "yes")[-1], "yes")
    s.w.drain()
    s.w.mails.failing = [TransportDown("no connection"), TransportDown("no connection")]
    s.browser.post(link, data={"purpose": "partners", "answer": "yes"})
    s.w.drain()
    assert told(s) == []
    s.w.clock.advance(120)
    s.w.drain()
    assert len(told(s)) == 1
    page = look(browser, RULES)
    assert DATA in page.text
    id = page.all("button", name="id")[0].get("value", "")
    assert browser.post(f"{RULES}/remove", data={"id": id}).status_code == 303
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "grace@example.net", "partners", staff="x", theirs=True, reason="r", now=s.w.now)
    s.w.drain()
    assert len(told(s)) == 1
    assert "Nobody is told by email." in look(browser, RULES).text
    log = look(browser, "/admin/audit").text
    assert f"Answers about “partners” are mailed to {DATA}" in log
    assert f"Answers about “partners” are no longer mailed to {DATA}" in log
    browser.post(RULES, data={"purpose": "partners", "audience": "partner", "address": DATA})
    assert DATA in look(browser, RULES).text
    assert "There are no webhooks." in look(browser, "/admin/consents/webhooks").text
