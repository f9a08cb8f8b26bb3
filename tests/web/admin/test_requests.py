"""The queue of those who wished to be erased: done now, put off, refused, and what they are told of it."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.actions.consent import verify
from booking_service.actions.privacy import decisions, erasure
from booking_service.actions.privacy.decisions import NoMailbox
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Permission, Role
from booking_service.mail.errors import TransportDown
from booking_service.storage import contacts, privacy_requests
from booking_service.storage.contacts import Contact
from booking_service.storage.engine import transaction
from booking_service.storage.privacy_requests import PrivacyRequest
from calendars.errors import Forbidden
from tests.web.consents import NEWSLETTER, chain, offer
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.page_reader import look, words
from tests.web.site import Site, person, signed_in

REQUESTS = "/admin/consents/requests"


def _wished(s: Site) -> None:
    """Grace asked to be erased, and confirmed it from her mailbox."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    _again(s)
    s.w.pass_time(minutes=1)


def _again(s: Site) -> None:
    s.browser.post(f"{fresh(s)}/delete", data={"cancel": "yes"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()


@pytest.mark.capability("S4-25", "S4-26")
def test_staff_do_a_wish_now_after_the_last_mail_and_the_page_says_what_follows(s: Site) -> None:
    _wished(s)
    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    today = look(staff, "/host")
    path = today.links()["A deletion is due: Monday 14 January"]
    listed = look(staff, REQUESTS)
    assert "Delete: Grace Hopper" in listed.text
    assert "Due on Monday 14 January" in listed.text
    before = s.rows()
    shown = look(staff, path)
    assert shown.h1 == "Erase Grace Hopper?"
    assert "is sealed until 1 January 2034, and can be opened only with their address" in shown.text
    assert s.rows() == before, "looking changes nothing"
    unsaid = staff.post(f"{path}/decide", data={"act": "now"})
    assert unsaid.status_code == 422
    assert "Choose how much is erased" in unsaid.text
    done = staff.post(f"{path}/decide", data={"act": "now", "mode": "personal"})
    assert done.headers["location"] == f"{REQUESTS}?did=now"
    for _ in range(2):  # the last mail, then the rest
        s.w.pass_time(minutes=1)
    assert s.w.mails.to(GRACE)[-1].subject == "Your data is being deleted"
    assert chain(s) == ()
    assert look(staff, path).h1 == "Deletion done"
    assert "Delete: somebody who was erased" in look(staff, REQUESTS).text
    twice = staff.post(f"{path}/decide", data={"act": "no", "no-reason": "too late"})
    assert twice.headers["location"] == f"{REQUESTS}?did=over"
    s.w.pass_time(days=8)
    assert [mail.subject for mail in s.w.mails.to(GRACE)].count("Your data is being deleted") == 1
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S4-26")
def test_a_page_from_before_does_not_widen_what_a_colleague_decided(s: Site) -> None:
    _wished(s)
    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    path = look(staff, REQUESTS).links()["Delete: Grace Hopper"]
    for _ in range(2):
        assert (
            staff.post(f"{path}/decide", data={"act": "now", "mode": "personal"}).headers["location"].endswith("=now")
        )
    late = staff.post(f"{path}/decide", data={"act": "now", "mode": "whole"})
    assert late.headers["location"] == f"{REQUESTS}?did=over"
    with transaction(s.w.rt.engine) as session:
        [wish] = privacy_requests.waiting(session)
    assert wish.mode is Mode.PERSONAL


@pytest.mark.capability("S4-25")
def test_staff_put_a_wish_off_or_refuse_it_and_the_person_reads_why(s: Site) -> None:
    _wished(s)
    who = person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}))
    staff = signed_in(s, who)
    path = look(staff, REQUESTS).links()["Delete: Grace Hopper"]
    for until, why, told in (
        ("2030-02-01", " ", "Say why: the person will read it"),
        ("soon", "an audit", "Write the day as year-month-day"),
        ("9999-12-31", "an audit", "Write the day as year-month-day"),
        ("2030-01-14", "an audit", "Choose a day after the one on which it is due, Sunday 7 April 2030 at the latest"),
        ("2030-04-08", "an audit", "Choose a day after the one on which it is due"),
    ):
        refused = staff.post(f"{path}/decide", data={"act": "later", "until": until, "late-reason": why})
        assert refused.status_code == 422, until
        assert told in refused.text
    late = {"act": "later", "until": "2030-04-07", "late-reason": "An audit is under way."}
    assert staff.post(f"{path}/decide", data=late).headers["location"] == f"{REQUESTS}?did=later"
    s.w.pass_time(days=10)
    told = s.w.mails.to(GRACE)[-1]
    assert told.subject == "Deleting your data takes longer"
    for text in ("An audit is under way.", "Sunday 7 April 2030, 23:59", "data protection authority"):
        assert text in told.text, text
    assert chain(s) != ()
    staff = signed_in(s, who)
    assert "put off once" in look(staff, REQUESTS).text

    no = {"act": "no", "no-reason": "The tax office has us keep it until 2040."}
    assert staff.post(f"{path}/decide", data=no).headers["location"] == f"{REQUESTS}?did=no"
    s.w.drain()
    told = s.w.mails.to(GRACE)[-1]
    assert told.subject == "Your data will not be deleted"
    assert "The tax office has us keep it until 2040." in told.text
    assert look(staff, path).h1 == "Deletion refused"
    s.w.pass_time(days=40)
    assert chain(s) != ()
    _again(s)
    assert "Delete: Grace Hopper" in look(signed_in(s, who), REQUESTS).text, "they may ask again"


