"""Every state of a booking has its page, behind each of its addresses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from booking_service.actions.booking import change as actions
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking
from booking_service.domain.errors import StorageBusy
from booking_service.domain.meeting import Approval
from booking_service.pools import HostPools
from calendars.errors import Unavailable
from calendars.model import EventStatus, Period
from calendars.port import Calendar
from tests.web.page_reader import Page, look, read
from tests.web.site import Site, browser_of

pytestmark = pytest.mark.timeout(60)


def slow_calendar(s: Site) -> None:
    """The server gives no answer, so that nothing is known yet."""
    s.w.calendar.fail_next(Unavailable("no answer"), times=20)


def waiting_page(s: Site, booking: Booking) -> Page:
    return look(s.browser, f"/b/{booking.public_id}")


def confirm_page(s: Site, booking: Booking) -> Page:
    return look(s.browser, s.link(booking, LinkPurpose.CONFIRM))


def hold_without_writing(s: Site, path: str) -> Booking:
    """The host's share of calendar threads is in use, so that a worker writes this one later."""
    pools = HostPools(threads=1, per_host=0)
    browser = browser_of(replace(s.w, rt=replace(s.w.rt, pools=pools)))
    answer = browser.post(f"{path}/hold", data=s.form())
    pools.close()
    return s.booking(answer.headers["location"].partition("?")[0].removeprefix("/b/"))


def test_until_the_calendar_is_written_the_page_says_so_and_asks_again(s: Site) -> None:
    booking = hold_without_writing(s, "/ada/intro")
    page = waiting_page(s, booking)
    assert page.h1 == "One moment"
    assert "Details (done)" in page.text
    assert "Confirm by email (done)" not in page.text
    assert (
        '<noscript><meta http-equiv="refresh" content="3"></noscript>' in s.browser.get(f"/b/{booking.public_id}").text
    )
    assert s.browser.get(f"/b/{booking.public_id}/state.json").json()["state"] == "writing"
    s.w.settle()
    assert waiting_page(s, booking).h1 == "Check your inbox"


def test_a_hold_whose_writing_fails_on_our_side_stands_and_is_written_later(s: Site) -> None:
    def broken(_account: object, _url: str) -> Calendar:
        raise StorageBusy("database is locked")

    browser = browser_of(replace(s.w, rt=replace(s.w.rt, open_calendar=broken)))
    answer = browser.post("/ada/intro/hold", data=s.form())
    assert answer.status_code == 303
    assert look(s.browser, answer.headers["location"]).h1 == "One moment"
    s.w.settle()
    assert look(s.browser, answer.headers["location"]).h1 == "Check your inbox"
    assert len(s.w.mails.sent) == len(s.w.calendar.events()) == 1


def test_without_doi_it_is_not_called_booked_before_it_is_written(s: Site) -> None:
    booking = hold_without_writing(s, "/ada/quick")
    assert waiting_page(s, booking).h1 == "One moment"
    s.w.settle()
    assert waiting_page(s, booking).h1 == "Booked"


def test_a_hold_says_until_when_it_is_kept_and_where_to_confirm_it(s: Site) -> None:
    booking = s.hold()
    assert (waiting_page(s, booking).h1, waiting_page(s, booking).status) == ("Check your inbox", 200)
    assert (confirm_page(s, booking).h1, confirm_page(s, booking).status) == ("Confirm your booking", 200)
    assert "Held until 10:00, Europe/Berlin (UTC+1) (60 min left)" in waiting_page(s, booking).text


@pytest.mark.parametrize("approval", [Approval.BEFORE, Approval.AFTER])
def test_a_request_waits_for_its_host_and_says_so(s: Site, approval: Approval) -> None:
    s.save(replace(s.w.intro, approval=approval))
    booking = s.hold()
    if approval is Approval.AFTER:
        s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    assert waiting_page(s, booking).h1 == "Waiting for Ada Lovelace"
    assert confirm_page(s, booking).h1 == "Waiting for Ada Lovelace"
    assert s.browser.get(f"/b/{booking.public_id}/state.json").json()["state"] == "with-host"


def test_what_is_booked_can_be_saved_moved_and_cancelled(s: Site) -> None:
    booking = s.confirmed()
    page = confirm_page(s, booking)
    assert page.h1 == "Booked"
    assert {"Download .ics", "Google Calendar", "Outlook.com", "Reschedule", "Cancel booking"} <= page.links().keys()


def test_who_has_only_the_waiting_page_sees_that_it_is_booked_and_can_change_nothing(s: Site) -> None:
    page = waiting_page(s, s.confirmed())
    assert page.h1 == "Booked"
    assert not [href for href in page.hrefs() if href.startswith(("/c/", "/m/", "/x/"))]
    assert "grace@" not in page.text


