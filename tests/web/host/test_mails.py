"""Mails in one's own words: what is saved is in the next one, and nothing that a mail must say gets lost."""

from dataclasses import replace
from uuid import UUID

from booking_service.actions.access.people import let_host_sign_in
from booking_service.domain.mail_texts import RULES, written_by
from booking_service.domain.roles import Role
from booking_service.storage.engine import transaction
from tests.web.page_reader import look, read, words
from tests.web.site import TUESDAY_9, Site, person, person_of_host, signed_in
from tests.world import host

OWN = "Guten Tag,\nwir halten {when} bis {until} für Sie frei.\n\nBitte bestätigen: {confirm_link}"


def form(**changes: str) -> dict[str, str]:
    given = {"name": "My own", "subject": "Noch nicht gebucht: {when}", "text": OWN, "seen": "0", "act": "save"}
    return {**given, **changes}


def test_what_is_saved_is_in_the_next_mail_with_all_that_must_not_be_missing(s: Site) -> None:
    browser = signed_in(s, person_of_host(s, s.w.host))
    before = look(browser, "/host/mails/confirm-booking?in=en")
    assert "{news}" in before.text
    saved = browser.post("/host/mails/confirm-booking?in=en", data=form())
    assert saved.status_code == 303, saved.text
    after = look(browser, saved.headers["location"])
    assert "Saved. The next email uses it." in after.text
    assert "Version 1" in after.text
    assert "Your own text “My own”" in look(browser, "/host/mails").text
    s.hold(start=TUESDAY_9)
    s.w.drain()
    mail = s.w.mails.sent[-1]
    assert mail.subject == "Noch nicht gebucht: Tue 8 Jan, 09:00"
    assert mail.text.startswith("Guten Tag,\nwir halten Tuesday 8 January 2030, 09:00–09:30 bis ")
    assert "Somebody entered this email address" not in mail.text
    assert "It is held for you until" not in mail.text  # {until} says it
    for kept in (
        "If you did not ask for this",
        "Release the time now",
        "Or type this code",
        "Privacy: http",
        "\n-- \n",
    ):
        assert mail.text.count(kept) == 1, kept
    assert mail.html.count("Confirm booking</a>") == 1
    assert "Bitte bestätigen:" in mail.html
    german = browser.post("/ada/intro/hold", data=s.form(start="2030-01-09T09:00:00Z", lang="de", form_key="g" * 22))
    assert german.status_code == 303
    s.w.drain()
    assert s.w.mails.sent[-1].subject.startswith("Bitte bestätigen")  # no text in German: the usual one
    browser.post("/host/mails/confirm-booking", data={"act": "choose", "which": "usual"})
    s.hold(start="2030-01-10T09:00:00Z", form_key="u" * 22)
    s.w.drain()
    assert s.w.mails.sent[-1].subject.startswith("Please confirm")


def test_what_is_broken_is_refused_with_its_line_and_what_was_typed_is_kept(s: Site) -> None:
    browser = signed_in(s, person_of_host(s, s.w.host))
    before = s.rows()
    wrong = "Hello {name}\n\n{confirm_lnk}\n<img src=x>"
    for act in ("save", "test"):
        answer = read(browser.post("/host/mails/confirm-booking?in=en", data=form(text=wrong, act=act)))
        assert answer.status == 422
        assert "Line 3: {confirm_lnk} does not exist. Did you mean {confirm_link}?" in answer.text
        assert "Line 1: {name} can’t be used here" in answer.text
        assert "Line 4: “<img” looks like a picture" in answer.text
        assert (answer.one("textarea", name="text").text or "").strip() == wrong
    assert browser.post("/host/mails/confirm-booking", data=form(name="")).status_code == 422
    after = s.rows()
    assert {name for name in after if after[name] != before[name]} <= {"session"}
    assert not s.w.mails.sent


def test_a_mail_that_no_meeting_type_has_sent_is_said_to_be_switched_off(s: Site) -> None:
    browser = signed_in(s, person_of_host(s, s.w.host))

    def off() -> set[str]:
        lines = [line for rows in look(browser, "/host/mails").all("ul", class_="rows") for line in rows.iter("li")]
        return {words(link) for line in lines if "Switched off" in words(line) for link in line.iter("a")}

    held, reminder = "New hold", "Reminder"
    assert off() == {held}
    for each in (s.w.intro, s.w.quick):
        s.save(replace(each, remind_before=()))
    assert off() == {held, reminder}
    s.save(replace(s.w.intro, remind_before=(), tell_of_holds=True))
    assert off() == {reminder}
    assert "Switched off" not in look(browser, "/host/mails/reminder").text  # it can be written all the same


def test_two_windows_lose_nothing(s: Site) -> None:
    browser = signed_in(s, person_of_host(s, s.w.host))
    assert browser.post("/host/mails/booked?in=en", data=form(text="One")).status_code == 303
    late = read(browser.post("/host/mails/booked?in=en", data=form(text="Two")))
    assert late.status == 409
    assert "One" in late.text
    assert "Two" in late.text
    assert late.value("seen") == "1"
    assert browser.post("/host/mails/booked?in=en", data=form(text="Two", seen="1")).status_code == 303
    shown = look(browser, "/host/mails/booked?in=en&version=1")
    assert "One" in shown.text
    assert shown.value("seen") == "2"


