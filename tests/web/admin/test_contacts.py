"""Contacts as staff see them: the list, one contact with what to read out on the phone, and changing by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.consent import append, dossier, export, find, staff_entries
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.availability import zone_of
from booking_service.domain.consent_file import Column
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import Accepts, Part, Purpose, PurposeKind
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.statements import statements
from tests.web.consents import BOX, EVENTS, NEWSLETTER, chain, link_in, mails, offer, reword, standing, ticked
from tests.web.own_pages import changes, fresh, start
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person, signed_in

CONTACTS = "/admin/consents/contacts"


def clerk(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))


def of(s: Site, address: str) -> UUID:
    with snapshot(s.w.rt.engine) as session:
        found = contacts.by_address(session, address)
    assert found is not None
    return found.id


def said_yes(s: Site, **form: str) -> None:
    """Somebody ticked the newsletter on Ada's form, and confirmed it by the mailed link."""
    s.confirmed(**ticked(s), **form)
    mail = mails(s, "yes", form.get("email", "grace@example.net"))[-1]
    s.browser.post(link_in(mail, "yes"), data={"purpose": "newsletter", "answer": "yes"})


def recorded(s: Site, address: str, purpose: str = "newsletter", **brought: str) -> None:
    s.w.clock.advance(1)
    staff_entries.record(s.w.rt, address, purpose, staff="import", brought=brought, reason="list", now=s.w.now)


def rows(page: Page) -> dict[str, str]:
    """The names in a list, and what stands beside them."""
    return {words(row.find(".//a")): words(row) for row in page.one("ul", class_="rows").iter("li")}  # type: ignore[arg-type]


def followed(browser: TestClient, address: str, form: dict[str, str]) -> Page:
    """The page that the answer to a form leads to."""
    return read(browser.post(address, data=form, follow_redirects=True))


def cost(s: Site, act: Callable[[], object]) -> int:
    """How many readings something took."""
    with statements(s.w.rt.engine) as seen:
        act()
    return sum(each.startswith("SELECT") for each, _ in seen)


@pytest.mark.capability("S2-08", "S3-10", "S3-18", "S4-28", "S4-47", "S5-13", "S5-14", "S3-12", "S4-15")
def test_contacts_are_filtered_and_each_row_says_whether_the_person_may_be_written_to(s: Site) -> None:
    browser = clerk(s)
    assert "There is no purpose yet." in look(browser, CONTACTS).text
    offer(s)
    assert "There are no contacts yet." in look(browser, CONTACTS).text
    said_yes(s)
    recorded(s, "anna@example.org", optin_who="Anna Ott", optin_source="fair", optin_date="2024-05-01", optin_id="c-17")
    s.w.clock.advance(1)
    staff_entries.opt_out(s.w.rt, "bob@example.org", "newsletter", staff="x", theirs=True, reason="phone", now=s.w.now)
    s.w.clock.advance(1)
    staff_entries.opt_out(
        s.w.rt, "eve@example.org", "newsletter", staff="x", theirs=False, reason="bounced", now=s.w.now
    )
    found = rows(look(browser, CONTACTS))
    assert list(found) == ["eve@example.org", "bob@example.org", "Anna Ott", "Grace Hopper"]
    assert "may be written to Double opt-in" in found["Grace Hopper"]
    assert "fair · not written to: the policy requires more than this Single opt-in, by staff" in found["Anna Ott"]
    assert "only the person can undo it Opted out by the person" in found["bob@example.org"]
    assert "opted out by staff Opted out by staff" in found["eve@example.org"]
    for query, names in {
        "standing=double": ["Grace Hopper"],
        "standing=user": ["Anna Ott"],
        "standing=out-contact": ["bob@example.org"],
        "standing=pending": None,
        "source=fair": ["Anna Ott"],
        "from=2024-05-01&to=2024-05-01": ["Anna Ott"],
        "from=2024-05-02": None,
        "id=c-17": ["Anna Ott"],
        "q=c-17": ["Anna Ott"],
        "q=hOPP": ["Grace Hopper"],
        "q=%25": None,
        "q=BOB@example": ["bob@example.org"],
        "standing=never": None,
    }.items():
        page = look(browser, f"{CONTACTS}?purpose=newsletter&{query}")
        assert (list(rows(page)) if names else page.all("ul", class_="rows")) == (names or []), query
        assert ("No contact matches this" in page.text) == (names is None), query
    assert browser.get(f"{CONTACTS}?purpose=nothing").status_code == 404


