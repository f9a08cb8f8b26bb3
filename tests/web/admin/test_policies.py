"""Policies on their page: seen with who set them, changed one at a time, and asked about once more where that weighs."""

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access.audit import record
from booking_service.actions.operations.timers import each_half_minute
from booking_service.actions.setup import policies
from booking_service.actions.setup.file import apply
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.domain.audit import Actor, AuditAct, Sought
from booking_service.domain.meeting import DoubleOptIn
from booking_service.domain.people import Organisation
from booking_service.domain.policies import Policies
from booking_service.domain.purposes import Accepts, Condition
from booking_service.domain.roles import Role
from booking_service.storage import audit, changes, fields
from booking_service.storage.changes import SetupChange
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from tests.web.admin.test_contacts import of, said_yes
from tests.web.consents import mails, offer, ticked
from tests.web.links.test_preferences import fresh
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, person_of_host, signed_in

POLICIES = "/admin/policies"


@pytest.fixture
def office(s: Site) -> TestClient:
    s.save(Organisation(name="Analytical Engines"))
    return signed_in(s, person(s, Role.ADMIN))


def fold(browser: TestClient, id: str, **typed: str) -> dict[str, str]:
    """A fold's form as the page fills it in, with what somebody types."""
    page = look(browser, POLICIES)
    (form,) = [f for f in page.all("form", method="post") if any(e.get("value") == id for e in f.iter("input"))]
    fields = {
        each.get("name", ""): each.get("value", "") or ("yes" if each.get("type") == "checkbox" else "")
        for each in form.iter("input")
        if each.get("type") in ("hidden", "text") or "checked" in each.attrib
    }
    fields |= {each.get("name", ""): (each.text or "").removeprefix("\n") for each in form.iter("textarea")}
    for each in form.iter("select"):
        fields[each.get("name", "")] = next(o.get("value", "") for o in each.iter("option") if "selected" in o.attrib)
    return {**fields, **typed}


def now(s: Site) -> Policies:
    return policies.show(s.w.rt).policies


def hidden(page: Page) -> dict[str, str]:
    return {e.get("name", ""): e.get("value", "") for e in page.all("input", type="hidden")}


def folds(page: Page) -> Mapping[str, str]:
    return {
        each.get("id", "").removeprefix("fold-"): words(next(each.iter("summary")))
        for each in page.all("details", class_="fold")
    }


def test_a_policy_is_set_on_its_page_stands_there_with_who_and_why_and_in_the_file(s: Site, office: TestClient) -> None:
    typed = fold(office, "confirm", doi="forced", reason="Data protection review")
    answer = office.post(POLICIES, data=typed)
    assert answer.status_code == 303
    page = look(office, answer.headers["location"])
    assert "Saved: Confirming bookings by email." in page.text
    assert folds(page)["confirm"] == (
        "Confirming bookings by email Everyone must set by Mary Somerville <admin@example.org> on 7 January 2030: "
        "“Data protection review”"
    )
    found = words(look(office, "/admin/audit?q=review").one("ul", class_="rows timed"))
    assert "Every booking is confirmed by email (Organisation): false → true" in found
    assert "organisation.doi_forced" in found
    assert "“Data protection review”" in found
    host = signed_in(s, person_of_host(s, s.w.host))
    assert (
        "yes, for everyone, whatever you choose here. “Data protection review”"
        in look(host, "/host/meetings/intro").text
    )
    exported = parse(apply.export(s.w.rt), env={}, folder=s.w.rt.settings.data_dir)
    assert exported.organisation == now(s).organisation
    assert exported.organisation.doi_forced
    older = '[organisation]\nname = "Analytical Engines"\n'
    with pytest.raises(SetupRefused, match=r"organisation\.doi_forced: was changed on a page by Mary Somerville"):
        apply.apply(s.w.rt, parse(older, env={}, folder=s.w.rt.settings.data_dir), by="root", now=s.w.now)


