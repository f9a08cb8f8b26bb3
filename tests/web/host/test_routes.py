"""Every signed-in address, as everybody: the table that says who may see what is walked, so that new pages are in it."""

from dataclasses import replace
from uuid import UUID

import pytest

from booking_service.actions.access.people import let_host_sign_in
from booking_service.domain.people import Person
from booking_service.domain.roles import HOSTS, Permission, Role
from booking_service.storage.engine import transaction
from booking_service.web.app import signed_in_routes
from booking_service.web.http.signed_in_pages import SignedInRoute
from tests.web.page_reader import read
from tests.web.site import Site, browser_of, person, person_of_host, signed_in
from tests.world import host

NOTHING = UUID(int=0)
NOT_FOR_ONE = ("This page is for", "This page needs a permission")


def methods(route: SignedInRoute) -> list[str]:
    return [name for name, page in (("GET", route.get), ("POST", route.post)) if page is not None]


def address(route: SignedInRoute, value: object = NOTHING) -> str:
    """The path with `value` for each of its parameters."""
    parts = (str(value) if part.startswith("{") else part for part in route.path.split("/"))
    return "/".join(parts)


def everybody(s: Site) -> list[Person]:
    return [
        person_of_host(s, s.w.host),
        person(s, Role.STAFF),
        person(s, Role.STAFF, email="consents@example.org", permissions=frozenset({Permission.CONSENTS})),
        person(s, Role.ADMIN),
        person(s, Role.ADMIN, email="all@example.org", permissions=frozenset(Permission)),
    ]


def test_each_address_is_there_for_those_who_may_see_it_and_for_nobody_else(s: Site) -> None:
    for who in everybody(s):
        browser = signed_in(s, who)
        for route in signed_in_routes():
            for method in methods(route):
                answer = browser.request(method, address(route), data={} if method == "POST" else None)
                if answer.headers.get("location", "").startswith(
                    "/host/sign-in?next"
                ):  # signed out by what went before
                    browser = signed_in(s, who)
                    answer = browser.request(method, address(route), data={} if method == "POST" else None)
                told = f"{method} {route.path} as {who.email}: {answer.status_code}"
                kept_out = answer.status_code == 404 and read(answer).title.startswith(NOT_FOR_ONE)
                assert kept_out != who.may(route.needs), told
                assert answer.status_code < 500, told
                assert answer.headers["cache-control"] == "no-store", told


def test_reloading_the_answer_of_an_act_leads_to_the_page_that_it_is_on(s: Site) -> None:
    """Browsers ask for its address by GET then: what they come to is a page, and never the same address again."""
    shown = {address(route) for route in signed_in_routes() if route.get is not None}
    acts = [route for route in signed_in_routes() if route.get is None]
    assert len(acts) > 30
    ada, *_, everything = everybody(s)
    desks = {ada: signed_in(s, ada), everything: signed_in(s, everything)}
    for route in acts:
        answer = desks[ada if ada.may(route.needs) else everything].get(f"{address(route)}?lang=de")
        path, _, query = answer.headers["location"].partition("?")
        assert (answer.status_code, query) == (303, "lang=de"), route.path
        assert path in shown, route.path
        above = "/host" if route.path == "/admin/consents/export" else address(route)  # below nothing that is a page
        assert address(route).startswith(f"{path}/") or path == above, route.path


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_page(s: Site) -> None:
    before = s.rows()
    for route in signed_in_routes():
        for method in methods(route):
            answer = s.browser.request(method, address(route), data={} if method == "POST" else None)
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith("/host/sign-in?next=%2F"), route
    assert s.rows() == before


def test_what_may_not_be_seen_is_absent_from_the_bar(s: Site) -> None:
    for who in everybody(s):
        page = read(signed_in(s, who).get("/host"))
        shown = {link.get("href") for link in page.root.iter("a")}
        for route in signed_in_routes():
            if route.menu is not None:
                assert (route.path in shown) == who.may(route.needs), (route.path, who.email)


def test_ids_of_another_host_are_nothing_at_all(s: Site) -> None:
    """Whatever belongs to Ada, by any id that stands in the database, is not there for Bob."""
    booking = s.confirmed()
    bob = host(id=UUID(int=77), slug="bob", name="Bob", email="bob@example.org")
    s.save(bob)
    with transaction(s.w.rt.engine) as session:
        let_host_sign_in(session, bob, now=s.w.now)
    browser = signed_in(s, person_of_host(s, bob))
    hers = {UUID(str(value)) for rows in s.rows().values() for row in rows for value in row if _is_id(value)}
    assert booking.id in hers
    for route in signed_in_routes():
        if "{" not in route.path or not person_of_host(s, bob).may(route.needs):
            continue
        for value in [*hers - {bob.id, person_of_host(s, bob).id}, s.w.intro.slug]:
            for method in methods(route):
                answer = browser.request(method, address(route, value), data={} if method == "POST" else None)
                assert answer.status_code == 404, (method, route.path, value)


def test_a_host_page_asks_for_a_host() -> None:
    """Below /host everything but Today and one's own account is about a host's time; /admin is never a host's alone."""
    for route in signed_in_routes():
        assert route.path.startswith(("/host", "/admin"))
        if route.path.startswith("/admin"):
            assert Role.HOST not in route.needs.roles, route.path
            assert route.needs.roles, route.path


@pytest.mark.parametrize("needs", [HOSTS])
def test_a_role_that_is_taken_away_shows_at_once(s: Site, needs: object) -> None:
    who = person(s, Role.ADMIN)
    browser = signed_in(s, who)
    assert browser.get("/host").status_code == 200
    changed = replace(who, name="Renamed")
    person(s, email=who.email, id=who.id, name=changed.name, roles=frozenset({Role.STAFF}))
    assert "Renamed" in browser.get("/host").text


def test_a_form_without_a_word_of_where_it_comes_from_is_refused_where_there_is_a_session(s: Site) -> None:
    """Text browsers send neither Sec-Fetch-Site nor Origin: they may book, and sign in, but not act as somebody."""
    who = person_of_host(s, s.w.host)
    browser = signed_in(s, who)
    del browser.headers["Sec-Fetch-Site"]
    assert browser.post("/host/sign-out").status_code == 403
    assert browser.post("/host/sign-out", headers={"Origin": "http://elsewhere.example"}).status_code == 403
    assert browser.get("/host").status_code == 200
    assert browser.post("/host/sign-out", headers={"Origin": "http://localhost:8000"}).status_code == 303
    silent = browser_of(s.w)
    del silent.headers["Sec-Fetch-Site"]
    assert silent.post("/host/sign-in", data={"email": who.email}).status_code == 303


def _is_id(value: object) -> bool:
    try:
        return UUID(str(value)).version is not None or str(value).startswith("0000")
    except ValueError:
        return False