def test_above_the_list_stands_how_many_of_it_have_a_consent_that_is_accepted(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    assert "accepted" not in look(browser, CONTACTS).text, "of nobody nothing is said"
    said_yes(s)
    recorded(s, "anna@example.org")
    recorded(s, "bob@example.org")
    staff_entries.opt_out(
        s.w.rt, "bob@example.org", "newsletter", staff="x", theirs=False, reason="bounced", now=s.w.now
    )
    assert "the latest change first · 1 with an accepted consent to “Newsletter”" in look(browser, CONTACTS).text
    with transaction(s.w.rt.engine) as session:
        purposes.save_rules(session, replace(purposes.rules(session), accepts=Accepts.USER))
    assert "3 contacts, the latest change first · 2 with an accepted consent" in look(browser, CONTACTS).text, (
        "as the policy now wants"
    )
    assert "1 contact · none with an accepted consent" in look(browser, f"{CONTACTS}?q=bob").text
    s.w.clock.advance(2)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, lasts=timedelta(seconds=1)))
    assert "3 contacts, the latest change first · none with an accepted consent" in look(browser, CONTACTS).text, (
        "they are too old"
    )
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, active=False))
    assert "accepted" not in look(browser, CONTACTS).text, "nothing is, of what is off"


def test_a_long_list_comes_page_by_page_and_costs_the_same_statements_as_a_short_one(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    for number in range(3):
        recorded(s, f"n{number}@example.org", optin_who=f"N {number}")
    short = cost(s, lambda: browser.get(CONTACTS))
    for number in range(3, 60):
        recorded(s, f"n{number}@example.org", optin_who=f"N {number}")
    assert cost(s, lambda: browser.get(CONTACTS)) == short
    address, seen = CONTACTS, []
    for names in (25, 25, 10):
        page = look(browser, address)
        assert "60 contacts, the latest change first" in page.text
        found = list(rows(page))
        assert len(found) == names
        seen += found
        address = page.links().get("Next ›", "")
    assert seen == [f"N {number}" for number in reversed(range(60))]
    assert address == ""
    recorded(s, "n0@example.org", "newsletter")
    one = of(s, "n0@example.org")
    few = cost(s, lambda: browser.get(f"{CONTACTS}/{one}"))
    for _ in range(5):
        s.w.clock.advance(1)
        staff_entries.opt_out(s.w.rt, "n0@example.org", "newsletter", staff="x", theirs=False, reason="x", now=s.w.now)
        staff_entries.revert(s.w.rt, "n0@example.org", "newsletter", staff="x", reason="y", now=s.w.now)
    assert cost(s, lambda: browser.get(f"{CONTACTS}/{one}")) == few


def test_the_day_of_a_consent_is_the_same_on_the_phone_in_lists_and_for_programs(s: Site) -> None:
    offer(s)
    s.w.clock.advance((datetime(2030, 1, 7, 23, 30, tzinfo=UTC) - s.w.now).total_seconds())
    recorded(s, "eve@example.org", optin_id="card-9")
    reader = person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}), zone=zone_of("America/New_York"))
    page = look(signed_in(s, reader), f"{CONTACTS}/{of(s, 'eve@example.org')}")
    assert "on 8 January 2030: " in words(page.one("blockquote")), "in Berlin, as most of the hosts"
    assert "Times are in Europe/Berlin." in page.text
    assert "Since 8 January 2030, 00:30 ·" in page.text
    assert "8 January 2030, 00:30:01 · " in page.text, "in the history"
    assert "contact since 8 January 2030" in page.text
    assert "7 January" not in page.text
    listed_page = look(signed_in(s, reader), CONTACTS)
    assert "Since 8 January 2030 · " in listed_page.text
    [listed] = export.lines(s.w.rt, "newsletter", everybody=True, by="x", now=s.w.now)
    assert dict(zip(export.HEADINGS, listed.cells, strict=True))["optin_date"] == "2030-01-08"
    [found] = find.by_optin_id(s.w.rt, "card-9", now=s.w.now)
    assert found.columns[Column.DATE] == "2030-01-08"


def test_the_clock_of_a_contact_is_named_to_who_has_another_one_and_read_as_they_read_clocks(s: Site) -> None:
    offer(s)
    recorded(s, "eve@example.org")
    address = f"{CONTACTS}/{of(s, 'eve@example.org')}"
    assert "Times are in" not in look(clerk(s), address).text
    american = person(s, Role.STAFF, email="us@example.org", language="en-US", zone=zone_of("America/New_York"))
    page = look(signed_in(s, american), address)
    assert "January 7, 2030, 9:00:01 AM · " in page.text


