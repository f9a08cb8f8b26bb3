"""The mail log as an administrator reads it: every kind of sender, found by address, kind and outcome, a page at a time."""

import re
from datetime import timedelta

from sqlmodel import delete

from booking_service.actions.mail import log
from booking_service.actions.privacy import erasure, own_data
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.mail_log import SoughtMail
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Role
from booking_service.mail.errors import RecipientRefused, TransportDown
from booking_service.storage.engine import transaction
from booking_service.storage.tables.mail_log import MailLogRow
from calendars.errors import Unavailable
from tests.web.consents import NEWSLETTER, offer
from tests.web.own_pages import GRACE, agreed
from tests.web.page_reader import look, words
from tests.web.site import Site, person, signed_in

ADDRESS = "/admin/mail"


def kinds(s: Site, text: str = "") -> set[str]:
    return {each.kind for each in log.find(s.w.rt, SoughtMail(text=text)).mails}


def test_mails_of_every_sender_stand_there_and_are_found(s: Site) -> None:
    browser = signed_in(s, person(s, Role.ADMIN))
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    s.browser.post("/host/sign-in", data={"email": "admin@example.org"})
    s.w.calendar.fail_next(Unavailable("no answer"), times=1000)
    s.w.drain()
    s.w.mails.failing = [TransportDown("421 <office@example.org> busy")]
    s.w.pass_time(minutes=20)
    assert {"booked", "host-booked", "sign-in", "confirm-consent", "calendar-unreadable"} <= kinds(s)
    look(browser, ADDRESS)  # the session is used again
    before = s.rows()
    page = look(browser, f"{ADDRESS}?q=GRACE@example.NET&kind=booked&outcome=accepted")
    assert s.rows() == before
    assert page.h1 == "Mail log"
    (row,) = page.all("ul", class_="rows timed")
    assert "grace@example.net Booked · 250 kept <" in words(row)
    assert words(row).endswith("Accepted")
    assert "1 email matches" in page.text
    assert page.value("q") == "GRACE@example.NET"
    later = look(browser, f"{ADDRESS}?outcome=later")
    assert "1 email matches" in later.text
    assert "Calendar can't be read · No mail leaves: 421 <…> busy" in later.text
    assert "Tried again" in words(later.all("ul", class_="rows timed")[0])
    for nothing in ("q=nobody@example.org", "q=%25", "q=_", "outcome=failed", "kind=landslide"):
        assert "No email matches." in look(browser, f"{ADDRESS}?{nothing}").text, nothing
    for nonsense in (
        "kind=x",
        "outcome=x",
        "after=x",
        "after=0001-01-01T00:00:00%2B14:00~1",
        "after=2030-01-01T00:00:00%2B00:00~99999999999",
        f"q={'x' * 500}",
    ):
        assert browser.get(f"{ADDRESS}?{nonsense}").status_code == 200, nonsense


def test_nothing_there_is_said_and_kinds_of_one_name_are_one_choice(s: Site) -> None:
    browser = signed_in(s, person(s, Role.ADMIN))
    with transaction(s.w.rt.engine) as session:
        session.exec(delete(MailLogRow))
    page = look(browser, ADDRESS)
    assert "No email was sent on these days." in page.text
    names = [words(each) for each in page.one("select", name="kind").iter("option")]
    assert len(names) == len(set(names))
    s.w.mails.failing = [RecipientRefused("550 no such user")]
    s.hold()
    s.w.drain()
    assert "Not sent" in look(browser, ADDRESS).text


def test_older_ones_are_a_page_away_each_once(s: Site) -> None:
    browser = signed_in(s, person(s, Role.ADMIN))
    with transaction(s.w.rt.engine) as session:
        for n in range(120):
            row = MailLogRow(
                at=s.w.now - timedelta(seconds=n // 2),
                kind="reminder",
                address=f"n{n}@example.org",
                outcome="accepted",
                answer="250 Ok",
                tries=1 + n % 2,
                message_id=f"<{n}@example.org>",
                outbox_id=n,
            )
            session.add(row)
    address, seen = f"{ADDRESS}?kind=reminder", []
    while address:
        page = browser.get(address).text
        assert "120 emails match" in page
        seen += re.findall(r"<strong>(n\d+)@", page)
        further = re.search(r'href="([^"]+)">Older', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert len(seen) == len(set(seen)) == 120
    assert "2 tries" in page


def test_who_is_erased_is_gone_from_it_and_gets_it_among_their_data_before(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    s.w.drain()
    given = own_data.given_to_staff(s.w.rt, GRACE, by="office", language="en", now=s.w.now)
    assert {each["kind"] for each in given["mails"]} == kinds(s, GRACE) >= {"booked", "confirm-consent"}
    assert {each["address"] for each in given["mails"]} == {GRACE}
    erasure.erase(s.w.rt, GRACE, Decider(staff="office"), mode=Mode.WHOLE, now=s.w.now)
    s.w.drain()
    assert kinds(s, GRACE) == set()
    assert kinds(s) >= {"host-booked"}
