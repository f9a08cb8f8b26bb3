"""The page of one booking: whether its mails arrive, the invitation once more, and where it stands."""

from dataclasses import replace
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.mail.errors import RecipientRefused
from booking_service.storage import meetings
from booking_service.storage.engine import transaction
from tests.web.host.test_bookings import WEDNESDAY_9, at, held, others
from tests.web.page_reader import look, read
from tests.web.site import Site, person_of_host, signed_in


@pytest.fixture
def ada(s: Site) -> TestClient:
    return signed_in(s, person_of_host(s, s.w.host))


@pytest.mark.capability("1.26")
def test_a_booking_whose_mail_does_not_arrive_says_so_in_every_list_and_what_to_do_on_its_page(
    s: Site, ada: TestClient
) -> None:
    s.w.mails.failing = [RecipientRefused("550 5.1.1 no such user")]
    quick = s.hold("/ada/quick")
    s.w.drain()
    assert s.booking(quick.public_id).state is BookingState.CONFIRMED
    for path in ("/host", "/host/bookings"):
        assert "Email not delivered" in look(ada, path).text, path
    page = look(ada, at(quick))
    assert "The last email to grace@example.net could not be delivered" in page.text
    assert "Grace Hopper may not know that it is booked." in page.text
    assert "550 5.1.1 no such user" in page.text
    s.w.pass_time(days=3)  # it is over
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert "The last email" not in look(ada, at(quick)).text
    assert "Email not delivered" not in look(ada, "/host/bookings?state=past").text


def test_the_invitation_is_sent_again_to_all_who_come_but_not_twice_in_a_row(s: Site, ada: TestClient) -> None:
    s.save(replace(s.w.intro, guests_at_most=1))
    booking = s.confirmed(guests="alan@example.net")
    page = look(ada, at(booking))
    sent = ada.post(page.button("Send the invitation again"))
    assert "The invitation is on its way again." in look(ada, sent.headers["location"]).text
    s.w.drain()
    for address in ("grace@example.net", "alan@example.net"):
        first, second = s.w.mails.to(address)
        assert first.calendar == second.calendar, "the same invitation: UID, SEQUENCE and time"
        assert first.message_id != second.message_id
    assert "Invitation sent again by you" in look(ada, at(booking)).text
    often = read(ada.post(page.button("Send the invitation again")))
    assert (often.status, "09:10" in often.text) == (429, True)
    s.w.pass_time(minutes=11)
    assert ada.post(page.button("Send the invitation again")).status_code == 303
    s.w.drain()
    assert len(s.w.mails.to("grace@example.net")) == 3
    assert len(s.w.calendar.events()) == 1
    held_still = held(s, **others(s, start=WEDNESDAY_9))
    assert "Send the invitation again" not in look(ada, at(held_still)).text
    assert ada.post(at(held_still, "/invite")).status_code == 409


def test_a_booking_says_where_it_stands_in_the_calendar_when_it_was_proven_and_what_else_they_booked(
    s: Site, ada: TestClient
) -> None:
    hold = held(s)
    reservation = s.w.reservation(hold)
    entry = reservation.href.rpartition("/")[2]
    alone = look(ada, at(hold)).text
    assert "In your calendar “Ada”, tentative" in alone
    assert f"Entry {entry}, ETag {reservation.etag} " in alone
    assert "By this person" not in alone
    s.w.pass_time(minutes=5)
    s.browser.post(s.link(hold, LinkPurpose.CONFIRM))
    s.w.drain()
    again = s.hold(start=WEDNESDAY_9, form_key=uuid4().hex[:22])
    page = look(ada, at(hold))
    assert "“Ada”, confirmed" in page.text
    assert "Proven by the mailed link on Monday 7 January, 09:05" in page.text
    listed = look(ada, page.links()["1 other booking"])
    assert {at(hold), at(again)} <= set(listed.hrefs())
    ada.post(at(hold, "/cancel"), data={"state": "confirmed"})
    s.w.drain()
    assert "In your calendar" not in look(ada, at(hold)).text


def test_a_booking_leads_to_the_settings_of_what_was_booked_as_long_as_there_are_any(s: Site, ada: TestClient) -> None:
    booking = held(s)
    assert look(ada, at(booking)).links()["settings: Intro call"] == "/host/meetings/intro"
    with transaction(s.w.rt.engine) as session:
        meetings.delete(session, s.w.intro)
    gone = look(ada, at(booking))
    assert "Intro call" in gone.text
    assert not any(each.startswith("/host/meetings/") for each in gone.hrefs())