def test_letting_hosts_decide_shows_the_warning_and_wants_a_reason(s: Site, office: TestClient) -> None:
    s.save(Organisation(name="Analytical Engines", doi_forced=True))
    s.save(replace(s.w.intro, doi=DoubleOptIn.OFF))
    asked = read(office.post(POLICIES, data=fold(office, "confirm", doi="hosts", reason="Too few bookings")))
    assert asked.status == 200
    assert "its owner may take to be unlawful advertising" in asked.text
    assert "2 meeting types have it off" in asked.text
    assert now(s).organisation.doi_forced, "asked, not done"
    again = read(office.post(POLICIES, data={**hidden(asked), "reason": " "}))
    assert again.status == 422
    assert {"#reason", "#sure"} <= set(again.hrefs())
    done = office.post(POLICIES, data={**hidden(again), "reason": "Too few bookings", "sure": "yes"})
    assert done.status_code == 303
    assert not now(s).organisation.doi_forced
    assert "Too few bookings" in look(office, "/admin/audit").text


def test_single_opt_in_is_decided_with_a_reason_and_the_strictness_of_sending_without(
    s: Site, office: TestClient
) -> None:
    office.post(POLICIES, data=fold(office, "consents", opt_in="on", accepts="user"))
    assert now(s).rules.accepts is Accepts.USER
    asked = read(office.post(POLICIES, data=fold(office, "consents", opt_in="off", accepts="double")))
    assert "You can no longer prove who consented" in asked.text
    assert "would still get nothing" in asked.text
    office.post(POLICIES, data={**hidden(asked), "reason": "By the board", "sure": "yes"})
    assert (now(s).rules.opt_in, now(s).rules.accepts) == (False, Accepts.DOUBLE)


def test_an_existing_relationship_is_enough_only_where_somebody_switched_it_on(s: Site, office: TestClient) -> None:
    page = look(office, POLICIES)
    assert [each.get("value") for each in page.all("input", name="implied") if "checked" in each.attrib] == ["off"]
    assert "Whether that is lawful depends on what you send and where." in page.text
    assert office.post(POLICIES, data=fold(office, "consents", implied="maybe")).status_code == 422
    assert not now(s).rules.implied
    office.post(POLICIES, data=fold(office, "consents", implied="on"))
    assert now(s).rules.implied
    assert now(s).rules.accepts is Accepts.DOUBLE
    assert "An existing relationship, without a yes: It is enough" in folds(look(office, POLICIES))["consents"]


def test_ends_of_consents_wait_for_a_mail_after_a_warning_with_a_reason_and_the_file_says_so(
    s: Site, office: TestClient
) -> None:
    assert not now(s).rules.confirm_withdrawals_too
    typed = fold(office, "page", confirm_withdrawals_too="on")
    asked = read(office.post(POLICIES, data=typed))
    assert "Ending a consent may then be harder than agreeing" in asked.text
    assert "Art. 7(3) GDPR" in asked.text
    assert "still count at once" in asked.text
    assert not now(s).rules.confirm_withdrawals_too, "asked, not done"
    again = read(office.post(POLICIES, data={**hidden(asked), "reason": "By the board"}))
    assert again.status == 422
    office.post(POLICIES, data={**hidden(asked), "reason": "By the board", "sure": "yes"})
    assert now(s).rules.confirm_withdrawals_too
    assert "consents.confirm_withdrawals_too: false → true" in words(look(office, "/admin/audit").one("main"))
    exported = apply.export(s.w.rt)
    assert parse(exported, env={}, folder=s.w.rt.settings.data_dir).consents == now(s).rules
    assert office.post(POLICIES, data=fold(office, "page", confirm_withdrawals_too="maybe")).status_code == 422
    assert office.post(POLICIES, data=fold(office, "page", confirm_withdrawals_too="off")).status_code == 303
    assert not now(s).rules.confirm_withdrawals_too, "less doubtful wants no second thought"
    applied = apply.apply(
        s.w.rt, parse(exported, env={}, folder=s.w.rt.settings.data_dir), by="root", now=s.w.now, overwrite=True
    )
    assert "as easy as agreeing" in str(applied)


