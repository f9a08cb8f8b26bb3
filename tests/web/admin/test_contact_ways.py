"""What staff do with one contact from its page: hand out the data, stop all use, erase."""

import json
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import limits
from booking_service.actions.consent import access_log, verify
from booking_service.domain.consent import Act, How
from booking_service.domain.privacy import Wish
from booking_service.domain.roles import Permission, Role
from booking_service.mail.errors import TransportDown
from booking_service.storage import access, contacts, ledger, pending_changes
from booking_service.storage.engine import snapshot, transaction
from tests.web.admin.test_contacts import clerk
from tests.web.consents import NEWSLETTER, chain, contact_of, offer, standing
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.page_reader import look, read
from tests.web.site import Site, person, signed_in

CONTACTS, REQUESTS = "/admin/consents/contacts", "/admin/consents/requests"
WAYS = ("Hand out their data…", "Stop all use…", "Erase…")


@pytest.fixture
def desk(s: Site) -> TestClient:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    return clerk(s)


def page_of(s: Site) -> str:
    return f"{CONTACTS}/{contact_of(s, GRACE)}"


def way(s: Site, desk: TestClient, name: str) -> str:
    return look(desk, page_of(s)).links()[name]


@pytest.mark.capability("S3-19")
def test_their_data_is_handed_out_as_a_file_and_that_is_on_record(s: Site, desk: TestClient) -> None:
    path = way(s, desk, "Hand out their data…")
    before = s.rows()
    assert look(desk, path).h1 == "Hand out the data of Grace Hopper"
    assert s.rows() == before, "looking hands nothing out"
    taken = desk.post(path, data={"json": "yes"})
    assert taken.headers["content-disposition"] == 'attachment; filename="data.json"'
    given = json.loads(taken.text)
    assert given["person"]["address"] == GRACE
    assert [each["what"] for each in given["bookings"]] == ["Intro call"]
    to_read = desk.post(path, data={"html": "yes"})
    assert "Grace Hopper" in read(to_read).text
    lines = access_log.show(s.w.rt, language="en").lines
    assert [(each.what, each.contact_id) for each in lines] == [("export", contact_of(s, GRACE))] * 2


