"""Sensitive fields of contacts: sealed in every file, seen by their last characters, in full by one press on record only."""

import json
import logging
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.consent import profile, verify
from booking_service.actions.privacy import erasure, own_data, staff_acts
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup.file.apply import apply, export
from booking_service.actions.setup.file.read import SetupRefused, parse
from booking_service.domain.contact_filter import Filter
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import Part, Purpose, PurposeKind
from booking_service.domain.text import exposed
from booking_service.storage import access_log, contact_lists, contacts, fields
from booking_service.storage.engine import snapshot
from tests.web.consents import NEWSLETTER, TEXTS, link_in, mails, offer
from tests.web.own_pages import GRACE, agreed, changes, fresh, start
from tests.web.page_reader import look
from tests.web.site import Site

INSURANCE = Purpose(id=UUID(int=204), slug="insurance", kind=PurposeKind.FIELD, allows_field="insurance-number")
TEXTS["insurance"] = {"en": {Part.NAME: "Keep your insurance number", Part.BOX: "You may keep my insurance number."}}
NUMBER = "A-7391-2264-4711"
SETUP = """
[fields.insurance-number]
label = "Insurance number"
sensitive = {sensitive}
purpose = "insurance"

[fields.region]
label = {{ en = "Region", de = "Gegend" }}
personal = false
"""


def set_up(s: Site, *, sensitive: str = "true") -> None:
    text = SETUP.format(sensitive=sensitive)
    apply(s.w.rt, parse(text, env={}, folder=Path()), by="test", now=s.w.now)


def told(s: Site, *, sensitive: str = "true") -> None:
    """Grace agreed that her number is kept, and it is."""
    offer(s, NEWSLETTER, INSURANCE)
    set_up(s, sensitive=sensitive)
    agreed(s, "newsletter", "insurance")
    staff_acts.fill(s.w.rt, GRACE, "insurance-number", NUMBER, now=s.w.now)
    staff_acts.fill(s.w.rt, GRACE, "region", "Saxony", now=s.w.now)


def files(s: Site) -> bytes:
    return b"".join(path.read_bytes() for path in Path(s.w.rt.settings.data_dir).rglob("*") if path.is_file())


def seen(s: Site) -> dict[str, str]:
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        return fields.visible(session, contact.id)


