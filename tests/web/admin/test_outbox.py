"""What is still to be performed, as administrators see it: what waits, what was given up, trying again and dropping."""

from datetime import timedelta

from starlette.testclient import TestClient

from booking_service.actions.consent import mails
from booking_service.actions.setup.file.apply import changes
from booking_service.domain.effects import MailKind
from booking_service.domain.roles import Role
from booking_service.language import language_of
from booking_service.mail.errors import TransportDown, UnsafeMessage
from booking_service.web.admin.outbox import _MEANINGS, _TITLES
from booking_service.web.parts.mail_names import mail_name
from booking_service.worker import _PERFORMING
from tests.web.page_reader import look, read, words
from tests.web.site import Site, person, signed_in
from tests.world import MONDAY


def admin(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.ADMIN))


def given_up(s: Site) -> None:
    """Two mails to invitees that no server takes, and nothing else open."""
    for days in (1, 2):
        s.w.hold(meeting="quick", start=MONDAY + timedelta(days=days))
    s.w.mails.failing = [UnsafeMessage("two recipients")] * 4
    s.w.drain()


def test_everything_that_a_worker_performs_has_its_name_and_what_dropping_it_means() -> None:
    """But for mails, which are called by their kind."""
    assert (
        _TITLES.keys() == _MEANINGS.keys() == _PERFORMING.keys() - {"mail", "alarm", "account", mails.KIND, mails.BULK}
    )


def test_what_was_given_up_is_tried_again_one_by_one(s: Site) -> None:
    browser = admin(s)
    empty = look(browser, "/admin/outbox")
    assert "Nothing is waiting." in empty.text
    assert "Given up" not in empty.text
    given_up(s)
    shown = look(browser, "/admin/outbox")
    assert "Given up 2" in shown.text
    assert "Email “New booking” to the host" in shown.text
    assert "two recipients" in shown.text
    numbers = [each.get("value", "") for each in shown.all("button", name="number")]
    pressed = browser.post("/admin/outbox", data={"number": numbers[0]})
    assert "It is tried again now." in look(browser, pressed.headers["location"]).text
    s.w.drain()
    told = [mail.subject for mail in s.w.mails.sent]
    assert told == ["Booked by Grace Hopper: Tue 8 Jan, 09:00", "The booking service needs you"]
    assert "Given up 1" in look(browser, "/admin/outbox").text
    late = browser.post("/admin/outbox", data={"number": numbers[0]})
    assert "It was no longer waiting, so nothing was changed." in look(browser, late.headers["location"]).text
    for wrong in ("", "x", "-1", "²", "9" * 30):
        assert browser.post("/admin/outbox", data={"number": wrong}).status_code == 404, wrong


def test_dropping_is_asked_for_on_a_page_of_its_own_and_stands_among_the_changes(s: Site) -> None:
    browser = admin(s)
    given_up(s)
    address = next(each for each in look(browser, "/admin/outbox").hrefs() if each.endswith("/drop"))
    before = s.rows()
    asked = look(browser, address)
    assert asked.h1 == "Drop this?"
    assert "Email “New booking” to the host" in asked.text
    refused = read(browser.post(address, data={"reason": "<b>x</b>" * 70}))
    assert refused.status == 422
    assert refused.value("reason") == "<b>x</b>" * 70
    assert "Shorten this to 500 characters or fewer: it has 560 now" in refused.text
    assert s.rows() == before
    done = browser.post(address, data={"reason": " Told by\nphone "})
    assert "It is dropped." in look(browser, done.headers["location"]).text
    (recorded,) = changes(s.w.rt, what="outbox.")
    assert recorded.by == "admin@example.org"
    assert recorded.before is not None
    assert recorded.before.startswith("mail host-booked to the host, booking ")
    assert recorded.after == "dropped: Told by phone"
    again = browser.post(address, data={"reason": ""})
    assert "It was no longer waiting" in look(browser, again.headers["location"]).text
    assert len(changes(s.w.rt, what="outbox.")) == 1
    assert browser.get(address).status_code == 404


def test_what_waits_says_why_and_can_be_tried_at_once(s: Site) -> None:
    browser = admin(s)
    s.w.mails.failing = [TransportDown("451 greylisted")]
    s.w.hold()
    s.w.drain()
    shown = look(browser, "/admin/outbox")
    assert "Waiting 1" in shown.text
    (row,) = [each for each in shown.all("li") if "greylisted" in words(each)]
    assert "Email “Please confirm” to the invitee" in words(row)
    assert "Tried 1 time since 09:00" in words(row)
    assert browser.post("/admin/outbox", data={"number": shown.one("button", name="number").get("value", "")})
    s.w.drain()
    assert "Nothing is waiting." in look(browser, "/admin/outbox").text


def test_every_kind_of_mail_has_a_name_for_lists() -> None:
    english = language_of("en")
    assert [kind for kind in MailKind if mail_name(kind, english) == str(kind)] == []
    assert mail_name("of-a-later-version", english) == "of-a-later-version"
