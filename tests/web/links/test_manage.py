"""What an invitee can do with the links of their mails: reschedule, cancel, say that it was not them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState, Cause
from booking_service.domain.people import Organisation
from calendars.errors import Unavailable
from calendars.model import Period
from tests.web.page_reader import look, read, words
from tests.web.site import Site

pytestmark = pytest.mark.timeout(60)


def test_the_manage_page_shows_the_booking_and_both_ways_to_change_it(s: Site) -> None:
    booking = s.confirmed()
    manage = s.link(booking, LinkPurpose.MANAGE)
    page = look(s.browser, manage)
    assert page.h1 == "Your booking"
    assert "Tuesday 8 January 2030, 09:00–09:30" in page.text
    assert (page.links()["Reschedule"], page.links()["Cancel booking"]) == (f"{manage}/move", f"{manage}/cancel")


def test_cancelling_is_a_page_and_a_button_with_a_reason_that_is_passed_on(s: Site) -> None:
    booking = s.confirmed()
    manage = s.link(booking, LinkPurpose.MANAGE)
    page = look(s.browser, f"{manage}/cancel")
    assert page.h1 == "Cancel this booking?"
    answer = s.browser.post(page.actions()[0], data={"reason": "Ill\x00 today\u202e"})
    assert answer.headers["location"] == manage
    ended = s.booking(booking.public_id)
    assert (ended.state, ended.reason) == (BookingState.CANCELLED, "Ill today")
    assert look(s.browser, manage).h1 == "Cancelled"
    s.w.settle()
    assert not s.w.calendar.events()


def test_cancelling_twice_is_calm(s: Site) -> None:
    booking = s.confirmed()
    for _ in range(2):
        assert s.browser.post(f"{s.link(booking, LinkPurpose.MANAGE)}/cancel").status_code == 303
    assert look(s.browser, f"{s.link(booking, LinkPurpose.MANAGE)}/cancel").h1 == "Cancelled"


def test_a_reason_that_is_too_long_is_kept_and_counted(s: Site) -> None:
    booking = s.confirmed()
    page = read(s.browser.post(f"{s.link(booking, LinkPurpose.MANAGE)}/cancel", data={"reason": "x" * 501}))
    assert page.status == 422
    assert "Shorten this to 500 characters or fewer: it has 501 now" in page.text
    assert page.value("reason").strip() == "x" * 501
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED


def test_rescheduling_offers_other_times_than_the_present_one(s: Site) -> None:
    booking = s.confirmed()
    page = look(s.browser, f"{s.link(booking, LinkPurpose.MANAGE)}/move")
    assert "Now: Tuesday 8 January 2030, 09:00–09:30 · Europe/Berlin (UTC+1)" in page.text
    assert words(page.one("h2", id="times")) == "Tuesday 8 January"
    assert "09:00" not in page.times()
    assert "09:30" in page.times()


def test_rescheduling_moves_the_same_event(s: Site) -> None:
    booking = s.confirmed()
    uid = s.w.reservation(booking).uid
    manage = s.link(booking, LinkPurpose.MANAGE)
    page = look(s.browser, f"{manage}/move?day=2030-01-09")
    answer = s.browser.post(page.actions()[0], data={"start": page.times()["11:00"], "zone": "Europe/Berlin"})
    assert answer.headers["location"] == f"{manage}?did=moved"
    moved = look(s.browser, answer.headers["location"])
    assert "Wednesday 9 January 2030, 11:00–11:30" in moved.text
    assert "Moved. An email with the new time is on its way." in moved.text
    s.w.settle()
    assert [(event.uid, event.time.start) for event in s.w.calendar.events()] == [
        (uid, s.booking(booking.public_id).time.start)
    ]


def test_a_time_taken_meanwhile_leaves_the_old_one_and_shows_others(s: Site) -> None:
    booking = s.confirmed()
    manage = s.link(booking, LinkPurpose.MANAGE)
    start = booking.time.start + timedelta(hours=2)
    s.w.calendar.host_adds("Dentist", Period(start, start + timedelta(hours=1)))
    page = read(s.browser.post(f"{manage}/move", data={"start": f"{start:%Y-%m-%dT%H:%M:%SZ}"}))
    assert page.status == 409
    assert page.title.startswith("Error:")
    assert "Your current time is still yours." in words(page.one("div", role="alert"))
    assert "10:30" in page.times()
    assert "11:00" not in page.times()
    assert s.booking(booking.public_id).time == booking.time


def test_a_calendar_that_does_not_answer_leaves_the_old_time(s: Site) -> None:
    booking = s.confirmed()
    s.w.calendar.fail_next(Unavailable("no answer"), times=50)
    start = booking.time.start + timedelta(hours=2)
    answer = s.browser.post(
        f"{s.link(booking, LinkPurpose.MANAGE)}/move", data={"start": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
    )
    assert answer.status_code == 503
    assert s.booking(booking.public_id).time == booking.time


def test_without_a_time_the_page_of_times_comes_back(s: Site) -> None:
    manage = s.link(s.confirmed(), LinkPurpose.MANAGE)
    for start in ("", "tomorrow", "9" * 5000):
        assert s.browser.post(f"{manage}/move", data={"start": start}).headers["location"] == f"{manage}/move"


def test_past_the_cut_off_the_page_says_whom_to_write_to(s: Site) -> None:
    s.save(replace(s.w.intro, change_until=timedelta(hours=24)))
    s.save(Organisation(name="Analytical Engines", contact="office@example.org"))
    booking = s.confirmed(start="2030-01-08T08:30:00Z")
    manage = s.link(booking, LinkPurpose.MANAGE)
    s.w.pass_time(hours=1)
    for address in (manage, f"{manage}/move", f"{manage}/cancel"):
        page = look(s.browser, address)
        assert "It is too close to the start to be changed here. Please write to office@example.org." in page.text
        assert not page.actions()
        assert "Cancel booking" not in page.links()
    for address in (f"{manage}/move", f"{manage}/cancel"):
        assert s.browser.post(address, data={"start": "2030-01-09T08:30:00Z"}).status_code == 409
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED


def test_a_day_later_the_pages_say_that_it_is_over_and_not_that_it_is_near(s: Site) -> None:
    manage = s.link(s.confirmed(start="2030-01-08T08:30:00Z"), LinkPurpose.MANAGE)
    s.w.pass_time(hours=48)
    for address in (manage, f"{manage}/move", f"{manage}/cancel"):
        page = look(s.browser, address)
        assert "It is over." in page.text
        assert "too close" not in page.text
        assert not page.actions()


def test_moved_as_often_as_allowed_it_can_still_be_cancelled(s: Site) -> None:
    s.save(replace(s.w.intro, moves_at_most=1))
    booking = s.confirmed()
    manage = s.link(booking, LinkPurpose.MANAGE)
    s.browser.post(f"{manage}/move", data={"start": "2030-01-08T10:00:00Z"})
    page = look(s.browser, manage)
    assert "Reschedule" not in page.links()
    assert "Cancel booking" in page.links()
    assert (
        "It can't be rescheduled again. You can cancel it, or write to ada@example.org."
        in look(s.browser, f"{manage}/move").text
    )
    assert s.browser.post(f"{manage}/move", data={"start": "2030-01-08T11:00:00Z"}).status_code == 409


def test_a_confirmed_booking_is_not_moved_or_released_from_its_waiting_page(s: Site) -> None:
    booking = s.confirmed()
    base = f"/b/{booking.public_id}"
    s.browser.post(f"{base}/release")
    assert s.browser.post(f"{base}/move", data={"start": "2030-01-08T10:00:00Z"}).status_code == 409
    assert s.browser.post(f"{base}/address", data={"email": "thief@example.net"}).status_code == 409
    assert look(s.browser, f"{base}/move").h1 == "Booked"
    after = s.booking(booking.public_id)
    assert (after.state, after.time, after.invitee) == (booking.state, booking.time, booking.invitee)


def test_who_did_not_ask_for_it_releases_it_and_is_left_alone(s: Site) -> None:
    booking = s.hold()
    link = s.link(booking, LinkPurpose.NOT_ME)
    page = look(s.browser, link)
    assert page.h1 == "Did you not ask for this?"
    assert page.one("input", name="block").get("checked") is None
    answer = s.browser.post(page.actions()[0], data={"block": "yes"})
    done = look(s.browser, answer.headers["location"])
    assert "The time is free for others again." in done.text
    assert "We will never write to grace@example.net again." in done.text
    assert s.booking(booking.public_id).cause is Cause.NOT_ME
    assert "09:00" in look(s.browser, "/ada/intro?day=2030-01-08").times()


def test_who_wanted_no_mail_takes_that_back_with_the_same_link_and_may_book_again(s: Site) -> None:
    link = s.link(s.hold(), LinkPurpose.NOT_ME)
    done = look(s.browser, s.browser.post(link, data={"block": "yes"}).headers["location"])
    later = look(s.browser, link)
    assert (later.h1, later.actions()) == ("We send no email to this address", done.actions())
    assert s.browser.post("/ada/intro/hold", data=s.form(form_key="n" * 20)).status_code == 422
    again = look(s.browser, s.browser.post(later.actions()[0]).headers["location"])
    assert "You get email from us at grace@example.net again." in again.text
    assert "Write to this address again" not in again.text
    assert s.hold(form_key="m" * 20).state is BookingState.HELD
    assert look(s.browser, link).h1 == "Did you not ask for this?"


def test_who_wants_no_mail_already_is_not_asked_again_where_another_time_is_still_held(s: Site) -> None:
    first, second = s.hold(), s.hold(form_key="k" * 20, start="2030-01-08T12:00:00Z")
    s.browser.post(s.link(first, LinkPurpose.NOT_ME), data={"block": "yes"})
    page = look(s.browser, s.link(second, LinkPurpose.NOT_ME))
    assert page.h1 == "We send no email to this address"
    assert "Release the time now" in page.text
    assert "Never write to this address again" not in page.text
    s.browser.post(page.actions()[0])
    assert s.booking(second.public_id).cause is Cause.NOT_ME


def test_without_the_tick_the_mailbox_may_book_again(s: Site) -> None:
    s.browser.post(s.link(s.hold(), LinkPurpose.NOT_ME))
    assert s.hold(form_key="n" * 20).state is BookingState.HELD


def test_a_confirmed_booking_is_not_ended_by_the_not_me_link_which_leads_to_cancelling(s: Site) -> None:
    booking = s.confirmed()
    link = s.link(booking, LinkPurpose.NOT_ME)
    s.browser.post(link)
    page = look(s.browser, link)
    assert "Cancel booking" in page.links()
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED


def test_a_corrected_address_kills_every_link_sent_before(s: Site) -> None:
    booking = s.hold()
    old = [s.link(booking, purpose) for purpose in (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.NOT_ME)]
    s.browser.post(f"/b/{booking.public_id}/address", data={"email": "hopper@example.net"})
    assert [s.browser.get(link).status_code for link in old] == [404, 404, 404]
    assert s.browser.post(old[0]).status_code == 404
    assert s.browser.get(s.link(booking, LinkPurpose.CONFIRM)).status_code == 200