@pytest.mark.capability("S5-01", "S5-02", "S4-27", "S3-01")
def test_on_the_phone_one_sentence_says_who_agreed_to_what_when_where_and_how(s: Site) -> None:
    offer(s)
    calls = Purpose(id=UUID(int=301), slug="calls", kind=PurposeKind.PHONE)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, calls, position=1)
    said_yes(s)
    staff_entries.record(
        s.w.rt,
        "grace@example.net",
        "calls",
        staff="import",
        brought={
            "optin_source": "card at the fair",
            "optin_date": "2029-05-01",
            "optin_description": "Ticked by hand.",
        },
        reason="list",
        now=s.w.now,
    )
    page = look(clerk(s), f"{CONTACTS}/{of(s, 'grace@example.net')}")
    mail_sentence, calls_sentence = (words(each) for each in page.all("blockquote"))
    assert mail_sentence == (
        "Grace Hopper agreed to “Newsletter” on 7 January 2030, 09:00, on the booking page /ada/intro/details; confirmed by the link "
        f"mailed to grace@example.net on 7 January 2030, 09:00. The text was: “{BOX}”"
    )
    assert calls_sentence.startswith(
        "Grace Hopper agreed to “calls” on 1 May 2029: card at the fair. import recorded it on"
    )
    assert calls_sentence.endswith("Ticked by hand.")
    assert "Since 1 May 2029 ·" in page.text, "a day that was brought along has no time"
    assert "there is no phone number" in page.text, "so that nobody can call"
    assert "“Newsletter” ticked" in page.text
    assert BOX in page.text
    bookings = [words(each) for each in page.all("li") if "Intro call" in words(each)]
    assert bookings == ["8 January 2030 Intro call Confirmed"]
    assert "The compiler" not in page.text
    assert "bookings are shown" not in page.text