def test_a_shorter_time_erases_at_once_what_is_older_and_the_audit_log_ends(s: Site, office: TestClient) -> None:
    booking = s.confirmed()
    s.w.clock.advance(20 * 86400)
    with transaction(s.w.rt.engine) as session:
        for days in (40, 10):
            record(session, AuditAct.AUDIT_EXPORTED, by=Actor(name="x"), after="1", now=s.w.now - timedelta(days=days))
            at = s.w.now - timedelta(days=days)
            changes.add(session, SetupChange(at, "x", "organisation.contact", None, f"{days} days ago"))
            changes.add(session, SetupChange(s.w.now - timedelta(days=400), "x", f"of.{days}", None, "the latest"))
    office = signed_in(s, person(s, Role.ADMIN, email="later@example.org"))
    wrong = read(office.post(POLICIES, data=fold(office, "keeping", retain_days="-1", audit_days="29")))
    assert (wrong.status, wrong.value("retain_days"), wrong.value("audit_days")) == (422, "-1", "29")
    asked = read(office.post(POLICIES, data=fold(office, "keeping", retain_days="5", audit_days="30")))
    assert "1 booking loses names, addresses and answers" in asked.text
    assert "1 entry of the audit log is erased" in asked.text
    each_half_minute(s.w.rt, now=s.w.now)
    assert s.booking(booking.public_id).invitee.name == "Grace Hopper"
    office.post(POLICIES, data={**hidden(asked), "reason": "Less is more", "sure": "yes"})
    assert "until 5 days after it" in look(s.browser, "/privacy").text
    each_half_minute(s.w.rt, now=s.w.now)
    assert s.booking(booking.public_id).invitee.name == ""
    with snapshot(s.w.rt.engine) as session:
        kept = [each.after for each in audit.found(session, Sought(text="organisation.contact"), limit=9)]
        assert kept == ["10 days ago"]
        assert len(audit.found(session, Sought(text="the latest"), limit=9)) == 2, "who decided what holds stays known"
        assert audit.old(session, before=s.w.now - timedelta(days=30)) == 0
        assert len(audit.found(session, Sought(text="x"), limit=99)) > 0


def test_texts_and_languages_are_those_of_the_organisation_on_its_pages(s: Site, office: TestClient) -> None:
    office.post(
        POLICIES, data=fold(office, "imprint", **{"imprint.en": "12 St James’s Square", "imprint.de": "Am Park 1"})
    )
    assert "12 St James’s Square" in look(s.browser, "/imprint").text
    assert "Am Park 1" in look(s.browser, "/imprint?lang=de").text
    office.post(POLICIES, data=fold(office, "footer", **{"footer.en": "Eleven people in Leipzig"}))
    assert now(s).rules.page.footer == "Eleven people in Leipzig"
    none = {"languages.en": "", "languages.de": "", "languages.nl": ""}
    assert office.post(POLICIES, data=fold(office, "languages", **none)).status_code == 422
    foreign = fold(office, "languages", **none, default_language="nl") | {"languages.de": "yes"}
    assert office.post(POLICIES, data=foreign).status_code == 422
    office.post(POLICIES, data=foreign | {"default_language": "de"})
    assert look(s.browser, "/imprint").one("html").get("lang") == "de"
    assert now(s).organisation.languages == ("de",)
    named = fold(office, "about", name=" ", accent="yellowish")
    wrong = read(office.post(POLICIES, data=named))
    assert (wrong.status, wrong.value("accent")) == (422, "yellowish")
    assert now(s).organisation.name == "Analytical Engines"


