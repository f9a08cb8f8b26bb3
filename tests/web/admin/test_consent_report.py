"""The report whose numbers are filters, lists and proofs that leave by a button, and the log of who took them."""

from csv import DictReader
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO, StringIO
from itertools import product
from urllib.parse import urlencode
from uuid import UUID
from xml.etree.ElementTree import Element
from zipfile import ZipFile

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from booking_service.actions.consent import append, export, find, gate, report, staff_entries
from booking_service.actions.consent.verify import verify
from booking_service.crypto.ids import new_id
from booking_service.domain.consent_moves import Stopped
from booking_service.domain.contact_filter import EVER_ASKED, LISTS, STANDINGS, Filter
from booking_service.domain.effects import MailKind
from booking_service.domain.follow_ups import Audience, FollowUp
from booking_service.domain.purposes import Part, Purpose, PurposeKind
from booking_service.domain.roles import Permission, Role
from booking_service.storage import access_log, contacts, fields, follow_ups, purposes
from booking_service.storage.access_log import Reveal
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.storage.tables.consent import StandingRow
from tests.web.consents import EVENTS, NEWSLETTER, contact_of, link_in, mails, offer, reword, ticked
from tests.web.page_reader import look, read, words
from tests.web.site import Site, person, signed_in

CARD = {"optin_source": "fair", "optin_date": "2029-12-01"}
REPORT, CONTACTS, ACCESS = "/admin/consents/report", "/admin/consents/contacts", "/admin/consents/access"


def clerk(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))


def everything(s: Site) -> None:
    """A double opt-in, one that waits, three by staff of which two are too old and one lacks its source, and two noes."""
    offer(s, NEWSLETTER, EVENTS)
    s.confirmed(**ticked(s, "newsletter"))
    yes = {"purpose": "newsletter", "answer": "yes"}
    s.browser.post(link_in(mails(s, "yes")[-1], "yes"), data=yes)
    s.confirmed(**ticked(s, "newsletter"), email="waits@example.net", form_key="w" * 22, start="2030-01-09T08:00:00Z")
    for name, brought in {
        "old": {"optin_source": "fair", "optin_date": "2020-01-01"},
        "older": {"optin_date": "2019-01-01"},
        "new": {"optin_source": "fair", "optin_date": "2029-12-01"},
    }.items():
        address = f"{name}@example.org"
        staff_entries.record(s.w.rt, address, "newsletter", staff="x", brought=brought, reason="list", now=s.w.now)
    for name, theirs in {"no": True, "ours": False}.items():
        address = f"{name}@example.org"
        staff_entries.opt_out(s.w.rt, address, "newsletter", staff="x", theirs=theirs, reason="said so", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, lasts=timedelta(days=730), review_on=date(2030, 1, 1)))


def by_relationship_and_locked(s: Site) -> None:
    """One whom nobody asked, and one who agreed and then stopped all use."""
    staff_entries.record(
        s.w.rt, "known@example.org", "newsletter", staff="x", brought=CARD, reason="customer", implied=True, now=s.w.now
    )
    staff_entries.record(
        s.w.rt, "locked@example.org", "newsletter", staff="x", brought=CARD, reason="list", now=s.w.now
    )
    with transaction(s.w.rt.engine) as session:
        append.change(s.w.rt, session, contact_of(s, "locked@example.org"), "*", Stopped(), now=s.w.now)


def test_what_was_stopped_at_the_last_moment_says_why_and_rules_that_tell_nobody_are_no_such_thing(s: Site) -> None:
    offer(s)
    hook = FollowUp(
        id=UUID(int=9),
        purpose="newsletter",
        audience=Audience.WEBHOOK,
        url="https://example.org/hook",
        made_at=s.w.now,
        by="x",
    )
    with transaction(s.w.rt.engine) as session:
        follow_ups.save(session, hook)
    for number in range(3):
        address = f"n{number}@example.org"
        staff_entries.record(s.w.rt, address, "newsletter", staff="x", brought=CARD, reason="list", now=s.w.now)
    s.w.drain()
    browser = clerk(s)
    page = look(browser, REPORT)
    assert "Stopped at the last moment" not in page.text, "nothing was about to leave"
    told = page.text.partition("Not told to others, within 30 days")[2]
    assert "NewsletterSingle opt-in, by staff: the policy requires more than this 3" in told
    with transaction(s.w.rt.engine) as session:
        gate.ask(s.w.rt, session, contact_of(s, "n1@example.org"), MailKind.MESSAGE, "newsletter", now=s.w.now)
    stopped = look(browser, REPORT).text.partition("Stopped at the last moment")[2].partition("Not told")[0]
    assert "NewsletterSingle opt-in, by staff: the policy requires more than this 1" in stopped


