"""News for contacts, as staff tell it in the browser: who is told is shown first, and a rule on profiles says who."""

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import messages, news, staff_entries
from booking_service.domain.purposes import Condition, NewsRules, TellNews
from booking_service.domain.roles import Permission, Role
from booking_service.storage import fields, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.worker import perform_one
from tests.web.admin.test_contacts import clerk, of, said_yes
from tests.web.consents import link_in, offer
from tests.web.page_reader import look, read, words
from tests.web.site import Site, person, signed_in

NEWS = "/admin/consents/news"
PURPOSES = "/admin/consents/purposes"
PAGE_NEWS = "A page about your emails and data"
EVENTS = {"kind": "email", "in": "en", "name": "Open evenings", "box": "Tell me of open evenings."}


def told(s: Site, subject: str) -> list[str]:
    return sorted(mail.to.address for mail in s.w.mails.sent if mail.subject == subject)


def two_who_agreed(s: Site) -> None:
    offer(s)
    said_yes(s)
    said_yes(s, email="alan@example.net", name="Alan", start="2030-01-09T09:00:00Z", form_key="a" * 22)


def drafted(s: Site, browser: TestClient, about: str = "*") -> str:
    """Have a list made, and come back once it is."""
    answer = browser.post(NEWS, data={"about": about})
    assert answer.status_code == 303, read(answer).text
    here = str(answer.headers["location"])
    assert look(browser, here).h1 == "We are checking who will be told"
    assert perform_one(s.w.rt, kinds=(messages.KIND,))
    return here


def rule(s: Site) -> NewsRules:
    with snapshot(s.w.rt.engine) as session:
        return purposes.rules(session).news