def test_another_name_makes_another_text_and_replaces_none_unseen(s: Site) -> None:
    browser, address = signed_in(s, person_of_host(s, s.w.host)), "/host/mails/booked?in=en"
    assert browser.post(address, data=form(name="First", text="One", of="First")).status_code == 303
    filled = look(browser, address)
    assert (filled.value("seen"), filled.value("of")) == ("1", "First")
    second = form(name="Second", text="Two", seen="1", of="First")
    assert browser.post(address, data=second).status_code == 303
    assert {"own:First", "own:Second"} <= {each.get("value") for each in look(browser, address).all("option")}
    again = read(browser.post(address, data={**second, "text": "Three"}))
    assert again.status == 409
    assert "There is already a text with this name" in again.text
    assert "Two" in again.text
    assert (again.value("seen"), again.value("of")) == ("1", "Second")
    assert browser.post(address, data={**second, "text": "Three", "of": "Second"}).status_code == 303
    assert "Version 2" in look(browser, address).text


def test_the_organisations_text_counts_where_a_host_has_none(s: Site) -> None:
    admin = signed_in(s, person(s, Role.ADMIN))
    assert admin.post("/admin/mails/booked?in=en", data=form(name="House", text="By the house.")).status_code == 303
    s.confirmed()
    assert any(
        "By the house." in each.text and each.subject == "Intro call with Ada Lovelace" for each in s.w.mails.sent
    ), [(each.subject, each.text[:60]) for each in s.w.mails.sent]
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "“House” from the organisation" in look(ada, "/host/mails").text
    assert ada.post("/host/mails/booked", data={"act": "choose", "which": "usual"}).status_code == 303
    s.confirmed(start="2030-01-09T09:00:00Z", form_key="z" * 22)
    assert (
        "Your booking is confirmed."
        in [each for each in s.w.mails.sent if each.subject == "Intro call with Ada Lovelace"][-1].text
    )
    assert ada.post("/host/mails/booked", data={"act": "choose", "which": "organisation:House"}).status_code == 303
    for nothing in ("own:House", "organisation:Nothing", "x", ""):
        assert ada.post("/host/mails/booked", data={"act": "choose", "which": nothing}).status_code == 404, nothing
    assert "mails.booked.texts.House.en.text" in look(admin, "/admin/audit").text


def test_every_mail_is_shown_in_every_language_and_sent_to_try_it_out(s: Site) -> None:
    browser = signed_in(s, person_of_host(s, s.w.host))
    admin = signed_in(s, person(s, Role.ADMIN))
    own = written_by(s.w.host.id)
    for kind in RULES:
        reader, address = (browser, f"/host/mails/{kind}") if kind in own else (admin, f"/admin/mails/{kind}")
        assert look(reader, address).status == 200
        for code in ("en", "de", "nl"):
            shown = reader.get(f"{address}/preview?in={code}")
            assert shown.status_code == 200, kind
            assert f'<html lang="{code}' in shown.text
            assert "{" not in shown.text.partition("<body")[2], kind
            assert "sandbox" in shown.headers["content-security-policy"]
    typed = browser.post(
        "/host/mails/reminder/preview?in=en", data=form(text="<b>Soon</b> {details}", **{"as": "text"})
    )
    assert typed.text.startswith("<b>Soon</b>")
    assert "What: 30-minute consultation" in typed.text
    html = browser.post("/host/mails/reminder/preview?in=en", data=form(text="<b>Soon</b>"))
    assert "&lt;b&gt;Soon" in html.text
    sent = read(browser.post("/host/mails/reminder?in=en", data=form(text="Soon", act="test")))
    assert "A test is on its way to" in sent.text
    assert s.w.mails.sent[-1].text.startswith("Soon")
    assert s.w.mails.sent[-1].subject.startswith("Test: ")
    assert not [row for row in s.rows()["mail_text"]]
    for kind in set(RULES) - set(own):
        assert browser.get(f"/host/mails/{kind}").status_code == 404
        assert browser.post(f"/host/mails/{kind}?in=en", data=form(text="{news}")).status_code == 404


def test_a_host_sees_no_text_of_another(s: Site) -> None:
    bob = host(id=UUID(int=77), slug="bob", name="Bob", email="bob@example.org")
    s.save(bob)
    with transaction(s.w.rt.engine) as session:
        let_host_sign_in(session, bob, now=s.w.now)
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert ada.post("/host/mails/booked?in=en", data=form(text="Only mine")).status_code == 303
    browser = signed_in(s, person_of_host(s, bob))
    assert "Only mine" not in look(browser, "/host/mails/booked?in=en&name=My own&version=1").text
    assert browser.post("/host/mails/booked", data={"act": "choose", "which": "own:My own"}).status_code == 404