@pytest.mark.capability("S4-13", "S4-20")
def test_a_statement_in_own_words_is_written_here_and_stands_on_the_preferences_page_in_the_readers_language(
    s: Site, office: TestClient
) -> None:
    offer(s)
    said_yes(s)
    words = {"statement.en": "We write when there is something to say.", "statement.de": "Wir schreiben selten."}
    assert office.post(POLICIES, data=fold(office, "statement", **words)).status_code == 303
    link = fresh(s)
    assert "In our own words We write when there is something to say." in look(s.browser, link).text
    assert "Wir schreiben selten." in look(s.browser, f"{link}?lang=de").text
    assert "Wir schreiben selten." not in look(s.browser, link).text
    office.post(POLICIES, data=fold(office, "statement", **dict.fromkeys(words, "")))
    assert "In our own words" not in look(s.browser, link).text
    long = fold(office, "statement", **{"statement.en": "x" * 20_001})
    assert office.post(POLICIES, data=long).status_code == 422


@pytest.mark.capability("S2-07")
def test_how_a_question_is_asked_again_and_how_long_a_deletion_waits_is_decided_here(
    s: Site, office: TestClient
) -> None:
    offer(s)
    shown = look(office, POLICIES)
    assert "every 3 days, at most 3 times; answered within 12 days" in shown.text
    asking = {"remind_every": "2", "reminders": "1", "remind_unproven": "on", "question_lasts": "5"}
    assert office.post(POLICIES, data=fold(office, "asking", **asking)).status_code == 303
    rules = now(s).rules
    assert (rules.remind_every, rules.reminders, rules.remind_unproven) == (timedelta(days=2), 1, True)
    assert rules.question_lasts == timedelta(days=5)
    office.post(POLICIES, data=fold(office, "asking", reminders="0"))
    assert "It is not asked again; answered within 5 days" in look(office, POLICIES).text
    for wrong in ({"remind_every": "0"}, {"reminders": "11"}, {"question_lasts": "x"}, {"remind_unproven": "?"}):
        assert office.post(POLICIES, data=fold(office, "asking", **wrong)).status_code == 422, wrong
    assert office.post(POLICIES, data=fold(office, "keeping", erase_after="0")).status_code == 303
    assert now(s).rules.erase_after == timedelta(0)
    assert office.post(POLICIES, data=fold(office, "keeping", erase_after="-1")).status_code == 422
    office.post(POLICIES, data=fold(office, "asking", reminders="1"))
    s.confirmed(**ticked(s))
    asked = len(mails(s, "yes"))
    for _ in range(8):
        s.w.pass_time(days=1)
        s.w.drain()
    assert len(mails(s, "yes")) == asked + 1, "one reminder, and no more"


def test_of_two_windows_the_second_is_told_what_changed_and_loses_nothing(s: Site, office: TestClient) -> None:
    mine = fold(office, "about", contact="mine@example.org")
    office.post(POLICIES, data=fold(office, "about", contact="theirs@example.org"))
    told = read(office.post(POLICIES, data=mine))
    assert told.status == 409
    assert "Contact is now: theirs@example.org" in told.text
    assert told.value("contact") == "mine@example.org"
    assert now(s).organisation.contact == "theirs@example.org"
    seen = re.findall(r'name="as-seen" value="([^"]*theirs[^"]*)"', office.post(POLICIES, data=mine).text)
    assert office.post(POLICIES, data={**mine, "as-seen": html.unescape(seen[0])}).status_code == 303
    assert now(s).organisation.contact == "mine@example.org"


def test_a_decision_on_what_is_not_so_any_more_is_refused(s: Site, office: TestClient) -> None:
    before = now(s)
    after = replace(before, organisation=replace(before.organisation, contact="x"))
    policies.save(s.w.rt, before, after, by="one", reason="", now=s.w.now)
    with pytest.raises(policies.PoliciesChanged):
        policies.save(s.w.rt, before, before, by="two", reason="", now=s.w.now)


def test_without_a_name_there_is_nobody_who_decides(s: Site) -> None:
    s.save(Organisation(name=""))
    office = signed_in(s, person(s, Role.ADMIN))
    refused = read(office.post(POLICIES, data=fold(office, "confirm", doi="forced")))
    assert refused.status == 422
    assert "Give the organisation its name first" in refused.text
    assert office.post(POLICIES, data=fold(office, "about", name="Engines")).status_code == 303
    assert office.post(POLICIES, data=fold(office, "confirm", doi="forced")).status_code == 303
    assert now(s).organisation.doi_forced


