"""Pages of a request that holds nothing, because too many others wait already."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking
from booking_service.domain.roles import Role
from tests.web.page_reader import look, read
from tests.web.site import Site, person, person_of_host, signed_in, site

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, hold={"share_of_day": 0.1}) as made:
        held(made, "2030-01-08T08:00:00Z", "first")
        yield made


def held(s: Site, start: str, who: str) -> Booking:
    return s.hold(start=start, email=f"{who}@example.net", form_key=f"{who}-{start}".ljust(22, "k")[:22])


def test_nothing_says_that_the_time_is_held(crowded: Site) -> None:
    booking = held(crowded, "2030-01-08T09:00:00Z", "grace")
    crowded.w.drain()
    for address in (f"/b/{booking.public_id}", crowded.link(booking, LinkPurpose.CONFIRM)):
        page = look(crowded.browser, address)
        assert "It is not held for you: whoever confirms first gets it." in page.text
        assert "Held for you" not in page.text
    assert "2030-01-08T09:00:00Z" in crowded.browser.get("/ada/intro?day=2030-01-08").text


def test_its_host_reads_the_same(crowded: Site) -> None:
    held(crowded, "2030-01-08T09:00:00Z", "grace")
    crowded.w.drain()
    ada = signed_in(crowded, person_of_host(crowded, crowded.w.host))
    for address in ("/host", "/host/bookings", "/host/bookings/holds"):
        text = look(ada, address).text
        assert text.count("Asked for, not held") == 1, address
        assert text.count("Held, ") + text.count("Held until") == 1, address
    office = signed_in(crowded, person(crowded, Role.ADMIN))
    assert re.search(r"\b1\s*times held right now", look(office, "/admin/limits").text)


def test_who_confirms_second_is_shown_the_nearest_free_times(crowded: Site) -> None:
    start = "2030-01-08T09:00:00Z"
    grace, bob = held(crowded, start, "grace"), held(crowded, start, "bob")
    crowded.w.drain()
    assert crowded.browser.post(crowded.link(bob, LinkPurpose.CONFIRM)).status_code == 303
    lost = crowded.browser.post(crowded.link(grace, LinkPurpose.CONFIRM))
    assert lost.status_code == 409
    page = read(lost)
    assert page.h1 == "This time was just taken"
    assert "The nearest free times" in page.text
    assert "Confirm booking" not in page.text


def test_who_types_the_code_second_hears_it_too(crowded: Site) -> None:
    start = "2030-01-08T09:00:00Z"
    grace, bob = held(crowded, start, "grace"), held(crowded, start, "bob")
    crowded.w.drain()
    crowded.browser.post(crowded.link(bob, LinkPurpose.CONFIRM))
    mail = crowded.w.mails.to("grace@example.net")[-1].text
    code = next(word for word in mail.split() if word.isdigit() and len(word) == 6)
    lost = crowded.browser.post(f"/b/{grace.public_id}/code", data={"code": code})
    assert lost.status_code == 409
    assert "This time was just taken" in read(lost).text


def test_one_that_ended_is_not_said_to_have_been_kept(crowded: Site) -> None:
    booking = held(crowded, "2030-01-08T09:00:00Z", "grace")
    crowded.w.drain()
    crowded.w.pass_time(minutes=40)
    assert len(crowded.w.mails.to("grace@example.net")) == 1  # no reminder that it is "still yours"
    crowded.w.pass_time(minutes=21)
    assert "kept for you" not in look(crowded.browser, f"/b/{booking.public_id}").text
