"""What its invitee reads where an event that the host put over a held time wins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.crypto.tokens import LinkPurpose, code_for
from booking_service.domain.booking import Booking
from calendars.model import Period
from tests.web.page_reader import look, read
from tests.web.site import Site


@pytest.fixture
def overlaid(s: Site) -> Booking:
    s.save(replace(s.w.intro, calendar_wins=True))
    booking = s.hold()
    s.w.drain()
    s.w.calendar.host_adds("Dentist", Period(booking.time.start, booking.time.start + timedelta(hours=1)))
    s.w.drain()
    return booking


def test_the_button_is_refused_with_other_times_and_the_link_says_so_from_then_on(s: Site, overlaid: Booking) -> None:
    link = f"/c/{s.w.token(overlaid, LinkPurpose.CONFIRM)}"
    assert look(s.browser, link).h1 == "Confirm your booking"  # looking decides nothing
    refused = read(s.browser.post(link))
    assert (refused.status, refused.h1) == (409, "This time was just taken")
    assert "Something else was entered in the calendar in the meantime." in refused.text
    assert "Tue 8 Jan, 10:00" in refused.text
    assert "Dentist" not in refused.text
    again = look(s.browser, link)
    assert (again.status, again.h1) == (410, "This time was just taken")


def test_the_code_is_refused_with_other_times_too(s: Site, overlaid: Booking) -> None:
    code = code_for(s.w.rt.ring, overlaid.id, overlaid.generation)
    refused = read(s.browser.post(f"/b/{overlaid.public_id}/code", data={"code": code}))
    assert (refused.status, refused.h1) == (409, "This time was just taken")


def test_the_hosts_page_says_what_follows_where_they_do_nothing(s: Site, overlaid: Booking) -> None:
    page = look(s.browser, f"/a/{s.w.token(overlaid, LinkPurpose.ACT)}?lang=en")
    assert page.h1 == "Keep this time?"
    assert "Unless you keep it, whoever confirms it will be offered other times instead." in page.text
