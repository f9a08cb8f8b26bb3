"""What people change of their own profile: asked for on their page, done by the press behind the mailed link, and by nothing else."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from booking_service.actions.consent import dossier, merges, pending_value, profile
from booking_service.actions.consent.merges import By
from booking_service.actions.operations import backup
from booking_service.actions.privacy import erasure, staff_acts
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup import fields as setup_fields
from booking_service.actions.setup.file.apply import apply
from booking_service.actions.setup.file.read import parse
from booking_service.crypto.keys import KeyRing, ring_of
from booking_service.domain.audit import Actor
from booking_service.domain.privacy import Mode, PendingChange
from booking_service.mail.errors import TransportDown
from booking_service.storage import contacts, fields, pending_changes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import FieldValue
from booking_service.storage.tables.consent import PendingChangeRow
from tests.web.consents import NEWSLETTER, contact_of, link_in, mails, offer
from tests.web.links.test_sensitive_fields import INSURANCE, NUMBER, files
from tests.web.own_pages import GRACE, agreed, changes, footer, fresh, start
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, limited

NEW = "B-8842-9913-5507"
SETUP = """
[fields.insurance-number]
label = {{ en = "Insurance number", de = "Versicherungsnummer" }}
sensitive = {sensitive}
purpose = "insurance"
editable = {number}

[fields.region]
label = {{ en = "Region", de = "Gegend" }}
personal = false
editable = {region}