def test_a_confirmation_while_the_calendar_is_away_is_kept(s: Site) -> None:
    booking = s.hold()
    slow_calendar(s)
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    page = confirm_page(s, booking)
    assert page.h1 == "Booked"
    assert "It is yours" in page.text


def test_a_confirmed_booking_whose_event_is_gone_is_being_checked(s: Site) -> None:
    booking = s.hold()
    s.w.calendar.host_deletes(s.w.reservation(booking).uid)
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    assert confirm_page(s, booking).h1 == "Being checked with Ada Lovelace"


def test_that_the_host_moved_it_is_said_plainly(s: Site) -> None:
    booking = s.confirmed()
    later = Period(booking.time.start + timedelta(hours=2), booking.time.end + timedelta(hours=2))
    s.w.calendar.host_moves(s.w.reservation(booking).uid, later)
    s.w.settle()
    page = confirm_page(s, booking)
    assert "Ada Lovelace has moved it to this time" in page.text
    assert "11:00–11:30" in page.text


def test_an_expired_hold_that_is_still_free_is_taken_again_with_one_button(s: Site) -> None:
    booking = s.hold()
    s.w.pass_time(hours=2)
    page = confirm_page(s, booking)
    assert (page.h1, page.status) == ("The hold has ended", 410)
    assert "The time is still free" in page.text
    answer = s.browser.post(page.actions()[0])
    assert answer.status_code == 303
    again = look(s.browser, answer.headers["location"])
    assert (again.h1, again.status) == ("Booked", 200)
    assert confirm_page(s, booking).h1 == "Taken again"
    assert look(s.browser, confirm_page(s, booking).links()["See that booking"]).h1 == "Booked"