def in_region(s: Site, email: str, value: str) -> None:
    with transaction(s.w.rt.engine) as session:
        region = fields.find(session, "region")
        if region is None:
            region = ProfileField(id=of(s, email), slug="region", labels={"en": "Region"})
            fields.save(session, region)
        fields.put(session, of(s, email), region.id, value=value, locked=False)


@pytest.mark.capability("S4-19", "S4-32")
def test_who_sees_all_of_the_preferences_page_is_set_beside_its_switch(s: Site) -> None:
    offer(s)
    said_yes(s)
    in_region(s, "grace@example.net", "US")
    office = signed_in(s, person(s, Role.ADMIN))
    assert "Delete my data" in look(s.browser, fresh(s)).text
    wanted = {"page": "on", "field-0": "region", "values-0": "EU\n UK \nEU"}
    answer = office.post(POLICIES, data=fold(office, "page", **wanted))
    assert answer.status_code == 303, read(answer).text
    assert now(s).rules.page.conditions == (Condition("region", ("EU", "UK")),)
    assert now(s).rules.page.active
    shown = look(office, answer.headers["location"])
    assert "Region: EU / UK · set by Mary Somerville" in folds(shown)["page"]
    assert fold(office, "page")["values-0"].split() == ["EU", "UK"]
    seen = look(s.browser, fresh(s))
    assert (seen.h1, "Delete my data" in seen.text) == ("Email options", False)
    in_region(s, "grace@example.net", "UK")
    assert "Delete my data" in look(s.browser, fresh(s)).text
    exported = parse(apply.export(s.w.rt), env={}, folder=s.w.rt.settings.data_dir)
    assert exported.consents == now(s).rules
    assert "consents.page_conditions" in look(office, "/admin/audit?q=page_conditions").text
    office.post(POLICIES, data=fold(office, "page", **{"field-0": "", "values-0": ""}))
    assert now(s).rules.page.conditions == ()


def test_conditions_that_cannot_be_read_are_said_beside_them_and_nothing_typed_is_lost(s: Site) -> None:
    offer(s)
    said_yes(s)
    in_region(s, "grace@example.net", "US")
    office, before = signed_in(s, person(s, Role.ADMIN)), now(s)
    typed = fold(office, "page", **{"page": "off", "field-0": "region", "values-0": " ", "values-1": "EU"})
    wrong = read(office.post(POLICIES, data=typed))
    assert (wrong.status, now(s)) == (422, before)
    assert {"#values-0", "#field-1"} <= set(wrong.hrefs())
    assert "Write a value that the field must have" in wrong.text
    assert "Choose the field that has this value" in wrong.text
    assert wrong.value("values-1").strip() == "EU"
    (off,) = [each for each in wrong.all("input", name="page") if "checked" in each.attrib]
    assert off.get("value") == "off"


def test_conditions_that_somebody_else_set_meanwhile_are_shown_and_those_without_a_row_stay(s: Site) -> None:
    offer(s)
    said_yes(s)
    in_region(s, "grace@example.net", "US")
    office = signed_in(s, person(s, Role.ADMIN))
    typed = fold(office, "page", **{"page": "on", "field-0": "region", "values-0": "EU"})
    standing = now(s)
    many = tuple(Condition("region", (f"{number}",)) for number in range(7))
    after = replace(standing, rules=replace(standing.rules, page=replace(standing.rules.page, conditions=many)))
    policies.save(s.w.rt, standing, after, by="Somebody", reason="", now=s.w.now)
    outdated = read(office.post(POLICIES, data=typed))
    assert outdated.status == 409
    assert "Who sees all of it is now: Region: 0 · Region: 1" in outdated.text
    assert outdated.value("values-0").strip() == "EU"
    assert now(s) == after
    office.post(POLICIES, data=fold(office, "page", **{"page": "on", "values-0": "EU"}))
    assert now(s).rules.page.conditions == (Condition("region", ("EU",)), *many[1:])