@pytest.mark.promise("I5", "I8")
@pytest.mark.capability("S4-14")
def test_a_new_purpose_is_told_from_its_page_after_a_look_and_a_no_is_one_press_away(s: Site) -> None:
    two_who_agreed(s)
    browser = clerk(s)
    made = browser.post(f"{PURPOSES}/new", data=EVENTS)
    here = made.headers["location"].partition("?")[0]
    assert f'href="{NEWS}?about=open-evenings"' in browser.get(here).text
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "alan@example.net", "open-evenings", staff="x", theirs=True, reason="r", now=s.w.now)
    form = look(browser, f"{NEWS}?about=open-evenings")
    assert form.h1 == "News for contacts"
    list_of_it = drafted(s, browser, "open-evenings")
    before = s.rows()
    page = look(browser, list_of_it)
    assert s.rows() == before
    assert page.h1 == "1 of 2 will get it"
    assert "1: They said no to it" in page.text
    assert "Tell me of open evenings." in page.text
    assert told(s, "New question about your data: Open evenings") == []
    for _ in range(2):
        browser.post(list_of_it, data={"act": "start"})
    s.w.drain()
    assert told(s, "New question about your data: Open evenings") == ["grace@example.net"]
    assert "News about “Open evenings”" in look(browser, NEWS).text
    again = look(browser, drafted(s, browser, "open-evenings"))
    assert again.h1 == "0 of 2 will get it"
    assert "1: They were told of it before" in again.text
    mail = next(each for each in s.w.mails.sent if each.subject.startswith("New question"))
    assert s.browser.post(link_in(mail, "out"), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    boss = signed_in(s, person(s, Role.ADMIN, email="boss@example.org"))
    assert "1 contact is told of “open-evenings”" in look(boss, "/admin/audit?kind=consents").text


@pytest.mark.capability("S4-16")
def test_the_page_is_switched_off_and_on_and_then_told_of(s: Site) -> None:
    two_who_agreed(s)
    boss = signed_in(s, person(s, Role.ADMIN, email="boss@example.org"))

    def switched(to: str) -> None:
        (fold,) = [
            each
            for each in look(boss, "/admin/policies").all("form", method="post")
            if any(field.get("value") == "page" for field in each.iter("input") if field.get("name") == "fold")
        ]
        hidden = {
            field.get("name", ""): field.get("value", "")
            for field in fold.iter("input")
            if field.get("type") == "hidden"
        }
        assert (
            boss.post("/admin/policies", data=hidden | {"page": to, "confirm_withdrawals_too": "off"}).status_code
            == 303
        )

    switched("off")
    browser = clerk(s)
    assert "The preferences page" not in [words(each) for each in look(browser, NEWS).all("option")]
    assert browser.post(NEWS, data={"about": "*"}).status_code == 422
    switched("on")
    here = drafted(s, browser)
    assert "News about the preferences page" in look(browser, here).text
    browser.post(here, data={"act": "start"})
    s.w.drain()
    assert told(s, PAGE_NEWS) == ["alan@example.net", "grace@example.net"]
    mail = next(each for each in s.w.mails.sent if each.subject == PAGE_NEWS)
    button = next(word for word in mail.text.split() if "/preferences/" in word)
    assert s.browser.get(button).status_code == 200


@pytest.mark.capability("S4-32")
def test_the_rule_says_who_by_a_field_and_when(s: Site) -> None:
    two_who_agreed(s)
    region = ProfileField(id=of(s, "grace@example.net"), slug="region", labels={"en": "Region"})
    with transaction(s.w.rt.engine) as session:
        fields.save(session, region)
        fields.put(session, of(s, "grace@example.net"), region.id, value="EU", locked=False)
    browser = clerk(s)
    wanted = {"tell": "by-hand", "field-0": "region", "values-0": "EU\nUK", "seen": _seen(browser)}
    assert "Write a value" in read(browser.post(f"{NEWS}/rule", data=wanted | {"values-0": " "})).text
    assert browser.post(f"{NEWS}/rule", data=wanted).headers["location"] == f"{NEWS}?did=saved"
    assert rule(s) == NewsRules(conditions=(Condition("region", ("EU", "UK")),))
    page = look(browser, drafted(s, browser))
    assert page.h1 == "1 of 2 will get it"
    assert "Region: EU / UK" in page.text
    assert "1: They do not meet the conditions you set on fields" in page.text
    outdated = browser.post(f"{NEWS}/rule", data=wanted | {"tell": "never"})
    assert outdated.status_code == 409
    assert rule(s).tell is TellNews.BY_HAND
    browser.post(f"{NEWS}/rule", data={"tell": "never", "seen": _seen(browser)})
    assert rule(s) == NewsRules(tell=TellNews.NEVER)
    assert "By the rule below, nobody is told." in look(browser, NEWS).text
    assert browser.post(NEWS, data={"about": "*"}).status_code == 422


def _seen(browser: TestClient) -> str:
    return look(browser, NEWS).value("seen")


@pytest.mark.capability("S4-14")
def test_what_begins_by_itself_is_shown_before_and_can_be_kept_from_it(s: Site) -> None:
    two_who_agreed(s)
    browser = clerk(s)
    browser.post(f"{NEWS}/rule", data={"tell": "at-once", "seen": _seen(browser)})
    browser.post(f"{PURPOSES}/new", data=EVENTS)
    (begun,) = news.latest(s.w.rt, language="en", now=s.w.now)
    here = f"/admin/consents/messages/{begun.message.id}"
    assert look(browser, here).h1.startswith("It starts automatically ")
    browser.post(here, data={"act": "stop"})
    s.w.clock.advance(20 * 60)
    s.w.drain()
    assert told(s, "New question about your data: Open evenings") == []
    assert look(browser, here).h1 == "It was not sent"


def test_telling_is_stopped_and_carried_on(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PIECE", 1)
    two_who_agreed(s)
    browser = clerk(s)
    here = drafted(s, browser)
    browser.post(here, data={"act": "start"})
    assert perform_one(s.w.rt, kinds=(messages.KIND,))
    assert look(browser, here).h1 == "It is being sent"
    browser.post(here, data={"act": "stop"})
    s.w.drain()
    assert told(s, PAGE_NEWS) == []
    browser.post(here, data={"act": "start"})
    for _ in range(3):
        s.w.clock.advance(5)
        s.w.drain()
    assert told(s, PAGE_NEWS) == ["alan@example.net", "grace@example.net"]
    boss = signed_in(s, person(s, Role.ADMIN, email="boss@example.org"))
    assert "Announcing “*” stopped: 2 contacts were not told" in look(boss, "/admin/audit?kind=consents").text


def test_making_the_list_is_watched_left_stopped_and_carried_on(s: Site) -> None:
    two_who_agreed(s)
    browser = clerk(s)
    here = browser.post(NEWS, data={"about": "*"}).headers["location"]
    page = look(browser, here)
    assert page.h1 == "We are checking who will be told"
    assert "0 of 2 contacts checked" in page.text
    assert "Nobody is told before the list is complete and you press again." in page.text
    assert "not started yet" in look(browser, NEWS).text, "it is found again"
    browser.post(here, data={"act": "stop"})
    s.w.drain()
    assert look(browser, here).h1 == "Checking who will be told was stopped"
    browser.post(here, data={"act": "start"})
    s.w.drain()
    assert look(browser, here).h1 == "2 of 2 will get it"
    assert told(s, PAGE_NEWS) == []


def test_it_is_for_who_may_change_consents_only(s: Site) -> None:
    two_who_agreed(s)
    only_looks = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert NEWS not in only_looks.get(PURPOSES).text
    assert only_looks.get(NEWS).status_code == only_looks.post(NEWS, data={"about": "*"}).status_code == 404
    assert only_looks.post(f"{NEWS}/rule", data={"tell": "never"}).status_code == 404
    may = signed_in(s, person(s, Role.STAFF, email="may@example.org", permissions=frozenset({Permission.CONSENTS})))
    assert may.get(NEWS).status_code == 200


def test_a_message_goes_to_those_with_a_value_in_a_field_and_back_keeps_what_was_typed(s: Site) -> None:
    two_who_agreed(s)
    region = ProfileField(id=of(s, "grace@example.net"), slug="region", labels={"en": "Region"})
    with transaction(s.w.rt.engine) as session:
        fields.save(session, region)
        fields.put(session, of(s, "grace@example.net"), region.id, value="EU", locked=False)
    browser = clerk(s)
    typed = {"purpose": "newsletter", "subject": "We moved", "text": "To Leipzig."}
    wrong = browser.post("/admin/consents/write", data=typed | {"values-0": "EU"})
    assert (wrong.status_code, "Choose the field that has this value" in read(wrong).text) == (422, True)
    here = browser.post("/admin/consents/write", data=typed | {"field-0": "region", "values-0": "EU"}).headers[
        "location"
    ]
    page = look(browser, here)
    assert page.h1 == "1 of 2 will get it"
    assert "Region: EU" in page.text
    back = page.links()["‹ Messages"]
    form = look(browser, back)
    assert (form.value("subject"), form.value("text").strip()) == (typed["subject"], typed["text"])
    assert form.value("values-0").strip() == "EU"
    chosen = [each.get("value") for each in form.all("option", selected="")]
    assert chosen[:2] == ["newsletter", "region"]
    browser.post(here, data={"act": "start"})
    s.w.drain()
    assert told(s, "We moved") == ["grace@example.net"]
    assert rule(s) == NewsRules(), "a message leaves the rule for news alone"