def test_what_the_calendar_did_not_take_again_is_taken_again_once_it_answers(s: Site) -> None:
    booking = s.hold()
    s.w.pass_time(hours=2)
    s.w.calendar.fail_next(Unavailable("no answer"), times=2)
    assert s.browser.post(f"{s.link(booking, LinkPurpose.CONFIRM)}/again").status_code == 503
    s.w.settle()
    page = confirm_page(s, booking)
    assert page.h1 == "The hold has ended"
    answers = [s.browser.post(page.actions()[0]) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert look(s.browser, answers[0].headers["location"]).h1 == "Booked"
    assert confirm_page(s, booking).h1 == "Taken again"


def test_a_hold_past_its_deadline_has_ended_before_any_worker_looked(s: Site) -> None:
    booking = s.hold()
    s.w.drain()
    s.w.clock.advance(3600)
    assert waiting_page(s, booking).h1 == "The hold has ended"
    page = read(s.browser.post(s.link(booking, LinkPurpose.CONFIRM)))
    assert (page.h1, page.status) == ("The hold has ended", 410)


def test_an_expired_hold_that_others_took_shows_the_nearest_times(s: Site) -> None:
    booking = s.hold()
    s.w.pass_time(hours=2)
    s.hold(form_key="o" * 20, email="other@example.net")
    page = confirm_page(s, booking)
    assert "still free" not in page.text
    assert page.links()["Tue 8 Jan, 09:30"].startswith("/ada/intro/details?start=2030-01-08T08%3A30%3A00Z")
    answer = read(s.browser.post(f"{s.link(booking, LinkPurpose.CONFIRM)}/again"))
    assert (answer.status, answer.h1) == (410, "The hold has ended")


def test_what_the_invitee_cancelled_is_over_behind_each_of_its_links(s: Site) -> None:
    booking = s.confirmed()
    s.browser.post(f"{s.link(booking, LinkPurpose.MANAGE)}/cancel", data={"reason": "Ill"})
    for page in (waiting_page(s, booking), confirm_page(s, booking)):
        assert page.h1 == "Cancelled"
    assert confirm_page(s, booking).status == 410


def test_what_the_host_cancelled_says_who_and_why(s: Site) -> None:
    booking = s.confirmed()
    actions.cancel_by_host(s.w.rt, booking.id, reason="The engine broke", now=s.w.now)
    page = waiting_page(s, booking)
    assert page.h1 == "Ada Lovelace cancelled this booking"
    assert "The engine broke" in page.text


def test_a_hold_the_host_removed_is_released_by_them(s: Site) -> None:
    booking = s.hold()
    actions.cancel_by_host(s.w.rt, booking.id, reason="", now=s.w.now)
    assert waiting_page(s, booking).h1 == "Ada Lovelace released this time"


def test_what_somebody_else_took_at_the_last_moment_shows_other_times(s: Site) -> None:
    """Written first, looked at after: the host's own event turns up in the look."""
    start = s.w.now + timedelta(days=1)
    s.w.calendar.host_adds("Dentist", Period(start, start + timedelta(hours=1)))
    answer = s.browser.post("/ada/intro/hold", data=s.form())
    assert answer.status_code == 409
    (booking,) = s.w.all_bookings()
    page = waiting_page(s, booking)
    assert page.h1 == "This time was just taken"
    assert "Tue 8 Jan, 10:00" in page.links()


def test_where_the_calendar_could_not_be_written_nothing_was_booked_and_the_page_says_why(s: Site) -> None:
    slow_calendar(s)
    answer = s.browser.post("/ada/intro/hold", data=s.form())
    assert answer.status_code == 503
    (booking,) = s.w.all_bookings()
    assert waiting_page(s, booking).h1 == "The calendar does not answer"


def test_who_did_not_ask_for_a_hold_releases_it_by_its_link(s: Site) -> None:
    booking = s.hold()
    s.browser.post(f"{s.link(booking, LinkPurpose.CONFIRM)}/release")
    assert confirm_page(s, booking).h1 == "Released"


@pytest.mark.parametrize(
    "address",
    ["/b/nobody", "/c/nobody", "/m/nobody", "/x/nobody", "/m/nobody/cancel", "/m/nobody/move", "/b/nobody/move"],
)
def test_what_leads_nowhere_says_so_and_leads_on(s: Site, address: str) -> None:
    page = look(s.browser, address)
    assert (page.status, page.h1) == (404, "This link does not work")
    assert page.links()["Go to the start page"] == "/"


def test_an_old_link_says_that_it_is_too_old_and_leads_to_the_free_times(s: Site) -> None:
    booking = s.hold()
    links = [s.link(booking, purpose) for purpose in (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.ACT)]
    s.w.pass_time(minutes=61)
    s.w.settle()
    s.w.pass_time(hours=25)
    for address in (*links, f"/b/{booking.public_id}", f"{links[1]}/move"):
        page = look(s.browser, address)
        assert (page.status, page.h1) == (410, "This link is too old")
        assert page.links()["See the free times"] == "/ada/intro"
        assert "cut off" not in page.text
    assert s.browser.post(links[0]).status_code == 410
    s.save(replace(s.w.intro, active=False))
    assert look(s.browser, links[0]).links()["Go to the start page"] == "/"


def test_a_link_of_one_kind_opens_no_page_of_another(s: Site) -> None:
    booking = s.hold()
    token = s.link(booking, LinkPurpose.CONFIRM).rpartition("/")[2]
    for purpose in "mx":
        assert s.browser.get(f"/{purpose}/{token}").status_code == 404
        assert s.browser.post(f"/{purpose}/{token}", follow_redirects=True).status_code == 404


@pytest.mark.parametrize(
    "mangled", [str.swapcase, lambda t: t[:-1], lambda t: t + "A", lambda t: t * 200, lambda t: t[:20] + "%20" + t[20:]]
)
def test_a_mangled_link_is_like_any_other_that_leads_nowhere(s: Site, mangled: Callable[[str], str]) -> None:
    token = s.link(s.hold(), LinkPurpose.CONFIRM).removeprefix("/c/")
    assert look(s.browser, f"/c/{mangled(token)}").h1 == "This link does not work"


def test_a_fault_of_ours_is_a_plain_page_whose_number_stands_in_the_log(
    s: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("nobody thought of it")

    monkeypatch.setattr("booking_service.web.public.meeting.offering_of", broken)
    with capture_logs(processors=[merge_contextvars]) as logged:
        page = look(s.browser, "/ada/intro")
    (line,) = [each for each in logged if each["event"] == "page_failed"]
    assert page.status == 500
    assert line["request_id"] in page.text
    assert "ZeroDivisionError" not in page.text


def test_links_of_an_ended_booking_do_nothing_to_who_has_its_time_now(s: Site) -> None:
    first = s.confirmed()
    confirm, manage = s.link(first, LinkPurpose.CONFIRM), s.link(first, LinkPurpose.MANAGE)
    stranger = s.link(first, LinkPurpose.NOT_ME)
    assert s.browser.post(f"{manage}/cancel").status_code == 303
    other = s.confirmed(name="Alan Turing", email="alan@example.net", form_key="a" * 22)
    assert other.time == first.time
    pressed = [s.browser.post(each).status_code for each in (confirm, f"{manage}/cancel", stranger)]
    assert all(status in (303, 404, 409, 410) for status in pressed), pressed
    s.w.drain()
    assert s.booking(other.public_id) == other
    assert [each.status for each in s.w.calendar.events()] == [EventStatus.CONFIRMED]
