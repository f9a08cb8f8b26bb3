"""A wish to be deleted while it waits: shown instead of doubled, taken back, and seen by staff on the contact's page."""

import pytest
from starlette.testclient import TestClient

from booking_service.actions.privacy import decisions, requests
from booking_service.domain.booking import BookingState
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Permission, Role
from booking_service.storage import contacts
from booking_service.storage.engine import snapshot
from tests.web.consents import NEWSLETTER, chain, mails, offer
from tests.web.links.test_late_mail import away
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.page_reader import look
from tests.web.site import Site, person, signed_in

REQUESTS = "/admin/consents/requests"


def _wished(s: Site, **ticked: str) -> str:
    """Grace asked to be deleted, and confirmed it from her mailbox. Returns her link to the page."""
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    link = fresh(s)
    s.browser.post(f"{link}/delete", data=ticked)
    s.w.drain()
    s.browser.post(changes(s)[-1])
    s.w.drain()
    return link


def _reference(s: Site) -> str:
    [waiting] = requests.waiting(s.w.rt)
    return waiting.request.reference


def _staff(s: Site) -> TestClient:
    return signed_in(s, person(s, Role.STAFF, permissions=frozenset({Permission.CONSENTS})))


def _page_of_contact(s: Site) -> str:
    with snapshot(s.w.rt.engine) as session:
        contact = contacts.by_address(session, GRACE)
    assert contact is not None
    return f"/admin/consents/contacts/{contact.id}"


@pytest.mark.capability("S4-12", "S4-25")
def test_a_second_wish_while_one_waits_shows_that_one_and_makes_no_other(s: Site) -> None:
    link = _wished(s, cancel="yes")
    reference = _reference(s)
    page = look(s.browser, link)
    assert f"Reference: {reference}" in page.text
    assert "Delete my data…" not in page.text
    sure = look(s.browser, f"{link}/delete")
    assert sure.h1 == "You asked for this before"
    assert f"Reference: {reference}" in sure.text
    assert f"{link}/delete" not in sure.actions(), "nothing is left to ask for"
    assert s.browser.post(f"{link}/delete", data={"cancel": "yes"}).status_code == 303
    s.w.drain()
    assert len(mails(s, "change")) == 1
    assert _reference(s) == reference


def test_coming_bookings_can_still_be_cancelled_beside_a_wish_that_waits(s: Site) -> None:
    link = _wished(s)
    reference = _reference(s)
    sure = look(s.browser, f"{link}/delete")
    assert "Cancelled as soon as you open the link and press the button there" in sure.text
    s.browser.post(f"{link}/delete", data={"cancel": "yes"})
    s.w.drain()
    asked = changes(s)[-1]
    assert f"Reference: {reference}" in mails(s, "change")[-1].text
    page = look(s.browser, asked)
    assert page.h1 == "Cancel my upcoming bookings?"
    assert f"Reference: {reference}" in page.text
    [booking] = s.w.all_bookings()
    assert booking.state is BookingState.CONFIRMED
    for _ in range(2):
        assert s.browser.post(asked).status_code == 303
    assert s.booking(booking.public_id).state is BookingState.CANCELLED
    assert _reference(s) == reference, "nothing is doubled"
    done = look(s.browser, asked)
    assert done.h1 == "Your data will be deleted"
    assert reference in done.text


def test_ticking_that_bookings_are_cancelled_takes_the_place_of_a_wish_that_waits_for_its_mail(s: Site) -> None:
    offer(s, NEWSLETTER)
    agreed(s, "newsletter")
    link = fresh(s)
    s.browser.post(f"{link}/delete")
    s.w.drain()
    for _ in range(2):
        s.browser.post(f"{link}/delete", data={"cancel": "yes"})
        s.w.drain()
    first, second = changes(s)
    assert s.browser.get(first).status_code == 404
    assert "Cancelled as soon as you" in look(s.browser, second).text
    s.browser.post(f"{link}/delete")
    s.w.drain()
    assert len(changes(s)) == 2, "asking for less than what waits asks for nothing"


