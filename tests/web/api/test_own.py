"""A host's programs: by a token of their own they read what is theirs, and nobody else's; none confirms."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import api_tokens
from booking_service.actions.access.people import let_host_sign_in
from booking_service.actions.booking import change
from booking_service.config.settings import Webhooks
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.api_tokens import Scope
from booking_service.domain.audit import Actor
from booking_service.domain.roles import Role
from booking_service.storage import retention
from booking_service.storage.engine import transaction
from booking_service.web.api.openapi import document
from calendars.errors import Unavailable
from tests.web.page_reader import look, read, words
from tests.web.receivers import receiver
from tests.web.site import Site, browser_of, limited, person, person_of_host, signed_in
from tests.world import host

TOKENS, API = "/host/tokens", "/api/v1/host"


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def made(browser: TestClient, *scopes: Scope, name: str = "CRM") -> str:
    page = read(browser.post(TOKENS, data={"name": name, **{each.value: "y" for each in scopes}}))
    assert page.status == 200, page.text
    token = words(page.one("code"))
    assert token not in look(browser, TOKENS).text
    return token


def program(s: Site, token: str) -> TestClient:
    client = browser_of(s.w)
    client.headers.clear()
    client.headers["authorization"] = f"Bearer {token}"
    return client


def allowing(s: Site) -> Site:
    """The same, where receivers may stand on this machine."""
    settings = s.w.rt.settings.model_copy(update={"webhooks": Webhooks(allowed_networks="127.0.0.0/8")})  # type: ignore[arg-type]
    return replace(s, w=replace(s.w, rt=replace(s.w.rt, settings=settings)))


def got(client: TestClient, path: str, **query: str) -> Any:
    answer = client.get(f"{API}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["ratelimit"].startswith('"api_per_token";r=')
    return answer.json()


def test_bookings_are_read_by_pages_and_filters_without_answers(s: Site, ada: TestClient) -> None:
    crm = program(s, made(ada, Scope.BOOKINGS))
    for number, (day, hour) in enumerate(product((9, 10, 11, 14, 15, 16), (8, 9, 10, 11, 12))):
        s.hold("/ada/quick", start=f"2030-01-{day:02}T{hour:02}:00:00Z", form_key=f"{number:022}")
    held = s.hold()
    first = got(crm, "bookings")
    second = got(crm, "bookings", after=first["next"])
    assert (len(first["bookings"]), len(second["bookings"]), second["next"]) == (25, 6, None)
    starts = [each["start"] for each in (*first["bookings"], *second["bookings"])]
    assert starts == sorted(starts)
    [waiting] = got(crm, "bookings", state="held")["bookings"]
    assert waiting == {
        "booking_id": str(held.id),
        "revision": 1,
        "meeting_type": "intro",
        "state": "held",
        "start": "2030-01-08T09:00:00+01:00",
        "end": "2030-01-08T09:30:00+01:00",
        "time_zone": "Europe/Berlin",
        "hold_until": "2030-01-07T10:00:00+01:00",
        "created_at": "2030-01-07T09:00:00+01:00",
        "test": False,
        "invitee": {"name": "Grace Hopper", "email": "grace@example.net", "language": "en"},
        "guests": [],
    }
    assert got(crm, f"bookings/{held.id}") == waiting
    assert len(got(crm, "bookings", meeting="intro")["bookings"]) == 1
    for query in ({"state": "x"}, {"meeting": "x"}, {"after": "x"}, {"after": "2030-01-08T08:00:00Z~x"}):
        assert crm.get(f"{API}/bookings", params=query).status_code == 422
    for id in ("x", "00000000-0000-0000-0000-000000000001"):
        assert crm.get(f"{API}/bookings/{id}").status_code == 404
    change.cancel_by_host(s.w.rt, held.id, reason="", now=s.w.now)
    with transaction(s.w.rt.engine) as session:
        retention.erase(session, [held.id], now=s.w.now)
    assert got(crm, f"bookings/{held.id}")["invitee"] is None


def test_setup_says_what_can_be_booked_when_and_whether_calendars_can_be_read(s: Site, ada: TestClient) -> None:
    crm = program(s, made(ada, Scope.SETUP))
    kinds = {each["meeting_type"]: each for each in got(crm, "meeting-types")["meeting_types"]}
    assert (kinds["quick"]["duration_minutes"], kinds["quick"]["active"]) == (15, True)
    ada.post("/host/hours/exceptions", data={"first": "2030-01-10", "last": "2030-01-11", "times": ""})
    hours = got(crm, "hours")
    assert hours["time_zone"] == "Europe/Berlin"
    assert hours["weekly"]["monday"] == [str(each) for each in s.w.host.hours.weekly[0]]
    assert hours["exceptions"] == [{"first_on": "2030-01-10", "last_on": "2030-01-11", "hours": []}]
    s.w.drain()
    [calendar] = got(crm, "calendars")["calendars"]
    assert (calendar["takes_bookings"], calendar["unreachable_since"]) == (True, None)
    s.w.calendar.fail_next(Unavailable("it does not answer"), times=100)
    s.w.pass_time(minutes=5)
    [calendar] = got(crm, "calendars")["calendars"]
    assert calendar["unreachable_since"] == "2030-01-07T09:05:00+01:00"


def test_webhooks_are_added_with_their_secret_listed_without_and_removed(s: Site, ada: TestClient) -> None:
    with receiver() as told:
        client = program(allowing(s), made(ada, Scope.WEBHOOKS))
        added = client.post(f"{API}/webhooks", json={"url": told.url})
        assert added.status_code == 201, added.text
        assert added.json()["secret"].startswith("whsec_")
        assert client.post(f"{API}/webhooks", json={"url": told.url}).status_code == 409
        refused = client.post(f"{API}/webhooks", json={"url": "ftp://x"})
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        [listed] = got(client, "webhooks")["webhooks"]
        assert (listed["url"], "secret" in listed) == (told.url, False)
        path = f"{API}/webhooks/{listed['webhook_id']}"
        assert client.get(path).status_code == 405
        assert client.delete(f"{API}/webhooks/x").status_code == 404
        assert client.delete(path).status_code == 204
        assert client.delete(path).status_code == 404
        assert got(client, "webhooks") == {"webhooks": []}
    log = look(signed_in(s, person(s, Role.ADMIN)), "/admin/audit").text
    assert f"Webhook for bookings with Ada Lovelace added: {told.url}" in log
    assert "Ada Lovelace <ada@example.org> (CRM)" in log


def test_a_token_does_what_it_was_made_for_only_and_nothing_once_it_is_revoked(s: Site, ada: TestClient) -> None:
    token = made(ada, Scope.SETUP)
    crm = program(s, token)
    refused = crm.get(f"{API}/bookings")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:booking-service:problem:scope")
    assert "ratelimit" in refused.headers
    assert crm.get("/api/v1/consents", params={"optin_id": "x"}).status_code == 403
    assert crm.post(f"{API}/webhooks", json={"url": "https://example.org"}).status_code == 403
    assert crm.post(f"{API}/hours").status_code == 405
    assert program(s, "bks_wrong").get(f"{API}/hours").status_code == 401
    taken = read(ada.post(TOKENS, data={"name": "CRM", Scope.SETUP.value: "y"}))
    assert taken.status == 422
    assert "A token with this name already works" in taken.text
    id = look(ada, TOKENS).one("button", name="id").get("value", "")
    other = person(s, Role.ADMIN)
    assert signed_in(s, other).post(f"{TOKENS}/revoke", data={"id": id}).status_code == 404
    assert "It no longer works." in look(ada, ada.post(f"{TOKENS}/revoke", data={"id": id}).headers["location"]).text
    assert crm.get(f"{API}/hours").status_code == 401
    assert "Revoked on" in look(ada, TOKENS).text


def test_a_name_is_refused_to_whoever_has_a_token_of_it_and_to_nobody_else(s: Site, ada: TestClient) -> None:
    """Otherwise a host would learn what others call their programs, and could take their names from them."""
    made(ada, Scope.SETUP, name="Door")
    bob = host(id=UUID(int=77), slug="bob", name="Bob", email="bob@example.org")
    s.save(bob)
    with transaction(s.w.rt.engine) as session:
        let_host_sign_in(session, bob, now=s.w.now)
    made(signed_in(s, person_of_host(s, bob)), Scope.SETUP, name="Door")
    again = read(ada.post(TOKENS, data={"name": "Door", Scope.SETUP.value: "y"}))
    assert (again.status, "A token with this name already works" in again.text) == (422, True)


def test_a_form_that_arrives_several_times_at_once_makes_one_token(s: Site, ada: TestClient) -> None:
    def send(_: int) -> int:
        return ada.post(TOKENS, data={"name": "Door", Scope.SETUP.value: "y"}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [200, 422, 422, 422]


def test_to_a_token_nothing_of_another_host_is_there(s: Site, ada: TestClient) -> None:
    booking = s.hold()
    bob = host(id=UUID(int=77), slug="bob", name="Bob", email="bob@example.org")
    s.save(bob)
    with transaction(s.w.rt.engine) as session:
        let_host_sign_in(session, bob, now=s.w.now)
    bobs = program(s, made(signed_in(s, person_of_host(s, bob)), Scope.BOOKINGS, Scope.SETUP, Scope.WEBHOOKS))
    with receiver() as told:
        adas = program(allowing(s), made(ada, Scope.WEBHOOKS, name="Door"))
        hook = adas.post(f"{API}/webhooks", json={"url": told.url}).json()["webhook_id"]
    lists = [got(bobs, each) for each in ("bookings", "meeting-types", "calendars", "webhooks")]
    assert [each for found in lists for each in found.values()] == [[], None, [], [], []]
    assert bobs.get(f"{API}/bookings/{booking.id}").status_code == 404
    assert bobs.delete(f"{API}/webhooks/{hook}").status_code == 404
    assert len(got(adas, "webhooks")["webhooks"]) == 1


def test_who_is_no_host_has_no_such_tokens_and_administrators_make_none_for_hosts(s: Site) -> None:
    clerk = person(s, Role.STAFF)
    assert signed_in(s, clerk).get(TOKENS).status_code == 404
    with pytest.raises(api_tokens.TokenNotMade):
        api_tokens.make(s.w.rt, "x", email=clerk.email, scopes=[Scope.BOOKINGS], by=Actor(name="x"), now=s.w.now)
    admin = signed_in(s, person(s, Role.ADMIN))
    assert "Read your bookings" not in look(admin, "/admin/tokens").text
    form = {"name": "x", "email": "ada@example.org", Scope.BOOKINGS.value: "y"}
    assert admin.post("/admin/tokens", data=form).status_code == 422


def test_no_address_of_programs_confirms() -> None:
    paths = document("")["paths"]
    assert [path for path in paths if "confirm" in path or "approve" in path] == []
    own = {method for path, each in paths.items() if path.startswith(API) for method in each}
    assert own == {"get", "post", "delete"}


def test_holds_and_changes_say_how_much_is_left(s: Site) -> None:
    tight = limited(s, book_per_network="5 per hour", open_link_per_network="9 per hour")
    tight.headers.clear()
    body = {"host": "ada", "meeting": "intro", "start": "2030-01-08T09:00:00+01:00", "name": "Grace"}
    body |= {"email": "grace@example.net", "answer-topic": "Compilers"}
    held = tight.post("/api/v1/holds", json=body)
    assert held.status_code == 201, held.text
    assert held.headers["ratelimit-policy"] == '"book_per_network";q=5;w=3600'
    assert held.headers["ratelimit"] == '"book_per_network";r=4;t=3600'
    booking = s.booking(held.json()["id"])
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    s.w.drain()
    token = s.w.token(booking, LinkPurpose.MANAGE)
    cancelled = tight.post(f"/api/v1/bookings/{booking.public_id}/cancel", json={"token": token})
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.headers["ratelimit"] == '"open_link_per_network";r=8;t=3600'
