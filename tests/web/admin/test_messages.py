"""Writing to who agreed, as staff do it in the browser, and what then stands in the mailboxes of a mail server."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from booking_service.actions.consent import messages, staff_entries
from booking_service.domain.roles import Permission, Role
from booking_service.mail.errors import TransportDown
from booking_service.mail.transport import SmtpSettings, SmtpTransport
from booking_service.worker import drain, perform_one
from tests.mail.conftest import Mailroom
from tests.mail.conftest import mailroom as mailroom
from tests.mail.conftest import plain as plain
from tests.web.admin.test_contacts import CONTACTS, clerk, of, recorded, said_yes
from tests.web.consents import chain, link_in, offer
from tests.web.consents import standing as stands
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

WRITE = "/admin/consents/write"
WORDS = {"purpose": "newsletter", "subject": "We moved", "text": "To Leipzig.\n\nCome & see <us>."}


def sent(s: Site) -> list[str]:
    return [mail.to.address for mail in s.w.mails.sent if mail.subject == "We moved"]


def test_an_opt_out_by_staff_is_named_once_among_who_gets_no_message(s: Site) -> None:
    offer(s)
    said_yes(s)
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "bob@example.org", "newsletter", staff="x", theirs=False, reason="r", now=s.w.now)
    browser = clerk(s)
    page = look(browser, browser.post(WRITE, data=WORDS).headers["location"])
    assert "1: Opted out by staff" in page.text
    assert "staff: opted out by staff" not in page.text


@pytest.mark.promise("I8", "I5")
@pytest.mark.capability("S3-07", "S4-04")
def test_a_list_is_shown_first_with_who_gets_it_and_who_not_then_sent_and_each_mail_ends_it_by_one_click(
    s: Site,
) -> None:
    offer(s)
    said_yes(s)
    s.w.clock.advance(1)
    recorded(s, "anna@example.org")
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "bob@example.org", "newsletter", staff="x", theirs=True, reason="r", now=s.w.now)
    browser = clerk(s)
    assert look(browser, WRITE).h1 == "Write to a list"
    draft = browser.post(WRITE, data=WORDS)
    assert draft.status_code == 303, read(draft).text
    here = draft.headers["location"]
    before = s.rows()
    page = look(browser, here)
    assert s.rows() == before, "looking keeps no link and writes nothing"
    assert page.h1 == "1 of 3 will get it"
    assert "1: Opted out by the person: only the person can undo it" in page.text
    assert "1: Single opt-in, by staff: the policy requires more than this" in page.text
    assert "Come & see <us>." in page.text
    assert "/preferences/out/example" in page.text
    s.w.drain()
    assert sent(s) == []
    for _ in range(2):
        assert browser.post(here, data={"act": "start"}).status_code == 303
    s.w.drain()
    assert sent(s) == ["grace@example.net"]
    assert look(browser, here).h1 == "It was sent"
    assert "1 sent · 2 refused" in look(browser, WRITE).text
    mail = next(each for each in s.w.mails.sent if each.subject == "We moved")
    entries = len(chain(s))
    answer = s.browser.post(link_in(mail, "out"), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert len(chain(s)) == entries + 1
    assert not stands(s).granted
    again = look(browser, browser.post(WRITE, data=WORDS).headers["location"])
    assert again.h1 == "0 of 3 will get it"
    assert "At the moment nobody may get it." in again.text


@pytest.mark.capability("S4-04", "S4-53")
def test_to_one_contact_from_their_page_until_they_end_it_even_after_it_was_queued(s: Site) -> None:
    offer(s)
    said_yes(s)
    browser, id = clerk(s), of(s, "grace@example.net")
    assert f'href="{WRITE}/{id}"' in browser.get(f"{CONTACTS}/{id}").text
    assert look(browser, f"{WRITE}/{id}").h1 == "Write to Grace Hopper"
    here = browser.post(f"{WRITE}/{id}", data=WORDS).headers["location"]
    assert look(browser, here).h1 == "1 of 1 will get it"
    change = look(browser, f"{WRITE}/{id}?from={here.rpartition('/')[2]}")
    assert "Come & see <us>." in change.text
    browser.post(here, data={"act": "start"})
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "grace@example.net", "newsletter", staff="x", theirs=True, reason="r", now=s.w.now)
    s.w.drain()
    assert sent(s) == []
    page = look(browser, here)
    assert page.h1 == "It was not sent"
    assert "only the person can undo it" in page.text
    refused = look(browser, browser.post(f"{WRITE}/{id}", data=WORDS).headers["location"])
    assert refused.h1 == "0 of 1 will get it"
    assert "Send" not in refused.text.split("nobody may get it")[1]


def test_what_is_missing_is_said_and_what_was_typed_is_still_there(s: Site) -> None:
    offer(s)
    said_yes(s)
    browser = clerk(s)
    for changed, told in (
        ({"subject": ""}, "Write something here"),
        ({"text": " "}, "Write something here"),
        ({"subject": "x" * 151}, "151"),
        ({"purpose": "?"}, "Choose a purpose"),
    ):
        answer = browser.post(WRITE, data=WORDS | changed)
        assert (answer.status_code, told in read(answer).text) == (422, True), changed
        kept = "We moved" if "subject" not in changed else "To Leipzig."
        assert kept in answer.text
    assert messages.latest(s.w.rt, language="en", now=s.w.now) == []


def test_a_running_message_is_stopped_and_carried_on(s: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "PIECE", 1)
    offer(s)
    said_yes(s)
    said_yes(s, email="alan@example.net", name="Alan", start="2030-01-09T09:00:00Z", form_key="a" * 22)
    browser = clerk(s)
    here = browser.post(WRITE, data=WORDS).headers["location"]
    browser.post(here, data={"act": "start"})
    assert perform_one(s.w.rt, kinds=(messages.KIND,))
    assert look(browser, here).h1 == "It is being sent"
    browser.post(here, data={"act": "stop"})
    s.w.drain()
    page = look(browser, here)
    assert page.h1 == "Sending was stopped"
    assert "Carry on: send 2 emails" in page.text
    assert sent(s) == []
    browser.post(here, data={"act": "start"})
    for _ in range(3):
        s.w.clock.advance(5)
        s.w.drain()
    assert sorted(sent(s)) == ["alan@example.net", "grace@example.net"]
    told = look(signed_in(s, person(s, Role.ADMIN, email="boss@example.org")), "/admin/audit?kind=consents").text
    assert "A message under “newsletter” stopped: 2 contacts did not get it" in told


def test_it_is_for_who_may_change_consents_only(s: Site) -> None:
    offer(s)
    said_yes(s)
    id = of(s, "grace@example.net")
    here = clerk(s).post(WRITE, data=WORDS).headers["location"]
    only_looks = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert "Write to" not in only_looks.get(f"{CONTACTS}/{id}").text
    for path in (WRITE, f"{WRITE}/{id}", here):
        assert only_looks.get(path).status_code == 404
        assert only_looks.post(path, data=WORDS | {"act": "start"}).status_code == 404
    with_it = signed_in(s, person(s, Role.STAFF, email="may@example.org", permissions=frozenset({Permission.CONSENTS})))
    assert with_it.get(f"{WRITE}/{of(s, 'grace@example.net')}").status_code == 200
    assert with_it.get(f"{WRITE}/00000000-0000-0000-0000-000000000009").status_code == 404


def test_it_goes_to_who_wrote_it_first_and_to_nobody_else(s: Site) -> None:
    offer(s)
    said_yes(s)
    browser = clerk(s)
    s.w.drain()
    s.w.mails.sent.clear()
    here = browser.post(WRITE, data=WORDS).headers["location"]
    assert "Send it to me first: staff@example.org" in read(browser.get(here)).text
    done = browser.post(here, data={"act": "test"})
    assert done.status_code == 303
    assert (
        "It is on its way to staff@example.org, and to nobody else." in read(browser.get(done.headers["location"])).text
    )
    (mail,) = s.w.mails.sent
    assert (mail.to.address, mail.subject) == ("staff@example.org", "We moved")
    assert "To Leipzig." in mail.text
    s.w.drain()
    assert len(s.w.mails.sent) == 1
    s.w.mails.failing.append(TransportDown("nobody listens"))
    answer = browser.post(here, data={"act": "test"})
    assert "The test was not sent" in read(answer).text


@pytest.mark.capability("S4-18")
def test_as_the_mail_arrives_at_a_mail_server(s: Site, mailroom: Mailroom, plain: SmtpSettings) -> None:
    offer(s)
    said_yes(s)
    browser = clerk(s)
    s.w.drain()
    here = browser.post(WRITE, data=WORDS).headers["location"]
    browser.post(here, data={"act": "start"})
    drain(replace(s.w.rt, transport=SmtpTransport(plain)))
    (envelope,) = mailroom.envelopes
    mail = message_from_bytes(envelope.content or b"", _class=EmailMessage, policy=default)  # type: ignore[arg-type]
    assert envelope.rcpt_tos == ["grace@example.net"]
    assert mail["Subject"] == "We moved"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    body = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert body is not None
    assert html is not None
    text = body.get_content()
    assert link in text
    assert "You are getting this email because you agreed to “Newsletter” on " in text
    assert "Analytical Engines GmbH" in text
    assert "Email options: " in text
    assert "Come &amp; see &lt;us&gt;." in html.get_content()
