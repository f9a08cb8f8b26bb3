"""Who goes back from their hold, and sends the same form again: with what it said before it is the same booking, whatever else is told."""

from dataclasses import replace

import pytest
from httpx import Response

from booking_service.domain.questions import Question
from tests.web.page_reader import read, words
from tests.web.site import Site

QUESTIONS = (Question("topic", "What about?"), Question("number", "Your number?", sensitive=True))


def sent(s: Site, path: str = "/ada/intro", **changes: str) -> Response:
    return s.browser.post(f"{path}/hold", data=s.form(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Grace B. Hopper"},
        {"answer-topic": "The linker"},
        {"answer-number": "A-7391-2264-4712"},
        {"guests": "anna@example.net"},
        {"answer-topic": "The linker", "email": "hopper@example.net"},
    ],
)
def test_what_was_changed_is_not_lost_without_a_word(s: Site, changes: dict[str, str]) -> None:
    s.save(replace(s.w.intro, questions=QUESTIONS, guests_at_most=3))
    before = {"answer-number": "A-7391-2264-4711"}
    first = sent(s, **before)
    page = read(sent(s, **{**before, **changes}))
    assert page.status == 409
    told = words(page.one("div", role="alert"))
    assert told.startswith("You have this time already")
    assert "release that time on its page first" in told
    assert page.links()["Go to your booking"] == first.headers["location"]
    for name, typed in changes.items():
        assert page.value(name).strip() == typed
    [booking] = s.w.all_bookings()
    assert (booking.invitee.name, booking.invitee.email) == ("Grace Hopper", "grace@example.net")


def test_the_same_again_is_the_same_booking_and_a_mended_address_is_mended(s: Site) -> None:
    first = sent(s)
    assert sent(s).headers["location"] == first.headers["location"]
    mended = sent(s, email="hopper@example.net")
    assert mended.headers["location"] == first.headers["location"]
    [booking] = s.w.all_bookings()
    assert booking.invitee.email == "hopper@example.net"


@pytest.mark.parametrize("changes", [{"name": "Grace B. Hopper"}, {"email": "hopper@example.net"}])
def test_of_a_time_that_is_booked_at_once_it_is_said_as_well(s: Site, changes: dict[str, str]) -> None:
    sent(s, "/ada/quick")
    page = read(sent(s, "/ada/quick", **changes))
    assert page.status == 409
    assert "cancel that booking first" in words(page.one("div", role="alert"))
    [booking] = s.w.all_bookings()
    assert booking.invitee.email == "grace@example.net"


def test_after_it_was_released_the_form_books_with_what_it_says_now(s: Site) -> None:
    first = sent(s)
    page = first.headers["location"].partition("?")[0]
    assert s.browser.post(f"{page}/release").status_code == 303
    again = sent(s, **{"answer-topic": "The linker"})
    assert again.status_code == 303
    assert again.headers["location"] != first.headers["location"]
    assert {dict(each.answers)["topic"] for each in s.w.all_bookings() if each.live} == {"The linker"}


def test_a_form_that_books_anew_once_its_hold_is_over_is_sent_twice_as_well(s: Site) -> None:
    first = sent(s)
    s.w.drain()
    s.w.pass_time(hours=2)
    again = sent(s)
    assert again.headers["location"] != first.headers["location"]
    twice = sent(s)
    assert (twice.status_code, twice.headers["location"]) == (303, again.headers["location"])