def counted_of(row: Element, headings: list[str]) -> dict[str, str]:
    return dict(zip(headings, [words(each) for each in row], strict=True))


def test_who_ended_it_since_was_asked_and_agreed_all_the_same(s: Site) -> None:
    everything(s)
    s.browser.post(link_in(mails(s, "out")[-1], "out"))
    [newsletter, _] = report.report(s.w.rt, language="en", today=date(2030, 1, 7), now=s.w.now)
    assert (newsletter.asked, newsletter.agreed, newsletter.share) == (2, 1, 50)
    assert replace(newsletter, counts={EVER_ASKED: 8}, agreed=5).share == 63, "a half is rounded up"
    listed = look(clerk(s), f"{CONTACTS}?purpose=newsletter&standing=asked")
    assert len(listed.one("ul", class_="rows").findall("li")) == 2


def test_a_list_by_what_stands_is_the_same_for_pages_and_commands(s: Site) -> None:
    everything(s)
    by_relationship_and_locked(s)
    browser = clerk(s)
    for standing in STANDINGS:
        shown = look(browser, f"{CONTACTS}?purpose=newsletter&standing={standing}")
        named = find.listed(s.w.rt, Filter(purpose="newsletter", standing=standing), now=s.w.now)
        links = {f"{CONTACTS}/{each.contact.id}" for each in named}
        assert links == {each for each in shown.hrefs() if each.startswith(f"{CONTACTS}/") and each in links}, standing
        rows = shown.all("ul", class_="rows")
        assert len(named) == sum(len(each.findall("li")) for each in rows), standing
    assert {each.held.word for each in find.listed(s.w.rt, Filter(standing="expired"), now=s.w.now)} == {
        "user, expired"
    }
    assert [each.contact.address for each in find.listed(s.w.rt, Filter(standing="user"), now=s.w.now)] == [
        "new@example.org"
    ]


@pytest.mark.capability("S3-09", "S3-16", "S3-20", "S3-25")
def test_each_number_of_the_report_is_the_list_that_it_leads_to(s: Site) -> None:
    everything(s)
    by_relationship_and_locked(s)
    browser = clerk(s)
    page = look(browser, REPORT)
    headings = [words(each) for each in page.one("thead").iter("th")]
    [newsletter, events] = page.one("tbody").findall("tr")
    assert [each.get("data-label") for each in newsletter.iter("td")] == headings[1:], (
        "where it stands below one another"
    )
    counted = counted_of(newsletter, headings)
    assert {name: counted[name] for name in headings if counted[name] not in ("0", "")} == {
        "Purpose": "Newsletter",
        "Ever asked": "2",
        "Asked, no answer yet": "1",
        "Single opt-in, by staff": "1",
        "Double opt-in": "1",
        "Opted out by staff": "1",
        "Existing relationship": "1",
        "Opted out by the person": "1",
        "Expired": "2",
        "Locked": "1",
        "Review": "1 January 2030",
    }
    assert words(events).startswith("Invitations 0")
    assert "Agreed, of those asked Newsletter1 of 2 who were ever asked 50 % To look at" in page.text, (
        "of others nobody was"
    )
    assert "2 agreed · 1 by an existing relationship · 1 asked" in look(browser, "/admin/consents/purposes").text
    assert "5 contacts have agreed so far." in look(browser, "/admin/consents/purposes/newsletter/wording?in=en").text
    for link in newsletter.iter("a"):
        listed = look(browser, link.get("href", ""))
        assert len(listed.one("ul", class_="rows").findall("li")) == int(words(link)), link.get("href")
    assert "“Newsletter”: its review is overdue" in page.text
    assert "“Newsletter”: 1 without source or date" in page.text
    assert "“Newsletter”: 2 too old to be used" in page.text