def test_a_contact_with_many_bookings_says_that_only_the_latest_are_shown(
    s: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (8, 9):
        s.w.hold(start=datetime(2030, 1, day, 8, tzinfo=UTC))
    with transaction(s.w.rt.engine) as session:
        find_or_make(s.w.rt, session, address="grace@example.org", now=s.w.now)
    browser = clerk(s)
    for most, told in ((2, False), (1, True)):
        monkeypatch.setattr(dossier, "BOOKINGS", most)
        page = look(browser, f"{CONTACTS}/{of(s, 'grace@example.org')}")
        assert len([each for each in page.all("li") if "Intro call" in words(each)]) == most
        assert ("bookings are shown" in page.text) is told


def read_out(s: Site, browser: TestClient, language: str = "en") -> list[str]:
    page = look(browser, f"{CONTACTS}/{of(s, 'grace@example.net')}?lang={language}")
    return [words(each) for each in page.all("blockquote")]


@pytest.mark.capability("S5-01", "S5-02")
def test_after_an_end_it_is_still_said_when_they_agreed_and_on_which_page(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    said_yes(s)
    s.w.drain()
    s.w.clock.advance(3600)
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    [sentence] = read_out(s, browser)
    assert sentence.startswith("Grace Hopper agreed to “Newsletter” on 7 January 2030, 09:00, on the booking page")
    assert (
        f"The text was: “{BOX}” Grace Hopper ended “Newsletter” on 7 January 2030, 10:00, by the link in an email."
        in sentence
    )
    [german] = read_out(s, browser, language="de")
    assert "am 7. Januar 2030 um 09:00 Uhr auf der Buchungsseite /ada/intro/details zugestimmt" in german
    page = fresh(s)
    s.browser.post(page, data=start(s))
    s.w.drain()
    s.browser.post(changes(s)[-1])
    [sentence] = read_out(s, browser)
    assert "on 7 January 2030, 10:11, on their preferences page; confirmed by the link mailed to" in sentence
    s.w.clock.advance(3600)
    staff_entries.opt_out(
        s.w.rt, "grace@example.net", "newsletter", staff="x", theirs=False, reason="bounced", now=s.w.now
    )
    staff_entries.revert(
        s.w.rt, "grace@example.net", "newsletter", staff="x", reason="a mistake", now=s.w.now + timedelta(seconds=1)
    )
    [sentence] = read_out(s, browser)
    assert "10:11, on their preferences page; confirmed" in sentence
    assert sentence.endswith("x took back our opt-out of “Newsletter” on 7 January 2030, 11:11: a mistake.")


def test_a_german_history_is_german_down_to_its_quotes_and_the_line_of_an_import(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    said_yes(s)
    staff_entries.record(
        s.w.rt, "anna@example.org", "newsletter", staff="x", brought={}, reason="import imp.csv, line 3", now=s.w.now
    )
    asked = look(browser, f"{CONTACTS}/{of(s, 'grace@example.net')}?lang=de").text
    assert f"„{BOX}“" in asked
    assert f"“{BOX}”" not in asked
    imported = look(browser, f"{CONTACTS}/{of(s, 'anna@example.org')}?lang=de").text
    assert "Import imp.csv, Zeile 3" in imported
    assert "line 3" not in imported


def test_of_who_was_erased_the_erasure_is_said_and_nothing_of_what_they_were_never_asked(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    said_yes(s)
    id = of(s, "grace@example.net")
    s.w.clock.advance(3600)
    erasure.erase(s.w.rt, "grace@example.net", erasure.Decider(), mode=Mode.WHOLE, now=s.w.now)
    [sentence] = [words(each) for each in look(clerk(s), f"{CONTACTS}/{id}").all("blockquote")]
    assert sentence.startswith("The person agreed to “Newsletter” on 7 January 2030, 09:00")
    assert sentence.endswith("The person asked to be erased; that was done on 7 January 2030, 10:00.")
    assert "Invitations" not in sentence


def test_who_was_erased_and_never_asked_anything_is_said_to_be_erased_and_no_more(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    s.confirmed()
    fresh(s)
    id = of(s, "grace@example.net")
    erasure.erase(s.w.rt, "grace@example.net", erasure.Decider(), mode=Mode.WHOLE, now=s.w.now)
    told = [words(each) for each in look(clerk(s), f"{CONTACTS}/{id}").all("blockquote")]
    assert told == ["The person asked to be erased; that was done on 7 January 2030, 09:11."]


@pytest.mark.capability("S5-12", "S1-03")
def test_who_gave_a_consent_and_to_which_words_stays_whatever_is_called_otherwise_later(s: Site) -> None:
    offer(s)
    said_yes(s)
    id = of(s, "grace@example.net")
    with transaction(s.w.rt.engine) as session:
        contact = contacts.get(session, id)
        assert contact is not None
        contacts.save(session, replace(contact, name="Grace Murray"))
        reword(session, "newsletter", "en", {Part.NAME: "Letters", Part.BOX: "Send me letters."}, now=s.w.now)
    page = look(clerk(s), f"{CONTACTS}/{id}")
    [sentence] = [words(each) for each in page.all("blockquote")]
    assert page.h1 == "Grace Murray"
    assert sentence.startswith("Grace Hopper agreed to ")
    assert sentence.endswith(f"The text was: “{BOX}”")
    assert "Send me letters." not in sentence


def change(s: Site, browser: TestClient, id: UUID, to: str, reason: str = "called today", **more: str) -> Page:
    s.w.clock.advance(1)  # of one instant a no would win
    answer = browser.post(f"{CONTACTS}/{id}/newsletter", data={"to": to, "reason": reason, **more})
    return look(browser, answer.headers["location"]) if answer.status_code == 303 else read(answer)


@pytest.mark.capability("S2-10", "S4-44", "S4-46", "S4-51", "S4-52")
def test_staff_change_by_hand_with_a_reason_and_never_to_double(s: Site) -> None:
    offer(s)
    browser = clerk(s)
    recorded(s, "grace@example.net")
    id = of(s, "grace@example.net")
    form = look(browser, f"{CONTACTS}/{id}/newsletter")
    assert {each.get("value") for each in form.all("input", type="radio")} == {"theirs", "ours", "ask"}
    chosen = [each.get("value") for each in form.all("input", type="radio") if each.get("checked") is not None]
    assert chosen == [], "of their own no there is no way back for staff"
    assert "only the person can give it" in form.text
    before = s.rows()
    refused = change(s, browser, id, "ours", reason=" ")
    assert (refused.status, refused.title[:6]) == (422, "Error:")
    assert "Say why: it goes on record with the change" in refused.text
    assert refused.one("input", value="ours").get("checked") is not None
    assert change(s, browser, id, "double").status == 422
    assert change(s, browser, id, "").status == 422
    assert s.rows() == before
    assert "Staff can undo it, with a reason." in change(s, browser, id, "ours").text
    form = look(browser, f"{CONTACTS}/{id}/newsletter")
    assert "Opted out by Mary Somerville on 7 January 2030. Revert that first, with a reason." in form.text
    locked_choice = change(s, browser, id, "record")
    assert locked_choice.status == 409
    assert "Revert that first" in locked_choice.text
    assert "Taken back." in change(s, browser, id, "revert").text
    assert "The question is on its way by email." in change(s, browser, id, "ask").text
    assert "That was already recorded." in change(s, browser, id, "ask").text
    s.w.drain()
    [mail] = mails(s, "yes")
    assert "Analytical Engines would like to know whether you agree to the text below." in mail.text
    asked = look(s.browser, link_in(mail, "yes"))
    assert "Asked on Monday 7 January 2030" in asked.text
    assert "Somebody ticked" not in asked.text
    s.browser.post(link_in(mail, "yes"), data={"purpose": "newsletter", "answer": "yes"})
    assert standing(s).basis == "double"
    assert "Only the person can undo it." in change(s, browser, id, "theirs", reason="told me").text
    form = look(browser, f"{CONTACTS}/{id}/newsletter")
    assert "They said no themselves on 7 January 2030 (told to us)." in form.text
    assert "Nothing can be changed here at the moment." in form.text
    assert change(s, browser, id, "record").status == change(s, browser, id, "ask").status == 409
    assert [(each.act, each.by_contact) for each in chain(s)][-1] == ("withdrawn", True)
    page = look(browser, f"{CONTACTS}/{id}")
    assert "told to us · passed on by Mary Somerville · told me" in page.text
    assert "ended “Newsletter” on 7 January 2030, 09:00; Mary Somerville was told and passed it on." in page.text


def test_what_is_recorded_by_hand_says_whence_and_wrong_columns_keep_what_was_typed(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    recorded(s, "grace@example.net", "events")
    browser, id = clerk(s), of(s, "grace@example.net")
    columns = {"optin_source": "card", "optin_date": "31.02.2026", "optin_id": "3f2b8c1e-77aa-4b7f-9b0e-2f5d9a0c1e44"}
    wrong = change(s, browser, id, "record", **columns)
    assert wrong.status == 422
    assert "“31.02.2026” is not a date. Write YYYY-MM-DD." in wrong.text
    assert "It has 36 characters, and 35 fit. Without the dashes it fits." in wrong.text
    assert (wrong.value("optin_source"), wrong.value("reason")) == ("card", "called today")
    assert len(chain(s)) == 1
    columns |= {"optin_date": "2026-02-28", "optin_id": "c17"}
    assert "Recorded. Nobody was written to." in change(s, browser, id, "record", **columns).text
    assert standing(s).since is not None
    assert "opt-in id c17" in look(browser, f"{CONTACTS}/{id}").text
    s.w.drain()
    assert s.w.mails.to("grace@example.net") == []


@pytest.mark.capability("S4-24")
def test_who_stopped_the_use_of_their_data_is_locked_for_staff(s: Site) -> None:
    offer(s)
    recorded(s, "grace@example.net")
    browser, id = clerk(s), of(s, "grace@example.net")
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, id, "*", Stopped(), now=s.w.now + timedelta(seconds=1))
    page = look(browser, f"{CONTACTS}/{id}")
    assert page.h1.endswith("Locked")
    assert "They asked us to stop using their data" in page.text
    assert "On 7 January 2030, 09:00, on their preferences page." in page.text
    assert list(rows(look(browser, f"{CONTACTS}?standing=stopped"))) == ["grace@example.net"]
    assert "they asked us to stop using their data Locked" in look(browser, CONTACTS).text
    refused = change(s, browser, id, "record")
    assert refused.status == 409
    assert "Only they can lift that." in refused.text


def test_staff_without_the_permission_look_and_change_nothing(s: Site) -> None:
    offer(s)
    recorded(s, "grace@example.net")
    id, browser = of(s, "grace@example.net"), signed_in(s, person(s, Role.STAFF))
    assert f"{CONTACTS}/{id}/newsletter" not in look(browser, f"{CONTACTS}/{id}").hrefs()
    before = s.rows()
    assert change(s, browser, id, "ours").title.startswith("This page needs a permission")
    assert s.rows() == before


def test_who_was_erased_is_called_so_once(s: Site) -> None:
    offer(s)
    recorded(s, "grace@example.net")
    id = of(s, "grace@example.net")
    decider = Decider(staff="x", reason="a letter")
    erasure.erase(s.w.rt, "grace@example.net", decider, mode=Mode.WHOLE, now=s.w.now)
    browser = clerk(s)
    page = look(browser, f"{CONTACTS}/{id}")
    assert page.h1 == "Erased contact Erased"
    assert "Gelöschter Kontakt Gelöscht" in look(browser, f"{CONTACTS}/{id}?lang=de").text


@pytest.mark.capability("S4-51")
def test_the_page_says_beforehand_what_taking_an_opt_out_of_who_had_agreed_to_nothing_records(s: Site) -> None:
    offer(s)
    recorded(s, "eve@example.org")
    for each in ("eve@example.org", "bob@example.org"):
        s.w.clock.advance(1)
        staff_entries.opt_out(s.w.rt, each, "newsletter", staff="x", theirs=False, reason="tidying up", now=s.w.now)
    browser, told = clerk(s), "They had given no consent before it, so this records one"
    eve, bob = (
        look(browser, f"{CONTACTS}/{of(s, each)}/newsletter").text for each in ("eve@example.org", "bob@example.org")
    )
    assert told in bob
    assert "leave the opt-out: if they tick the box on a form, they are still asked" in bob
    assert told not in eve
    assert "whatever it was before" in eve


@pytest.mark.capability("S4-46")
def test_a_contact_is_made_by_hand_with_or_without_a_consent_of_theirs(s: Site) -> None:
    offer(s)
    browser, new = clerk(s), f"{CONTACTS}/new"
    assert look(browser, CONTACTS).links()["New contact"] == new
    form = {"email": "Anna@Example.org", "phone": "+49 30 901820", "name": " Anna  Ott ", "in": "de"}
    made = followed(browser, new, form)
    assert "Nobody was written to, and nothing is agreed to yet." in made.text
    assert "Anna@Example.org · +4930901820 · German · contact since 7 January 2030" in made.text
    assert "Never asked" in made.text
    assert (len(s.w.mails.sent), chain(s, "anna@example.org")) == (0, ())
    again = followed(browser, new, {"email": "anna@example.org", "name": "Eve"})
    assert again.h1 == "Anna Ott"
    assert "This contact was there already. Nothing was changed." in again.text
    on = followed(browser, new, {"phone": "+49 30 901821", "name": "Bob", "purpose": "newsletter"})
    assert on.h1 == "Change “Newsletter” of Bob"
    assert "The contact is added. Nobody was written to, and nothing is agreed to yet." in on.text
    known = {"email": "anna@example.org", "phone": "+49 30 777777", "name": "Eve", "purpose": "newsletter"}
    led = followed(browser, new, known)
    assert led.h1 == "Change “Newsletter” of Anna Ott"
    assert "This contact was there already. Nothing was changed." in led.text
    assert "+4930777777" not in look(browser, f"{CONTACTS}/{of(s, 'anna@example.org')}").text
    recording = {"to": "record", "reason": "card", "optin_who": "Bob’s mother"}
    done = followed(browser, on.button("Change it"), recording)
    assert "Bob’s mother agreed to “Newsletter” on 7 January 2030" in done.text
    for typed, told in (
        ({}, "Write an email address or a phone number"),
        ({"email": "nobody"}, "This is not an email address."),
        ({"email": "a@b@example.org"}, "This is not an email address."),
        ({"phone": "12"}, "Write it with its country"),
        ({"phone": "anna@example.org"}, "Write it with its country"),
        ({"email": "x@example.org", "name": "x" * 121}, "Shorten this to 120 characters"),
    ):
        refused = browser.post(new, data=typed)
        assert (refused.status_code, told in read(refused).text) == (422, True), typed
    assert len(rows(look(browser, CONTACTS))) == 2
    reader = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert (reader.get(new).status_code, "New contact" in look(reader, CONTACTS).text) == (404, False)


def test_who_wished_to_be_erased_does_not_come_back_by_hand(s: Site) -> None:
    offer(s)
    said_yes(s)
    decider = Decider(staff="x", theirs=True, reason="asked")
    erasure.erase(s.w.rt, "grace@example.net", decider, mode=Mode.WHOLE, now=s.w.now)
    refused = clerk(s).post(f"{CONTACTS}/new", data={"email": "grace@example.net", "name": "Grace"})
    assert refused.status_code == 409
    assert "This mailbox asked to be erased on 7 January 2030." in read(refused).text
    with snapshot(s.w.rt.engine) as session:
        assert contacts.by_address(session, "grace@example.net") is None
