"""Fields of contacts as staff delete or empty them, after they read what that means, and never while something names them."""

from dataclasses import replace
from pathlib import Path

import pytest

from booking_service.actions.consent import messages
from booking_service.actions.consent.profile_fields import FieldStillNeeded
from booking_service.actions.privacy import staff_acts
from booking_service.actions.setup import fields as setup_fields
from booking_service.actions.setup.file.apply import apply, export
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.crypto.ids import new_id
from booking_service.domain.audit import Actor
from booking_service.domain.errors import NotFound
from booking_service.domain.purposes import Condition
from booking_service.domain.questions import Question
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts, fields, hosts, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import KeptValue
from tests.web.admin.test_contacts import clerk, followed, of
from tests.web.admin.test_fields import FIELDS, asked_for, kept, made
from tests.web.admin.test_imports import figures, mended, planned, sent
from tests.web.consents import NEWSLETTER, offer
from tests.web.links.test_sensitive_fields import GRACE, NUMBER, files, seen, told
from tests.web.own_pages import agreed
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

FILE = "email;name;Region\nanna@example.org;Anna;Saxony-Anhalt\n"


@pytest.mark.capability("S4-26")
def test_a_field_is_deleted_with_all_that_stood_in_it_and_who_did_it_is_on_record(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    browser = clerk(s)
    here = made(browser, **{"label.en": "Region"})
    made(browser, **{"label.en": "Stage"})
    staff_acts.fill(s.w.rt, GRACE, "region", "Saxony-Anhalt", now=s.w.now)
    staff_acts.fill(s.w.rt, GRACE, "stage", "Two", now=s.w.now)
    setup = export(s.w.rt)
    apply(s.w.rt, parse(setup, env={}, folder=Path()), by="shell", now=s.w.now)
    base = sent(browser, FILE.encode())
    assert figures(planned(browser, base, c2="field:region")) == ["1 new contact"]
    page = look(browser, look(browser, here).links()["Delete this field"])
    for words in (
        "Its content for 1 contact is deleted for good.",
        "1 waiting import has a column for it.",
        "If your setup file has the field, remove it there as well",
    ):
        assert words in page.text
    staff_acts.fill(s.w.rt, GRACE, "region", "", now=s.w.now)
    stale = read(browser.post(f"{here}/delete", data={"do": "delete", "seen": page.value("seen")}))
    assert (stale.status, "Something that depends on it changed since you looked" in stale.text) == (409, True)
    staff_acts.fill(s.w.rt, GRACE, "region", "Saxony-Anhalt", now=s.w.now)
    done = followed(browser, f"{here}/delete", {"do": "delete", "seen": page.value("seen")})
    assert (done.h1, "The field is deleted, with everything that was in it." in done.text) == (
        "Fields of contacts",
        True,
    )
    assert kept(s, "region") is None
    assert seen(s) == {"stage": "Two"}
    assert browser.get(here).status_code == 404
    assert browser.post(f"{here}/delete", data={"do": "delete"}).status_code == 404
    s.w.pass_time(minutes=1)
    assert b"saxony-anhalt" not in files(s).lower()
    check = look(browser, f"{base}/check")
    browser.post(f"{base}/check", data={**mended(check), "do": "apply"})
    s.w.drain()
    assert figures(look(browser, f"{base}/done")) == ["1 new contact"]
    audit = look(signed_in(s, person(s, Role.ADMIN, email="boss@example.org")), "/admin/audit?area=consents").text
    assert "The field “region” is deleted, with its content for 1 contact" in audit
    assert "Mary Somerville <staff@example.org>" in audit
    with pytest.raises(SetupRefused, match=r"fields\.region.*was changed on a page by Mary Somerville"):
        apply(s.w.rt, parse(setup, env={}, folder=Path()), by="shell", now=s.w.now)


@pytest.mark.capability("S4-21", "S4-36", "S4-37")
def test_a_field_that_a_purpose_allows_to_keep_stays_and_can_be_emptied_with_its_locks(s: Site) -> None:
    told(s)
    browser = clerk(s)
    field = kept(s, "insurance-number")
    assert field is not None
    with transaction(s.w.rt.engine) as session:
        agatha = contacts.Contact(id=new_id(s.w.now), address="agatha@example.org", made_at=s.w.now)
        contacts.save(session, agatha)
        fields.put(session, agatha.id, field.id, locked=True)
    here = f"{FIELDS}/{field.id}/delete"
    page = look(browser, here)
    assert "It can’t be deleted while these refer to it:" in page.text
    assert page.links()["Keep your insurance number"] == "/admin/consents/purposes/insurance"
    refused = browser.post(here, data={"do": "delete", "seen": page.value("seen")})
    assert refused.status_code == 409
    assert seen(s)["insurance-number"] == "4711"
    assert page.button("Empty it for 1 contact")
    done = followed(browser, here, {"do": "empty", "seen": page.value("seen")})
    assert "The field is now empty for everybody." in done.text
    assert "The field is empty for everybody." in done.text
    assert seen(s) == {"insurance-number": "", "region": "Saxony"}
    with snapshot(s.w.rt.engine) as session:
        assert [each.locked for each in fields.values(session, agatha.id)] == [True]
    s.w.pass_time(minutes=1)
    assert NUMBER.encode() not in files(s)
    assert "Empty it" not in look(browser, here).text
    audit = look(signed_in(s, person(s, Role.ADMIN, email="boss@example.org")), "/admin/audit").text
    assert "The field “insurance-number” is emptied for 1 contact" in audit


def test_a_field_that_conditions_or_a_message_ask_for_stays_as_it_is(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    browser = clerk(s)
    here = f"{made(browser, **{'label.en': 'Region'})}/delete"
    staff_acts.fill(s.w.rt, GRACE, "region", "EU", now=s.w.now)
    message = messages.draft(
        s.w.rt,
        "newsletter",
        subject="News",
        text="There is some.",
        among=(Condition("region", ("EU",)),),
        by="x",
        called="x",
        now=s.w.now,
    )
    before = look(browser, here).value("seen")
    assert before == "1 0", "a draft takes nothing away from anybody"
    messages.start(s.w.rt, message, by=Actor(name="x"), now=s.w.now)
    asked_for(s, "region")
    with transaction(s.w.rt.engine) as session:
        rules = purposes.rules(session)
        purposes.save_rules(
            session, replace(rules, page=replace(rules.page, conditions=(Condition("region", ("EU",)),)))
        )
        hosts.save_organisation(session, replace(hosts.organisation(session), name="Lovelace"))
    page = look(browser, here)
    links = page.links()
    assert links["Newsletter"] == "/admin/consents/purposes/newsletter/settings"
    assert links["The message under “Newsletter” that is on its way"] == f"/admin/consents/messages/{message}"
    assert "Policies: who sees all of the preferences page" in page.text
    assert browser.post(here, data={"do": "delete", "seen": before}).status_code == 409
    region = kept(s, "region")
    assert region is not None
    for values_only in (True, False):
        with pytest.raises(
            FieldStillNeeded, match=r"purposes\.newsletter\.conditions, consents\.page_conditions, a message about"
        ):
            setup_fields.delete(s.w.rt, region, values_only=values_only, by=Actor(name="x"), now=s.w.now)
    assert seen(s) == {"region": "EU"}


def test_who_only_reads_deletes_no_field_and_looking_deletes_none(s: Site) -> None:
    here = f"{made(clerk(s), **{'label.en': 'Region'})}/delete"
    reader = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert (reader.get(here).status_code, reader.post(here, data={"do": "delete"}).status_code) == (404, 404)
    trusted = signed_in(
        s, person(s, Role.STAFF, email="also@example.org", permissions=frozenset({Permission.CONSENTS}))
    )
    assert trusted.get(here).status_code == 200
    assert kept(s, "region") is not None


def test_who_fills_a_field_while_it_is_deleted_is_told_that_it_is_gone(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    gone = KeptValue(contact_id=of(s, GRACE), field_id=new_id(s.w.now), value="EU", set_at=s.w.now)
    with pytest.raises(NotFound), transaction(s.w.rt.engine) as session:
        fields.put_all(session, [gone])


@pytest.mark.capability("S4-15")
def test_a_field_that_a_question_fills_stays_until_its_host_lets_go_of_it(s: Site) -> None:
    browser = clerk(s)
    here = made(browser, **{"label.en": "Region"})
    s.save(replace(s.w.intro, questions=(Question("where", "Where do you live?", field="region"),)))
    page = look(browser, f"{here}/delete")
    assert "It can’t be deleted while these refer to it:" in page.text
    assert "The question “Where do you live?” of Ada Lovelace, under “Intro call”" in page.text
    field = setup_fields.find_all(s.w.rt, language="en")[0].field
    with pytest.raises(FieldStillNeeded, match=r"hosts\.ada\.meetings\.intro\.questions\[where\]\.field"):
        setup_fields.delete(s.w.rt, field, by=Actor(name="x"), now=s.w.now)
    assert setup_fields.delete(s.w.rt, field, values_only=True, by=Actor(name="x"), now=s.w.now) == 0
    s.save(replace(s.w.intro, questions=(Question("where", "Where do you live?"),)))
    assert look(browser, f"{here}/delete").button("Delete “Region”")
