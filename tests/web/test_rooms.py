"""A room of its own for each booking, the same wherever it is told."""

from dataclasses import replace

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.meeting import Place, read_location
from tests.web.page_reader import look
from tests.web.site import Site, person_of_host, signed_in

PATTERN = "https://meet.example.org/{room}"


def room(address: str) -> str:
    assert address.startswith("https://meet.example.org/")
    name = address.rpartition("/")[2]
    assert len(name) == 16
    assert name.isalnum()
    return name


def test_each_booking_has_a_room_and_page_mail_and_calendar_agree_on_it(s: Site) -> None:
    s.save(replace(s.w.intro, place=Place.VIDEO, location=PATTERN))
    first = s.confirmed()
    (event,) = s.w.calendar.events()
    mine = room(event.location)
    held = s.hold(form_key="h" * 22, start="2030-01-08T09:00:00Z", email="alan@example.net")
    assert {room(each.location) for each in s.w.calendar.events()} > {mine}, "another booking has another room"
    for mail in s.w.mails.to("grace@example.net"):
        assert "{room}" not in mail.text
    told = [mail for mail in s.w.mails.sent if f"https://meet.example.org/{mine}" in mail.text]
    assert {mail.to.address for mail in told} == {"grace@example.net", "ada@example.org"}
    invitation = next(mail for mail in told if mail.calendar is not None)
    assert mine in str(invitation.calendar)
    manage = s.link(first, LinkPurpose.MANAGE)
    assert f"https://meet.example.org/{mine}" in look(s.browser, manage).hrefs()
    assert "meet.example.org" not in look(s.browser, f"/b/{held.public_id}").text, (
        "nobody dials in before they confirmed"
    )
    ada = signed_in(s, person_of_host(s, s.w.host))
    assert f"https://meet.example.org/{mine}" in look(ada, f"/host/bookings/{first.id}").hrefs()
    for address in ("/host", "/host/bookings", "/ada/intro", "/ada"):
        assert "{room}" not in look(ada, address).text, address
    moved = s.browser.post(f"{manage}/move", data={"start": "2030-01-09T08:00:00Z"})
    assert moved.status_code == 303
    s.w.drain()
    assert mine in {room(each.location) for each in s.w.calendar.events()}, "a move keeps the room"


@pytest.mark.parametrize("text", ["https://meet.example.org/{rom}", "{", "{room}}"])
def test_what_stands_in_braces_and_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="may be in braces"):
        read_location(text)