@pytest.mark.capability("S3-20")
def test_each_record_to_look_at_is_listed_not_only_counted(s: Site) -> None:
    everything(s)
    calls = Purpose(id=UUID(int=301), slug="phone", kind=PurposeKind.PHONE)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, calls)
        reword(session, "phone", "en", {Part.NAME: "Calls", Part.BOX: "You may call me."}, now=s.w.now)
    staff_entries.record(s.w.rt, "callme@example.org", "phone", staff="x", brought=CARD, reason="card", now=s.w.now)
    staff_entries.record(s.w.rt, "+4930901820", "phone", staff="x", brought=CARD, reason="card", now=s.w.now)
    staff_entries.record(s.w.rt, "nowhere@example.org", "phone", staff="x", brought={}, reason="told", now=s.w.now)
    staff_entries.record(s.w.rt, "+4930901821", "newsletter", staff="x", brought=CARD, reason="card", now=s.w.now)
    staff_entries.record(s.w.rt, "+4930901822", "events", staff="x", brought=CARD, reason="card", now=s.w.now)
    staff_entries.opt_out(s.w.rt, "+4930901822", "events", staff="x", reason="none", theirs=False, now=s.w.now)
    browser = clerk(s)
    links = look(browser, REPORT).links()
    assert not [each for each in links if "“Invitations”" in each or "“Calls”: 2 without an email" in each]
    for told, whom in (
        ("“Newsletter”: 1 without source or date", {"older@example.org"}),
        ("“Newsletter”: 2 too old to be used", {"old@example.org", "older@example.org"}),
        ("“Newsletter”: 1 without an email address", {"+4930901821"}),
        ("“Calls”: 2 without a number to call", {"callme@example.org", "nowhere@example.org"}),
        ("“Calls”: 1 without source or date", {"nowhere@example.org"}),
    ):
        listed = look(browser, links[told])
        assert {words(each) for each in listed.one("ul", class_="rows").iter("a")} == whom, told
    wanted = Filter(purpose="phone", standing="no-source")
    assert [each.contact.address for each in find.listed(s.w.rt, wanted, now=s.w.now)] == ["nowhere@example.org"]


def test_every_list_can_be_looked_through_by_what_a_consent_was_brought_with(s: Site) -> None:
    everything(s)
    browser = clerk(s)
    by = ({"source": "fair"}, {"from": "2018-01-01", "to": "2029-12-31"}, {"id": "card"}, {"q": "older"})
    for listed, narrowed in product(LISTS, by):
        asked = {"purpose": "newsletter", "standing": listed, **narrowed}
        assert look(browser, f"{CONTACTS}?{urlencode(asked)}").status == 200, asked
    older = Filter(purpose="newsletter", standing="no-source", given_from=date(2018, 1, 1))
    for wanted in (older, replace(older, given_to=date(2018, 2, 2)), replace(older, source="fair")):
        found = [each.contact.address for each in find.listed(s.w.rt, wanted, now=s.w.now)]
        assert found == (["older@example.org"] if wanted is older else [])


@pytest.mark.capability("S3-11", "S5-05", "S1-06", "S3-24")
def test_who_breaks_a_list_off_stands_in_the_log_as_who_takes_all_of_it(s: Site) -> None:
    """The last line may be all that was left out."""
    everything(s)
    browser = clerk(s)
    left = export.lines(s.w.rt, "newsletter", everybody=True, by="bob", now=s.w.now)
    assert next(left).contact.address
    taken = "bob took the list “Newsletter”"
    assert f"{taken} not complete yet" in look(browser, ACCESS).text
    assert len([*left]) == 6
    assert f"{taken} 7 lines" in look(browser, ACCESS).text


