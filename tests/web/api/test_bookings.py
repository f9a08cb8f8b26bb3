"""Programs look at hosts and what can be booked, hold a time, and change a booking by its own link. None of them confirms."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.localized_text import InLanguages
from booking_service.domain.questions import OnlyAfter, Question, QuestionKind
from calendars.errors import Unavailable
from calendars.model import EventStatus, Period
from tests.web.site import TUESDAY_9, Site, limited

HOLDS = "/api/v1/holds"
TYPED = {
    "host": "ada",
    "meeting": "intro",
    "start": TUESDAY_9,
    "name": "Grace Hopper",
    "email": "grace@example.net",
    "zone": "Asia/Tokyo",
    "answer-topic": "The compiler",
}
TEN = "2030-01-08T09:00:00Z"


def held(s: Site, key: str = "", **changes: Any) -> Response:
    headers = {"Accept": "application/json", **({"Idempotency-Key": key} if key else {})}
    return s.browser.post(HOLDS, json={**TYPED, **changes}, headers=headers)


def manage(s: Site, public_id: str) -> str:
    return s.w.token(s.booking(public_id), LinkPurpose.MANAGE)


def test_a_host_is_told_with_what_is_listed_in_the_readers_language(s: Site) -> None:
    s.save(replace(s.w.intro, title=InLanguages((("en", "First talk"), ("de", "Erstes Gespräch")))))
    told = s.browser.get("/api/v1/hosts/ada", headers={"Accept-Language": "de"})
    assert told.headers["content-language"] == "de"
    found = told.json()
    assert (found["host"], found["name"], found["time_zone"]) == ("ada", "Ada Lovelace", "Europe/Berlin")
    assert found["page"] == "http://localhost:8000/ada"
    assert {each["meeting"]: each["title"] for each in found["meetings"]}["intro"] == "Erstes Gespräch"
    s.save(replace(s.w.intro, listed=False))
    assert "intro" not in [each["meeting"] for each in s.browser.get("/api/v1/hosts/ada").json()["meetings"]]
    assert s.browser.get("/api/v1/hosts/nobody").status_code == 404


def test_a_meeting_type_is_told_with_the_fields_that_its_questions_are_answered_in(s: Site) -> None:
    asked = (
        Question("tools", "Which?", QuestionKind.SEVERAL, options=("Pen", "Loom")),
        Question("more", "Why?", QuestionKind.TEXT, required=True, only_after=OnlyAfter("tools", "Pen")),
    )
    s.save(replace(s.w.intro, questions=asked, guests_at_most=2))
    found = s.browser.get("/api/v1/meeting-types/ada/intro").json()
    assert (found["duration_minutes"], found["hold_minutes"], found["guests_at_most"]) == (30, 60, 2)
    assert (found["confirmed_by_mail"], found["approved_by_host"]) == (True, False)
    assert [each["fields"] for each in found["questions"]] == [
        ["answer-tools.0", "answer-tools.1"],
        ["answer-more"],
    ]
    assert found["questions"][1]["only_after"] == {"question": "tools", "answer": "Pen"}
    assert s.browser.get("/api/v1/meeting-types/ada/none").status_code == 404


def test_a_time_is_held_and_its_invitee_asked_as_by_the_form(s: Site) -> None:
    made = held(s)
    assert made.status_code == 201, made.text
    told = made.json()
    assert made.headers["location"] == f"/api/v1/bookings/{told['id']}"
    assert (told["state"], told["awaits"], told["keeps_time"]) == ("held", ["invitee"], True)
    assert (told["start"], told["held_until"]) == ("2030-01-08T17:00:00+09:00", "2030-01-07T18:00:00+09:00")
    assert told["page"] == f"http://localhost:8000/b/{told['id']}"
    booking = s.booking(told["id"])
    assert (booking.invitee.name, booking.answers) == ("Grace Hopper", (("topic", "The compiler"),))
    s.w.drain()
    assert [mail.subject.partition(":")[0] for mail in s.w.mails.to("grace@example.net")] == ["Please confirm"]
    assert s.browser.get(made.headers["location"]).json() == told


def test_a_time_is_held_and_taken_instead_as_the_list_of_times_writes_it(s: Site) -> None:
    day = "/api/v1/slots?host=ada&meeting=intro&from=2030-01-08&to=2030-01-08&zone=Asia/Kathmandu"
    first, second, *_ = (each["start"] for each in s.browser.get(day).json()["slots"])
    assert first.endswith("+05:45")
    made = held(s, start=first, zone="Asia/Kathmandu")
    assert (made.status_code, made.json()["start"]) == (201, first)
    s.w.drain()
    s.w.confirm(s.booking(made.json()["id"]))
    s.w.drain()
    token = manage(s, made.json()["id"])
    moved = s.browser.post(f"{made.headers['location']}/reschedule", json={"token": token, "start": second})
    assert (moved.status_code, moved.json()["start"]) == (200, second)


def test_the_same_key_is_the_same_hold_for_the_same_invitee_only(s: Site) -> None:
    first, again = held(s, "1"), held(s, "1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    other = held(s, "1", email="alan@example.net", start=TEN)
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    changed = held(s, "1", start=TEN)
    assert changed.status_code == 409


def test_the_same_key_tries_again_what_came_to_nothing_and_then_is_one_hold(s: Site) -> None:
    s.w.calendar.fail_next(Unavailable("no answer"), times=2)
    assert held(s, "1").status_code == 503
    s.w.settle()
    first, again = held(s, "1"), held(s, "1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]


def test_the_same_key_for_another_time_is_another_hold_each_of_them_once(s: Site) -> None:
    ids = [held(s, "1", start=start).json()["id"] for start in (TUESDAY_9, TEN, TEN, TUESDAY_9)]
    assert (ids[1], ids[0]) == (ids[2], ids[3])
    assert ids[0] != ids[1]


@pytest.mark.parametrize(
    ("changes", "status", "fields"),
    [
        ({"email": "a@example.net, b@example.net"}, 422, ["email"]),
        ({"name": "", "email": ""}, 422, ["name", "email"]),
        ({"start": "tomorrow"}, 422, []),
        ({"start": "2030-02-30T08:00:00Z"}, 422, []),
        ({"start": "2030-01-08T08:00:00+99:00"}, 422, []),
        ({"start": "2030-01-08T09:00:00"}, 422, []),
        ({"start": "2030-01-08T02:00:00Z"}, 422, []),
        ({"meeting": "none"}, 404, []),
        ({"host": ""}, 404, []),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_fields(
    s: Site, changes: dict[str, str], status: int, fields: list[str]
) -> None:
    refused = held(s, **changes)
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert [each["field"] for each in refused.json().get("errors", [])] == fields
    assert s.w.mails.sent == []


@pytest.mark.parametrize("odd", [["x"], {"a": "b"}, None, 1.5])
def test_a_field_that_is_no_text_is_refused(s: Site, odd: object) -> None:
    assert held(s, **{"answer-topic": odd}).status_code == 422


@pytest.mark.parametrize("odd", [["x"], "x", 7])
def test_a_body_that_is_no_object_is_refused(s: Site, odd: object) -> None:
    assert s.browser.post(HOLDS, json=odd).status_code == 400


def test_a_time_that_others_have_is_refused(s: Site) -> None:
    assert held(s).status_code == 201
    assert held(s, email="alan@example.net").status_code == 409
    s.w.calendar.host_adds("Dentist", Period(s.w.now + timedelta(hours=25), s.w.now + timedelta(hours=26)))
    assert held(s, email="alan@example.net", start=TEN).status_code == 409


def test_what_is_booked_by_one_time_links_alone_is_no_programs(s: Site) -> None:
    s.save(replace(s.w.intro, one_time_only=True))
    assert held(s).status_code >= 400
    assert s.browser.get("/api/v1/meeting-types/ada/intro").status_code >= 400
    assert s.w.calendar.events() == []


def test_programs_keep_to_the_limits_of_their_network(s: Site) -> None:
    browser = limited(s, book_per_network="1 per 10 min")
    assert browser.post(HOLDS, json=TYPED).status_code == 201
    refused = browser.post(HOLDS, json={**TYPED, "email": "alan@example.net", "start": TEN})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")


def test_no_program_ticks_a_consent_or_confirms(s: Site) -> None:
    made = held(s, **{"consent-newsletter": "y", "wording-newsletter": "00", "state": "confirmed"})
    assert s.booking(made.json()["id"]).state is BookingState.HELD
    for path in ("confirm", "code"):
        assert s.browser.post(f"/api/v1/bookings/{made.json()['id']}/{path}").status_code == 404


def test_a_booking_says_how_it_stands_and_nothing_of_who_booked(s: Site) -> None:
    made = held(s)
    here = made.headers["location"]
    for typed in ("Grace", "example.net", "compiler"):
        assert typed not in s.browser.get(here).text
    s.w.clock.advance(3600)  # before any worker looked
    told = s.browser.get(here).json()
    assert (told["state"], told["held_until"], told["keeps_time"], told["awaits"]) == ("expired", None, False, [])
    assert s.browser.get("/api/v1/bookings/none").status_code == 404


def test_a_booking_moves_and_ends_by_its_own_link_only(s: Site) -> None:
    id = held(s).json()["id"]
    s.w.drain()
    s.w.confirm(s.booking(id))
    s.w.drain()
    other = s.hold(start="2030-01-08T12:00:00Z", email="alan@example.net", form_key="z" * 22)
    for token in ("", "x" * 43, manage(s, other.public_id)):
        for act in ("reschedule", "cancel"):
            refused = s.browser.post(f"/api/v1/bookings/{id}/{act}", json={"token": token, "start": TEN})
            assert refused.status_code == 404
    token = manage(s, id)
    assert s.browser.post(f"/api/v1/bookings/{id}/reschedule", json={"token": token}).status_code == 422
    taken = s.browser.post(f"/api/v1/bookings/{id}/reschedule", json={"token": token, "start": "2030-01-08T12:00:00Z"})
    assert taken.status_code == 409
    moved = s.browser.post(f"/api/v1/bookings/{id}/reschedule", json={"token": token, "start": TEN})
    assert (moved.status_code, moved.json()["start"]) == (200, "2030-01-08T18:00:00+09:00")
    long = s.browser.post(f"/api/v1/bookings/{id}/cancel", json={"token": token, "reason": "x" * 501})
    assert long.status_code == 422
    for _ in range(2):
        ended = s.browser.post(f"/api/v1/bookings/{id}/cancel", json={"token": token, "reason": "I am ill"})
        assert (ended.status_code, ended.json()["state"]) == (200, "cancelled")
    assert s.booking(id).reason == "I am ill"
    s.w.drain()
    assert [event.status for event in s.w.calendar.events()] == [EventStatus.TENTATIVE]  # the other one's


def test_none_of_it_is_open_to_pages_of_other_sites(s: Site) -> None:
    cross = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert s.browser.post(HOLDS, json=TYPED, headers=cross).status_code == 403
    made = held(s)
    for path in ("/api/v1/hosts/ada", "/api/v1/meeting-types/ada/intro", made.headers["location"]):
        assert "access-control-allow-origin" not in s.browser.get(path, headers=cross).headers


def test_the_description_names_every_field_of_every_answer(s: Site) -> None:
    document = s.browser.get("/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    made = held(s)
    assert set(schemas["Booking"]["properties"]) == made.json().keys()
    assert set(schemas["Host"]["properties"]) == s.browser.get("/api/v1/hosts/ada").json().keys()
    meeting = s.browser.get("/api/v1/meeting-types/ada/intro").json()
    assert set(schemas["MeetingType"]["properties"]) == meeting.keys()
    (question,) = meeting["questions"]
    assert set(schemas["MeetingType"]["properties"]["questions"]["items"]["properties"]) == question.keys()
    assert "201" in document["paths"][HOLDS]["post"]["responses"]
