"""A booking page inside another site's page: who may show it, and that it stays there from the first look to the mail."""

from dataclasses import replace

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.questions import Question
from tests.web.page_reader import look
from tests.web.site import TUESDAY_9, Site

SHOP = "https://www.shop.example"


@pytest.fixture
def s(s: Site) -> Site:
    asked = (Question("topic", "Topic"),)
    s.save(replace(s.w.intro, embed_from=(SHOP, "https://shop.example"), questions=asked))
    return s


def framed_by(response: object) -> str:
    policy = response.headers["content-security-policy"]  # type: ignore[attr-defined]
    return next(each.strip() for each in policy.split(";") if "frame-ancestors" in each)


def test_only_the_sites_that_the_meeting_type_names_may_show_it(s: Site) -> None:
    allowed = f"frame-ancestors {SHOP} https://shop.example"
    assert framed_by(s.browser.get("/embed/ada/intro")) == allowed
    assert framed_by(s.browser.get("/embed/ada/quick")) == "frame-ancestors 'none'"
    assert framed_by(s.browser.get("/ada/intro")) == "frame-ancestors 'none'", "the page itself is in nobody's frame"
    assert framed_by(s.browser.get("/embed/ada/nothing")) == "frame-ancestors 'none'"
    assert framed_by(s.browser.get(f"/embed/ada/intro/details?start={TUESDAY_9}")) == allowed
    assert framed_by(s.browser.post("/embed/ada/intro/hold", data=s.form(email=""))) == allowed
    assert framed_by(s.browser.get("/embed/ada/intro/details?start=never")) == allowed, "an error shows as well"


def test_a_page_kept_for_readers_is_not_the_one_kept_for_frames(s: Site) -> None:
    first, framed, again = (s.browser.get(path) for path in ("/ada/intro", "/embed/ada/intro", "/ada/intro"))
    assert first.text == again.text
    assert 'action="/embed/ada/intro/details"' in framed.text
    assert "/embed/" not in first.text


def test_the_whole_way_stays_in_the_frame_and_sets_no_cookie(s: Site) -> None:
    pick = look(s.browser, "/embed/ada/intro")
    assert pick.all("form")[-1].get("action") == "/embed/ada/intro/details"
    assert pick.one("body").get("data-embed") == "ready"
    details = look(s.browser, f"/embed/ada/intro/details?start={TUESDAY_9}&zone=Europe/Berlin")
    assert details.one("form", id="details").get("action") == "/embed/ada/intro/hold"
    held = s.browser.post("/embed/ada/intro/hold", data=s.form())
    assert held.status_code == 303
    place = held.headers["location"]
    assert place.startswith("/embed/b/")
    waiting = look(s.browser, place)
    assert waiting.one("body").get("data-embed") == "held"
    assert all(action.startswith("/embed/b/") for action in waiting.actions())
    assert framed_by(s.browser.get(place)) == f"frame-ancestors {SHOP} https://shop.example"
    booking = s.booking(place.partition("?")[0].removeprefix("/embed/b/"))
    s.w.drain()
    assert s.browser.post(s.link(booking, LinkPurpose.CONFIRM)).status_code == 303
    assert look(s.browser, place).one("body").get("data-embed") == "confirmed"
    assert not s.browser.cookies


def test_links_out_of_the_frame_open_beside_it(s: Site) -> None:
    page = look(s.browser, "/embed/ada/intro")
    outwards = [each for each in page.all("a") if each.get("href") in ("/privacy", "/imprint", "/accessibility")]
    assert len(outwards) == 3
    assert {each.get("target") for each in outwards} == {"_blank"}
    assert not [each for each in look(s.browser, "/ada/intro").all("a") if each.get("target")]


@pytest.mark.parametrize("path", ["/embed/c/{}", "/embed/m/{}", "/embed/host/today", "/embed/privacy", "/embed/ada"])
def test_no_other_page_is_ever_inside_another_site(s: Site, path: str) -> None:
    token = s.link(s.hold(), LinkPurpose.CONFIRM).rpartition("/")[2]
    answer = s.browser.get(path.format(token))
    assert answer.status_code == 404
    assert framed_by(answer) == "frame-ancestors 'none'"


def test_the_script_may_be_used_by_any_site_and_is_asked_for_once(s: Site) -> None:
    script = s.browser.get("/embed.js")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert script.headers["content-type"].startswith("text/javascript")
    assert "customElements.define" in script.text
    again = s.browser.get("/embed.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("door", ["", "/embed"])
def test_a_link_may_bring_along_who_books(s: Site, door: str) -> None:
    """Names and answers travel on in forms, not in further addresses; and nobody else is shown them."""
    pick = s.browser.get(f"{door}/ada/intro?name=Grace+Hopper&email=grace@example.net&answer-topic=Moths&other=x")
    assert "no-store" in pick.headers["cache-control"]
    page = look(s.browser, f"{door}/ada/intro?name=Grace+Hopper&email=grace@example.net&answer-topic=Moths")
    assert "grace@example.net" not in "".join(str(each.get("href")) for each in page.all("a"))
    fields = {each.get("name"): each.get("value") for each in page.one("form", id="choice").iter("input")}
    assert (fields["name"], fields["email"], fields["answer-topic"]) == ("Grace Hopper", "grace@example.net", "Moths")
    answer = s.browser.post(page.actions()[-1], data={**fields, "start": TUESDAY_9})
    assert 'value="Grace Hopper"' in answer.text
    assert 'value="grace@example.net"' in answer.text
    straight = s.browser.get(f"{door}/ada/intro/details?start={TUESDAY_9}&name=Grace+Hopper")
    assert 'value="Grace Hopper"' in straight.text
    assert "Grace" not in s.browser.get(f"{door}/ada/intro").text


@pytest.mark.parametrize("address", ["/ada/intro?", f"/ada/intro/details?start={TUESDAY_9}&"])
def test_who_made_a_link_does_not_know_the_key_of_the_form_that_it_fills_in(s: Site, address: str) -> None:
    """By that key they would be led to the page of the hold that somebody else makes with it."""
    assert "k" * 22 not in s.browser.get(f"{address}name=Grace&form_key={'k' * 22}").text
