"""A mail server that is away: nobody loses the time to answer by it, and nobody is told that they did not."""

from datetime import timedelta

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.roles import Role
from booking_service.mail.errors import TransportDown
from tests.web.consents import NEWSLETTER, offer
from tests.web.own_pages import GRACE, agreed, fresh
from tests.web.page_reader import look
from tests.web.site import Site, person


def away(s: Site, times: int) -> None:
    s.w.mails.failing[:] = [TransportDown("the mail server is away") for _ in range(times)]


def test_the_page_says_that_the_mail_is_delayed_until_it_has_left(s: Site) -> None:
    away(s, 1)
    booking = s.hold()
    s.w.drain()
    page = look(s.browser, f"/b/{booking.public_id}")
    assert page.h1 == "The email is delayed"
    assert "We sent a link" not in page.text
    assert s.browser.get(f"/b/{booking.public_id}/state.json").json()["state"] == "delayed"
    s.w.settle()
    s.w.pass_time(minutes=2)
    assert [mail.subject for mail in s.w.mails.sent]
    assert look(s.browser, f"/b/{booking.public_id}").h1 == "Check your inbox"


def test_the_deadline_counts_from_when_the_mail_left(s: Site) -> None:
    away(s, 4)
    booking = s.hold()
    asked_at = s.w.now
    while not s.w.mails.sent:
        s.w.pass_time(minutes=2)
    left_at = s.w.now
    assert left_at - asked_at > timedelta(minutes=4)
    later = s.booking(booking.public_id)
    assert later.hold_until == left_at + timedelta(minutes=60)
    assert f"{later.hold_until.astimezone(s.w.host.zone):%H:%M}" in s.w.mails.sent[0].text
    s.w.pass_time(minutes=1)
    (event,) = s.w.calendar.events()
    assert f"{later.hold_until.astimezone(s.w.host.zone):%H:%M}" in event.description, "the host reads the new one, too"
    s.w.clock.advance((later.hold_until - s.w.now - timedelta(minutes=1)).total_seconds())
    assert s.browser.post(s.link(booking, LinkPurpose.CONFIRM)).status_code == 303
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED


def test_a_hold_never_lives_longer_than_twice_for_it_and_nobody_is_blamed(s: Site) -> None:
    away(s, 200)
    booking = s.hold()
    asked_at = s.w.now
    while s.booking(booking.public_id).state is BookingState.HELD:
        s.w.pass_time(minutes=3)
    ended = s.booking(booking.public_id)
    assert timedelta(minutes=60) <= ended.hold_until - asked_at <= timedelta(minutes=120)
    page = look(s.browser, f"/b/{booking.public_id}")
    assert page.h1 == "Our email could not be sent in time"
    s.w.mails.failing.clear()
    s.w.pass_time(hours=2)
    (told,) = s.w.mails.sent
    assert "not your fault" in told.text
    assert "was not confirmed" not in told.text


@pytest.mark.parametrize("late", [0, 30])
def test_a_mail_that_leaves_at_once_changes_no_deadline(s: Site, late: int) -> None:
    booking = s.hold()
    s.w.pass_time(seconds=late)
    assert s.booking(booking.public_id).hold_until == booking.hold_until
    assert s.booking(booking.public_id).revision == booking.revision


DELAYED = "Emails are delayed at the moment"


def test_who_is_told_of_a_mail_on_its_way_reads_that_mails_are_delayed_until_they_leave(s: Site) -> None:
    person(s, Role.STAFF)
    away(s, 1)
    s.hold()
    s.w.drain()
    asked = s.browser.post("/host/sign-in", data={"email": "nobody@example.org"}).headers["location"]
    for path in ("/preferences/sent", asked):
        assert DELAYED in look(s.browser, path).text, path
    s.w.pass_time(minutes=2)
    for path in ("/preferences/sent", asked):
        assert DELAYED not in look(s.browser, path).text, path


def test_a_mail_that_leaves_only_for_a_known_address_does_not_show_by_its_delay(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    staff = person(s, Role.STAFF)
    away(s, 2)
    s.browser.post("/preferences", data={"email": GRACE})
    asked = s.browser.post("/host/sign-in", data={"email": staff.email}).headers["location"]
    s.w.drain()
    assert s.w.mails.failing == [], "both mails wait"
    for path in ("/preferences/sent", asked):
        assert DELAYED not in look(s.browser, path).text, path


def test_ones_own_page_says_of_the_link_that_it_waits_for_that_its_mail_is_delayed(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    link = fresh(s)
    away(s, 1)
    s.browser.post(link, data={"act": "data"})
    s.w.drain()
    assert DELAYED in look(s.browser, link).text
    s.w.pass_time(minutes=2)
    page = look(s.browser, link)
    assert "We sent a link to" in page.text
    assert DELAYED not in page.text
