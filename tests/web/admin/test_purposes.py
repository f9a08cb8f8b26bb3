"""Purposes as staff set them up in the browser: texts, settings, forms, and what is left when one ends."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from booking_service.actions.setup.file import apply, read
from booking_service.domain.consent import Basis
from booking_service.domain.questions import Question, QuestionKind
from booking_service.domain.roles import Permission, Role
from booking_service.storage import changes, fields, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from tests.web.admin.test_contacts import clerk, said_yes
from tests.web.consents import BOX, GERMAN_BOX, NEWSLETTER, chain, link_in, mails, offer, standing, ticked
from tests.web.page_reader import look, words
from tests.web.page_reader import read as parsed
from tests.web.site import Site, person, signed_in

PURPOSES = "/admin/consents/purposes"
NEWER = "Yes, send me the newsletter of Analytical Engines, every week."


def texts(**changed: str) -> dict[str, str]:
    given = {"name": "Newsletter", "box": NEWER, "benefit": "What we learned.", "mail": "", "page": "", "policy": ""}
    return {**given, **changed}


def from_file(text: str) -> read.SetupFile:
    return read.parse(text, env={}, folder=Path())


@pytest.mark.capability("S3-01", "S3-08", "S3-25", "S2-15")
def test_a_new_text_says_first_what_it_means_and_old_consents_keep_theirs(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    said_yes(s)
    s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22, email="eve@example.net", **ticked(s))
    s.w.drain()
    page = look(browser, f"{PURPOSES}/newsletter/wording?in=en")
    assert page.value("box").strip() == BOX
    assert page.text.index("1 contact has agreed so far.") < page.text.index("Beside the box")
    assert "keeps the text that was shown then" in page.text
    assert "do not cover that: ask these people again" in page.text
    seen = page.value("seen")
    old = standing(s).rests_on
    assert old is not None
    nothing = browser.post(f"{PURPOSES}/newsletter/wording?in=en", data=texts(box=" ", name="x" * 81, seen=seen))
    assert nothing.status_code == 422
    assert "Write the text beside the box" in nothing.text
    assert "Shorten this to 80 characters" in nothing.text
    done = browser.post(f"{PURPOSES}/newsletter/wording?in=en", data=texts(seen=seen))
    assert done.headers["location"] == f"{PURPOSES}/newsletter?did=worded"
    assert NEWER in s.browser.get("/ada/intro/details?start=2030-01-08T08:00:00Z&zone=Europe/Berlin").text
    late = browser.post(f"{PURPOSES}/newsletter/wording?in=en", data=texts(box="Something else.", seen=seen))
    assert late.status_code == 409
    assert "Somebody put version 2 into use in the meantime" in parsed(late).text
    assert parsed(late).value("box").strip() == "Something else."
    same = browser.post(f"{PURPOSES}/newsletter/wording?in=en", data=texts(seen="2"))
    assert same.headers["location"].endswith("did=same")
    assert standing(s).rests_on == old
    with snapshot(s.w.rt.engine) as session:
        kept = purposes.wording(session, old.wording or b"")
        versions = [(each.language, each.version) for each in purposes.versions(session, "newsletter")]
    assert kept is not None
    assert BOX in kept.texts
    assert versions == [("de", 1), ("en", 2), ("en", 1)]
    rows = [words(each) for each in look(browser, f"{PURPOSES}/newsletter/wording?in=en").root.iter("li")]
    assert any("Version 1" in row and "1 consent is based on it" in row for row in rows)
    first = look(browser, f"{PURPOSES}/newsletter/wording?in=en&version=1")
    assert first.value("box").strip() == BOX
    assert "The form has version 1, an earlier one." in first.text
    assert first.value("seen") == "2"
    asked = link_in(mails(s, "yes", "eve@example.net")[-1], "yes")
    assert BOX in s.browser.get(asked).text, "an open question is answered by the text that it was asked with"
    assert look(browser, f"{PURPOSES}/newsletter/wording?in=de").value("box").strip() == GERMAN_BOX
    assert browser.get(f"{PURPOSES}/newsletter/wording?in=fr").status_code == 404


@pytest.mark.capability("S2-13", "S2-14", "S4-55", "S3-14")
def test_a_purpose_is_made_set_up_and_put_on_forms_without_a_shell(s: Site) -> None:
    browser = clerk(s)
    assert "There is no purpose yet" in look(browser, PURPOSES).text
    made = {"kind": "email", "slug": "", "in": "en", **texts(name="Open evenings", box="Invite me.")}
    assert "Choose a kind" in browser.post(f"{PURPOSES}/new", data={**made, "kind": "?"}).text
    assert "Lowercase letters" in browser.post(f"{PURPOSES}/new", data={**made, "slug": "Ä b"}).text
    assert "Choose a kind" not in browser.post(f"{PURPOSES}/new", data={**made, "slug": "new"}).text
    done = browser.post(f"{PURPOSES}/new", data=made)
    assert done.headers["location"] == f"{PURPOSES}/open-evenings?did=made"
    assert browser.post(f"{PURPOSES}/new", data=made).headers["location"].startswith(f"{PURPOSES}/open-evenings-2")
    taken = browser.post(f"{PURPOSES}/new", data={**made, "slug": "open-evenings"})
    assert (taken.status_code, "This name is taken" in taken.text) == (422, True)
    unknown = browser.post(f"{PURPOSES}/new", data={**made, "kind": "field", "slug": "number"})
    assert "There is no field yet that it could allow us to keep" in unknown.text
    with transaction(s.w.rt.engine) as session:
        fields.save(session, ProfileField(id=NEWSLETTER.id, slug="region", labels={"en": "Region"}, purpose=""))
    here = f"{PURPOSES}/open-evenings"
    page = look(browser, f"{here}/settings")
    seen = page.value("seen")
    wrong = {"lasts": "soon", "review_on": "31.02.2030", "field-0": "region", "values-0": " ", "seen": seen}
    refused = parsed(browser.post(f"{here}/settings", data=wrong))
    assert refused.status == 422
    for told in ("Enter a number of days", "Enter a date as YYYY-MM-DD", "Write a value that the field must have"):
        assert told in refused.text
    wanted = {"opt_in": "off", "accepts": "form", "implied": "no", "lasts": "365", "review_on": "2030-06-01"}
    given = {**wanted, "field-0": "region", "values-0": "EU\n UK ", "seen": seen, "sure": "yes"}
    assert browser.post(f"{here}/settings", data=given).headers["location"] == f"{here}?did=saved"
    stale = parsed(browser.post(f"{here}/settings", data={**given, "lasts": "10"}))
    assert (stale.status, stale.value("lasts")) == (409, "10")
    shown = look(browser, here)
    for told in (
        "counts at once, without an email (single opt-in)",
        "365 days, then it is too old",
        "Region: EU / UK",
        "1 June 2030",
        "No form offers it.",
    ):
        assert told in shown.text
    assert "legally doubtful" in look(browser, f"{here}/settings").text
    s.save(replace(s.w.intro, questions=tuple(Question(key, key, QuestionKind.TEXT) for key in ("a", "b"))))
    name = f"at-{s.w.intro.id.hex}"
    assert browser.post(f"{here}/forms", data={name: "1"}).headers["location"] == f"{here}?did=placed"
    assert "Ada Lovelace · after question 1 of 2" in look(browser, here).text
    details = s.browser.get("/ada/intro/details?start=2030-01-08T08:00:00Z&zone=Europe/Berlin").text
    assert details.index("answer-a") < details.index("consent-open-evenings") < details.index("answer-b")
    assert browser.post(f"{here}/forms", data={name: "9"}).headers["location"] == f"{here}?did=same"
    assert browser.post(f"{here}/forms", data={name: ""}).headers["location"] == f"{here}?did=placed"
    assert "consent-open-evenings" not in s.browser.get("/ada/intro/details?start=2030-01-08T08:00:00Z").text
    browser.post(f"{here}/reviewed")
    with snapshot(s.w.rt.engine) as session:
        purpose = purposes.find(session, "open-evenings")
        recorded = changes.latest(session, what="purposes.open-evenings.review_on")
    assert purpose is not None
    assert purpose.review_on == date(2031, 1, 7)
    assert recorded[0].after == "2031-01-07"


def test_what_a_page_set_up_a_file_does_not_undo_unless_it_is_told_to(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    before = apply.export(s.w.rt)
    browser.post(f"{PURPOSES}/newsletter/wording?in=en", data=texts(seen="1"))
    after = apply.export(s.w.rt)
    assert NEWER in after
    assert BOX not in after
    with pytest.raises(read.SetupRefused) as refused:
        apply.apply(s.w.rt, from_file(before), by="shell", now=s.w.now)
    assert any(each.startswith("purposes.newsletter.wording.en.box: was changed") for each in refused.value.problems)
    assert apply.apply(s.w.rt, from_file(after), by="shell", now=s.w.now).changes == ()
    assert apply.export(s.w.rt) == after


@pytest.mark.capability("S3-21")
def test_a_purpose_that_ended_is_asked_for_nowhere_and_counts_again_with_its_use(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    said_yes(s)
    s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22, email="eve@example.net", **ticked(s))
    here = f"{PURPOSES}/newsletter"
    page = look(browser, f"{here}/end")
    assert "1 consent exists. From then on nobody is written to" in page.text
    assert browser.post(f"{here}/end", data={"use": "no"}).headers["location"] == f"{here}?did=ended"
    assert browser.post(f"{here}/end", data={"use": "no"}).headers["location"] == f"{here}?did=same"
    s.w.drain()
    assert mails(s, "yes", "eve@example.net") == [], "nobody is asked for a purpose that is over"
    assert "consent-newsletter" not in s.browser.get("/ada/intro/details?start=2030-01-08T08:00:00Z").text
    assert "the purpose is not in use" in look(browser, "/admin/consents/contacts").text
    assert standing(s).basis is Basis.DOUBLE
    assert len(chain(s)) == 3
    assert "Not in use" in look(browser, PURPOSES).text
    assert browser.post(f"{here}/end", data={"use": "yes"}).headers["location"] == f"{here}?did=begun"
    assert "may be written to" in look(browser, "/admin/consents/contacts").text


def test_staff_without_the_permission_read_purposes_and_change_none(s: Site) -> None:
    offer(s)
    reader = signed_in(s, person(s, Role.STAFF))
    page = look(reader, f"{PURPOSES}/newsletter")
    assert BOX in page.text
    assert page.actions() == ["/host/sign-out"]
    assert not [each for each in page.hrefs() if each.startswith(f"{PURPOSES}/newsletter/")]
    for path in ("new", "newsletter/settings", "newsletter/wording", "newsletter/forms", "newsletter/end"):
        assert reader.post(f"{PURPOSES}/{path}", data={"use": "no"}).status_code == 404


@pytest.mark.capability("S2-19")
def test_who_switches_double_opt_in_off_for_one_purpose_is_warned_first_as_for_all(s: Site) -> None:
    offer(s)
    browser, here = clerk(s), f"{PURPOSES}/newsletter/settings"
    given = {"opt_in": "off", "seen": look(browser, here).value("seen")}
    warned = parsed(browser.post(here, data=given))
    assert warned.status == 422
    for told in (
        "Switch double opt-in off for “Newsletter”?",
        "the burden of proof is yours",
        "Tick that this is your decision.",
    ):
        assert told in warned.text
    assert not look(browser, here).all("input", name="sure")
    assert "same as the organisation" in look(browser, f"{PURPOSES}/newsletter").text, "nothing was saved"
    assert browser.post(here, data={**given, "sure": "yes"}).status_code == 303
    assert "counts at once" in look(browser, f"{PURPOSES}/newsletter").text
    again = {"opt_in": "off", "lasts": "9", "seen": look(browser, here).value("seen")}
    assert browser.post(here, data=again).status_code == 303, "it is off already"


@pytest.mark.capability("S3-09", "S3-25")
def test_a_review_that_is_due_stands_on_the_first_page_of_staff_until_it_is_done(s: Site) -> None:
    offer(s)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, review_on=date(2030, 1, 8)))
    mary = person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}))
    told = "The texts and settings of a purpose are due for review"
    assert told not in look(signed_in(s, mary), "/host").text
    s.w.clock.advance(86_400)
    browser = signed_in(s, mary)
    today = look(browser, "/host")
    assert f"{told}Newsletter" in today.text
    assert f"{PURPOSES}/newsletter" in today.hrefs()
    browser.post(f"{PURPOSES}/newsletter/reviewed")
    assert told not in look(browser, "/host").text
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, review_on=date(2030, 1, 8), active=False))
    assert told not in look(browser, "/host").text, "what is not in use is not looked at"