def test_lists_and_proofs_leave_by_a_button_after_who_presses_it_showed_who_they_are(s: Site) -> None:
    everything(s)
    browser = clerk(s)
    taken = browser.post("/admin/consents/export", data={"purpose": "newsletter"})
    assert taken.headers["content-disposition"] == 'attachment; filename="newsletter.csv"'
    lines = taken.content.decode("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["email", "grace@example.net"]
    s.w.clock.advance(1)
    both = look(browser, CONTACTS)
    (all_of_them,) = [
        each for each in both.all("button", name="all") if words(each) == "All with their standing as CSV"
    ]
    everybody = {"purpose": "newsletter", "all": all_of_them.get("value", "")}
    whole = browser.post("/admin/consents/export", data=everybody)
    assert "out-contact" in whole.text
    assert len(whole.text.splitlines()) == 8
    assert browser.post("/admin/consents/export", data={"purpose": "nothing"}).status_code == 404
    with snapshot(s.w.rt.engine) as session:
        grace = contacts.by_address(session, "grace@example.net")
    assert grace is not None
    s.w.clock.advance(1)
    archive = browser.post(look(browser, f"{CONTACTS}/{grace.id}").button("Proof as an archive"))
    folder = "proof-2030-01-07-080002"
    assert archive.headers["content-disposition"] == f'attachment; filename="{folder}.zip"'
    with ZipFile(BytesIO(archive.content)) as unpacked:
        assert {f"{folder}/{each}" for each in ("proof.json", "verify.py", "proof.html")} == set(unpacked.namelist())
        assert "Grace Hopper" in unpacked.read(f"{folder}/proof.html").decode()
    log = look(browser, ACCESS)
    assert [words(each) for each in log.one("ul", class_="rows").findall("li")] == [
        "Mary Somerville took a proof: Grace Hopper Add the reason: Mary Somerville took a proof, 7 January 2030, 09:00:02 "
        "7 January 2030, 09:00:02",
        "Mary Somerville took the list “Newsletter” 7 lines 7 January 2030, 09:00:01",
        "Mary Somerville took the list “Newsletter” 1 line 7 January 2030, 09:00:00",
    ]
    s.w.clock.advance(660)
    for address, form in (
        ("/admin/consents/export", {"purpose": "newsletter"}),
        (f"{CONTACTS}/{grace.id}/proof", {}),
    ):
        asked = browser.post(address, data=form)
        assert asked.status_code == 403
        assert "grace@example.net" not in read(asked).text
    assert len(look(browser, ACCESS).one("ul", class_="rows").findall("li")) == 3
    with transaction(s.w.rt.engine) as session:
        fields.save(
            session, ProfileField(id=UUID(int=7), slug="insurance-number", labels={"de": "Versicherungsnummer"})
        )
        for at, (by, what) in enumerate((("contact", "export"), ("x", "field:insurance-number"), ("x", "vault"))):
            kept = Reveal(id=new_id(s.w.now + timedelta(seconds=at)), at=s.w.now, contact_id=grace.id, by=by, what=what)
            access_log.add(session, kept)
    lines = [words(each) for each in look(browser, f"{ACCESS}?lang=de").one("ul", class_="rows").findall("li")][:3]
    assert [each.partition(":")[0] for each in lines] == [
        "x hat den versiegelten Nachweis geöffnet",
        "x hat „Versicherungsnummer“ vollständig gesehen",
        "Die Person hat alle Daten entnommen",
    ]
    reader = signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    assert reader.post("/admin/consents/export", data={"purpose": "newsletter"}).status_code == 404
    assert "Usable contacts as CSV" not in look(reader, CONTACTS).text


@pytest.mark.capability("S4-39")
def test_the_log_is_looked_through_by_who_looked_whom_at_what_when_and_why(s: Site) -> None:
    everything(s)
    grace, new = contact_of(s, "grace@example.net"), contact_of(s, "new@example.org")
    mary = person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}))
    browser, day = signed_in(s, mary), s.w.now
    with transaction(s.w.rt.engine) as session:
        fields.save(session, ProfileField(id=UUID(int=7), slug="card", labels={"en": "Card number"}, sensitive=True))
        fields.put(session, new, UUID(int=7), sealed="x", exposed="4711", locked=False)
        for days, by, whom, what, why in (
            (0, mary.id.hex, grace, "field:card", "Her insurer asked"),
            (1, "staff:bob", new, "field:card", ""),
            (2, "bob", None, "list:newsletter", "7"),
            (3, mary.id.hex, new, "proof", "Für die ÄRZTIN"),
        ):
            at = day + timedelta(days=days)
            access_log.add(session, Reveal(id=new_id(at), at=at, contact_id=whom, by=by, what=what, why=why))

    def found(**query: str) -> list[str]:
        shown = look(browser, f"{ACCESS}?{urlencode(query)}")
        lists = shown.all("ul", class_="rows")
        return [words(each).rpartition(" January")[0][-1] for each in lists[0].findall("li")] if lists else []

    assert found() == ["0", "9", "8", "7"]
    assert found(q="mary") == ["0", "7"], "whoever looked, by name"
    assert found(q="bob") == ["9", "8"]
    assert found(q="HOPPER") == ["7"], "whom it was about"
    assert found(q="new@example") == ["0", "8"]
    assert found(q="4711") == ["0", "8"], "what may be seen of a field"
    assert found(q="insurer") == ["7"]
    assert found(q="ÄRZTIN") == ["0"]
    assert found(what="field:card") == ["8", "7"]
    assert found(what="field:card", q="mary") == ["7"]
    assert (found(what="list"), found(what="proof")) == (["9"], ["0"])
    assert found(**{"from": "2030-01-08", "to": "2030-01-09"}) == ["9", "8"]
    assert found(**{"from": "no day", "what": "nothing"}) == ["0", "9", "8", "7"]
    none = look(browser, f"{ACCESS}?q=nobody%25")
    assert "No entry matches." in none.text
    assert none.value("q") == "nobody%"


