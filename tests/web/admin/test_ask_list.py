"""Asking a list by email, as staff do it in the browser: who, who not and why first; then slowly, and stopped at any time."""

from datetime import timedelta
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import ask_list, staff_entries
from booking_service.actions.consent.ask_list import MOST
from booking_service.crypto.ids import new_id
from booking_service.domain.ask_list import AskVerdict
from booking_service.domain.consent import Asked, Basis
from booking_service.domain.roles import Role
from booking_service.storage import contacts
from booking_service.storage.ask_runs import AskRun
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import transaction
from tests.web.admin.test_contacts import clerk, recorded, said_yes
from tests.web.admin.test_imports import mended, planned, sent
from tests.web.consents import link_in, mails, offer, standing, ticked
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, signed_in

ASK = "/admin/consents/ask"


def table(page: Page) -> dict[str, str]:
    """What a table says of whom: number and whether they are asked."""
    rows = [list(each) for each in page.root.iter("tr")][1:]
    return {words(row[0]): " ".join(words(cell) for cell in row[1:]) for row in rows}


def counted(s: Site, browser: TestClient, **form: str) -> str:
    answer = browser.post(ASK, data={"purpose": "newsletter", **form})
    assert answer.status_code == 303, read(answer).text
    return answer.headers["location"]


@pytest.mark.capability("S2-01", "S4-45")
def test_who_asks_a_list_first_reads_the_very_mail_that_goes_out(s: Site) -> None:
    offer(s)
    recorded(s, "anna00@example.org")
    text = "A warm welcome. {news}\n\n{wording}\n\n{act_link}"
    chosen = {"name": "Warm", "subject": "One press: {consent}", "text": text, "seen": "0", "act": "save"}
    assert (
        signed_in(s, person(s, Role.ADMIN)).post("/admin/mails/confirm-consent?in=en", data=chosen).status_code == 303
    )
    browser = clerk(s)
    here = counted(s, browser)
    page = look(browser, here)
    browser.post(here, data={"act": "start"})
    s.w.drain()
    [mail] = mails_to_annas(s)
    shown = page.one("div", class_="letter")
    assert words(shown[0]) == mail.subject == "One press: Newsletter"
    sent = mail.text.replace(link_in(mail, "yes").rpartition("/")[2], "example")
    assert words(shown[1]) == " ".join(sent.split())


@pytest.mark.capability("S4-45", "S5-03")
def test_those_whom_an_import_brought_are_asked_from_its_page_and_nobody_else(s: Site) -> None:
    offer(s)
    recorded(s, "before@example.org")
    staff_entries.opt_out(s.w.rt, "no@example.org", "newsletter", staff="x", theirs=True, reason="r", now=s.w.now)
    browser = clerk(s)
    base = sent(browser, b"E-Mail;optin_source\nnew@example.org;fair\nother@example.org;fair\nno@example.org;fair\n")
    planned(browser, base)
    browser.post(f"{base}/check", data={**mended(look(browser, f"{base}/check")), "do": "apply"})
    assert "Ask these people" not in look(browser, f"{base}/done").text, "it is being imported"
    s.w.drain()
    staff_entries.opt_out(s.w.rt, "other@example.org", "newsletter", staff="x", theirs=True, reason="r", now=s.w.now)
    done = look(browser, f"{base}/done")
    answer = browser.post(
        done.button("Ask these people by email…"),
        data={name: done.value(name) for name in ("import", "purpose")},
    )
    here = answer.headers["location"]
    page = look(browser, here)
    assert page.h1 == "1 of 2 will be asked"
    assert table(page)["Said no themselves"] == "1 No, never"
    browser.post(here, data={"act": "start"})
    s.w.drain()
    assert len(s.w.mails.to("new@example.org")) == 1
    assert not s.w.mails.to("before@example.org")
    browser.post(f"{base}/take-back", data={"reason": "the wrong file"})
    s.w.drain()
    assert "Ask these people" not in look(browser, f"{base}/done").text, "it is taken back"
    assert browser.post(ASK, data={"purpose": "newsletter", "import": "x"}).status_code == 404
    unknown = browser.post(ASK, data={"purpose": "newsletter", "import": base.rpartition("/")[2][:-4] + "0000"})
    assert (unknown.status_code, "Nobody is on this list" in unknown.text) == (422, True)


