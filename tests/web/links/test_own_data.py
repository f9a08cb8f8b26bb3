"""What is kept of a person, given to them, and erased at their wish: out of every file, with what was said still provable."""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.consent import staff_entries, verify
from booking_service.actions.privacy import erasure, vault
from booking_service.actions.privacy.erasure import Decider
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.consent import Basis
from booking_service.domain.consent_moves import ConsentRefused
from booking_service.domain.errors import ReasonMissing
from booking_service.domain.privacy import Mode
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.mail.errors import TransportDown
from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered
from booking_service.storage import access_log, contacts, ledger, purposes
from booking_service.storage import vault as kept_vault
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import perform_one
from tests.web.consents import EVENTS, NEWSLETTER, chain, link_in, mails, offer, standing, ticked
from tests.web.own_pages import GRACE, agreed, changes, footer, fresh
from tests.web.page_reader import look
from tests.web.site import Site


def files(s: Site) -> bytes:
    """Every byte that the service keeps on this disk, but its keys."""
    kept = [path for path in Path(s.w.rt.settings.data_dir).rglob("*") if path.is_file() and path.name != "secret.key"]
    return b"".join(path.read_bytes() for path in kept)


def without_texts(readable: str) -> str:
    """The document without what was shown or mailed word for word."""
    kept = r"<dt>(Gezeigter Text|So wurde es gezeigt|Text der E-Mail)[^<]*</dt><dd>[^<]*</dd>|<style>.*?</style>"
    return re.sub(kept, "", readable, flags=re.S)


@pytest.mark.capability("S3-19")
def test_a_person_gets_all_that_is_kept_of_them_and_nothing_of_others_to_read_and_for_programs(s: Site) -> None:
    offer(s)
    s.confirmed(start="2030-01-15T08:00:00Z", email="alan@example.net", name="Alan Turing", form_key="a" * 22)
    agreed(s, "newsletter")
    s.browser.post(fresh(s), data={"act": "data"})
    s.w.drain()
    asked = changes(s)[-1]
    assert look(s.browser, asked).h1 == "Send me all of my data?"
    assert mails(s, "data") == [], "it waits for the press"
    s.browser.post(asked)
    s.w.drain()
    link = link_in(mails(s, "data")[0], "data")
    before = s.rows()
    assert look(s.browser, link).h1 == "Your data is ready"
    assert s.rows() == before
    given = s.browser.post(link, data={"json": "yes"})
    assert given.headers["content-disposition"] == 'attachment; filename="data.json"'
    told = json.loads(given.text)
    assert told["person"]["address"] == GRACE
    assert [each["answers"] for each in told["bookings"]] == [{"What would you like to talk about?": "The compiler"}]
    assert [each["act"] for each in told["entries"]] == ["asked", "mailed", "confirmed"]
    assert told["entries"][0]["shown"]["box"] in told["entries"][1]["detail"]["mail"]["text"]
    assert (told["consents"][0]["standing"], told["consents"][0]["expired"]) == ("double", False)
    readable = s.browser.post(link, data={"html": "yes"})
    german = s.browser.post(f"{link}?lang=de", data={"html": "yes"}).text
    for text in (
        "Montag, 7. Januar 2030, 09:11:00, Europe/Berlin (UTC+1)",
        "Eingewilligt und per E-Mail bestätigt",
        "„Newsletter“ bestätigt",
        "mit dem Link in einer E-Mail",
        "Antwort des Mailservers",
    ):
        assert text in german
    for text in ("2030-01-", "T08:", "double", ">asked<", ">form<", "detail ·", "agent", "by ", "optin"):
        assert text not in without_texts(german), text
    token = link_in(mails(s, "yes")[0], "yes").rpartition("/")[2]
    for text in ("alan@example.net", "Turing", token):
        assert text not in given.text + readable.text
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
        assert contact is not None
        assert [(each.by, each.what) for each in access_log.of_contact(session, contact.id)] == [
            ("contact", "export")
        ] * 3
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, replace(NEWSLETTER, lasts=timedelta(seconds=1)))
    assert json.loads(s.browser.post(link, data={"json": "yes"}).text)["consents"][0]["expired"] is True
    assert "Agreed, and confirmed by email · Expired" in s.browser.post(link, data={"html": "yes"}).text
    s.w.pass_time(hours=25)
    assert s.browser.get(link).headers["location"] == "/preferences?over=1"