@pytest.mark.capability("S4-11", "S4-24")
def test_a_stop_that_they_told_staff_is_their_own_and_only_they_lift_it(s: Site, desk: TestClient) -> None:
    path = way(s, desk, "Stop all use…")
    assert "Say why" in desk.post(path, data={"reason": " "}).text
    assert standing(s).stopped is None
    done = desk.post(path, data={"reason": "Called us."})
    assert done.headers["location"] == f"{page_of(s)}?did=stopped"
    stopped = standing(s).stopped
    assert stopped is not None
    assert (stopped.by_contact, stopped.how) == (True, How.TOLD)
    page = look(desk, page_of(s))
    assert "They asked us to stop using their data" in page.text
    assert f"passed on by {_called(s)}" in page.text
    assert [each in page.links() for each in WAYS] == [True, False, True], "what is still possible"
    assert desk.post(path, data={"reason": "again"}).headers["location"] == f"{page_of(s)}?did=same"
    listed = look(desk, REQUESTS)
    assert "7 January 2030 · locked at once Done" in listed.text
    assert listed.links()["All use stopped: Grace Hopper"] == page_of(s)
    s.w.drain()
    assert [mail.subject for mail in s.w.mails.to(GRACE)].count("Your data is not used any more") == 1
    s.browser.post(fresh(s), data={"act": "resume"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    assert standing(s).stopped is None
    lifted = look(desk, REQUESTS)
    assert "All use stopped" not in lifted.text, "they lifted it"
    assert "7 January 2030 · by the person, with a mailed link Done" in lifted.text
    assert lifted.links()["Use allowed again: Grace Hopper"] == page_of(s)
    history = look(desk, page_of(s)).text
    assert "Called us." in history, "it stays in the contact's history, with its reason"
    assert "Let us use their data again" in history
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_of_what_a_mailed_link_confirms_only_a_lifted_stop_is_listed_as_one(s: Site, desk: TestClient) -> None:
    s.browser.post(fresh(s), data={"act": "data"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    with snapshot(s.w.rt.engine) as session:
        [asked] = pending_changes.done_lately(session, Wish.DATA, limit=9)
    assert asked.contact_id == contact_of(s, GRACE)
    assert "Use allowed again" not in look(desk, REQUESTS).text


def _called(s: Site) -> str:
    """Who of the staff an entry says it was."""
    with snapshot(s.w.rt.engine) as session:
        links = ledger.links(session, contact_of(s, GRACE))
    return next(str(each.body["staff"]) for each in links if "staff" in each.body)


@pytest.mark.capability("S4-25")
@pytest.mark.parametrize("by", ["theirs", "ours"])
def test_a_contact_is_erased_from_its_page_at_their_wish_or_by_staffs_own_decision(
    s: Site, desk: TestClient, by: str
) -> None:
    path, contact = way(s, desk, "Erase…"), page_of(s)
    before = s.rows()
    asked = look(desk, path)
    assert asked.h1 == "Erase Grace Hopper?"
    assert "The proof of" in asked.text
    assert s.rows() == before, "looking changes nothing"
    wrong = desk.post(path, data={"by": by, "reason": ""})
    assert wrong.status_code == 422
    told = read(wrong)
    assert "Nothing is erased yet" in told.text
    assert "Choose how much is erased" in told.text
    assert "Say why" in told.text
    chosen = [each for each in told.all("input", name="by") if each.get("checked") is not None]
    assert [each.get("value") for each in chosen] == [by], "what was chosen stays"
    kept = standing(s)
    assert kept.granted
    done = desk.post(path, data={"by": by, "mode": "whole", "reason": "A letter."})
    assert done.headers["location"] == f"{contact}?did=erased"
    page = look(desk, done.headers["location"])
    assert "Erased. The proof of their consents is sealed" in page.text
    assert ("Erased at their request" if by == "theirs" else "Erased by our own decision") in page.text
    assert GRACE not in page.text
    assert not set(WAYS) & set(page.links())
    with snapshot(s.w.rt.engine) as session:
        assert contacts.by_address(session, GRACE) is None
        last = ledger.links(session, UUID(contact.rpartition("/")[2]))[-1]
    assert (last.entry.act, last.entry.by_contact) == (Act.ERASED, by == "theirs")
    assert last.body["reason"] == "A letter."
    assert " " in last.body["staff"], "by name, as it can be erased"
    assert desk.get(path).status_code == 404
    assert desk.post(path, data={"by": by, "mode": "whole", "reason": "x"}).status_code == 404
    s.w.drain()
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


@pytest.mark.capability("S4-25", "S4-26")
def test_who_asked_staff_to_be_erased_is_told_by_a_last_mail_first(s: Site, desk: TestClient) -> None:
    path, contact = way(s, desk, "Erase…"), contact_of(s, GRACE)
    [box] = look(desk, path).all("input", name="tell")
    assert box.get("checked") is not None
    wrong = desk.post(path, data={"by": "theirs", "mode": "whole", "reason": ""})
    assert [each.get("checked") for each in read(wrong).all("input", name="tell")] == [None], "what was chosen stays"
    typed = {"by": "theirs", "tell": "yes", "mode": "personal", "reason": "A letter."}
    done = desk.post(path, data=typed)
    assert done.headers["location"] == f"{REQUESTS}?did=now"
    assert "It will be done within seconds, after a last email." in look(desk, done.headers["location"]).text
    wish = look(desk, REQUESTS).links()["Delete: Grace Hopper"]
    assert desk.post(path, data=typed).headers["location"] == wish, "pressed twice, or by a colleague"
    for _ in range(2):  # the last mail, then the rest
        s.w.pass_time(minutes=1)
    last = s.w.mails.to(GRACE)[-1]
    assert last.subject == "Your data is being deleted"
    assert "/preferences" not in last.text, "its link would lead nowhere a moment later"
    assert look(desk, wish).h1 == "Deletion done"
    with snapshot(s.w.rt.engine) as session:
        entry = ledger.links(session, contact)[-1]
    assert (entry.entry.act, entry.entry.by_contact, entry.entry.how) == (Act.ERASED, True, How.TOLD)
    assert entry.body["reason"] == "A letter."
    assert " " in entry.body["staff"], "by name, as it can be erased"
    named = {name for name, rows in s.rows().items() if GRACE in str(rows) or (name == "pending_change" and rows)}
    assert named == {"booking", "reservation"}, "she still comes"
    s.w.pass_time(days=3)
    assert [mail.subject for mail in s.w.mails.to(GRACE)].count("Your data is being deleted") == 1
    assert verify.verify(s.w.rt, now=s.w.now).findings == ()


def test_while_the_last_mail_cannot_be_sent_the_erasing_waits_a_day_and_no_longer(s: Site, desk: TestClient) -> None:
    path, contact = way(s, desk, "Erase…"), contact_of(s, GRACE)
    s.w.mails.failing = [TransportDown("no connection")] * 1000
    desk.post(path, data={"by": "theirs", "tell": "yes", "mode": "whole", "reason": "A letter."})
    s.w.drain()
    s.w.pass_time(hours=23)
    with snapshot(s.w.rt.engine) as session:
        assert contacts.by_address(session, GRACE) is not None
    s.w.pass_time(hours=2)
    with snapshot(s.w.rt.engine) as session:
        assert contacts.by_address(session, GRACE) is None
        assert ledger.links(session, contact)[-1].entry.act is Act.ERASED


def test_our_own_decision_and_who_wants_no_mail_are_told_nothing(s: Site, desk: TestClient) -> None:
    path = way(s, desk, "Erase…")
    sent = len(s.w.mails.to(GRACE))
    with transaction(s.w.rt.engine) as session:
        for mark in limits.mailbox_marks(s.w.rt, GRACE):
            access.block(session, mark, now=s.w.now)
    asked = look(desk, path)
    assert asked.all("input", name="tell") == []
    assert "No email reaches them: answer them yourself first." in asked.text
    old = desk.post(path, data={"by": "theirs", "tell": "yes", "mode": "whole", "reason": "A letter."})
    assert old.status_code == 422
    assert "Nothing is erased yet" in read(old).text
    done = desk.post(path, data={"by": "ours", "tell": "yes", "mode": "whole", "reason": "Over."})
    assert done.headers["location"].endswith("?did=erased")
    s.w.pass_time(minutes=1)
    assert len(s.w.mails.to(GRACE)) == sent


def test_where_their_own_wish_waits_the_way_to_erase_leads_to_it(s: Site, desk: TestClient) -> None:
    s.browser.post(f"{fresh(s)}/delete", data={"cancel": "yes"})
    s.w.drain()
    s.browser.post(changes(s)[-1])
    path = way(s, desk, "Erase…")
    leads = desk.get(path).headers["location"]
    assert leads.startswith("/admin/consents/requests/")
    just_now = signed_in(
        s, person(s, Role.STAFF, email="other@example.org", permissions=frozenset({Permission.CONSENTS}))
    )
    pressed = just_now.post(path, data={"by": "ours", "mode": "whole", "reason": "x"})
    assert pressed.headers["location"] == leads
    assert chain(s)[-1].act is not Act.ERASED


def test_who_may_not_record_consents_finds_none_of_it(s: Site, desk: TestClient) -> None:
    plain = signed_in(s, person(s, Role.STAFF, email="plain@example.org"))
    assert not set(WAYS) & set(look(plain, page_of(s)).links())
    for name in WAYS:
        assert plain.get(way(s, desk, name)).status_code in (403, 404)
