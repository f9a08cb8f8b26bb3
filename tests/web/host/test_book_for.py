"""The host books for somebody who called, by page and by command, as the host's word."""

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from booking_service.actions.booking import find
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.meeting import Approval
from booking_service.domain.people import Organisation
from booking_service.domain.questions import OnlyAfter, Question, QuestionKind
from booking_service.domain.slots import HostLimits
from booking_service.domain.timeline import Happened
from calendars.errors import Unavailable
from tests.web.page_reader import Page, look, read
from tests.web.site import TUESDAY_9, Site, person_of_host, signed_in

NEW = "/host/bookings/new"
SOON = "2030-01-07T08:30:00Z"  # within the notice


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def form(page: Page, **changes: str) -> dict[str, str]:
    kept = {"type": page.value("type"), "form_key": page.value("form_key")}
    return {**kept, "start": TUESDAY_9, "name": "Mary Somerville", "email": "mary@example.net", **changes}


def starts(page: Page) -> list[str | None]:
    return [each.get("value") for each in page.all("input", name="start")]


def only(s: Site) -> Booking:
    (booking,) = s.w.all_bookings()
    return booking


def test_a_time_is_held_for_somebody_until_they_confirm(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, approval=Approval.BEFORE))  # the host need not approve what they book themselves
    page = look(ada, NEW)
    assert look(ada, "/host/bookings").links()["Book for somebody"] == NEW
    answer = ada.post(page.button("Book it"), data=form(page, language="de"))
    shown = look(ada, answer.headers["location"])
    assert "Held. Mary Somerville is being asked by email to confirm." in shown.text
    assert "Held by you for the invitee" in shown.text
    assert ada.post(NEW, data=form(page)).headers["location"] == answer.headers["location"]  # a second press
    s.w.drain()
    assert (only(s).state, only(s).awaits) == (BookingState.HELD, frozenset({Party.INVITEE}))
    assert s.w.mails.to("mary@example.net")[-1].subject.startswith("Bitte bestätigen")
    s.w.confirm(only(s))
    assert only(s).proven


def test_what_the_calendar_did_not_take_is_booked_by_the_same_form_once_it_answers(s: Site, ada: TestClient) -> None:
    page = look(ada, NEW)
    s.w.calendar.fail_next(Unavailable("no answer"), times=2)
    refused = ada.post(NEW, data=form(page))
    assert refused.status_code == 503
    s.w.settle()
    kept = form(read(refused))
    first, again = ada.post(NEW, data=kept), ada.post(NEW, data=kept)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["location"] == again.headers["location"]
    [live] = [each for each in s.w.all_bookings() if each.live]
    assert live.invitee.name == "Mary Somerville"


def test_who_goes_back_books_for_the_next_by_the_same_form(s: Site, ada: TestClient) -> None:
    page = look(ada, NEW)
    first = ada.post(NEW, data=form(page)).headers["location"]
    after = form(page, name="Alan Turing", email="alan@example.net", start="2030-01-08T09:00:00Z")
    second = ada.post(NEW, data=after).headers["location"]
    assert second != first
    assert "Alan Turing is being asked by email" in look(ada, second).text
    assert {each.invitee.name for each in s.w.all_bookings()} == {"Mary Somerville", "Alan Turing"}
    taken = read(ada.post(NEW, data=form(page, name="Alan Turing", email="alan@example.net")))
    assert (taken.status, "This time was just taken" in taken.text) == (409, True)


@pytest.mark.parametrize(
    "changes",
    [{"name": "Mary Fairfax"}, {"answer-topic": "The linker"}, {"outcome": "confirmed", "reason": "called at 10:10"}],
)
def test_what_is_changed_for_the_same_person_and_time_is_not_lost_without_a_word(
    s: Site, ada: TestClient, changes: dict[str, str]
) -> None:
    s.save(replace(s.w.intro, questions=(Question("topic", "What about?"),)))
    page = look(ada, NEW)
    ada.post(NEW, data=form(page))
    told = read(ada.post(NEW, data=form(page, **changes)))
    assert (told.status, "You have this time already" in told.text) == (409, True)
    assert only(s).state is BookingState.HELD