@pytest.mark.capability("S4-45")
def test_a_list_is_counted_first_and_asked_a_few_at_a_time_but_for_those_who_said_no(s: Site) -> None:
    offer(s)
    said_yes(s)
    for number in range(14):
        recorded(s, f"anna{number:02}@example.org")
    for who, theirs in (("no@example.org", True), ("ours@example.org", False)):
        s.w.clock.advance(1)
        staff_entries.opt_out(s.w.rt, who, "newsletter", staff="x", theirs=theirs, reason="r", now=s.w.now)
    s.w.drain()
    before = len(s.w.mails.sent)
    browser = clerk(s)
    here = counted(s, browser, reason="")
    page = look(browser, here)
    assert page.h1 == "14 of 17 will be asked"
    assert table(page) == {
        "A consent that is less than double opt-in, or too old": "14 Yes",
        "Already double opt-in": "1 No",
        "Said no themselves": "1 No, never",
        "Opted out by staff": "1 No",
    }
    s.w.drain()
    assert len(s.w.mails.sent) == before, "counting asks nobody"
    assert browser.post(here, data={"act": "start", "reason": "x" * 501}).status_code == 422
    assert browser.post(here, data={"act": "start", "reason": "new newsletter"}).status_code == 303
    assert browser.post(here, data={"act": "start"}).status_code == 303
    s.w.drain()
    assert len(mails_to_annas(s)) == 10
    running = look(browser, here)
    assert running.h1 == "Asking for “Newsletter”"
    assert "of 17 contacts" in running.text
    s.w.clock.advance(180)
    s.w.drain()
    s.w.clock.advance(180)
    s.w.drain()
    assert len(mails_to_annas(s)) == 14
    assert mails(s, "yes", "no@example.org") == mails(s, "yes", "ours@example.org") == []
    [mail] = mails(s, "yes", "anna00@example.org")
    s.browser.post(link_in(mail, "yes"), data={"purpose": "newsletter", "answer": "yes"})
    [mail] = mails(s, "yes", "anna01@example.org")
    s.browser.post(link_in(mail, "yes"), data={"purpose": "newsletter", "answer": "no"})
    done = look(browser, here)
    assert done.h1 == "Asked for “Newsletter”"
    assert "1 said yes · 1 said no · 12 have not answered yet" in done.text
    assert "14 asked by" in look(browser, ASK).text
    assert standing(s, address="anna00@example.org").basis is Basis.DOUBLE
    assert standing(s, address="anna02@example.org").asked(now=s.w.now) is Asked.PENDING
    again = look(browser, counted(s, browser))
    assert again.h1 == "0 of 17 will be asked"
    assert "At the moment nobody on this list may be asked." in again.text


def mails_to_annas(s: Site) -> list[object]:
    return [mail for number in range(14) for mail in mails(s, "yes", f"anna{number:02}@example.org")]


def test_a_list_is_stopped_and_a_no_that_came_meanwhile_counts(s: Site) -> None:
    offer(s)
    for number in range(13):
        recorded(s, f"anna{number:02}@example.org")
    browser = clerk(s)
    here = counted(s, browser, standing="user")
    staff_entries.opt_out(
        s.w.rt,
        "anna05@example.org",
        "newsletter",
        staff="x",
        theirs=True,
        reason="r",
        now=s.w.now + timedelta(seconds=1),
    )
    browser.post(here, data={"act": "start"})
    s.w.clock.advance(2)
    s.w.drain()
    assert mails(s, "yes", "anna05@example.org") == []
    assert browser.post(here, data={"act": "stop"}).status_code == 303
    for _ in range(3):
        s.w.clock.advance(180)
        s.w.drain()
    assert len(mails_to_annas(s)) == 10
    page = look(browser, here)
    assert page.h1 == "Asking for “Newsletter” was stopped"
    assert page.actions() == ["/host/sign-out"]
    told = _audit(s)
    assert "A list of 13 contacts is asked" in told
    assert "stopped: 2 contacts were not asked" in told