@pytest.mark.capability("S4-36", "S4-37", "S4-40")
def test_a_sensitive_value_stands_in_clear_in_no_file_log_page_or_export(
    s: Site, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    told(s)
    assert seen(s) == {"insurance-number": "4711", "region": "Saxony"}
    page = look(s.browser, fresh(s)).text
    assert "••••4711" in page
    s.browser.post(fresh(s), data={"act": "data"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()
    given = s.browser.post(link_in(mails(s, "data")[0], "data"), data={"json": "yes"}).text
    assert json.loads(given)["person"]["fields"] == {"Insurance number": "••••4711", "Region": "Saxony"}
    sent = "".join(mail.text + mail.html for mail in s.w.mails.sent)
    said = capsys.readouterr()
    for text in (page, given, sent, caplog.text, said.out, said.err, files(s).decode("latin-1"), export(s.w.rt)):
        assert NUMBER not in text
        assert "A-7391" not in text  # four digits alone stand in an id now and then
        assert "7391-2264" not in text


@pytest.mark.capability("S4-38", "S4-39", "S4-41")
def test_it_is_seen_in_full_on_record_and_found_by_its_last_characters_only(s: Site) -> None:
    told(s)
    shown = staff_acts.reveal(s.w.rt, GRACE, "insurance-number", by="staff:t", why="asked", now=s.w.now)
    assert shown.text == NUMBER
    with snapshot(s.w.rt.engine) as session:
        [row] = access_log.latest(session, limit=10)
        assert (row.by, row.what, row.why) == ("staff:t", "field:insurance-number", "asked")
        found = {
            text: len(contact_lists.page_of(session, Filter(text=text), NEWSLETTER, now=s.w.now, limit=10).contacts)
            for text in ("4711", NUMBER, "711", "2264")
        }
    assert found == {"4711": 1, NUMBER: 0, "711": 0, "2264": 0}
    with pytest.raises(profile.UnknownField):
        staff_acts.reveal(s.w.rt, GRACE, "region", by="staff:t", now=s.w.now)
    assert [exposed(text) for text in ("", "ab", "abc", "abcdef", NUMBER)] == ["", "", "c", "ef", "4711"]
    assert [exposed(NUMBER, most=most) for most in (0, 1, 3, 9)] == ["", "1", "711", "4711"]


@pytest.mark.capability("S4-36", "S4-42")
def test_what_becomes_sensitive_is_sealed_out_of_every_file_and_never_again_not(s: Site) -> None:
    told(s, sensitive="false")
    assert seen(s)["insurance-number"] == NUMBER
    set_up(s)
    s.w.pass_time(minutes=1)
    assert seen(s)["insurance-number"] == "4711"
    assert NUMBER.encode() not in files(s)
    with pytest.raises(SetupRefused, match="sealed for good"):
        set_up(s, sensitive="false")


@pytest.mark.capability("S4-08", "S4-21")
def test_a_no_empties_and_locks_the_field_at_once_until_the_person_says_yes_again(s: Site) -> None:
    told(s)
    link = fresh(s)
    assert look(s.browser, f"{link}/revoke/insurance").h1 == "Erase this: Keep your insurance number?"
    assert seen(s)["insurance-number"] == "4711"
    s.browser.post(link, data={"act": "end", "purpose": "insurance"})
    assert seen(s)["insurance-number"] == ""
    assert "erased, and locked" in look(s.browser, link).text
    with pytest.raises(profile.FieldLocked):
        staff_acts.fill(s.w.rt, GRACE, "insurance-number", NUMBER, now=s.w.now)
    s.w.pass_time(minutes=1)
    s.browser.post(link, data=start(s, "insurance"))
    s.w.drain()
    s.browser.post(changes(s)[-1])
    assert staff_acts.fill(s.w.rt, GRACE, "insurance-number", NUMBER, now=s.w.now) == "4711"
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S4-08", "S4-21")
def test_what_stands_in_a_field_that_its_person_never_allowed_is_shown_to_them_and_erased_by_them(s: Site) -> None:
    offer(s, NEWSLETTER, INSURANCE)
    set_up(s)
    agreed(s, "newsletter")
    link = fresh(s)
    assert "Erase it…" not in look(s.browser, link).text, "nothing stands there"
    staff_acts.fill(s.w.rt, GRACE, "insurance-number", "A7", now=s.w.now)
    page = look(s.browser, link)
    assert "•••• encrypted; only this much of it is shown" in page.text, (
        "no character of it may be seen, and it stands there"
    )
    assert own_data.given_to_staff(s.w.rt, GRACE, by="x", language="en", now=s.w.now)["person"]["fields"] == {
        "Insurance number": "••••"
    }
    revoke = f"{link}/revoke/insurance"
    assert revoke in page.links().values()
    assert "At once and for good." in look(s.browser, revoke).text
    s.browser.post(link, data={"act": "end", "purpose": "insurance"})
    assert seen(s) == {"insurance-number": ""}
    assert "erased, and locked" in look(s.browser, link).text
    assert revoke not in look(s.browser, link).links().values()


@pytest.mark.capability("S4-26")
def test_only_what_identifies_a_person_may_be_erased(s: Site) -> None:
    told(s)
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
    assert contact is not None
    erasure.erase(s.w.rt, GRACE, Decider(staff="t", reason="a letter"), mode=Mode.PERSONAL, now=s.w.now)
    with snapshot(s.w.rt.engine) as session:
        assert fields.visible(session, contact.id) == {"region": "Saxony"}
        left = contacts.get(session, contact.id)
    assert left is not None
    assert (left.address, left.name, left.phone) == ("", "", "")
