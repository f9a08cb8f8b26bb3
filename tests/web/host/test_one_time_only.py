"""What is booked by one-time links alone: with one it is as ever, without one nothing leads to it."""

import pytest
from starlette.testclient import TestClient

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from tests.web.host.test_meetings import INTRO, save
from tests.web.host.test_share import made
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site, person_of_host, signed_in

pytestmark = pytest.mark.capability("2.10")


@pytest.fixture
def ada(s: Site) -> TestClient:
    """She has chosen it for `intro`."""
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert save(ada, look(ada, INTRO), seen="one-time").status == 200
    return ada


def test_only_a_one_time_link_leads_to_it(s: Site, ada: TestClient) -> None:
    assert "/ada/intro" not in look(s.browser, "/ada").hrefs()
    for path in ("/ada/intro", f"/ada/intro/details?start={TUESDAY_9}", f"/ada/intro/puzzle?start={TUESDAY_9}"):
        refused = read(s.browser.get(path))
        assert (refused.status, refused.h1) == (404, "This can only be booked with a one-time link"), path
    assert s.browser.get("/api/v1/slots?host=ada&meeting=intro").status_code == 404
    assert s.browser.post("/ada/intro/hold", data=s.form()).status_code == 404
    assert s.w.calendar.events() == []
    link = made(s, ada)
    assert s.browser.get(link).status_code == 200
    assert s.browser.post(f"{link}/hold", data=s.form()).status_code == 303
    assert len(s.w.calendar.events()) == 1


def test_a_booking_that_came_by_one_is_taken_again_and_moved_and_its_mails_lead_to_no_times_but_its_own(
    s: Site, ada: TestClient
) -> None:
    answer = s.browser.post(f"{made(s, ada)}/hold", data=s.form())
    booking = s.booking(answer.headers["location"].partition("?")[0].removeprefix("/b/"))
    s.w.pass_time(hours=2)
    assert "/ada/intro" not in s.w.mails.to("grace@example.net")[-1].text
    page = look(s.browser, s.link(booking, LinkPurpose.CONFIRM))
    assert [each for each in page.hrefs() if each.startswith("/ada/intro")] == []
    assert s.browser.post(page.button("Take this time again and confirm it")).status_code == 303
    s.w.drain()
    successor = s.booking(booking.public_id).successor_id
    assert successor is not None
    again = s.w.booking(successor)
    assert again.state is BookingState.CONFIRMED
    moved = s.browser.post(f"{s.link(again, LinkPurpose.MANAGE)}/move", data={"start": "2030-01-09T08:00:00Z"})
    assert moved.status_code == 303, moved.text
    assert s.booking(again.public_id).time.start.day == 9


def test_sharing_offers_nothing_but_one_time_links(s: Site, ada: TestClient) -> None:
    page = look(ada, "/host/share?what=intro")
    assert not page.all("input", id="link")
    assert not page.all("textarea", id="snippet")
    assert page.button("Make a one-time link")
    assert look(ada, "/host/share?what=quick").all("input", id="link")
    assert "One-time links only" in look(ada, "/host/meetings").text
    assert save(ada, look(ada, INTRO), seen="hidden").status == 200
    assert s.browser.get("/ada/intro").status_code == 200