@pytest.mark.parametrize("act", ["no", "later"])
def test_what_is_being_done_is_neither_refused_nor_put_off_as_the_last_mail_says_that_it_is_done(
    s: Site, act: str
) -> None:
    _wished(s)
    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    path = look(staff, REQUESTS).links()["Delete: Grace Hopper"]
    assert {"Do it later", "Refuse it"} <= {words(each) for each in look(staff, path).all("h2")}
    s.w.mails.failing = [TransportDown("no connection")] * 99
    staff.post(f"{path}/decide", data={"act": "now", "mode": "whole"})
    s.w.drain()
    assert not {"Do it later", "Refuse it"} & {words(each) for each in look(staff, path).all("h2")}
    typed = {"act": act, "no-reason": "too late", "late-reason": "an audit", "until": "2030-02-01"}
    late = staff.post(f"{path}/decide", data=typed)
    assert late.headers["location"] == f"{REQUESTS}?did=over"
    s.w.mails.failing = []
    s.w.pass_time(hours=1)
    s.w.pass_time(minutes=1)
    assert s.w.mails.to(GRACE)[-1].subject == "Your data is being deleted"
    assert chain(s) == (), "and it was"


def test_who_may_only_look_decides_nothing(s: Site) -> None:
    _wished(s)
    staff = signed_in(s, person(s, Role.STAFF))
    path = look(staff, REQUESTS).links()["Delete: Grace Hopper"]
    shown = look(staff, path)
    assert "What follows" in shown.text
    assert "Erase Grace Hopper now" not in shown.text
    assert staff.post(f"{path}/decide", data={"act": "now", "mode": "whole"}).status_code in (403, 404)
    s.w.drain()
    assert chain(s) != ()


