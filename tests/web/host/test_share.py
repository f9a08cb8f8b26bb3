"""Passing on what can be booked: links, one-time links that work for one booking, and the picture to print."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from booking_service.actions.access import one_time_links
from booking_service.actions.setup.meeting_types import own
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.roles import Role
from calendars.errors import Unavailable
from tests.web.page_reader import Page, look, read, words
from tests.web.site import TUESDAY_9, Site, browser_of, person, person_of_host, signed_in

TUESDAY_10 = "2030-01-08T09:00:00Z"
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


def made(s: Site, ada: TestClient, meeting: str = "intro", **typed: str) -> str:
    """The path of a one-time link that Ada made on the page."""
    data = {"what": meeting, "days": "14", "note": "Grace", **typed}
    answer = ada.post(look(ada, f"/host/share?what={meeting}").button("Make a one-time link"), data=data)
    assert answer.status_code == 303, answer.text
    page = look(ada, answer.headers["location"].partition("#")[0])
    return page.one("input", id="made").get("value", "").removeprefix("http://localhost:8000")


def states(ada: TestClient) -> list[str]:
    return [
        words(e).split(" ", 1)[0]
        for e in look(ada, "/host/share").all("span")
        if "st" in (e.get("class") or "").split()
    ]


def held_by(s: Site, link: str, **changes: str) -> Page | None:
    """The form of the link, as somebody fills it in; None: held."""
    answer = s.browser.post(f"{link}/hold", data=s.form(**changes))
    return None if answer.status_code == 303 else read(answer)


def test_links_signature_snippet_and_picture_are_those_of_what_was_chosen(s: Site, ada: TestClient) -> None:
    page = look(ada, "/host/share")
    assert page.one("input", id="link").get("value") == "http://localhost:8000/ada/intro"
    page = look(ada, "/host/share?what=quick&in=de&name=Grace%20%26%20Co&email=grace%40example.net")
    assert [e.get("value") for e in page.one("select", id="what").iter("option") if e.get("selected") is not None] == [
        "quick"
    ]
    link = "http://localhost:8000/ada/quick?lang=de"
    assert page.one("input", id="link").get("value") == link
    filled = page.one("input", id="filled").get("value", "")
    assert filled == f"{link}&name=Grace+%26+Co&email=grace%40example.net"
    details = s.browser.get(f"/ada/quick/details?start={TUESDAY_9}&{filled.partition('?')[2]}")
    assert read(details).value("name") == "Grace & Co"
    assert link in (page.one("textarea", id="signature").text or "")
    snippet = page.one("textarea", id="snippet").text or ""
    assert f'<booking-embed src="{link}">' in snippet
    assert 'src="http://localhost:8000/embed.js"' in snippet
    everything = look(ada, "/host/share?what=all")
    assert everything.one("input", id="link").get("value") == "http://localhost:8000/ada"
    svg, png = (ada.get(f"/host/share/qr.{kind}?what=quick&in=de") for kind in ("svg", "png"))
    assert svg.text.rstrip().endswith("</svg>")
    assert (png.headers["content-type"], png.content[:4]) == ("image/png", b"\x89PNG")
    assert "attachment" in svg.headers["content-disposition"]
    assert ada.get("/host/share/qr.gif").status_code == 404


def test_the_sites_that_may_show_it_are_kept_and_a_wrong_one_is_explained(s: Site, ada: TestClient) -> None:
    action = "/host/share/sites"
    assert ada.post(action, data={"what": "intro", "sites": "https://www.example.org\n"}).status_code == 303
    assert own(s.w.rt, s.w.host.id, "intro").meeting.embed_from == ("https://www.example.org",)
    wrong = read(ada.post(action, data={"what": "intro", "sites": "example"}))
    assert (wrong.status, wrong.value("sites").strip()) == (422, "example")


def test_a_link_leads_through_every_page_to_one_booking_of_what_is_hidden(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, listed=False))
    link = made(s, ada)
    pick = look(s.browser, link)
    assert pick.status == 200
    assert s.browser.get(link).headers["cache-control"] == "no-store"
    for address in [*pick.hrefs(), *pick.actions()]:
        assert not address.startswith("/ada/intro"), address
    details = look(s.browser, f"{link}/details?start={TUESDAY_9}")
    assert details.button("Hold this time and email me the link") == f"{link}/hold"
    refused = held_by(s, link, email="no address")
    assert refused is not None
    assert refused.status == 422
    assert held_by(s, link) is None
    (booking,) = s.w.all_bookings()
    assert states(ada) == ["Used"]
    over = look(s.browser, link)
    assert (over.status, over.h1) == (410, "This link has been used")
    assert over.links()["See what else can be booked"] == "/ada"
    again = held_by(s, link, form_key="z" * 22, start=TUESDAY_10)
    assert again is not None
    assert again.status == 410
    assert s.browser.post(s.link(booking, LinkPurpose.CONFIRM)).status_code == 303
    assert len(s.w.all_bookings()) == 1


def test_of_two_at_once_one_gets_it(s: Site, ada: TestClient) -> None:
    link = made(s, ada)
    forms = [
        s.form(form_key=key * 22, start=start, email=f"{key}@example.net")
        for key, start in (("a", TUESDAY_9), ("b", TUESDAY_10))
    ]
    browsers = [browser_of(s.w), browser_of(s.w)]
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(
                lambda pair: pair[0].post(f"{link}/hold", data=pair[1]).status_code, zip(browsers, forms, strict=True)
            )
        )
    assert sorted(answers) == [303, 410]
    assert len([each for each in s.w.all_bookings() if each.state is BookingState.HELD]) == 1


def test_a_hold_that_nobody_confirmed_leaves_the_link_as_it_was_until_its_own_end(s: Site, ada: TestClient) -> None:
    link = made(s, ada, days="1")
    assert held_by(s, link) is None
    s.w.pass_time(hours=2)
    s.w.pass_time(hours=21)
    assert look(s.browser, link).status == 200
    s.w.pass_time(hours=1)
    over = look(s.browser, link)
    assert (over.status, over.h1) == (410, "This link has expired")
    assert states(signed_in(s, person_of_host(s, s.w.host))) == ["Over"]


@pytest.mark.parametrize("first", ["the one who held it before", "somebody else"])
def test_an_ended_hold_that_is_taken_again_is_the_one_booking_of_its_link(s: Site, ada: TestClient, first: str) -> None:
    link = made(s, ada)
    assert held_by(s, link) is None
    (ended,) = s.w.all_bookings()
    again = s.link(ended, LinkPurpose.CONFIRM)
    s.w.pass_time(hours=2)
    other = {"start": TUESDAY_10, "email": "other@example.net", "form_key": "o" * 22}
    if first == "somebody else":
        assert held_by(s, link, **other) is None
        assert s.browser.post(f"{again}/again").status_code == 404
    else:
        assert s.browser.post(f"{again}/again").status_code == 303
        refused = held_by(s, link, **other)
        assert refused is not None
        assert refused.status == 410
    assert len([each for each in s.w.all_bookings() if each.live]) == 1


@pytest.mark.parametrize("first", ["the one who held it before", "somebody else"])
def test_so_it_is_where_the_calendar_took_it_at_the_second_press_only(s: Site, ada: TestClient, first: str) -> None:
    link = made(s, ada)
    assert held_by(s, link) is None
    (ended,) = s.w.all_bookings()
    again = s.link(ended, LinkPurpose.CONFIRM)
    s.w.pass_time(hours=2)
    s.w.calendar.fail_next(Unavailable("no answer"), times=2)
    assert s.browser.post(f"{again}/again").status_code == 503
    s.w.settle()
    other = {"start": TUESDAY_10, "email": "other@example.net", "form_key": "o" * 22}
    if first == "somebody else":
        assert held_by(s, link, **other) is None
        assert s.browser.post(f"{again}/again").status_code == 404
    else:
        assert s.browser.post(f"{again}/again").status_code == 303
        refused = held_by(s, link, **other)
        assert refused is not None
        assert refused.status == 410
    assert len([each for each in s.w.all_bookings() if each.live]) == 1


def test_a_link_is_forgotten_with_its_note_once_it_was_over_for_as_long_as_bookings_are_kept(
    s: Site, ada: TestClient
) -> None:
    made(s, ada, days="1")
    s.w.pass_time(days=30)
    assert [each.link.note for each in one_time_links.listed(s.w.rt, s.w.host.id, now=s.w.now)] == ["Grace"]
    s.w.pass_time(days=70)
    assert one_time_links.listed(s.w.rt, s.w.host.id, now=s.w.now) == []


def test_a_link_is_taken_back_by_its_own_host_only(s: Site, ada: TestClient) -> None:
    link = made(s, ada)
    (listed,) = one_time_links.listed(s.w.rt, s.w.host.id, now=s.w.now)
    mary = signed_in(s, person(s, Role.HOST))
    assert mary.post("/host/share/links/revoke", data={"link": str(listed.link.id)}).status_code == 404
    assert look(s.browser, link).status == 200
    assert s.browser.get(link.replace("/ada/", "/bob/")).status_code == 404
    answer = ada.post("/host/share/links/revoke", data={"link": str(listed.link.id), "what": "intro"})
    assert "Taken back." in look(ada, answer.headers["location"].partition("#")[0]).text
    assert look(s.browser, link).status == 410
    assert held_by(s, link) is not None
    for token in ("x", "x" * 43):
        assert s.browser.get(f"/ada/o/{token}").status_code == 404
    for days in ("", "0", "x", "9999"):
        assert ada.post("/host/share/links", data={"what": "intro", "days": days}).status_code == 422