@pytest.mark.capability("S4-12", "S4-25", "S4-30")
def test_a_wish_that_waits_is_taken_back_through_the_mailbox_and_staff_and_person_see_it(s: Site) -> None:
    link = _wished(s)
    reference = _reference(s)
    for _ in range(2):
        assert s.browser.post(link, data={"act": "keep"}).status_code == 303
    s.w.drain()
    assert len(changes(s)) == 2
    asked = changes(s)[-1]
    assert "Please confirm: take back the deletion of my data" in [mail.subject for mail in s.w.mails.to(GRACE)]
    assert "Take the deletion back" in look(s.browser, link).text
    assert look(s.browser, asked).h1 == "Take the deletion back?"
    assert _reference(s) == reference, "it waits for the press"
    for _ in range(2):
        assert s.browser.post(asked).status_code == 303
    assert look(s.browser, asked).h1 == "Your data stays"
    assert look(s.browser, changes(s)[0]).h1 == "Your data stays", "the page of the wish itself says so, too"
    assert list(requests.waiting(s.w.rt)) == []
    s.w.drain()
    assert [mail.subject for mail in s.w.mails.to(GRACE)].count("Your data stays") == 1
    assert "Delete my data…" in look(s.browser, link).text

    staff = _staff(s)
    queue = look(staff, REQUESTS)
    assert "Taken back" in queue.text
    shown = look(staff, queue.links()["Delete: Grace Hopper"])
    assert shown.h1 == "Deletion taken back"
    assert "Taken back by the person on 7 January 2030" in shown.text
    s.w.pass_time(days=8)
    assert chain(s) != ()
    assert s.w.mails.to(GRACE)[-1].subject != "Your data is being deleted"
    again = fresh(s)
    s.browser.post(f"{again}/delete")
    s.w.drain()
    s.browser.post(changes(s)[-1])
    assert _reference(s) != reference, "they may ask anew"


def test_what_is_being_done_is_not_taken_back(s: Site) -> None:
    link = _wished(s)
    s.browser.post(link, data={"act": "keep"})
    s.w.drain()
    asked = changes(s)[-1]
    [waiting] = requests.waiting(s.w.rt)
    s.w.clock.advance(1)
    decisions.do_now(s.w.rt, waiting.request.id, mode=Mode.WHOLE, staff="t", now=s.w.now)
    assert "Take the deletion back (by email)" not in look(s.browser, link).text
    s.browser.post(asked)
    late = look(s.browser, asked)
    assert late.h1 == "It could not be taken back"
    assert "Nothing was changed." in late.text
    for _ in range(2):  # the last mail, then the rest
        s.w.pass_time(minutes=1)
    assert s.browser.get(asked).status_code == 410


def test_the_last_mail_leaves_first_also_where_nothing_ran_for_days_after_the_day_it_was_due(s: Site) -> None:
    _wished(s)
    s.w.pass_time(days=12)
    s.w.pass_time(minutes=1)
    assert s.w.mails.to(GRACE)[-1].subject == "Your data is being deleted"
    with snapshot(s.w.rt.engine) as session:
        assert contacts.by_address(session, GRACE) is None


def test_a_mail_server_that_is_away_puts_a_deletion_off_for_a_day_and_no_longer(s: Site) -> None:
    _wished(s)
    away(s, 500)
    s.w.pass_time(days=12)
    for hours in (12, 11):
        s.w.pass_time(hours=hours)
        with snapshot(s.w.rt.engine) as session:
            assert contacts.by_address(session, GRACE) is not None
    s.w.pass_time(hours=2)
    with snapshot(s.w.rt.engine) as session:
        assert contacts.by_address(session, GRACE) is None
    assert [each.subject for each in s.w.mails.to(GRACE)].count("Your data is being deleted") == 0


@pytest.mark.capability("S4-25")
def test_the_contacts_page_shows_staff_the_wish_that_waits_and_leads_to_the_queue(s: Site) -> None:
    link = _wished(s)
    staff, path = _staff(s), _page_of_contact(s)
    page = look(staff, path)
    assert "They asked to be deleted" in page.text
    assert f"reference {_reference(s)}; done by itself on 14 January 2030, 09:" in page.text
    assert look(staff, page.links()["See the request"]).h1 == "Erase Grace Hopper?"
    s.browser.post(link, data={"act": "data"})
    assert "Copy of their data: asked for on 7 January 2030" in look(staff, path).text
    s.browser.post(link, data={"act": "keep"})
    s.w.drain()
    assert "Taking back the deletion: asked for on 7 January 2030" in look(staff, path).text
    s.browser.post(changes(s)[-1])
    assert "They asked to be deleted" not in look(staff, path).text
