"""Which of the organisation's own texts the mail of a purpose has, and which its reminders."""

from dataclasses import replace
from pathlib import Path

import pytest

from booking_service.actions.setup.file import apply, read
from booking_service.actions.setup.file.read import SetupRefused
from booking_service.domain.effects import MailKind
from booking_service.domain.mail_texts import ORGANISATION, ChosenText, MailText
from booking_service.storage import changes, mail_texts, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.web.admin.test_contacts import clerk
from tests.web.consents import EVENTS, NEWSLETTER, mails, offer, ticked
from tests.web.page_reader import Page, look
from tests.web.page_reader import read as parsed
from tests.web.site import Site

SETTINGS = "/admin/consents/purposes/newsletter/settings"
USUAL = "Please confirm: Newsletter"


def picked(page: Page, menu: str) -> str | None:
    options = page.one("select", name=menu).iter("option")
    return next(each.get("value") for each in options if "selected" in each.attrib)


def write_texts(s: Site, *names: str, language: str = "en") -> None:
    with transaction(s.w.rt.engine) as session:
        for name in names:
            text = MailText(
                owner=ORGANISATION,
                kind=MailKind.CONFIRM_CONSENT,
                name=name,
                language=language,
                version=1,
                subject=f"{name}: {{consent}}",
                text=f"Words of {name}.\n\n{{news}}",
                at=s.w.now,
                by="test",
            )
            mail_texts.add(session, text)


@pytest.mark.capability("S2-03", "S2-04")
def test_the_mail_that_asks_and_its_reminders_have_the_texts_that_are_picked_on_the_page(s: Site) -> None:
    offer(s)
    write_texts(s, "Warm", "Short")
    browser = clerk(s)
    page = look(browser, SETTINGS)
    for menu in ("template", "reminder_template"):
        offered = [each.get("value") for each in page.one("select", name=menu).iter("option")]
        assert offered == ["", "Short", "Warm"]
        assert picked(page, menu) == ""
    given = {"seen": page.value("seen"), "template": "Warm", "reminder_template": "Short"}
    assert browser.post(SETTINGS, data=given).headers["location"].endswith("did=saved")
    assert picked(look(browser, SETTINGS), "reminder_template") == "Short"
    stale = browser.post(SETTINGS, data={**given, "template": "Short"})
    assert stale.status_code == 409
    with snapshot(s.w.rt.engine) as session:
        kept = {each.what: each.after for each in changes.latest(session, limit=20)}
    assert kept["purposes.newsletter.template"] == "Warm"
    assert kept["purposes.newsletter.reminder_template"] == "Short"

    s.confirmed(**ticked(s))
    s.w.pass_time(days=3, hours=1)
    first, reminder = mails(s, "yes")
    assert (first.subject, reminder.subject) == ("Warm: Newsletter", "Short: Newsletter")
    assert "Words of Warm." in first.text
    assert "Words of Short." in reminder.text
    assert "Words of Warm." not in reminder.text


@pytest.mark.capability("S2-04")
def test_with_one_text_for_both_the_reminder_still_says_that_it_is_one(s: Site) -> None:
    offer(s, replace(NEWSLETTER, template="Warm", reminder_template="Warm"))
    write_texts(s, "Warm")
    s.confirmed(**ticked(s))
    s.w.pass_time(days=3, hours=1)
    first, reminder = mails(s, "yes")
    assert "Words of Warm." in first.text
    assert "Words of Warm." in reminder.text
    assert first.text != reminder.text


@pytest.mark.capability("S2-03")
def test_of_several_purposes_the_first_that_chose_decides(s: Site) -> None:
    offer(s, NEWSLETTER, replace(EVENTS, template="Warm"))
    write_texts(s, "Warm")
    s.confirmed(**ticked(s, "newsletter", "events"))
    assert [each.subject for each in mails(s, "yes")] == ["Warm: Newsletter, Invitations"]


@pytest.mark.capability("S2-03")
def test_a_text_that_is_gone_gives_way_to_the_usual_one_and_the_page_says_so(s: Site) -> None:
    offer(s, replace(NEWSLETTER, template="Gone"))
    browser = clerk(s)
    gone = "“Gone” no longer exists: the usual one is sent"
    assert gone in look(browser, "/admin/consents/purposes/newsletter").text
    page = look(browser, SETTINGS)
    assert gone in page.text
    refused = parsed(browser.post(SETTINGS, data={"seen": page.value("seen"), "reminder_template": "Nothing"}))
    assert refused.status == 422
    assert "Choose one of the existing texts" in refused.text
    s.confirmed(**ticked(s))
    assert [each.subject for each in mails(s, "yes")] == [USUAL]
    write_texts(s, "House")
    with transaction(s.w.rt.engine) as session:
        mail_texts.choose(session, ORGANISATION, MailKind.CONFIRM_CONSENT, ChosenText(ORGANISATION, "House"))
    s.w.pass_time(days=3, hours=1)
    assert mails(s, "yes")[-1].subject == "House: Newsletter", "the organisation's choice is the usual one"


@pytest.mark.capability("S2-03", "S2-04")
def test_the_setup_file_has_the_same_choice_and_refuses_a_text_that_nobody_wrote(s: Site) -> None:
    offer(s, replace(NEWSLETTER, template="Warm", reminder_template="Short"))
    write_texts(s, "Warm", "Short")
    text = apply.export(s.w.rt)
    outcome = apply.apply(s.w.rt, read.parse(text, env={}, folder=Path()), by="test", now=s.w.now)
    assert not outcome.changes
    wrong = text.replace('reminder_template = "Short"', 'reminder_template = "Shirt"')
    with pytest.raises(SetupRefused) as refused:
        apply.apply(s.w.rt, read.parse(wrong, env={}, folder=Path()), by="test", now=s.w.now)
    told = " ".join(refused.value.problems)
    assert "purposes.newsletter.reminder_template: there is no text 'Shirt'" in told
    assert '"Short", "Warm"' in told
    with snapshot(s.w.rt.engine) as session:
        standing = purposes.find(session, "newsletter")
    assert standing is not None
    assert standing.reminder_template == "Short"
