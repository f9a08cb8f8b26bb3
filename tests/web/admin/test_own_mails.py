"""The organisation's own words in mails that are about no booking: what such a mail is for can't be written away."""

import re
from pathlib import Path

import pytest

from booking_service.actions.access.links import token
from booking_service.actions.setup.file import apply
from booking_service.actions.setup.file.apply import Applied
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.effects import MailKind
from booking_service.domain.mail_texts import RULES, Word
from booking_service.domain.people import Organisation
from booking_service.domain.roles import Role
from booking_service.mail.message import OutgoingMail
from calendars.errors import Unavailable
from tests.web.consents import NEWSLETTER, offer
from tests.web.own_pages import GRACE, ticked
from tests.web.page_reader import look, read
from tests.web.site import Site, person, person_of_host, signed_in

NO_SUBJECT = (Word.NEWS, Word.DETAILS, Word.WORDING)


def form(text: str, subject: str = "Of the house") -> dict[str, str]:
    return {"name": "House", "subject": subject, "text": text, "seen": "0", "act": "save"}


def last(s: Site, to: str) -> OutgoingMail:
    return [each for each in s.w.mails.sent if each.to.address == to][-1]


def test_the_question_of_a_consent_keeps_its_wording_its_button_and_its_no(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    offer(s, NEWSLETTER)
    page = "/admin/mails/confirm-consent?in=en"
    for wrong, told in (
        ("Hello! {act_link}", "{news} must be in the text"),
        ("{news} {name}", "{name} can’t be used here"),
        ("{news}\n<img src=x>", "Line 2: “<img” looks like a picture"),
        ("{news} Get 20 % off!", "reads like advertising"),
        ("{news} {wordng}", "Did you mean {wording}?"),
    ):
        refused = read(admin.post(page, data=form(wrong)))
        assert refused.status == 422, wrong
        assert told in refused.text, wrong
    assert admin.post(page, data=form("Dear reader,\n\n{news}", "A question: {consent}")).status_code == 303
    s.confirmed(**ticked(s, "newsletter"))
    s.w.drain()
    mail = last(s, GRACE)
    assert mail.subject.startswith("A question: ")
    assert mail.text.startswith("Dear reader,\n\nOn ")
    assert "ticked the box with the text below" in mail.text
    for kept in ("/preferences/yes/", "Not you? Then do nothing", "The link can be used until", "Your data: http"):
        assert mail.text.count(kept) == 1, kept
    (quote,) = re.findall(r"<blockquote.*?</blockquote>", mail.html, re.DOTALL)
    assert quote in mail.html.partition("Dear reader")[2]


def test_a_sign_in_link_has_its_code_and_its_warning_in_whatever_words(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    page = "/admin/mails/sign-in?in=en"
    assert admin.post(page, data=form("Welcome back, {person}! {act_link}")).status_code == 422
    text = "Welcome back, {person}!\n\n{news}\n\nUntil {until}: {act_link}"
    assert admin.post(page, data=form(text)).status_code == 303
    s.browser.post("/host/sign-in", data={"email": "admin@example.org"})
    s.w.drain()
    mail = last(s, "admin@example.org")
    assert mail.subject == "Of the house"
    assert mail.text.startswith("Welcome back, Mary Somerville!\n\nAt ")
    assert len(re.findall(r"/sign-in/[^/\s]{20,}", mail.text)) == 1
    assert re.search(r"\b\d{6}\b|\b\d{3} \d{3}\b", mail.text)
    assert "Each works once" not in mail.text  # {until} says it
    assert "Give neither to anybody." in " ".join(mail.text.split())


def test_a_host_writes_about_their_calendar_what_went_wrong_stays(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    page = "/host/mails/calendar-unreadable?in=en"
    assert ada.post(page, data=form("Look at {calendar}")).status_code == 422
    assert ada.post(page, data=form("Oh no, {calendar}! {news}", "Look at {calendar}")).status_code == 303
    s.w.calendar.fail_next(Unavailable("no answer"), times=1000)
    s.w.pass_time(minutes=20)
    s.w.pass_time(minutes=20)
    mail = last(s, s.w.host.email)
    assert mail.subject.startswith("Look at ")
    assert mail.text.startswith("Oh no, ")
    assert "The calendar server did not answer" in mail.text
    assert "your page offers no times" in " ".join(mail.text.split())


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_placeholder_has_its_value_in_text_and_subject(s: Site, kind: MailKind) -> None:
    words = RULES[kind].words
    text = "\n\n".join(f"{{{each}}}" for each in words)
    subject = " · ".join(f"{{{each}}}" for each in words if not each.is_link and each not in NO_SUBJECT)
    admin = signed_in(s, person(s, Role.ADMIN))
    sent = admin.post(f"/admin/mails/{kind}?in=de", data={**form(text, subject), "act": "test"})
    assert sent.status_code == 200, sent.text
    mail = s.w.mails.sent[-1]
    assert "{" not in mail.subject + mail.text
    usual = admin.get(f"/admin/mails/{kind}/preview?in=de").text
    assert mail.html.count('href="') == usual.count('href="')


def test_what_is_written_on_pages_is_what_the_setup_file_says_and_no_file_undoes_it_unasked(
    s: Site, tmp_path: Path
) -> None:
    s.save(Organisation(name="Engines"))
    admin, ada = signed_in(s, person(s, Role.ADMIN)), signed_in(s, person_of_host(s, s.w.host))
    before = apply.export(s.w.rt)
    assert (
        admin.post("/admin/mails/sign-in?in=de", data=form("Hallo {person}!\n\n{news}", "Anmelden")).status_code == 303
    )
    assert admin.post("/admin/mails/booked?in=en", data=form("By the house.\nAs ever.")).status_code == 303
    for text in ("First.", "Second: {news}"):
        seen = "1" if text != "First." else "0"
        assert ada.post("/host/mails/cancelled?in=en", data={**form("{news} " + text), "seen": seen}).status_code == 303
    assert ada.post("/host/mails/booked", data={"act": "choose", "which": "organisation:House"}).status_code == 303
    assert ada.post("/host/mails/moved", data={"act": "choose", "which": "usual"}).status_code == 303
    written = apply.export(s.w.rt)
    for part in (
        '[mails.booked.texts.House.en]\ntext = """By the house.\nAs ever."""\n',
        '[mails.sign-in]\nuse = "own:House"\n',
        '[mails.sign-in.texts.House.de]\nsubject = "Anmelden"\n',
        '[hosts.ada.mails.booked]\nuse = "organisation:House"\n',
        '[hosts.ada.mails.moved]\nuse = "usual"\n',
        'text = "{news} Second: {news}"',
    ):
        assert part in written, part
    assert "First." not in written
    keys = {each.what for each in apply.changes(s.w.rt, what="mails.")}
    assert {"mails.booked.use", "mails.sign-in.texts.House.de.subject", "mails.booked.texts.House.en.text"} <= keys

    def applied(text: str, *, overwrite: bool = False) -> Applied:
        file = parse(text, env={}, folder=tmp_path)
        return apply.apply(s.w.rt, file, by="a test", now=s.w.now, overwrite=overwrite)

    assert applied(written).changes == ()
    assert "mails.booked.texts.House.en" in applied(before).left_alone
    assert admin.post("/admin/mails/booked", data={"act": "choose", "which": "usual"}).status_code == 303
    with pytest.raises(SetupRefused, match=r"mails\.booked\.use: was changed on a page"):
        applied(written)
    (again,) = applied(written, overwrite=True).changes
    assert (again.key, again.after) == ("mails.booked.use", "own:House")
    changed = applied(written.replace("As ever.", "As never."))
    assert [each.key for each in changed.changes] == ["mails.booked.texts.House.en.text"]
    assert "Version 2" in look(admin, "/admin/mails/booked?in=en").text
    s.confirmed()
    assert any("As never." in each.text for each in s.w.mails.sent)


def test_a_text_that_the_page_would_refuse_is_refused_in_the_file_with_its_line(s: Site, tmp_path: Path) -> None:
    text = """
[mails.confirm-consent.texts.House.en]
subject = "A question"
text = "Hello"
[mails.uninvited.texts.House.en]
subject = "Without you"
text = "Now with 20 % off"
[hosts.ada]
name = "Ada"
email = "ada@example.org"
zone = "Europe/Berlin"
[hosts.ada.mails.sign-in]
use = "usual"
[hosts.ada.mails.booked.texts."My own".en]
text = "See you, {nam}"
"""
    with pytest.raises(SetupRefused) as refused:
        parse(text, env={}, folder=tmp_path)
    assert refused.value.problems == (
        "line 4: mails.confirm-consent.texts.House.en.text: {news} must be in the text: it differs from case to case.",
        "line 7: mails.uninvited.texts.House.en.text: Line 1: “0 %” reads like advertising. The reader of this email has not agreed "
        "to anything yet: courts have held such emails unlawful.",
        "line 12: hosts.ada.mails.sign-in: the organisation alone writes this mail",
        "line 15: hosts.ada.mails.booked.texts.My own.en.text: Line 1: {nam} does not exist. Did you mean {name}?",
    )
    with pytest.raises(SetupRefused, match="there is no such key; did you mean text"):
        parse('[mails.booked.texts.House.en]\ntxt = "x"\ntext = "y"', env={}, folder=tmp_path)
    file = parse('[mails.booked]\nuse = "own:Nothing"', env={}, folder=tmp_path)
    with pytest.raises(SetupRefused, match=r'mails\.booked\.use: there is no such text; write one of "usual"'):
        apply.apply(s.w.rt, file, by="a test", now=s.w.now)


def test_what_becomes_of_a_guest_is_told_in_own_words_and_a_stranger_gets_no_more_than_that(s: Site) -> None:
    ada = signed_in(s, person_of_host(s, s.w.host))
    listed = look(ada, "/host/mails").text
    assert "To guests" in listed
    for kind, text in (("guest-declined", "Pity. {news}"), ("guest-comes", "Glad! {news} {manage_link}")):
        assert ada.post(f"/host/mails/{kind}?in=en", data=form("So it is.")).status_code == 422, "whom it is about"
        assert ada.post(f"/host/mails/{kind}?in=en", data=form(text, f"{kind} of {{name}}")).status_code == 303
    for wrong, told in (("See you, {name}", "{name} can’t be used here"), ("www.example.org", "no other links")):
        refused = read(ada.post("/host/mails/uninvited?in=en", data=form(wrong)))
        assert (refused.status, told in refused.text) == (422, True), wrong
    ours = form("We go on without you on {when}.", "Without you: {when}")
    assert ada.post("/host/mails/uninvited?in=en", data=ours).status_code == 303
    booking = s.w.hold(meeting="quick", guests=("a@example.org",))
    s.w.drain()
    guest = f"/g/{token(s.w.rt, booking, LinkPurpose.GUEST, guest='a@example.org')}"
    assert "Without" not in last(s, "a@example.org").subject, "the invitation is always ours"
    assert s.browser.post(look(s.browser, guest).actions()[0]).status_code == 303
    s.w.drain()
    left = last(s, "a@example.org")
    assert left.subject.startswith("Without you: ")
    assert left.text.startswith("We go on without you on ")
    assert left.calendar
    assert left.calendar.method == "CANCEL"
    for to in ("grace@example.org", s.w.host.email):
        mail = last(s, to)
        assert mail.subject == "guest-declined of Grace Hopper"
        assert mail.text.startswith("Pity. a@example.org has declined.")
    assert s.browser.post(look(s.browser, guest).button("I can come after all")).status_code == 303
    s.w.drain()
    mail = last(s, "grace@example.org")
    assert mail.text.startswith("Glad! a@example.org had declined, but is coming after all.")
    assert mail.text.count("/m/") == 1
    assert "/m/" not in last(s, s.w.host.email).text
    s.save(Organisation(name="Engines"))
    written = apply.export(s.w.rt)
    for part in ("[hosts.ada.mails.uninvited.texts.House.en]", "[hosts.ada.mails.guest-comes]"):
        assert part in written
