"""A host's bookings in their list and one by one, as the host at their browser."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from booking_service.actions.booking import find, lists
from booking_service.actions.booking.inbox import InboxLine
from booking_service.actions.calendar.pull import pull
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.audit import Actor
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.booking_filter import BookingFilter
from booking_service.domain.effects import MailKind
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.mail_kinds import ROWS, Subject
from booking_service.domain.meeting import Approval
from booking_service.domain.people import Organisation
from booking_service.domain.questions import Question, QuestionKind
from booking_service.domain.timeline import Happened
from booking_service.language import language_of
from booking_service.storage import timeline
from booking_service.storage.engine import transaction
from booking_service.storage.tables.booking import BookingRow
from booking_service.web.parts.mail_names import mail_name
from calendars.model import EventStatus, Period
from tests.statements import statements
from tests.web.page_reader import Page, look, read, words
from tests.web.site import Site, person_of_host, signed_in

TUESDAY_10 = "2030-01-08T09:00:00Z"
WEDNESDAY_9 = "2030-01-09T08:00:00Z"


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def held(s: Site, **changes: str) -> Booking:
    """A hold whose mail with the link went out."""
    booking = s.hold(**changes)
    s.w.drain()
    return s.booking(booking.public_id)


def others(s: Site, **changes: str) -> dict[str, str]:
    return {"form_key": uuid4().hex[:22], "email": "alan@example.net", "name": "Alan Turing", **changes}


def names(page: Page) -> list[str]:
    return [words(e) for e in page.all("a", class_="open")]


def at(booking: Booking, act: str = "") -> str:
    return f"/host/bookings/{booking.id}{act}"


def what_happened(s: Site, booking: Booking) -> list[tuple[str, str]]:
    return [(each.what, each.by) for each in find.timeline_of(s.w.rt, booking.id)]


def test_the_list_shows_what_is_coming_and_finds_the_rest_by_its_state(s: Site, ada: TestClient) -> None:
    grace = s.confirmed()
    alan = held(s, **others(s, start=WEDNESDAY_9))
    mary = held(s, **others(s, start=TUESDAY_10, email="mary@example.net", name="Mary Somerville"))
    assert ada.post(at(mary, "/cancel"), data={"state": "held"}).status_code == 303
    page = look(ada, "/host/bookings")
    assert names(page) == ["Grace Hopper", "Alan Turing"]
    assert "2 upcoming, soonest first" in page.text
    assert "Held until 10:00" in page.text
    assert page.links()["Grace Hopper"] == at(grace)
    assert at(alan) in look(ada, "/host").hrefs()  # Today leads there, too
    by_state = {"held": ["Alan Turing"], "cancelled": ["Mary Somerville"], "past": [], "expired": []}
    for state, expected in by_state.items():
        assert names(look(ada, f"/host/bookings?state={state}")) == expected, state
    assert names(look(ada, "/host/bookings?state=all")) == ["Alan Turing", "Mary Somerville", "Grace Hopper"]
    assert names(look(ada, "/host/bookings?state=all&type=quick")) == []
    assert names(look(ada, "/host/bookings?state=nonsense&type=nonsense&after=nonsense~")) == names(page)
    s.w.pass_time(days=3)
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert names(look(ada, "/host/bookings")) == []
    assert names(look(ada, "/host/bookings?state=past")) == ["Grace Hopper"]
    assert names(look(ada, "/host/bookings?state=expired")) == ["Alan Turing"]


def test_the_list_says_from_when_and_by_whom_a_booking_was_moved(s: Site, ada: TestClient) -> None:
    grace, alan = s.confirmed(), s.confirmed(**others(s, start=WEDNESDAY_9))
    s.w.drain()
    assert "moved from" not in look(ada, "/host/bookings").text
    hour = timedelta(hours=1)
    s.w.calendar.host_moves(s.w.reservation(grace).uid, Period(grace.time.start + hour, grace.time.end + hour))
    pull(s.w.rt, s.w.calendar_id)
    s.w.drain()
    s.browser.post(f"{s.link(alan, LinkPurpose.MANAGE)}/move", data={"start": "2030-01-10T08:00:00Z"})
    s.w.drain()
    page = look(ada, "/host/bookings").text
    assert "Video call · moved from 09:00 by you in the calendar" in page
    assert "Video call · moved from Wed 9 Jan, 09:00 by the invitee" in page


def test_words_are_found_in_names_addresses_and_answers_but_never_in_what_is_sensitive(
    s: Site, ada: TestClient
) -> None:
    topic, number = Question("topic", "Topic"), Question("number", "Insurance number", sensitive=True)
    s.save(replace(s.w.intro, questions=(topic, number)))
    s.hold(name="Jürgen Weiß", **{"answer-topic": "Compiler engines", "answer-number": "6511 4711"})
    for text in ("jurgen", "WEISS", "grace@example.net", "GRACE@example.net", "example.net", "engines compiler"):
        assert names(look(ada, f"/host/bookings?q={text}")) == ["Jürgen Weiß"], text
    nothing = look(ada, "/host/bookings?q=4711")
    assert names(nothing) == []
    assert "No booking here matches “4711”" in nothing.text
    s.save(replace(s.w.intro, questions=(topic,)))  # what was answered to a question that is gone may be sensitive
    assert names(look(ada, "/host/bookings?q=4711")) == []
    assert "Did you mean Jürgen Weiß?" in look(ada, "/host/bookings?q=jurgn").text
    elsewhere = look(ada, "/host/bookings?state=cancelled&q=weiss")
    assert "Among all states there is 1." in elsewhere.text
    assert names(look(ada, elsewhere.links()["Show all states"])) == ["Jürgen Weiß"]
    awkward = look(ada, "/host/bookings?q=%22%3E%3Cscript%3E")
    assert awkward.value("q") == '"><script>'


def test_a_search_that_leaves_bookings_out_says_so_also_where_it_finds_nothing(
    s: Site, ada: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for start in (TUESDAY_10, WEDNESDAY_9):
        s.hold(**others(s, start=start))
    said = "of them were searched"
    for most, words_, limited in ((2, "turing", False), (2, "hopper", False), (1, "turing", True), (1, "hopper", True)):
        monkeypatch.setattr(lists, "SEARCHED", most)
        page = look(ada, f"/host/bookings?q={words_}")
        assert (said in page.text) is limited, (most, words_)
        assert len(names(page)) == (min(most, 2) if words_ == "turing" else 0)


def test_answers_of_every_kind_are_kept_in_the_hosts_words_and_shown_in_those_of_who_reads_them(
    s: Site, ada: TestClient
) -> None:
    tools = (InLanguages((("en", "Cards"), ("de", "Karten"))), InLanguages((("en", "Levers"), ("de", "Hebel"))))
    questions = (
        Question("machine", "On what?", QuestionKind.CHOICE, options=tools),
        Question("tools", "With what?", QuestionKind.SEVERAL, options=tools),
        Question("first", "The first time?", QuestionKind.TICK),
        Question("again", "Again?", QuestionKind.TICK),
    )
    s.save(replace(s.w.intro, questions=questions))
    s.save(replace(s.w.host, language="de"))
    answers = {"answer-machine": "Cards", "answer-tools.0": "yes", "answer-tools.1": "yes", "answer-first": "yes"}
    booking = s.hold(**answers)
    assert dict(booking.answers)["tools"] == "Karten\nHebel"
    page = look(ada, at(booking))
    shown = [(words(dt), words(dd)) for dt, dd in zip(page.all("dt"), page.all("dd"), strict=True)]
    assert [each for each in shown if each[0].endswith("?")] == [
        ("On what?", "Cards"),
        ("With what?", "Cards Levers"),
        ("The first time?", "Yes"),
    ]


def test_pages_follow_one_another_without_a_gap_and_cost_the_same_with_many(s: Site, ada: TestClient) -> None:
    """Bookings that begin at the same instant are told apart: none is shown twice, and none is left out."""
    booking = s.hold()
    few = cost(s, ada, "/host/bookings?state=all"), cost(s, ada, at(booking))
    with transaction(s.w.rt.engine) as session:
        row = session.get_one(BookingRow, booking.id).model_dump()
        for number in range(59):
            changed = {"id": uuid4(), "public_id": uuid4().hex, "form_key": None, "name": f"Copy {number:02}"}
            start = row["starts_at"] + timedelta(hours=number // 3)
            session.add(
                BookingRow(
                    **row
                    | changed
                    | {"starts_at": start, "ends_at": start + timedelta(minutes=30), "state": "cancelled"}
                )
            )
    assert few == (cost(s, ada, "/host/bookings?state=all"), cost(s, ada, at(booking)))
    assert max(few) <= 15, few
    for query in ("state=all", "state=all&q=o"):
        seen: list[str] = []
        places: list[bool] = []
        address, pages = f"/host/bookings?{query}", 0
        while address:
            page = look(ada, address)
            places.append(("1–25 of 60", "26–50 of 60", "51–60 of 60")[pages] in page.text)
            seen, pages = seen + names(page), pages + 1
            address = page.links().get("Earlier ›", "")
        assert places == [True] * 3
        assert sorted(seen) == sorted(["Grace Hopper", *(f"Copy {number:02}" for number in range(59))])
        assert pages == 3
        assert "60 bookings, latest first" in page.text


def cost(s: Site, browser: TestClient, address: str) -> int:
    """How many statements a page costs."""
    with statements(s.w.rt.engine) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


def test_one_booking_says_how_it_is_what_was_answered_and_what_happened(s: Site, ada: TestClient) -> None:
    booking = held(s)
    page = look(ada, at(booking))
    assert page.h1 == "Grace Hopper Held until 10:00"
    assert "The time is kept until 10:00, 1 hour left. We wait for Grace Hopper to press Confirm" in page.text
    assert "What would you like to talk about? The compiler" in page.text
    assert "Not proven yet" in page.text
    for line in ("Asked for by Grace Hopper", "Written to your calendar", "Email to Grace Hopper: the link to confirm"):
        assert line in page.text
    assert "Answered by 10:00, or the time is free again" in page.text
    s.w.confirm(booking)
    s.w.drain()
    page = look(ada, at(booking))
    assert page.h1 == "Grace Hopper Confirmed"
    assert "It is booked, and starts in 24 hours." in page.text
    assert "Proven by the mailed link" in page.text
    assert "Confirmed by Grace Hopper" in page.text
    s.w.pass_time(days=2)
    page = look(signed_in(s, person_of_host(s, s.w.host)), at(booking))
    assert (page.h1, page.actions()) == ("Grace Hopper Past", [page.button("Sign out")])


def test_sensitive_answers_are_shown_by_a_press_that_is_put_on_record(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, questions=(Question("number", "Insurance number", sensitive=True),)))
    booking = held(s, **{"answer-number": "6511 4711"})
    s.w.confirm(booking)
    page = look(ada, at(booking))
    assert "Insurance number ••••711" in page.text
    assert "1 47" not in ada.get(at(booking)).text
    shown = ada.post(page.button("Show in full"), data={"press": page.value("press")})
    assert "Insurance number 6511 4711" in read(shown).text
    assert "Sensitive answers shown to you" in read(shown).text
    assert (Happened.REVEALED, Party.HOST) in what_happened(s, booking)
    assert "1 47" not in ada.get(at(booking)).text


def test_the_link_is_sent_again_and_to_another_address_by_the_host(s: Site, ada: TestClient) -> None:
    booking = held(s)
    answer = ada.post(look(ada, at(booking)).button("Send the link again"))
    assert "The email with the link is on its way again." in look(ada, answer.headers["location"]).text
    s.w.drain()
    assert len(s.w.mails.to("grace@example.net")) == 2
    wrong = read(ada.post(at(booking, "/address"), data={"email": "grace@"}))
    assert (wrong.status, wrong.value("email")) == (422, "grace@")
    assert wrong.one("details", id="address").get("open") is not None
    answer = ada.post(at(booking, "/address"), data={"email": "hopper@example.net"})
    assert "The link goes to hopper@example.net." in look(ada, answer.headers["location"]).text
    s.w.drain()
    assert len(s.w.mails.to("hopper@example.net")) == 1
    assert what_happened(s, booking).count((Happened.RESENT, Party.HOST)) == 1
    assert (Happened.ADDRESS_CORRECTED, Party.HOST) in what_happened(s, booking)
    s.w.confirm(s.booking(booking.public_id))
    late = read(ada.post(at(booking, "/resend")))
    assert (late.status, "Too late to change this" in late.text) == (409, True)


def test_a_hold_is_kept_longer_until_the_time_that_the_button_names(s: Site, ada: TestClient) -> None:
    booking = held(s, start="2030-01-15T08:00:00Z")
    page = look(ada, at(booking))
    pressed = page.button("Keep until Tue 8 Jan, 10:00")
    answer = ada.post(pressed, data={"until": page.value("until")})
    shown = look(ada, answer.headers["location"])
    assert "Kept until Tue 8 Jan, 10:00. Grace Hopper will be told by email." in shown.text
    assert "Kept longer by you" in shown.text
    ada.post(pressed, data={"until": page.value("until")})  # a second press
    s.w.drain()
    first, again = s.w.mails.to("grace@example.net")
    assert "Tuesday 8 January, 10:00" in again.text
    assert "Tuesday 8 January, 10:00" not in first.text
    assert what_happened(s, booking).count((Happened.HELD_LONGER, Party.HOST)) == 1
    s.w.pass_time(hours=23)
    assert s.booking(booking.public_id).state is BookingState.HELD
    ada = signed_in(s, person_of_host(s, s.w.host))
    too_long = read(ada.post(at(booking, "/longer"), data={"until": "2030-01-14T08:00:00Z"}))
    assert (too_long.status, "It can't be kept that long" in too_long.text) == (422, True)
    assert ada.post(at(booking, "/longer"), data={"until": "soon"}).headers["location"] == at(booking)


def test_the_host_confirms_for_the_invitee_by_their_own_word(s: Site, ada: TestClient) -> None:
    booking = held(s)
    asked = look(ada, look(ada, at(booking)).links()["Confirm for the invitee…"])
    assert "grace@example.net, although nobody has proven that address" in asked.text
    assert s.booking(booking.public_id).state is BookingState.HELD  # looking changes nothing
    refused = read(ada.post(asked.button("Confirm for the invitee"), data={"reason": " "}))
    assert (refused.status, refused.one("textarea", id="reason").get("aria-invalid")) == (422, "true")
    long = read(ada.post(at(booking, "/confirm"), data={"reason": "called " * 100}))
    assert (long.status, long.value("reason").startswith("called called")) == (422, True)
    answer = ada.post(asked.button("Confirm for the invitee"), data={"reason": "called at 10:10"})
    page = look(ada, answer.headers["location"])
    assert "It is booked. Grace Hopper will be told by email." in page.text
    assert "Confirmed by you on behalf of the invitee" in page.text
    assert "“called at 10:10”" in page.text
    assert "Not proven: you confirmed on behalf of the invitee" in page.text
    s.w.drain()
    assert "Ada Lovelace has confirmed this booking for you." in s.w.mails.to("grace@example.net")[-1].text
    assert "You have confirmed this booking for Grace Hopper." in s.w.mails.to("ada@example.org")[-1].text
    assert [each.status for each in s.w.calendar.events()] == [EventStatus.CONFIRMED]
    ada.post(at(booking, "/confirm"), data={"reason": "called again"})  # a second press
    assert what_happened(s, booking).count((Happened.CONFIRMED, Party.HOST)) == 1
    assert s.browser.post(s.link(booking, LinkPurpose.CONFIRM)).status_code == 303  # the invitee's own answer, late
    assert "Proven by the mailed link" in look(ada, at(booking)).text


def test_nobody_confirms_for_an_invitee_where_the_organisation_has_all_of_them_confirm(
    s: Site, ada: TestClient
) -> None:
    s.save(Organisation(name="Analytical Engines", doi_forced=True))
    booking = held(s)
    assert "Confirm for the invitee…" not in look(ada, at(booking)).links()
    assert ada.get(at(booking, "/confirm")).headers["location"] == at(booking)
    refused = read(ada.post(at(booking, "/confirm"), data={"reason": "called"}))
    assert (refused.status, "Only the invitee can confirm" in refused.text) == (409, True)
    assert s.booking(booking.public_id).state is BookingState.HELD


def test_today_has_the_same_buttons_and_each_leads_back_there(s: Site, ada: TestClient) -> None:
    booking = held(s, start="2030-01-15T08:00:00Z")
    name = "Grace Hopper"
    today = look(ada, "/host")
    on_its_page = look(ada, at(booking))
    for says in ("Send the link again", "Keep until Tue 8 Jan, 10:00"):
        assert today.button(f"{says} {name}") == on_its_page.button(says)
    for says in ("Confirm for the invitee…", "Correct the address…", "Release…"):
        assert f"{says} {name}" in today.links()
    answer = ada.post(today.button(f"Send the link again {name}"), data={"back": "today"})
    assert "Grace Hopper: The email with the link is on its way again." in look(ada, answer.headers["location"]).text
    release = look(ada, today.links()[f"Release… {name}"])
    assert release.links()["Keep the hold"] == "/host"
    ended = ada.post(release.button("Release the time"), data={"state": "held", "back": release.value("back")})
    shown = look(ada, ended.headers["location"])
    assert "Grace Hopper: Done." in shown.text
    assert f"Release… {name}" not in shown.links()
    elsewhere = ada.post(at(held(s), "/resend"), data={"back": "https://elsewhere.example/"})
    assert elsewhere.headers["location"].startswith("/host/bookings/")


def test_a_hold_is_released_on_a_page_of_its_own_with_a_word_to_the_invitee(s: Site, ada: TestClient) -> None:
    booking = held(s)
    asked = look(ada, look(ada, at(booking)).links()["Release…"])
    assert asked.h1 == "Release Tuesday 8 January, 09:00?"
    assert s.booking(booking.public_id).state is BookingState.HELD  # looking changes nothing
    answer = ada.post(asked.button("Release the time"), data={"state": asked.value("state"), "reason": "I am ill"})
    page = look(ada, answer.headers["location"])
    assert "Done. Grace Hopper will be told by email, and the time is free again." in page.text
    assert "Ended by you" in page.text
    assert "“I am ill”" in page.text
    s.w.drain()
    assert "I am ill" in s.w.mails.to("grace@example.net")[-1].text
    assert s.w.calendar.events() == []
    assert ada.post(asked.button("Release the time"), data={"state": "held"}).status_code == 303  # a second press
    assert ada.get(at(booking, "/cancel")).headers["location"] == at(booking)
    assert what_happened(s, booking).count((Happened.CANCELLED, Party.HOST)) == 1


def test_the_mail_about_a_hold_leads_to_its_release_once_one_is_signed_in(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, tell_of_holds=True))
    booking = held(s)
    s.w.drain()
    told = s.w.mails.to("ada@example.org")[-1].text
    link = next(each for each in told.split() if each.endswith("/cancel")).removeprefix("http://localhost:8000")
    assert link == at(booking, "/cancel")
    outside = s.browser.get(link)
    assert outside.status_code == 303
    assert outside.headers["location"].startswith("/host/sign-in?next=")
    assert look(ada, link).h1 == "Release Tuesday 8 January, 09:00?"
    assert "to you: it is held" in look(ada, at(booking)).text


def test_what_was_confirmed_meanwhile_is_not_released_but_asked_about_anew(s: Site, ada: TestClient) -> None:
    booking = held(s)
    asked = look(ada, at(booking, "/cancel"))
    s.w.confirm(booking)
    again = read(ada.post(at(booking, "/cancel"), data={"state": asked.value("state"), "reason": "ill"}))
    assert (again.status, again.h1) == (409, "Cancel Tuesday 8 January, 09:00?")
    assert "It was confirmed in the meantime" in again.text
    assert again.value("reason").strip() == "ill"
    assert s.booking(booking.public_id).state is BookingState.CONFIRMED
    assert read(ada.post(at(booking, "/cancel"), data={})).h1 == again.h1  # a form without its state decides nothing
    ada.post(again.button("Cancel the booking"), data={"state": again.value("state"), "reason": "ill"})
    assert s.booking(booking.public_id).state is BookingState.CANCELLED


@pytest.mark.parametrize("approval", [Approval.BEFORE, Approval.AFTER])
def test_a_request_is_approved_where_the_host_is_asked_and_only_there(
    s: Site, ada: TestClient, approval: Approval
) -> None:
    s.save(replace(s.w.intro, approval=approval))
    booking = held(s)
    if approval is Approval.AFTER:
        assert "Approve" not in look(ada, at(booking)).text
        assert "Needs your answer" not in look(ada, "/host").text
        s.w.confirm(booking)
        s.w.drain()
    page = look(ada, at(booking))
    assert page.h1 == "Grace Hopper Needs your answer"
    answer = ada.post(page.button("Approve"))
    assert "Approved. Grace Hopper will be told by email." in look(ada, answer.headers["location"]).text
    assert Party.HOST not in s.booking(booking.public_id).awaits
    s.w.drain()
    assert s.w.mails.to("grace@example.net")
    assert ada.post(page.button("Approve")).status_code == 303  # a second press is harmless


def test_a_booking_under_another_appointment_says_so_and_can_be_kept(s: Site, ada: TestClient) -> None:
    booking = s.confirmed()
    with transaction(s.w.rt.engine) as session:
        row = session.get_one(BookingRow, booking.id)
        row.conflicted = True
        session.add(row)
    page = look(ada, at(booking))
    assert page.h1 == "Grace Hopper Overlaps your calendar"
    answer = ada.post(page.button("Keep it"))
    assert "It stays as it is." in look(ada, answer.headers["location"]).text
    assert what_happened(s, booking)[-1] == (Happened.KEPT, Party.HOST)


def test_everything_that_can_happen_has_words(s: Site, ada: TestClient) -> None:
    booking = held(s)
    with transaction(s.w.rt.engine) as session:
        for what in Happened:
            timeline.add(session, booking.id, what, by="link", at=s.w.now, detail={"kind": "booked", "to": "guest"})
    page = look(ada, at(booking))
    (line,) = page.all("ol", class_="line")
    assert len(line) == 3 + len(Happened) + 1  # with what happened before, and what is to come


def test_every_mail_about_a_booking_has_words_on_its_page_and_every_mail_has_a_name(s: Site, ada: TestClient) -> None:
    booking = held(s)
    kinds = [kind for kind, row in ROWS.items() if row.subject is Subject.BOOKING]
    with transaction(s.w.rt.engine) as session:
        for kind in kinds:
            timeline.add(session, booking.id, Happened.MAILED, by="", at=s.w.now, detail={"kind": kind, "to": "guest"})
    assert "about your calendar" not in look(ada, at(booking)).text
    assert [kind for kind in MailKind if mail_name(kind, language_of("en")) == kind] == []


def test_every_page_about_bookings_costs_a_few_statements_however_many_bookings_there_are(
    s: Site, ada: TestClient
) -> None:
    booking = held(s)
    pages = (
        "/host",
        "/host/bookings",
        "/host/bookings?q=o&state=all",
        "/host/bookings/holds",
        "/host/bookings/new",
        "/host/bookings/statistics",
        *(at(booking, act) for act in ("", "/confirm", "/cancel", "/offer")),
    )
    with transaction(s.w.rt.engine) as session:
        _copies(session, booking, 3)
    look(ada, "/host")  # what is kept of the meeting type is read once
    before = {page: cost(s, ada, page) for page in pages}
    with transaction(s.w.rt.engine) as session:
        _copies(session, booking, 40)
    assert {page: cost(s, ada, page) for page in pages} == before
    assert max(before.values()) <= 15, before


def _copies(session: Session, booking: Booking, count: int) -> None:
    """Further holds like this one, which only lists see: none has a reservation."""
    row = session.get_one(BookingRow, booking.id).model_dump()
    for _ in range(count):
        session.add(BookingRow(**row | {"id": uuid4(), "public_id": uuid4().hex, "form_key": None}))


def taken_out(s: Site, wanted: BookingFilter) -> Iterator[InboxLine]:
    ada = person_of_host(s, s.w.host)
    kinds = lists.meetings_of(s.w.rt, s.w.host.id)
    return lists.export(s.w.rt, s.w.host.id, wanted, kinds=kinds, by=Actor.of(ada, agent="", network=""), now=s.w.now)


@pytest.mark.parametrize("words_in_it", ["", "hopper"])
def test_a_long_list_is_read_bit_by_bit_as_it_is_taken_and_nobody_waits_for_it(
    s: Site, monkeypatch: pytest.MonkeyPatch, words_in_it: str
) -> None:
    monkeypatch.setattr(lists, "_AT_ONCE", 2)
    made = [s.confirmed(start=f"2030-01-{day:02}T08:00:00Z", form_key=f"{day}".rjust(22, "k")) for day in range(8, 12)]
    lines = taken_out(s, BookingFilter(text=words_in_it))
    with statements(s.w.rt.engine) as seen:
        first = next(lines)
    assert (first.booking.id, len(seen)) == (made[0].id, 1), "what comes first is there before the rest is read"
    late = s.confirmed(start="2030-01-14T08:00:00Z", form_key="late".rjust(22, "k"))  # somebody books meanwhile
    rest = [each.booking.id for each in lines]
    assert [first.booking.id, *rest][:4] == [each.id for each in made]
    assert rest[3:] == ([] if words_in_it else [late.id])
    with s.w.rt.engine.connect() as connection:
        noted = connection.exec_driver_sql("SELECT after FROM audit WHERE act = 'bookings-exported'").scalars().all()
    assert noted == ["4"], "before anything leaves"