def test_it_is_confirmed_at_once_by_the_host_s_word_with_a_reason(s: Site, ada: TestClient) -> None:
    page = look(ada, NEW)
    refused = read(ada.post(NEW, data=form(page, outcome="confirmed", email="mary@", start="")))
    assert refused.status == 422
    assert {e.get("href") for e in refused.one("div", class_="errbox").iter("a")} == {"#start", "#email", "#reason"}
    assert (refused.value("name"), refused.value("email")) == ("Mary Somerville", "mary@")
    answer = ada.post(NEW, data=form(page, outcome="confirmed", reason="called at 10:10"))
    shown = look(ada, answer.headers["location"])
    assert "Confirmed by you on behalf of the invitee" in shown.text
    assert "“called at 10:10”" in shown.text
    s.w.drain()
    assert (only(s).vouched, only(s).proven) == (True, False)
    assert "Ada Lovelace has confirmed this booking for you." in s.w.mails.to("mary@example.net")[-1].text
    taken = read(ada.post(NEW, data=form(look(ada, NEW), email="alan@example.net")))
    assert (taken.status, "This time was just taken" in taken.text) == (409, True)
    history = [(each.what, each.by) for each in find.timeline_of(s.w.rt, only(s).id)]
    assert (Happened.CONFIRMED, Party.HOST) in history


def test_notice_and_limits_are_passed_over_only_where_the_host_says_so(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.host, limits=HostLimits(per_day=1)))
    s.save(replace(s.w.intro, hold_lifetime=timedelta(hours=2)))
    page = look(ada, NEW)
    assert SOON not in starts(page)
    assert read(ada.post(NEW, data=form(page, start=SOON))).status == 409
    beyond = look(ada, f"{NEW}?type=intro&beyond=y")
    assert SOON in starts(beyond)
    assert ada.post(NEW, data=form(beyond, start=SOON, beyond="y")).status_code == 303
    assert only(s).hold_until == only(s).time.start  # its notice is over, so it lives until it begins
    assert "2030-01-07T10:00:00Z" not in starts(look(ada, NEW))  # the day is full
    assert "2030-01-07T10:00:00Z" in starts(look(ada, f"{NEW}?beyond=y"))
    assert "2030-01-07T07:30:00Z" not in starts(look(ada, f"{NEW}?beyond=y"))  # nobody works then


def test_nobody_confirms_where_every_invitee_has_to_nor_books_with_another_host(s: Site, ada: TestClient) -> None:
    s.save(Organisation(name="Analytical Engines", doi_forced=True))
    page = look(ada, NEW)
    assert [e.get("value") for e in page.all("input", name="outcome")] == ["held"]
    refused = read(ada.post(NEW, data=form(page, outcome="confirmed", reason="called")))
    assert (refused.status, "Only the invitee can confirm" in refused.text) == (409, True)
    assert ada.post(NEW, data=form(page, type="nothing")).status_code == 404
    s.save(replace(s.w.intro, active=False))
    s.save(replace(s.w.quick, active=False))
    assert "No meeting type can be booked now." in look(ada, NEW).text


def test_the_questions_of_the_meeting_type_are_asked_in_two_steps_and_sensitive_answers_are_sealed(
    s: Site, ada: TestClient
) -> None:
    kind = Question("kind", "Of what kind?", QuestionKind.CHOICE, required=True, options=("Usual", "Other"))
    which = Question("which", "Which?", only_after=OnlyAfter("kind", "Other"))
    count, number = Question("count", "How many?", QuestionKind.NUMBER), Question("number", "Number?", sensitive=True)
    s.save(replace(s.w.intro, questions=(kind, which, count, number)))
    page = look(ada, NEW)
    assert "Which?" not in page.text
    assert "it is sealed" in page.text
    assert page.value("shown") == "kind count number"
    answers = {"answer-kind": "Other", "answer-number": "6511 4711"}
    wrong = read(ada.post(NEW, data=form(page, shown=page.value("shown"), **answers, **{"answer-count": "two"})))
    assert (wrong.status, wrong.value("answer-count"), wrong.value("answer-number")) == (422, "two", "6511 4711")
    more = read(ada.post(NEW, data=form(page, shown=page.value("shown"), **answers)))
    assert (more.status, more.links()["Which?"]) == (200, "#answer-which")
    assert "Nothing is booked yet: your answers led to more questions" in more.text
    assert s.w.all_bookings() == []
    told = form(more, shown=more.value("shown"), **answers, **{"answer-which": "Engines", "answer-count": "2"})
    answer = ada.post(NEW, data=told)
    assert answer.status_code == 303, answer.text
    assert dict(only(s).answers) == {"kind": "Other", "which": "Engines", "count": "2"}
    assert [each.key for each in only(s).sealed] == ["number"]
    assert "6511 4" not in str(s.rows())
    shown = look(ada, answer.headers["location"])
    assert "Engines" in shown.text
    assert "6511 4" not in shown.text
    s.w.drain()
    assert "6511 4" not in s.w.calendar.bodies()[0].decode() + s.w.mails.to("mary@example.net")[-1].text


def test_a_host_need_not_know_every_answer(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, questions=(Question("topic", "Topic?", required=True),)))
    page = look(ada, NEW)
    assert ada.post(NEW, data=form(page, shown=page.value("shown"))).status_code == 303
    assert dict(only(s).answers) == {"topic": ""}