def test_the_copy_says_to_whom_each_email_about_a_booking_went(s: Site) -> None:
    s.confirmed(guests="alan@example.net")
    s.w.drain()
    s.browser.post(fresh(s), data={"act": "data"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()
    link = link_in(mails(s, "data")[0], "data")
    sent = json.loads(s.browser.post(link, data={"json": "yes"}).text)["bookings"][0]["mails"]
    assert {each["to"] for each in sent if each["kind"] == "booked"} >= {"invitee", "guest"}
    for language, words in (
        ("en", ("Booked, to you: Monday", "to a guest: Monday", "to the host: Monday")),
        ("de", ("Gebucht, an Sie: Montag", "an einen Gast: Montag", "an den Gastgeber: Montag")),
    ):
        readable = s.browser.post(f"{link}?lang={language}", data={"html": "yes"}).text
        for text in words:
            assert text in readable, text


@pytest.mark.sqlite
@pytest.mark.capability("S4-12", "S4-25", "S3-24")
def test_a_wish_to_be_deleted_waits_in_the_queue_and_is_then_done_out_of_every_file(s: Site) -> None:
    offer(s, NEWSLETTER, EVENTS)
    agreed(s, "newsletter")
    question = link_in(mails(s, "yes")[0], "yes")
    reduced = footer(mails(s, "out")[-1])
    link = fresh(s)
    assert look(s.browser, f"{link}/delete").h1 == "Delete my data?"
    s.browser.post(f"{link}/delete", data={"cancel": "yes"})
    s.w.drain()
    [asked] = changes(s)
    page = look(s.browser, asked)
    assert page.h1 == "Delete my data now?"
    [booking] = s.w.all_bookings()
    assert booking.state is BookingState.CONFIRMED
    for _ in range(2):
        assert s.browser.post(asked).status_code == 303
    assert s.booking(booking.public_id).state is BookingState.CANCELLED
    done = look(s.browser, asked)
    assert done.h1 == "Your data will be deleted"
    assert "Reference DL-" in done.text
    assert "Monday 14 January 2030" in done.text
    assert "You asked on" in look(s.browser, link).text
    s.w.pass_time(days=6, hours=20)
    assert GRACE.encode() in files(s)
    assert len(changes(s)) == 1

    s.w.pass_time(hours=5)
    last = s.w.mails.to(GRACE)[-1]
    assert last.subject == "Your data is being deleted"
    assert "and the proof of what you agreed to, sealed until 1 January 2034." in last.text
    assert "2034" in last.text
    assert "/preferences" not in last.text + last.html, "a link that is dead in seconds is none"
    s.w.pass_time(minutes=1)
    everything = files(s)
    for text in (b"grace@", b"Grace", b"Hopper", b"The compiler", b"testclient"):
        assert text not in everything, text
    assert "erasures.jsonl" in {path.name for path in Path(s.w.rt.settings.data_dir).iterdir()}
    for old in (question, reduced, asked, link):
        gone = s.browser.get(old)
        assert gone.status_code == 410, old
        assert "What this belonged to was deleted" in gone.text
    assert s.browser.post(reduced, data={"act": "start", "purpose": "newsletter"}).status_code == 410
    s.w.pass_time(minutes=1)
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()
    assert s.w.mails.to(GRACE)[-1] is last


@pytest.mark.parametrize("cancels", [True, False])
def test_page_and_mail_say_before_the_press_what_goes_what_stays_and_what_is_cancelled_at_once(
    s: Site, cancels: bool
) -> None:
    offer(s)
    agreed(s, "newsletter")
    s.confirmed(start="2030-01-22T08:00:00Z", form_key="b" * 22)
    link = fresh(s)
    before = look(s.browser, f"{link}/delete").text
    far = "Tuesday 22 January 2030, 09:00–"
    assert "They stay until they are over, with what they need: " in before
    assert "Tick the box below, and pressing the button cancels them at once." in before
    s.browser.post(f"{link}/delete", data={"cancel": "yes"} if cancels else {})
    s.w.drain()
    [mail] = mails(s, "change")
    [asked] = changes(s)
    page = look(s.browser, asked).text
    for said in (before, mail.text, page):
        assert "proof of what you agreed to, sealed until 1 January 2034" in said
        assert "A fingerprint of your address" in said
        assert far in said
    for said in (before, mail.text):
        assert f"{s.w.intro.title} with Ada Lovelace, {far}" in said
    assert str(s.w.intro.title) not in page, "its link may have been forwarded"
    assert "Ada" not in page
    assert "Within 7 days" in before
    assert "Within 7 days" in mail.text
    assert "By Monday 14 January 2030" in page
    for said in (mail.text, page):
        assert ("Cancelled as soon as you press the button: " in said) is cancels
        assert ("They stay until they are over" in said) is not cancels
    assert {booking.state for booking in s.w.all_bookings()} == {BookingState.CONFIRMED}
    s.browser.post(asked)
    states = {booking.time.start.day: booking.state for booking in s.w.all_bookings()}
    assert states[22] is (BookingState.CANCELLED if cancels else BookingState.CONFIRMED)


def test_a_booking_that_begins_too_soon_to_be_cancelled_is_said_to_stay(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    [booking] = s.w.all_bookings()
    s.save(replace(s.w.intro, change_until=booking.time.start - s.w.now))
    link = fresh(s)
    sure = look(s.browser, f"{link}/delete")
    assert "Too late to cancel here, so they stay until they are over: " in sure.text
    assert "Cancel my upcoming bookings as well" not in sure.text


@pytest.mark.capability("S3-24", "S4-25")
def test_who_was_erased_is_brought_back_by_no_import_and_the_proof_opens_by_their_address_only(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    _erased(s)
    assert chain(s) == ()
    brought = {"who": "Grace Hopper", "source": "fair", "date": "2024-05-01"}
    with pytest.raises(ConsentRefused, match="asked to be erased"):
        staff_entries.record(s.w.rt, GRACE, "newsletter", staff="t", brought=brought, reason="list", now=s.w.now)
    with pytest.raises(staff_entries.UnknownContact):
        vault.open_(s.w.rt, "other@example.net", by="staff:t", why="asked", now=s.w.now)
    with pytest.raises(ReasonMissing):
        vault.open_(s.w.rt, GRACE, by="staff:t", why=" ", now=s.w.now)
    [kept] = vault.open_(s.w.rt, GRACE, by="staff:t", why="a complaint", now=s.w.now)
    assert kept["name"] == "Grace Hopper"
    assert len(kept["details"]) == 3
    s.w.pass_time(days=1)
    s.confirmed(start="2030-01-22T08:00:00Z", form_key="b" * 22, **ticked(s, "newsletter"))
    assert standing(s).asked(now=s.w.now) is not None, "their own tick asks them again"
    s.browser.post(link_in(mails(s, "yes")[-1], "yes"), data={"purpose": "newsletter", "answer": "yes"})
    assert standing(s).basis is Basis.DOUBLE
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S3-24", "S4-25")
def test_each_part_of_the_proof_is_sealed_for_as_long_as_it_has_to_be_and_no_longer(s: Site) -> None:
    """Also where the same mailbox is erased again."""
    calls = Purpose(id=UUID(int=301), slug="phone", kind=PurposeKind.PHONE)
    offer(s)
    with transaction(s.w.rt.engine) as session:
        purposes.save(session, calls)

    for slug in ("newsletter", "phone"):
        brought = {"optin_who": "Eve", "optin_source": slug, "optin_date": "2025-05-01"}
        staff_entries.record(s.w.rt, "eve@example.org", slug, staff="t", brought=brought, reason="card", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        eve = contacts.by_address(session, "eve@example.org")
        assert eve is not None
        until = vault.keep(s.w.rt, session, eve, ledger.links(session, eve.id), now=s.w.now)
    assert until is not None
    assert until.date() == date(2035, 1, 7)

    def stands() -> dict[str, list[str]]:
        found = vault.open_(s.w.rt, "eve@example.org", by="staff:t", why="a complaint", now=s.w.now)
        return {
            each["kept_until"][:10]: [json.loads(one["body"])["source"] for one in each["details"]] for each in found
        }

    assert stands() == {"2034-01-01": ["newsletter"], "2035-01-07": ["phone"]}
    s.w.clock.advance(timedelta(days=3 * 365).total_seconds())
    again = erasure.erase(s.w.rt, "eve@example.org", Decider(staff="t"), mode=Mode.WHOLE, now=s.w.now)
    assert again.kept_until is not None
    assert again.kept_until.date() == date(2038, 1, 6)
    assert [*stands()] == ["2034-01-01", "2035-01-07", "2037-01-01", "2038-01-06"]
    for day, left in (("2033-12-31", 4), ("2034-01-02", 3), ("2035-01-08", 2), ("2037-01-02", 1)):
        with transaction(s.w.rt.engine) as session:
            kept_vault.forget(session, before=datetime.fromisoformat(f"{day}T00:00:00+00:00"))
        assert len(stands()) == left, day


@pytest.mark.capability("S4-12")
def test_a_coming_booking_keeps_what_it_needs_until_it_is_over(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    _erased(s)
    [booking] = s.w.all_bookings()
    assert booking.invitee.email == GRACE
    s.w.pass_time(days=1, hours=1)
    assert s.booking(booking.public_id).erased
    assert b"grace@" not in files(s)


@pytest.mark.sqlite
def test_a_last_mail_that_can_not_leave_keeps_nobody_from_being_erased(s: Site) -> None:
    offer(s)
    agreed(s, "newsletter")
    s.browser.post(f"{fresh(s)}/delete", data={"cancel": "yes"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()
    s.w.mails.failing = [TransportDown("the server is away") for _ in range(500)]
    s.w.pass_time(days=7)
    s.w.pass_time(hours=20)
    assert b"grace@" in files(s)
    s.w.pass_time(hours=5)
    s.w.pass_time(minutes=1)
    assert b"grace@" not in files(s)


def _erased(s: Site) -> None:
    """As whoever runs the service passes Grace's wish on."""
    decider = Decider(staff="t", reason="wrote a letter")
    would = erasure.erase(s.w.rt, GRACE, decider, mode=Mode.WHOLE, now=s.w.now, dry_run=True)
    assert chain(s) != (), "a dry run erases nothing"
    assert erasure.erase(s.w.rt, GRACE, decider, mode=Mode.WHOLE, now=s.w.now) == would


@dataclass(frozen=True, slots=True)
class ErasesMeanwhile:
    """A transport that has the first question to Grace in hand while she is erased."""

    s: Site
    asked: list[OutgoingMail] = field(default_factory=list)

    def send(self, mail: OutgoingMail) -> Delivered:
        if "/preferences/yes/" in mail.text:
            self.asked.append(mail)
            by = Decider(staff="office", reason="a letter")
            erasure.erase(self.s.w.rt, GRACE, by, mode=Mode.WHOLE, now=self.s.w.now)
        return Delivered("250 kept")


def test_a_question_that_was_on_its_way_when_its_reader_was_erased_leaves_nothing_of_them(s: Site) -> None:
    offer(s)
    booking = s.hold(**ticked(s))
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    transport = ErasesMeanwhile(s)
    rt = replace(s.w.rt, transport=transport)
    while perform_one(rt):
        pass
    assert [mail.to.address for mail in transport.asked] == [GRACE]
    kept = {name for name, rows in s.rows().items() if GRACE in str(rows)}
    assert kept == {"booking", "reservation"}, "what a coming meeting needs stays until it is over"
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()
