"""Fields of contacts as staff make, rename and mark them in the browser; what is sensitive once stays so."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from booking_service.actions.privacy import staff_acts
from booking_service.actions.setup import fields as setup_fields
from booking_service.actions.setup.fields import FieldChanged
from booking_service.actions.setup.file.apply import apply, export
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.domain.purposes import Condition
from booking_service.domain.roles import Role
from booking_service.storage import changes, fields, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from tests.web.admin.test_contacts import clerk, followed, of
from tests.web.admin.test_imports import planned, sent
from tests.web.consents import NEWSLETTER, contact_of, offer
from tests.web.links import test_own_fields as own_fields
from tests.web.links.test_sensitive_fields import NUMBER, files, seen
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

FIELDS = "/admin/consents/fields"


def kept(s: Site, slug: str) -> ProfileField | None:
    with snapshot(s.w.rt.engine) as session:
        return fields.find(session, slug)


def made(browser: TestClient, **given: str) -> str:
    """The address of a new field."""
    answer = browser.post(f"{FIELDS}/new", data={"personal": "yes", **given})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def asked_for(s: Site, slug: str) -> None:
    with transaction(s.w.rt.engine) as session:
        standing = purposes.find(session, "newsletter")
        assert standing is not None
        purposes.save(session, replace(standing, conditions=(Condition(slug, ("EU",)),)))


@pytest.mark.capability("S4-34")
def test_a_field_is_made_named_and_marked_without_a_shell(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    browser = clerk(s)
    everything = look(browser, "/admin/consents/purposes").links()["Fields of contacts"]
    assert "There is no field yet" in look(browser, everything).text
    blank = look(browser, look(browser, everything).links()["New field"])
    assert blank.h1 == "New field"
    unnamed = read(browser.post(f"{FIELDS}/new", data={"label.en": " ", "label.de": "Gegend", "slug": "Ä"}))
    assert (unnamed.status, unnamed.value("label.de")) == (422, "Gegend")
    assert "Say what it is called" in unnamed.text
    for slug in ("Ä b", "-x"):
        refused = read(browser.post(f"{FIELDS}/new", data={"label.en": "Region", "slug": slug}))
        assert (refused.status, refused.value("label.en")) == (422, "Region")
        assert "Use lowercase letters, digits and hyphens" in refused.text
    here = made(browser, **{"label.en": " Region ", "label.de": "Gegend"})
    region = kept(s, "region")
    assert region is not None
    assert (region.labels, region.personal) == ({"en": "Region", "de": "Gegend"}, True)
    assert made(browser, **{"label.en": "Region", "label.de": "Gegend"}) == here, "a second press makes no second field"
    other = read(browser.post(f"{FIELDS}/new", data={"label.en": "region", "slug": "area"}))
    assert (other.status, "Another field has this name" in other.text) == (422, True)
    taken = read(browser.post(f"{FIELDS}/new", data={"label.en": "Area", "slug": "region"}))
    assert (taken.status, taken.value("slug")) == (422, "region")
    assert made(browser, **{"label.en": "地域"}) != here
    assert kept(s, "field") is not None, "a name of which nothing can stand in a file"
    seen_then = look(browser, here).value("seen")
    given = {"label.en": "Country", "label.de": "Land", "seen": seen_then}
    assert browser.post(here, data=given).headers["location"] == f"{here}?did=saved"
    after = kept(s, "region")
    assert after is not None
    assert (after.labels, after.personal) == ({"en": "Country", "de": "Land"}, False)
    stale = read(browser.post(here, data={**given, "label.en": "State"}))
    assert (stale.status, stale.value("label.en")) == (409, "State")
    assert "Somebody else changed this field in the meantime" in stale.text
    again = {**given, "seen": stale.value("seen")}
    assert browser.post(here, data=again).headers["location"] == f"{here}?did=same"
    with snapshot(s.w.rt.engine) as session:
        recorded = changes.latest(session, what="fields.region")
    assert {(each.what, each.before, each.after) for each in recorded if each.before is not None} == {
        ("fields.region.label.en", "Region", "Country"),
        ("fields.region.label.de", "Gegend", "Land"),
        ("fields.region.personal", "true", "false"),
    }
    assert {each.by for each in recorded} == {"Mary Somerville <staff@example.org>"}
    assert "fields.region" in look(signed_in(s, person(s, Role.ADMIN, email="boss@example.org")), "/admin/audit").text
    contact = f"/admin/consents/contacts/{of(s, GRACE)}"
    assert look(browser, contact).links()["Fields of contacts"] == FIELDS
    followed(browser, f"/admin/consents/stored-data/{of(s, GRACE)}", {"value-region": "EU", "was-region": ""})
    assert "filled in for 1 contact" in look(browser, FIELDS).text
    assert "Country" in look(browser, contact).text


@pytest.mark.capability("S4-36", "S4-37", "S4-42")
def test_sensitive_is_decided_by_a_tick_seals_what_is_there_and_is_never_taken_off(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    browser = clerk(s)
    here = made(browser, **{"label.en": "Member number"})
    staff_acts.fill(s.w.rt, GRACE, "member-number", NUMBER, now=s.w.now)
    given = {"label.en": "Membership", "personal": "yes", "sensitive": "yes"}
    first = read(browser.post(here, data={**given, "seen": look(browser, here).value("seen")}))
    assert (first.status, first.value("label.en")) == (422, "Membership")
    for told in ("1 existing value is encrypted", "This can’t be undone", "Tick that this is your decision."):
        assert told in first.text
    standing = kept(s, "member-number")
    assert standing is not None
    assert (standing.sensitive, standing.labels) == (False, {"en": "Member number"}), "nothing is done before the tick"
    done = browser.post(here, data={**given, "seen": first.value("seen"), "sure": "yes"})
    assert done.headers["location"] == f"{here}?did=sealed"
    with snapshot(s.w.rt.engine) as session:
        [marked] = changes.latest(session, what="fields.member-number.sensitive", limit=1)
    assert (marked.before, marked.after, marked.by) == ("false", "true", "Mary Somerville <staff@example.org>")
    assert "1 value is still to be encrypted" in look(browser, here).text
    s.w.pass_time(minutes=1)
    s.w.drain()
    assert NUMBER.encode() not in files(s)
    assert seen(s) == {"member-number": "4711"}
    page = look(browser, here)
    assert "still to be encrypted" not in page.text
    off = read(browser.post(here, data={"label.en": "Number", "personal": "yes", "seen": page.value("seen")}))
    assert (off.status, off.value("label.en")) == (422, "Number")
    assert "Once sensitive, always sensitive" in off.text
    assert "make another field" in off.text
    assert "checked" in off.one("input", name="sensitive").attrib, "so that the next press saves the rest"
    standing = kept(s, "member-number")
    assert standing is not None
    assert (standing.sensitive, standing.labels) == (True, {"en": "Membership"})
    card = {"label.en": "Card", "sensitive": "yes"}
    asked = browser.post(f"{FIELDS}/new", data=card)
    assert (asked.status_code, kept(s, "card")) == (422, None)
    made(browser, **card, sure="yes")
    assert kept(s, "card") is not None


def test_a_field_that_conditions_ask_for_is_not_made_sensitive_by_page_or_file(s: Site) -> None:
    offer(s, NEWSLETTER)
    browser = clerk(s)
    here = made(browser, **{"label.en": "Region"})
    asked_for(s, "region")
    page = look(browser, here)
    assert page.links()["Newsletter"] == "/admin/consents/purposes/newsletter/settings"
    given = {"label.en": "Region", "personal": "yes", "sensitive": "yes", "seen": page.value("seen"), "sure": "yes"}
    refused = read(browser.post(here, data=given))
    assert refused.status == 422
    assert "First remove it from: Newsletter" in refused.text
    text = export(s.w.rt).replace("personal = true\nsensitive = false", "personal = true\nsensitive = true")
    with pytest.raises(SetupRefused) as told:
        apply(s.w.rt, parse(text, env={}, folder=Path()), by="shell", now=s.w.now)
    assert any("purposes.newsletter.conditions" in each for each in told.value.problems)
    standing = kept(s, "region")
    assert standing is not None
    assert not standing.sensitive


def test_what_the_page_made_the_file_knows_and_does_not_undo(s: Site) -> None:
    browser = clerk(s)
    here = made(browser, **{"label.en": "Region"})
    before = export(s.w.rt)
    browser.post(here, data={"label.en": "Country", "seen": look(browser, here).value("seen")})
    after = export(s.w.rt)
    with pytest.raises(SetupRefused) as refused:
        apply(s.w.rt, parse(before, env={}, folder=Path()), by="shell", now=s.w.now)
    assert any(each.startswith("fields.region.") for each in refused.value.problems)
    assert apply(s.w.rt, parse(after, env={}, folder=Path()), by="shell", now=s.w.now).changes == ()


@pytest.mark.capability("S4-37", "S4-41")
def test_how_much_stays_visible_is_decided_for_each_field_and_less_counts_at_once(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    browser = clerk(s)
    typed = {"label.en": "Member number", "personal": "yes", "sensitive": "yes"}
    for wrong in ("5", "-1", "all", ""):
        refused = read(browser.post(f"{FIELDS}/new", data={**typed, "shown": wrong, "sure": "yes"}))
        assert (refused.status, refused.value("shown")) == (422, wrong)
        assert "Write a number from 0 to 4." in refused.text
    asks = read(browser.post(f"{FIELDS}/new", data={**typed, "shown": "3"}))
    assert "Up to 3 characters at the end stay visible" in asks.text
    assert "No part of it stays visible" in browser.post(f"{FIELDS}/new", data={**typed, "shown": "0"}).text
    here = made(browser, **typed, shown="3", sure="yes")
    staff_acts.fill(s.w.rt, GRACE, "member-number", NUMBER, now=s.w.now)
    assert seen(s) == {"member-number": "711"}
    base = sent(browser, f"email;Number\nanna@example.org;{NUMBER}\n".encode())
    planned(browser, base, c1="field:member-number")

    def changed(shown: str) -> None:
        page = look(browser, here)
        data = {**typed, "shown": shown, "seen": page.value("seen")}
        assert browser.post(here, data=data).headers["location"] == f"{here}?did=saved"

    s.w.pass_time(minutes=1)
    assert look(browser, f"{base}/columns").text.count("••••711") == 1
    changed("1")
    assert seen(s) == {"member-number": "1"}, "at once"
    contact = f"/admin/consents/contacts/{of(s, GRACE)}"
    assert "••••1" in look(browser, contact).text
    assert "Grace" in look(browser, "/admin/consents/contacts?q=1").text
    assert "Grace" not in look(browser, "/admin/consents/contacts?q=711").text
    s.w.pass_time(minutes=1)
    columns = look(browser, f"{base}/columns").text
    assert ("••••1" in columns, "711" in columns) == (True, False)
    changed("4")
    assert seen(s) == {"member-number": "1"}, "more is not shown of what stands there"
    staff_acts.fill(s.w.rt, GRACE, "member-number", NUMBER, now=s.w.now)
    assert seen(s) == {"member-number": "4711"}
    changed("0")
    assert seen(s) == {"member-number": ""}
    form = look(browser, f"/admin/consents/stored-data/{of(s, GRACE)}").text
    assert "Encrypted: it contains ••••" in form
    staff_acts.fill(s.w.rt, GRACE, "member-number", "", now=s.w.now)
    assert (
        "It is encrypted; nothing of it stays visible."
        in look(browser, f"/admin/consents/stored-data/{of(s, GRACE)}").text
    )
    written = export(s.w.rt)
    assert "shown = 0" in written
    assert apply(s.w.rt, parse(written, env={}, folder=Path()), by="shell", now=s.w.now).changes == ()
    with pytest.raises(SetupRefused, match="shown"):
        parse(written.replace("shown = 0", "shown = 5"), env={}, folder=Path())
    more = parse(written.replace("shown = 0", "shown = 2"), env={}, folder=Path())
    [change] = apply(s.w.rt, more, by="shell", now=s.w.now, overwrite=True).changes
    assert (change.key, change.before, change.after) == ("fields.member-number.shown", "0", "2")


def test_a_form_that_is_late_in_the_transaction_changes_nothing(s: Site) -> None:
    browser = clerk(s)
    made(browser, **{"label.en": "Region"})
    standing = kept(s, "region")
    assert standing is not None
    with pytest.raises(FieldChanged):
        setup_fields.save(
            s.w.rt, replace(standing, personal=False), replace(standing, labels={"en": "X"}), by="x", now=s.w.now
        )
    assert kept(s, "region") == standing


def test_who_only_reads_sees_the_fields_and_no_form(s: Site) -> None:
    browser = clerk(s)
    here = made(browser, **{"label.en": "Region"})
    reader = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert look(reader, "/admin/consents/purposes").links()["Fields of contacts"] == FIELDS
    page = look(reader, FIELDS)
    assert "Region" in page.text
    assert not {here, f"{FIELDS}/new"} & set(page.hrefs())
    for address in (here, f"{FIELDS}/new"):
        assert (reader.get(address).status_code, reader.post(address, data={"label.en": "X"}).status_code) == (404, 404)
    assert browser.get(f"{FIELDS}/nothing").status_code == 404


def test_a_purpose_that_wants_a_field_leads_to_where_one_is_made(s: Site) -> None:
    browser = clerk(s)
    page = look(browser, "/admin/consents/purposes/new")
    assert page.links()["New field"] == f"{FIELDS}/new"
    given = {"kind": "field", "in": "en", "name": "Number", "box": "You may keep it."}
    refused = browser.post("/admin/consents/purposes/new", data=given)
    assert (refused.status_code, "add one first" in refused.text) == (422, True)
    made(browser, **{"label.en": "Member number"})
    assert "Choose which field it allows us to keep" in browser.post("/admin/consents/purposes/new", data=given).text
    named = browser.post("/admin/consents/purposes/new", data={**given, "field": "member-number"})
    page = look(browser, look(browser, FIELDS).links()["Member number"])
    assert page.links()["Number"] == named.headers["location"].partition("?")[0]


@pytest.mark.capability("S4-13", "S4-34")
def test_that_people_may_change_it_is_off_at_first_and_switched_by_page_and_file_on_record(s: Site) -> None:
    browser = clerk(s)
    here = made(browser, **{"label.en": "Region"})
    field = kept(s, "region")
    assert field is not None
    assert not field.editable
    form = look(browser, here)
    assert form.one("input", name="editable").get("checked") is None
    assert "by a link that we mail them" in form.text
    typed = {"label.en": "Region", "personal": "yes", "shown": "4", "editable": "yes", "seen": form.value("seen")}
    assert "did=saved" in browser.post(here, data=typed).headers["location"]
    assert kept(s, "region") == replace(field, editable=True)
    assert look(browser, here).one("input", name="editable").get("checked") is not None
    late = browser.post(here, data={**typed, "editable": ""})
    assert late.status_code == 409, "the form was filled before somebody switched it"
    with snapshot(s.w.rt.engine) as session:
        newest = changes.latest(session, limit=1)[0]
    assert (newest.what, newest.before, newest.after) == ("fields.region.editable", "false", "true")
    assert newest.by
    wrong = browser.post(here, data={**typed, "label.en": "", "seen": look(browser, here).value("seen")})
    assert read(wrong).one("input", name="editable").get("checked") is not None, "what was ticked stays"

    exported = export(s.w.rt)
    assert "editable = true" in exported
    assert apply(s.w.rt, parse(exported, env={}, folder=Path()), by="shell", now=s.w.now).changes == ()
    off = exported.replace("editable = true", "editable = false")
    apply(s.w.rt, parse(off, env={}, folder=Path()), by="shell", now=s.w.now, overwrite=True)
    assert kept(s, "region") == field
    with_none = off.replace("editable = false\n", "")
    assert apply(s.w.rt, parse(with_none, env={}, folder=Path()), by="shell", now=s.w.now).changes == ()
    with pytest.raises(SetupRefused, match="editable"):
        parse(off.replace("editable = false", 'editable = "perhaps"'), env={}, folder=Path())


@pytest.mark.capability("S4-13")
def test_staff_read_who_set_a_value_and_what_waits_without_its_value(s: Site) -> None:
    page = own_fields.told(s)
    browser, here = clerk(s), f"/admin/consents/contacts/{contact_of(s, GRACE)}"
    asked = own_fields.ask(s, page, "Bavaria")
    waits = look(browser, here)
    assert "Change of “Region”: asked for on" in waits.text
    assert "Bavaria" not in waits.text
    s.browser.post(asked)
    assert "Region Bavaria Set by the person on their page, 7 January 2030" in look(browser, here).text
    s.w.pass_time(minutes=1)
    s.browser.post(own_fields.ask(s, page, "", act="empty"))
    assert "Region – Emptied by the person on their page, 7 January 2030" in look(browser, here).text
    s.w.pass_time(minutes=1)
    staff_acts.fill(s.w.rt, GRACE, "region", "Hesse", now=s.w.now)
    assert "by the person" not in look(browser, here).text