[fields.note]
label = "Note"
"""

pytestmark = pytest.mark.capability("S4-13", "S4-30", "S4-31")


def set_up(s: Site, *, sensitive: str = "true", number: str = "true", region: str = "true") -> None:
    text = SETUP.format(sensitive=sensitive, number=number, region=region)
    apply(s.w.rt, parse(text, env={}, folder=Path()), by="test", now=s.w.now)


def told(s: Site, *, sensitive: str = "true") -> str:
    """Grace agreed that her number is kept; it and her region stand there, and a note. Returns her page by a fresh link."""
    offer(s, NEWSLETTER, INSURANCE)
    set_up(s, sensitive=sensitive)
    agreed(s, "newsletter", "insurance")
    for slug, value in (("insurance-number", NUMBER), ("region", "Saxony"), ("note", "Likes moths")):
        staff_acts.fill(s.w.rt, GRACE, slug, value, now=s.w.now)
    return fresh(s)


def ask(s: Site, page: str, value: str, *, field: str = "region", act: str = "change") -> str:
    """The link that is mailed for it."""
    before = len(changes(s))
    answer = s.browser.post(page, data={"act": act, "field": field, "value": value})
    assert answer.status_code == 303, answer.text
    s.w.drain()
    assert len(changes(s)) == before + 1
    return changes(s)[-1]


def stands(s: Site, slug: str = "region") -> FieldValue:
    with snapshot(s.w.rt.engine) as session:
        return next(e for e in fields.values(session, contact_of(s, GRACE)) if e.field.slug == slug)


def waiting(s: Site) -> list[PendingChange]:
    with snapshot(s.w.rt.engine) as session:
        return pending_changes.open_of(session, contact_of(s, GRACE), now=s.w.now)


def holding(s: Site) -> list[tuple[str, str]]:
    """What is kept of values that wait, done or not."""
    with snapshot(s.w.rt.engine) as session:
        rows = session.exec(select(PendingChangeRow)).all()
        return [(each.value, each.sealed) for each in rows if each.value or each.sealed]


def labels(page: Page) -> list[str]:
    return [words(each) for each in page.all("label")]


def test_a_field_is_changed_by_the_press_behind_the_mail_and_the_link_alone_changes_nothing(s: Site) -> None:
    link = told(s)
    shown = look(s.browser, link)
    assert labels(shown) == ["Insurance number", "Region"], "the note is not theirs to change"
    assert "Likes moths" in shown.text
    assert shown.one("input", id="field-region").get("value") == "Saxony"
    number = shown.one("input", id="field-insurance-number")
    assert number.get("value") == ""
    assert "••••4711 encrypted; only this much of it is shown" in shown.text
    asked = ask(s, link, "  Bavaria ")
    [mail] = [each for each in s.w.mails.to(GRACE) if each.subject == "Please confirm: change “Region”"]
    assert "Bavaria" not in mail.text + mail.html + mail.subject, "the value is in no mail"
    page = look(s.browser, link)
    assert "Change “Region”. We sent a link to grace@example.net on" in page.text
    assert stands(s).text == "Saxony"
    before = s.rows()
    behind = look(s.browser, asked)
    assert behind.h1 == "Change “Region”?"
    assert "New value Bavaria" in behind.text
    assert s.rows() == before, "looking changes nothing"
    s.w.pass_time(minutes=1)
    for _ in range(2):
        assert s.browser.post(asked).status_code == 303
    done = look(s.browser, asked)
    assert done.h1 == "“Region” is changed"
    assert "Bavaria" not in done.text, "this link may have been forwarded"
    assert (stands(s).text, stands(s).own, stands(s).set_at, stands(s).answered) == ("Bavaria", True, s.w.now, False)
    assert holding(s) == [], "it stands in the field and nowhere else"
    assert waiting(s) == []
    seen = dossier.show(s.w.rt, contact_of(s, GRACE), language="en", now=s.w.now)
    assert {each.slug: each.own_at is not None for each in seen.fields} == {
        "insurance-number": False,
        "note": False,
        "region": True,
    }
    s.w.pass_time(minutes=1)
    staff_acts.fill(s.w.rt, GRACE, "region", "Hesse", now=s.w.now)
    assert not stands(s).own
    assert "Something else has been entered there since." in look(s.browser, asked).text


def test_the_same_value_is_no_change_and_one_that_waits_is_not_mailed_again(s: Site) -> None:
    link = told(s)
    same = s.browser.post(link, data={"act": "change", "field": "region", "value": "Saxony"})
    assert same.headers["location"].endswith("?same=region#field-region")
    assert "That is already there. Nothing changes." in look(s.browser, same.headers["location"]).text
    assert waiting(s) == []
    first = ask(s, link, "Bavaria")
    s.browser.post(link, data={"act": "change", "field": "region", "value": "Bavaria"})
    s.w.drain()
    assert changes(s) == [first]
    second = ask(s, link, "Hesse")
    replaced = look(s.browser, first)
    assert replaced.h1 == "“Region” is not changed by this link"
    assert "another email is about" in replaced.text
    s.browser.post(first)
    assert stands(s).text == "Saxony"
    [shown] = waiting(s)
    assert shown.value == "Hesse"
    back = ask(s, link, "Saxony")
    assert look(s.browser, second).h1 == "“Region” is not changed by this link"
    s.browser.post(back)
    assert stands(s).text == "Saxony"
    assert waiting(s) == [], "who asks for what stands there while something else waits ends that"


def test_what_was_typed_wrongly_stays_in_its_input_and_enter_takes_no_sensitive_value_away(s: Site) -> None:
    link = told(s)
    long = "x" * 501
    wrong = read(s.browser.post(link, data={"act": "change", "field": "region", "value": long}))
    assert (wrong.status, wrong.title[:6]) == (422, "Error:")
    assert wrong.one("input", id="field-region").get("value") == long
    assert wrong.one("input", id="field-region").get("aria-invalid") == "true"
    assert "Shorten this to 500 characters or fewer: it has 501 now" in wrong.text
    assert "#field-region" in wrong.hrefs()
    empty = read(s.browser.post(link, data={"act": "change", "field": "insurance-number", "value": " "}))
    assert (empty.status, waiting(s)) == (422, [])
    assert "Type the new value, or press “Empty it”" in empty.text
    button = next(each for each in look(s.browser, link).all("button") if words(each).startswith("Change (by email)"))
    assert button.get("value") == "change", "the first of its form, which Enter presses"


def test_a_value_is_taken_away_by_the_press_behind_the_mail(s: Site) -> None:
    link = told(s)
    by_clearing = ask(s, link, "")
    assert s.w.mails.to(GRACE)[-1].subject == "Please confirm: empty “Region”"
    assert look(s.browser, by_clearing).h1 == "Empty “Region”?"
    assert stands(s).text == "Saxony"
    s.browser.post(by_clearing)
    assert (stands(s).text, stands(s).own, stands(s).locked) == ("", True, False)
    assert look(s.browser, by_clearing).h1 == "“Region” is empty now"
    by_button = ask(s, link, "ignored", field="insurance-number", act="empty")
    s.browser.post(by_button)
    assert stands(s, "insurance-number").sealed == ""
    page = look(s.browser, link)
    assert page.text.count("Empty it (by email)") == 0, "nothing is left to take away"
    same = s.browser.post(link, data={"act": "empty", "field": "insurance-number"})
    assert "same=insurance-number" in same.headers["location"]


@pytest.mark.sqlite
@pytest.mark.capability("S4-36", "S4-40")
def test_a_sensitive_value_that_waits_stands_in_clear_in_no_file_log_mail_page_or_backup(
    s: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    link = told(s)
    asked = ask(s, link, NEW, field="insurance-number")
    behind = look(s.browser, asked).text
    assert "New value ••••5507" in behind
    before = files(s)
    backup.create(s.w.rt, tmp_path / "apart" / "one", version="test")
    with backup.opened(tmp_path / "apart" / "one") as kept:
        copied = kept.database.read_bytes()
    assert b"change" in copied
    assert b"-wal" in b"".join(str(p).encode() for p in Path(s.w.rt.settings.data_dir).iterdir())
    s.browser.post(link, data={"act": "change", "field": "insurance-number", "value": f"{NEW}-1"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    revealed = staff_acts.reveal(s.w.rt, GRACE, "insurance-number", by="staff:t", why="asked", now=s.w.now)
    assert revealed.text == f"{NEW}-1"
    s.browser.post(link, data={"act": "data"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()
    given = s.browser.post(link_in(mails(s, "data")[0], "data"), data={"json": "yes"}).text
    assert json.loads(given)["person"]["fields"]["Insurance number"] == "••••07-1"
    sent = "".join(mail.subject + mail.text + mail.html for mail in s.w.mails.sent)
    said = capsys.readouterr()
    for text in (
        behind,
        given,
        sent,
        caplog.text,
        said.out,
        said.err,
        *(b.decode("latin-1") for b in (before, copied, files(s))),
    ):
        assert "B-8842" not in text
        assert "9913-5507" not in text


@pytest.mark.sqlite
@pytest.mark.capability("S4-36", "S4-42")
def test_a_field_that_becomes_sensitive_while_its_change_waits_has_it_sealed_out_of_every_file(s: Site) -> None:
    link = told(s, sensitive="false")
    asked = ask(s, link, NEW, field="insurance-number")
    assert holding(s) == [(NEW, "")]
    set_up(s)
    assert "New value ••••5507" in look(s.browser, asked).text, "also before it is sealed"
    s.w.pass_time(minutes=1)
    [(value, sealed)] = holding(s)
    assert (value, bool(sealed)) == ("", True)
    assert NEW.encode() not in files(s)
    s.browser.post(asked)
    assert staff_acts.reveal(s.w.rt, GRACE, "insurance-number", by="t", now=s.w.now).text == NEW


def test_new_keys_seal_what_waits_anew_and_what_no_key_opens_is_said_to_be_gone(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, NEW, field="insurance-number")
    fresh_key = ring_of("another-secret-for-tests-0123456789-abcdefg", source="test").newest
    both = replace(s.w.rt, ring=KeyRing((fresh_key, *s.w.rt.ring.keys)))
    assert profile.seal_anew(both) == (2, 0), "what stands there, and what waits"
    assert profile.seal_anew(both) == (0, 0)
    assert profile.seal_anew(s.w.rt) == (0, 2)
    assert "What you typed is not kept any more." in refused(s, asked)
    with snapshot(s.w.rt.engine) as session:
        [kept] = pending_changes.sealed(session)
    assert pending_value.opened(both, kept) == NEW


def refused(s: Site, asked: str) -> str:
    """What the page says, before and after a press that writes nothing."""
    before = look(s.browser, asked)
    stood = s.rows()
    assert s.browser.post(asked).status_code == 303
    assert {name: rows for name, rows in s.rows().items() if name != "attempt"} == {
        name: rows for name, rows in stood.items() if name != "attempt"
    }
    after = look(s.browser, asked)
    assert before.text == after.text
    assert "is not changed by this link" in after.h1
    assert [words(each) for each in after.all("button") if words(each).startswith(("Change", "Empty"))] == []
    return after.text


def test_what_was_entered_after_they_asked_stays_and_they_are_told(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, "Bavaria")
    s.w.pass_time(minutes=1)
    staff_acts.fill(s.w.rt, GRACE, "region", "Hesse", now=s.w.now)
    assert "Something else was entered there after you asked for this, and that stays." in refused(s, asked)
    assert stands(s).text == "Hesse"
    again = ask(s, link, "Bremen")
    s.browser.post(again)
    assert stands(s).text == "Bremen"


def test_while_all_use_is_stopped_nothing_is_changed_and_no_form_is_shown(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, "Bavaria")
    s.browser.post(f"{link}/stop")
    assert labels(look(s.browser, link)) == []
    late = read(s.browser.post(link, data={"act": "change", "field": "region", "value": "Hesse"}))
    assert (late.status, "You stopped the use of your data." in late.text) == (409, True)
    long = read(s.browser.post(link, data={"act": "change", "field": "region", "value": "x" * 501}))
    assert (long.status, "You stopped the use of your data." in long.text) == (409, True), "why is said first"
    assert "You stopped the use of your data." in refused(s, asked)
    assert stands(s).text == "Saxony"


def test_what_allows_to_keep_a_field_was_ended_and_what_was_to_stand_there_is_gone_at_once(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, NEW, field="insurance-number")
    s.w.pass_time(minutes=1)
    s.browser.post(link, data={"act": "end", "purpose": "insurance"})
    assert holding(s) == []
    assert labels(look(s.browser, link)) == ["Region"]
    late = read(s.browser.post(link, data={"act": "change", "field": "insurance-number", "value": NEW}))
    assert (late.status, "You ended what allows us to keep this." in late.text) == (409, True)
    assert "You ended what allows us to keep this." in refused(s, asked)
    s.w.pass_time(minutes=1)
    s.browser.post(link, data=start(s, "insurance"))
    s.w.drain()
    s.browser.post(changes(s)[-1])
    assert "is not changed by this link" in look(s.browser, asked).h1, (
        "an old link fills nothing once it is allowed again"
    )
    s.browser.post(ask(s, link, NEW, field="insurance-number"))
    assert stands(s, "insurance-number").text == "5507"


def test_a_field_that_nobody_agreed_to_have_kept_is_not_theirs_to_fill(s: Site) -> None:
    offer(s, NEWSLETTER, INSURANCE)
    set_up(s)
    agreed(s, "newsletter")
    link = fresh(s)
    assert labels(look(s.browser, link)) == ["Region"], "though nothing stands there yet"
    late = read(s.browser.post(link, data={"act": "change", "field": "insurance-number", "value": NEW}))
    assert (late.status, "Nothing allows us to keep this now." in late.text) == (409, True)
    s.browser.post(ask(s, link, "Bavaria"))
    assert stands(s).text == "Bavaria"


def test_a_field_that_is_gone_or_not_theirs_any_more_is_not_changed(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, "Bavaria")
    set_up(s, region="false")
    assert labels(look(s.browser, link)) == ["Insurance number"]
    assert "This can’t be changed on your page any more." in refused(s, asked)
    set_up(s)
    with snapshot(s.w.rt.engine) as session:
        field = fields.find(session, "region")
    assert field is not None
    setup_fields.delete(s.w.rt, field, by=Actor(name="x"), now=s.w.now)
    assert holding(s) == []
    assert "This can’t be changed on your page any more." in refused(s, asked)
    assert read(s.browser.post(link, data={"act": "change", "field": "region", "value": "x"})).status == 409


def test_what_was_asked_for_before_a_field_was_emptied_for_everybody_comes_to_stand_there_for_nobody(s: Site) -> None:
    link = told(s)
    staff_acts.fill(s.w.rt, GRACE, "region", "", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        fields.empty(session, contact_of(s, GRACE), personal_only=False)
        field = fields.find(session, "region")
    assert field is not None
    asked = ask(s, link, "Bavaria")
    setup_fields.delete(s.w.rt, field, values_only=True, by=Actor(name="x"), now=s.w.now)
    assert holding(s) == []
    assert "What you typed is not kept any more." in refused(s, asked)


def test_the_reduced_page_shows_and_takes_nothing_of_it(s: Site) -> None:
    link = told(s)
    reduced = footer(mails(s, "out")[-1])
    assert labels(look(s.browser, reduced)) == []
    assert "Saxony" not in look(s.browser, reduced).text
    for act in ("change", "empty"):
        answer = s.browser.post(reduced, data={"act": act, "field": "region", "value": "Bavaria"})
        assert answer.status_code == 404
    assert waiting(s) == []
    asked = ask(s, link, "Bavaria")
    [change] = waiting(s)
    assert s.browser.post(reduced, data={"act": "drop", "change": change.id.hex}).status_code == 404
    assert "Bavaria" not in look(s.browser, reduced).text
    assert s.browser.post(asked).status_code == 303


def test_after_a_day_it_is_over_what_was_typed_is_forgotten_and_a_link_to_the_page_is_mailed(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, "Bavaria")
    s.w.pass_time(hours=24, minutes=1)
    assert holding(s) == []
    over = look(s.browser, asked)
    assert over.h1 == "This link has expired"
    assert "It was not kept." in over.text
    s.browser.post(asked)
    assert stands(s).text == "Saxony"
    sent = len(s.w.mails.to(GRACE))
    again = s.browser.post(asked, data={"again": "yes"})
    assert "It works for 1 hour" in look(s.browser, again.headers["location"]).text
    s.w.drain()
    assert s.w.mails.to(GRACE)[sent].subject == "Your bookings and data"


def test_a_mail_that_could_not_leave_for_a_day_keeps_what_was_typed_and_has_a_day_from_when_it_left(s: Site) -> None:
    link = told(s)
    s.w.mails.failing[:] = [TransportDown("the mail server is away") for _ in range(2000)]
    s.browser.post(link, data={"act": "change", "field": "region", "value": "Bavaria"})
    s.w.pass_time(hours=26)
    assert holding(s) == [("Bavaria", "")]
    s.w.mails.failing.clear()
    s.w.pass_time(hours=2)
    [asked] = changes(s)
    assert "New value Bavaria" in look(s.browser, asked).text
    s.browser.post(asked)
    assert stands(s).text == "Bavaria"


def test_it_is_given_up_on_the_page_and_goes_with_who_is_erased(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, "Bavaria")
    [change] = waiting(s)
    s.browser.post(link, data={"act": "drop", "change": change.id.hex})
    assert (waiting(s), holding(s)) == ([], [])
    assert s.browser.post(asked).status_code == 404
    again = ask(s, link, NEW, field="insurance-number")
    erasure.erase(s.w.rt, GRACE, Decider(staff="t", reason="a letter"), mode=Mode.PERSONAL, now=s.w.now)
    assert holding(s) == []
    assert s.browser.post(again).status_code == 410


def test_who_is_merged_changes_their_own_field_and_a_stop_of_either_holds_for_both(s: Site) -> None:
    link = told(s)
    asked = ask(s, link, "Bavaria")
    s.confirmed(start="2030-01-15T08:00:00Z", email="ada@example.net", name="Ada", form_key="a" * 22)
    assert fresh(s, "ada@example.net")
    by = By(staff="t", reason="the same person")
    merges.merge(s.w.rt, contact_of(s, GRACE), into=contact_of(s, "ada@example.net"), by=by, now=s.w.now)
    s.browser.post(asked)
    assert stands(s).text == "Bavaria"
    with snapshot(s.w.rt.engine) as session:
        assert fields.values(session, contact_of(s, "ada@example.net")) == []
    s.w.pass_time(minutes=1)
    later = ask(s, fresh(s), "Hesse")
    s.browser.post(f"{fresh(s, 'ada@example.net')}/stop")
    assert "You stopped the use of your data." in refused(s, later)
    with pytest.raises(profile.ConsentRefused):
        staff_acts.fill(s.w.rt, GRACE, "region", "Bremen", now=s.w.now)
    merges.part(s.w.rt, contact_of(s, GRACE), by=by, now=s.w.now)
    s.browser.post(later)
    assert stands(s).text == "Hesse"


def test_a_link_asks_no_more_often_than_for_any_other_change(s: Site) -> None:
    link = told(s)
    tight = limited(s, changes_per_link="2 per 10 min")
    asked = [{"act": "change", "field": "region", "value": place} for place in ("Bavaria", "Hesse", "Hesse", "Bremen")]
    assert [tight.post(link, data=each).status_code for each in asked] == [303, 303, 303, 429]
    assert [each.value for each in waiting(s)] == ["Hesse"], "what was asked before waits on"


def test_its_page_and_mail_speak_the_readers_language(s: Site) -> None:
    link = told(s)
    with transaction(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        contacts.save(session, replace(contact, language="de"))
    page = look(s.browser, f"{link}?lang=de")
    assert labels(page) == ["Versicherungsnummer", "Gegend"]
    asked = ask(s, link, "Bayern")
    assert s.w.mails.to(GRACE)[-1].subject == "Bitte bestätigen: „Gegend“ ändern"
    assert look(s.browser, f"{asked}?lang=de").h1 == "„Gegend“ ändern?"
    assert look(s.browser, f"{asked}?lang=nl").h1.endswith("wijzigen?")


@pytest.mark.parametrize("tried", [NUMBER, "4711"])
def test_a_wish_of_a_field_tells_nobody_which_sensitive_value_stands_there(s: Site, tried: str) -> None:
    link = told(s)
    answer = s.browser.post(link, data={"act": "change", "field": "insurance-number", "value": tried})
    assert "same" not in answer.headers["location"], "neither of all of it nor of what may be seen"
    [waits] = waiting(s)
    assert waits.until - waits.made_at == timedelta(hours=24)
    assert tried not in look(s.browser, link).text.replace("••••4711", "")


def test_a_value_that_is_still_to_be_sealed_stands_on_the_page_and_is_taken_away(s: Site) -> None:
    link = told(s, sensitive="false")
    set_up(s, sensitive="true")
    shown = look(s.browser, link)
    assert "••••4711 encrypted" in shown.text
    assert NUMBER not in shown.text
    asked = ask(s, link, "", field="insurance-number", act="empty")
    s.browser.post(asked)
    assert stands(s, "insurance-number").masked == ""
    s.w.pass_time(minutes=1)
    assert stands(s, "insurance-number").masked == ""
