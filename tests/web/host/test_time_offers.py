"""Another time that a host offers: chosen on a page, mailed, and taken or not by a press of the invitee's."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from booking_service.actions.booking import find, time_offer
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.meeting import Approval
from booking_service.domain.timeline import Happened
from calendars.errors import Unavailable
from tests.web.page_reader import Page, look, read
from tests.web.site import TUESDAY_9, Site, person_of_host, signed_in

TUESDAY_10 = "2030-01-08T09:00:00Z"
TUESDAY_11 = "2030-01-08T10:00:00Z"


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def at(booking: Booking, act: str = "") -> str:
    return f"/host/bookings/{booking.id}{act}"


def offered(s: Site, ada: TestClient, booking: Booking, start: str = TUESDAY_10) -> str:
    """The path that the mail of an offer leads to."""
    assert ada.post(at(booking, "/offer"), data={"start": start}).status_code == 303
    s.w.drain()
    mail = s.w.mails.to("grace@example.net")[-1]
    assert mail.subject.startswith("Ada Lovelace offers another time")
    return next(word for word in mail.text.split() if word.endswith("/offered")).partition(":8000")[2]


def starts(page: Page) -> list[str | None]:
    return [each.get("value") for each in page.all("input", name="start")]


def what_happened(s: Site, booking: Booking) -> list[tuple[str, str]]:
    return [(each.what, each.by) for each in find.timeline_of(s.w.rt, booking.id)]


def test_a_time_on_offer_is_taken_by_a_press_and_the_old_one_given_up(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, moves_at_most=0))  # what the host offers is no move of the invitee's
    booking = s.confirmed()
    page = look(ada, look(ada, at(booking)).links()["Offer another time…"])
    assert TUESDAY_10 in starts(page)
    assert TUESDAY_9 not in starts(page)  # the time it has is nothing new
    assert "This time is kept until the other one is accepted" in page.text
    none = read(ada.post(page.button("Offer this time"), data={}))
    assert (none.status, "No time chosen" in none.text) == (422, True)
    later = look(ada, page.links()["Week after ›"])
    assert starts(look(ada, later.links()["‹ Week before"])) == starts(page)
    path = offered(s, ada, booking)
    page = look(ada, f"{at(booking)}?did=offered")
    assert "Grace Hopper is being asked by email about Tue 8 Jan, 10:00." in page.text
    before = s.rows()
    question = look(s.browser, path)
    assert "Ada Lovelace offers you Tuesday 8 January 2030, 10:00–10:30" in question.text
    s.browser.get(path)
    assert {t: r for t, r in s.rows().items() if t != "attempt"} == {t: r for t, r in before.items() if t != "attempt"}
    answer = s.browser.post(question.button("Take the new time"))
    assert "Moved." in look(s.browser, answer.headers["location"]).text
    assert s.browser.post(question.button("Take the new time")).status_code == 303  # a second press
    after = s.booking(booking.public_id)
    assert (f"{after.time.start:%H:%M}", after.on_offer, after.moves) == ("09:00", None, 0)
    s.w.drain()
    assert s.w.mails.to("ada@example.org")[-1].subject == "Moved by Grace Hopper to Tue 8 Jan, 10:00"
    assert s.w.mails.to("grace@example.net")[-1].subject.startswith("Moved to Tue 8 Jan, 10:00")
    assert [event.time.start for event in s.w.calendar.events()] == [after.time.start]
    history = what_happened(s, booking)
    assert history.index((Happened.OFFERED, Party.HOST)) < history.index((Happened.MOVED, Party.INVITEE))
    assert "Another time offered by you" in look(ada, at(booking)).text


def test_an_offer_that_the_calendar_did_not_take_is_taken_once_it_answers(s: Site, ada: TestClient) -> None:
    booking = s.confirmed()
    path = offered(s, ada, booking)
    take = look(s.browser, path).button("Take the new time")
    s.w.calendar.fail_next(Unavailable("no answer"), times=8)
    refused = read(s.browser.post(take))
    assert (refused.status, "Your current time is still yours." in refused.text) == (503, True)
    s.w.settle()
    before = s.booking(booking.public_id)
    assert (before.time, before.moves) == (booking.time, 0)
    assert look(s.browser, path).button("Take the new time") == take
    assert "Moved." in look(s.browser, s.browser.post(take).headers["location"]).text
    after = s.booking(booking.public_id)
    assert (f"{after.time.start:%H:%M}", after.on_offer, after.moves) == ("09:00", None, 0)
    assert "Take the new time" not in look(s.browser, path).text


def test_who_keeps_their_time_keeps_it_and_the_host_hears_of_it(s: Site, ada: TestClient) -> None:
    booking = s.confirmed()
    question = look(s.browser, offered(s, ada, booking))
    s.browser.post(question.button("Keep the time I have"))
    s.browser.post(question.button("Keep the time I have"))
    assert s.booking(booking.public_id).time == booking.time
    s.w.drain()
    assert [each.subject for each in s.w.mails.to("ada@example.org")][-1] == "Grace Hopper keeps Tue 8 Jan, 09:00"
    assert what_happened(s, booking).count((Happened.OFFER_DECLINED, Party.INVITEE)) == 1
    late = read(s.browser.post(question.button("Take the new time")))
    assert (late.status, "This time is not on offer any more" in late.text) == (409, True)


def test_only_the_newest_offer_can_be_taken_and_one_that_was_booked_leaves_the_old_time(
    s: Site, ada: TestClient
) -> None:
    booking = s.confirmed()
    first = look(s.browser, offered(s, ada, booking))
    path = offered(s, ada, booking, TUESDAY_11)
    refused = read(s.browser.post(first.button("Take the new time")))
    assert (refused.status, "Your current time is still yours." in refused.text) == (409, True)
    second = look(s.browser, path)
    s.hold(start=TUESDAY_11, email="alan@example.net", form_key="j" * 22)
    taken = read(s.browser.post(second.button("Take the new time")))
    assert (taken.status, "This time was just taken" in taken.text) == (409, True)
    assert s.booking(booking.public_id).time == booking.time
    gone = read(ada.post(at(booking, "/offer"), data={"start": TUESDAY_11}))
    assert (gone.status, "This time was just taken" in gone.text) == (409, True)


@pytest.mark.parametrize("approval", Approval)
def test_a_hold_is_booked_by_taking_the_offer_as_link_and_offer_are_both_words(
    s: Site, ada: TestClient, approval: Approval
) -> None:
    s.save(replace(s.w.intro, approval=approval))
    booking = s.hold()
    s.w.drain()
    s.browser.post(look(s.browser, offered(s, ada, booking)).button("Take the new time"))
    after = s.booking(booking.public_id)
    assert (after.state, f"{after.time.start:%H:%M}") == (BookingState.CONFIRMED, "09:00")
    assert after.proven == (
        approval is not Approval.BEFORE
    )  # where the host was asked first, no link to confirm was mailed
    s.w.drain()
    assert s.w.mails.to("grace@example.net")[-1].subject.endswith("with Ada Lovelace")
    assert [event.time.start for event in s.w.calendar.events()] == [after.time.start]


def test_an_offer_goes_with_the_booking_that_moves_or_ends(s: Site, ada: TestClient) -> None:
    booking = s.confirmed()
    path = offered(s, ada, booking)
    time_offer.offer_time(s.w.rt, booking.id, s.booking(booking.public_id).offered.start, now=s.w.now)  # type: ignore[union-attr]
    assert what_happened(s, booking).count((Happened.OFFERED, Party.HOST)) == 1  # the same offer, twice
    s.browser.post(f"/m/{s.w.token(booking, LinkPurpose.MANAGE)}/move", data={"start": TUESDAY_11})
    assert s.booking(booking.public_id).offered is None
    assert "Your booking" in look(s.browser, path).h1
    offered(s, ada, booking)
    ada.post(at(booking, "/cancel"), data={"state": "confirmed"})
    assert s.browser.get(path).status_code == 200
    assert ada.get(at(booking, "/offer")).headers["location"] == at(booking)


def test_an_offer_in_the_hosts_own_words_still_says_what_stays(s: Site, ada: TestClient) -> None:
    typed = {"name": "Mine", "seen": "0", "act": "save"}
    own = {"subject": "Better: {offered}", "text": "Could you come on {offered}?\n\n{offer_link}\n\nThank you, {name}"}
    assert ada.post("/host/mails/time-offered?in=en", data={**typed, **own}).status_code == 303
    host_own = {"subject": "No: {when}", "text": "{name} can’t."}
    assert ada.post("/host/mails/offer-declined?in=en", data={**typed, **host_own}).status_code == 303
    wrong = read(ada.post("/host/mails/booked?in=en", data={**typed, **own}))
    assert (wrong.status, "{offer_link} has no value in this email." in wrong.text) == (422, True)
    booking = s.confirmed()
    assert ada.post(at(booking, "/offer"), data={"start": TUESDAY_10}).status_code == 303
    s.w.drain()
    mail = s.w.mails.to("grace@example.net")[-1]
    assert mail.subject == "Better: Tue 8 Jan, 10:00"
    assert mail.text.startswith("Could you come on Tuesday 8 January 2030, 10:00–10:30?")
    assert mail.text.index("/offered") < mail.text.index("Thank you, Grace Hopper")
    assert "The time you have stays yours until you take the other one" in mail.text
    assert "You have: " in mail.text
    path = next(word for word in mail.text.split() if word.endswith("/offered")).partition(":8000")[2]
    assert s.browser.post(f"{path}/keep").status_code == 303
    s.w.drain()
    assert s.w.mails.sent[-1].subject == "No: Tue 8 Jan, 09:00"
    assert s.w.mails.sent[-1].text.startswith("Grace Hopper can’t.")