def _audit(s: Site) -> str:
    return look(signed_in(s, person(s, Role.ADMIN, email="boss@example.org")), "/admin/audit?kind=consents").text


def test_contacts_are_named_by_a_file_and_strangers_in_it_stay_strangers(s: Site) -> None:
    offer(s)
    recorded(s, "anna@example.org")
    browser = clerk(s)
    given = {"purpose": "newsletter", "by-file": "y"}
    content = b"Name,Email\nAnna,ANNA@example.org\nEve,eve@example.org\nNobody,?\nShort\n"
    answer = browser.post(ASK, data=given, files={"file": ("fair.csv", content)})
    page = look(browser, answer.headers["location"])
    assert page.h1 == "1 of 1 will be asked"
    assert "3 lines of the file match none of your contacts." in page.text
    for content, told in (
        (b"", "Choose a file first."),
        (b"a,b\n1,2\n", "It needs a column called email"),
        (b"email\neve@example.org\n", "names none of your contacts"),
        (b"email\n", "The file has no lines"),
    ):
        refused = browser.post(ASK, data=given, files={"file": ("x.csv", content)})
        assert (refused.status_code, told in refused.text) == (422, True), told
    assert "Choose a purpose" in browser.post(ASK, data={"purpose": "?"}).text
    assert "Nobody is on this list" in browser.post(ASK, data={"purpose": "newsletter", "standing": "lapsed"}).text
    assert ask_list.latest(s.w.rt, language="en", now=s.w.now) == []
    later = s.w.now + timedelta(days=2)
    with pytest.raises(Exception, match="no such list"):
        _forgotten(s, UUID(answer.headers["location"].rpartition("/")[2]), later)


def _forgotten(s: Site, id: UUID, now: object) -> AskRun:
    s.w.clock.advance(2 * 86_400)
    s.w.drain()
    return ask_list.look(s.w.rt, id, language="en", now=s.w.now).run


def test_nobody_is_asked_without_a_consent_on_record_and_the_reason_is_said(s: Site) -> None:
    offer(s)
    s.confirmed()
    browser = clerk(s)
    s.hold(start="2030-01-09T09:00:00Z", form_key="h" * 22, email="eve@example.net", **ticked(s))
    s.w.drain()
    assert table(look(browser, counted(s, browser))) == {"Asked, no answer yet": "1 No, wait"}
    s.w.clock.advance(13 * 86_400)
    s.w.drain()
    found = ask_list.would(s.w.rt, "newsletter", ask_list.Filter(), language="en", now=s.w.now)
    assert found.counts == {AskVerdict.NEVER: 1}


def test_a_file_that_names_more_contacts_than_a_list_holds_is_called_too_long(s: Site) -> None:
    offer(s)
    known = [f"anna{number}@example.org" for number in range(MOST + 1)]
    with transaction(s.w.rt.engine) as session:
        contacts.add(session, [Contact(id=new_id(s.w.now), address=each, made_at=s.w.now) for each in known])
    browser, given = clerk(s), {"purpose": "newsletter", "by-file": "y"}
    for named, status, told in (
        (known, 422, "More than 10000 contacts are on this list. Ask them in parts."),
        (known[1:], 303, ""),
    ):
        content = "\n".join(["email", *named]).encode()
        answer = browser.post(ASK, data=given, files={"file": ("all.csv", content)})
        assert (answer.status_code, told in answer.text) == (status, True), read(answer).text