def test_the_next_page_of_what_was_looked_for_shows_no_other_lines(s: Site) -> None:
    browser = clerk(s)
    with transaction(s.w.rt.engine) as session:
        for number in range(120):
            at = s.w.now + timedelta(seconds=number)
            by = "bob" if number % 2 else "eve"
            access_log.add(session, Reveal(id=new_id(at), at=at, by=by, what="list:newsletter", why="7"))
    shown = look(browser, f"{ACCESS}?q=bob&what=list")
    further = shown.links()["Next ›"]
    rest = look(browser, further)
    assert len(rest.one("ul", class_="rows").findall("li")) == 10
    assert "eve took" not in shown.text + rest.text
    assert rest.links()["‹ From the beginning"] == f"{ACCESS}?q=bob&what=list"


def test_the_numbers_of_the_report_come_as_a_table_too(s: Site) -> None:
    everything(s)
    by_relationship_and_locked(s)
    browser = clerk(s)
    page = look(browser, REPORT)
    taken = browser.get(page.links()["As CSV"])
    assert taken.headers["content-type"] == "text/csv; charset=utf-8"
    rows = {each["purpose"]: each for each in DictReader(StringIO(taken.content.decode("utf-8-sig")))}
    found = report.report(s.w.rt, language="en", today=date(2030, 1, 7), now=s.w.now)
    assert [*rows] == [each.purpose.slug for each in found]
    for each in found:
        row = rows[each.purpose.slug]
        assert {name: int(row[name]) for name in STANDINGS if name != "never"} == {
            name: each.counts.get(name, 0) for name in STANDINGS if name != "never"
        }
        assert int(row["agreed_of_asked"]) == each.agreed
    assert (rows["newsletter"]["review_on"], rows["newsletter"]["finding:review-due"]) == ("2030-01-01", "1")
    assert (rows["newsletter"]["stopped"], rows["newsletter"]["finding:no-source"]) == ("1", "1")


@pytest.mark.capability("S3-20")
def test_the_evidence_is_checked_when_somebody_asks_and_the_head_is_there_to_be_kept(s: Site) -> None:
    everything(s)
    s.w.drain()
    browser = clerk(s)
    assert "Not checked yet." in look(browser, REPORT).text
    assert browser.post(f"{REPORT}/check").headers["location"] == REPORT
    waits = look(browser, REPORT)
    assert "It is being checked." in waits.text
    assert "Check it now" not in waits.text
    s.w.drain()
    found = verify(s.w.rt, now=s.w.now)
    checked = look(browser, REPORT)
    assert f"{found.size} entries, all unchanged since they were written" in checked.text
    assert f"{found.size}:{found.root.hex()}" in checked.text
    assert "Check it now" in checked.text
    with s.w.rt.engine.begin() as connection:
        connection.execute(update(StandingRow).values(basis="double"))
    browser.post(f"{REPORT}/check")
    s.w.drain()
    assert "something was changed after it was written" in look(browser, REPORT).text
    plain = signed_in(s, person(s, Role.STAFF, email="plain@example.org"))
    assert "Check it now" not in look(plain, REPORT).text
    assert plain.post(f"{REPORT}/check").status_code in (403, 404)
