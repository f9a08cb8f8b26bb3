"""Free times for programs."""

from datetime import datetime, timedelta

import pytest

from tests.web.page_reader import look
from tests.web.site import Site, limited

pytestmark = pytest.mark.timeout(60)

SLOTS = "/api/v1/slots?host=ada&meeting=intro"


def test_times_are_rfc_3339_with_the_offset_of_the_zone_that_is_named(s: Site) -> None:
    answer = s.browser.get(f"{SLOTS}&from=2030-01-08&to=2030-01-08&zone=Asia/Tokyo").json()
    assert (answer["host"], answer["meeting"], answer["time_zone"]) == ("ada", "intro", "Asia/Tokyo")
    assert (answer["from"], answer["to"]) == ("2030-01-08T00:00:00+09:00", "2030-01-09T00:00:00+09:00")
    assert {"start": "2030-01-08T17:00:00+09:00", "end": "2030-01-08T17:30:00+09:00"} in answer["slots"]


def test_it_offers_what_the_page_offers(s: Site) -> None:
    page = look(s.browser, "/ada/intro?day=2030-01-08").times()
    answer = s.browser.get(f"{SLOTS}&from=2030-01-08&to=2030-01-08").json()
    assert [datetime.fromisoformat(each["start"]).timestamp() for each in answer["slots"]] == [
        datetime.fromisoformat(value).timestamp() for value in page.values()
    ]


def test_unless_told_it_begins_now_and_ends_31_days_later(s: Site) -> None:
    answer = s.browser.get(SLOTS).json()
    first, last = datetime.fromisoformat(answer["from"]), datetime.fromisoformat(answer["to"])
    assert (first, last - first) == (s.w.now, timedelta(days=31))


def test_what_was_not_changed_is_not_sent_again(s: Site) -> None:
    address = f"{SLOTS}&from=2030-01-08&to=2030-01-08"
    etag = s.browser.get(address).headers["etag"]
    unchanged = s.browser.get(address, headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    s.hold()
    assert s.browser.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_pages_of_any_origin_may_ask_and_nothing_else_is_open_to_them(s: Site) -> None:
    origin = {"Origin": "https://elsewhere.example"}
    assert s.browser.get(SLOTS, headers=origin).headers["access-control-allow-origin"] == "*"
    assert s.browser.get("/api/v1/slots?host=x&meeting=y", headers=origin).headers["access-control-allow-origin"] == "*"
    booking = s.hold()
    for address in ("/ada/intro", f"/b/{booking.public_id}/state.json"):
        assert "access-control-allow-origin" not in s.browser.get(address, headers=origin).headers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("host=ada&meeting=never", 404),
        ("", 404),
        ("host=ada&meeting=intro&from=yesterday", 422),
        ("host=ada&meeting=intro&zone=Mars/Olympus", 422),
        ("host=ada&meeting=intro&zone=../../etc/passwd", 422),
        ("host=ada&meeting=intro&from=2030-01-08&to=2030-01-07", 422),
        ("host=ada&meeting=intro&from=2030-01-01&to=2030-03-04", 422),
        ("host=ada&meeting=intro&from=0001-01-01&to=9999-12-31", 422),
        ("host=ada&meeting=intro&from=2030-W02-2", 422),
        ("host=ada&meeting=intro&from=2030-02-30", 422),
        ("host=ada&meeting=intro&from=2030-02-30T00:00:00Z", 422),
        ("host=ada&meeting=intro&from=1971-01-01T00:00:00%2B14:00", 200),
        ("host=ada&meeting=intro&from=2030-01-08T00:00:00%2B99:00", 422),
        ("host=ada&meeting=intro&from=2198-12-31", 200),
        ("host=ada&meeting=intro&from=2030-01-01&to=2030-03-03", 200),
    ],
)
def test_what_can_not_be_answered_is_a_problem_with_a_sentence(s: Site, query: str, status: int) -> None:
    answer = s.browser.get(f"/api/v1/slots?{query}")
    assert answer.status_code == status
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["status"], bool(problem["detail"]), bool(problem["type"])) == (status, True, True)


def test_a_calendar_that_can_not_be_verified_is_not_free(s: Site) -> None:
    s.w.clock.advance(3600)
    answer = s.browser.get(SLOTS)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.json()["type"] == "urn:booking-service:problem:calendar-unverified"


def test_every_other_address_below_api_is_a_problem_as_well(s: Site) -> None:
    answer = s.browser.get("/api/v1/bookings")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_description_names_every_answer_that_was_seen(s: Site) -> None:
    document = s.browser.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operation = document["paths"]["/api/v1/slots"]["get"]
    assert set(operation["responses"]) == {"200", "304", "400", "404", "422", "429", "503"}
    schema = document["components"]["schemas"]["Slots"]
    assert set(schema["required"]) == s.browser.get(SLOTS).json().keys()


def test_programs_are_told_how_often_they_may_still_ask(s: Site) -> None:
    browser = limited(s, slots_per_network="3 per min, 10 per h")
    first = browser.get(SLOTS).headers
    assert first["ratelimit-policy"] == '"slots_per_network";q=3;w=60'
    assert first["ratelimit"] == '"slots_per_network";r=2;t=60'
    assert "RateLimit" in first["access-control-expose-headers"]
    s.w.clock.advance(20)
    assert browser.get("/api/v1/hosts/ada").headers["ratelimit"] == '"slots_per_network";r=1;t=40'
    s.w.clock.advance(40)
    assert browser.get("/api/v1/meeting-types/ada/intro").headers["ratelimit"] == '"slots_per_network";r=1;t=20'
    without = limited(s, slots_per_network="off")
    assert "ratelimit" not in without.get(SLOTS).headers


def test_too_many_looks_from_one_network_are_told_to_wait(s: Site) -> None:
    browser = limited(s, slots_per_network="3 per min")
    answers = [browser.get(SLOTS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"
    s.w.clock.advance(60)
    assert browser.get("/ada/intro").status_code == 200