def test_whoever_tells_staff_that_they_take_it_back_does_so_by_a_mailed_link(s: Site) -> None:
    _wished(s)
    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    path = look(staff, REQUESTS).links()["Delete: Grace Hopper"]
    assert "They take it back" in look(staff, path).text
    asked = staff.post(f"{path}/decide", data={"act": "keep"})
    assert asked.headers["location"] == f"{REQUESTS}?did=keep"
    s.w.drain()
    mail = s.w.mails.to(GRACE)[-1]
    assert mail.subject == "Please confirm: take back the deletion of my data"
    assert "you asked us for this: take back the deletion of my data" in mail.text
    assert "Whoever asked had the link from an email to you" not in mail.text
    assert "Delete: Grace Hopper" in look(staff, REQUESTS).links(), "until they press it stays due"
    shown = look(staff, path)
    assert "Asked by email on Monday 7 January" in shown.text
    assert "Mail them the link to take it back" not in shown.text
    staff.post(f"{path}/decide", data={"act": "keep"})
    s.w.drain()
    assert s.w.mails.to(GRACE)[-1] is mail, "asked once"
    link = changes(s)[-1]
    assert "You asked us for this on" in look(s.browser, link).text
    s.browser.post(link)
    s.w.drain()
    assert s.w.mails.to(GRACE)[-1].subject == "Your data stays"
    assert look(staff, path).h1 == "Deletion taken back"
    assert staff.post(f"{path}/decide", data={"act": "keep"}).headers["location"] == f"{REQUESTS}?did=over"
    s.w.pass_time(days=9)
    assert chain(s) != ()


def test_who_has_no_mailbox_here_or_is_being_erased_is_not_asked_to_take_it_back(s: Site) -> None:
    _wished(s)
    staff = signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))
    path = look(staff, REQUESTS).links()["Delete: Grace Hopper"]
    sent = len(s.w.mails.to(GRACE))
    staff.post(f"{path}/decide", data={"act": "now", "mode": "whole"})
    assert "They take it back" not in look(staff, path).text
    assert staff.post(f"{path}/decide", data={"act": "keep"}).headers["location"] == f"{REQUESTS}?did=over"
    with transaction(s.w.rt.engine) as session:
        caller = Contact(id=UUID(int=7), phone="+4930901820", made_at=s.w.now)
        contacts.save(session, caller)
        due = s.w.now + timedelta(days=3)
        wish = PrivacyRequest(id=UUID(int=8), contact_id=caller.id, made_at=s.w.now, due_at=due)
        privacy_requests.save(session, wish)
    assert "They take it back" not in look(staff, f"{REQUESTS}/{wish.id}").text
    with pytest.raises(NoMailbox):
        decisions.ask_to_keep(s.w.rt, wish.id, staff="x", now=s.w.now)
    assert len(s.w.mails.to(GRACE)) == sent


def test_staff_see_which_calendars_still_name_somebody_who_was_erased_and_settle_it(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    s.w.pass_time(days=2)
    s.w.calendar.fail_next(Forbidden("read-only"), on="replace", times=2)
    by = Decider(staff="t", reason="a letter")
    assert erasure.erase(s.w.rt, GRACE, by, mode=Mode.WHOLE, now=s.w.now).events == 1
    s.w.drain()
    may = person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS}))
    staff, looker = signed_in(s, may), signed_in(s, person(s, Role.STAFF, email="looks@example.org"))
    shown = look(staff, REQUESTS)
    for text in (
        "Still in calendars",
        "Ada Lovelace, Tuesday 8 January",
        "calendar: Ada",
        "does not allow this account",
    ):
        assert text in shown.text, text
    assert "Grace" not in shown.text
    assert "Done by hand" in shown.text
    assert "Done by hand" not in look(looker, REQUESTS).text
    [number] = re.findall(r'name="number" value="(\d+)"', staff.get(REQUESTS).text)
    assert looker.post(f"{REQUESTS}/events", data={"number": number, "act": "done"}).status_code in (403, 404)
    again = staff.post(f"{REQUESTS}/events", data={"number": number, "act": "again"})
    assert again.headers["location"] == f"{REQUESTS}?did=again"
    s.w.drain()
    assert "does not allow this account" in look(staff, REQUESTS).text, "it was asked, and refused again"
    for strange in ("0", "x", "9" * 30):
        gone = staff.post(f"{REQUESTS}/events", data={"number": strange, "act": "done"})
        assert gone.headers["location"] == f"{REQUESTS}?did=gone"
    done = staff.post(f"{REQUESTS}/events", data={"number": number, "act": "done"})
    assert done.headers["location"] == f"{REQUESTS}?did=done"
    assert "Still in calendars" not in look(staff, REQUESTS).text
    assert "sealed" not in str(s.rows()["outbox"])
