"""What pages promise where the host has a say, or where nothing is held: no more than what is true."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.meeting import Approval, DoubleOptIn, HoldPolicy
from calendars.model import Period
from tests.web.page_reader import look, read
from tests.web.site import TUESDAY_9, Site

DETAILS = f"/ada/intro/details?start={TUESDAY_9}&lang=en"
YOURS = "The time is yours when you confirm it."


def offer(s: Site, **changes: object) -> None:
    """Make /ada/intro a meeting type with other choices."""
    s.save(replace(s.w.intro, **changes))  # type: ignore[arg-type]


def asked(s: Site, who: str) -> Booking:
    booking = s.hold(email=f"{who}@example.net", form_key=who.ljust(22, "k"))
    s.w.drain()
    return booking


@pytest.mark.parametrize(
    ("changes", "button", "hint"),
    [
        ({}, "Hold this time and email me the link", YOURS),
        ({"hold_policy": HoldPolicy.NONE}, "Email me the link", "The time goes to whoever confirms first."),
        (
            {"approval": Approval.AFTER},
            "Hold this time and email me the link",
            "Once you have confirmed, Ada Lovelace decides.",
        ),
        ({"approval": Approval.BEFORE}, "Ask for this time", "Ada Lovelace decides first. Then we send one link"),
        (
            {"approval": Approval.AFTER, "doi": DoubleOptIn.OFF},
            "Ask for this time",
            "Ada Lovelace decides. We send the answer",
        ),
        ({"doi": DoubleOptIn.OFF}, "Book this time", "We send the confirmation to this address."),
    ],
)
def test_the_form_promises_what_the_meeting_type_keeps(
    s: Site, changes: dict[str, object], button: str, hint: str
) -> None:
    offer(s, **changes)
    page = look(s.browser, DETAILS)
    assert page.button(button)
    assert hint in page.text
    assert (YOURS in page.text) == (hint == YOURS)


def test_the_form_and_the_waiting_page_name_what_is_booked(s: Site) -> None:
    assert s.w.intro.title in look(s.browser, DETAILS).text
    assert s.w.intro.title in look(s.browser, f"/b/{asked(s, 'grace').public_id}").text


def test_who_confirms_first_and_who_decides_after_that_is_said_before_the_button(s: Site) -> None:
    offer(s, approval=Approval.AFTER)
    booking = asked(s, "grace")
    for address in (f"/b/{booking.public_id}", s.link(booking, LinkPurpose.CONFIRM)):
        page = look(s.browser, address)
        assert "Once you have confirmed, Ada Lovelace decides." in page.text
        assert page.button("Confirm the request")
        assert "booking" not in page.h1


def test_a_request_that_holds_nothing_is_withdrawn_not_released(s: Site) -> None:
    offer(s, hold_policy=HoldPolicy.NONE)
    booking = asked(s, "grace")
    waiting, not_me = f"/b/{booking.public_id}", s.link(booking, LinkPurpose.NOT_ME)
    for address, button in (
        (waiting, "Withdraw this request"),
        (not_me, "Withdraw the request now"),
        (s.link(booking, LinkPurpose.CONFIRM), "I did not ask for this: withdraw the request"),
    ):
        page = look(s.browser, address)
        assert page.button(button)
        assert "elease" not in page.text
    done = read(s.browser.get(s.browser.post(not_me).headers["location"]))
    assert (done.h1, "The request is withdrawn." in done.text) == ("Done", True)
    assert look(s.browser, waiting).h1 == "Withdrawn"


def test_a_request_that_holds_nothing_is_lost_on_every_page_once_another_has_the_time(s: Site) -> None:
    offer(s, hold_policy=HoldPolicy.NONE)
    grace, bob = asked(s, "grace"), asked(s, "bob")
    s.browser.post(s.link(bob, LinkPurpose.CONFIRM))
    s.w.drain()
    for address in (f"/b/{grace.public_id}", s.link(grace, LinkPurpose.CONFIRM)):
        page = read(s.browser.get(address))
        assert page.h1 == "This time was just taken"
        assert "Somebody else was faster" in page.text
        assert "The nearest free times" in page.text
    assert s.browser.get(f"/b/{grace.public_id}/state.json").json()["state"] == "taken"
    assert s.booking(grace.public_id).state is BookingState.HELD


def test_a_host_who_agrees_reads_that_it_arrived_and_what_follows(s: Site) -> None:
    offer(s, approval=Approval.BEFORE)
    booking = asked(s, "grace")
    page = look(s.browser, f"{s.link(booking, LinkPurpose.ACT)}?lang=en")
    done = read(s.browser.get(s.browser.post(page.button("Approve")).headers["location"]))
    assert done.h1 == "Approved"
    assert "Grace Hopper is being asked by email to confirm." in done.text
    assert s.booking(booking.public_id).awaits == {Party.INVITEE}
    later = look(s.browser, f"{s.link(booking, LinkPurpose.ACT)}?lang=en")
    assert "Grace Hopper has not confirmed yet." in later.text
    assert "has this time" not in later.text


def test_a_host_who_declines_reads_that_the_invitee_is_told(s: Site) -> None:
    offer(s, approval=Approval.BEFORE)
    booking = asked(s, "grace")
    page = look(s.browser, f"{s.link(booking, LinkPurpose.ACT)}?lang=en")
    assert "Grace Hopper will read it." in page.text
    done = read(s.browser.get(s.browser.post(page.button("Decline")).headers["location"]))
    assert (done.h1, "Grace Hopper will be told by email." in done.text) == ("Declined", True)


def test_a_host_who_agrees_to_a_time_that_is_gone_reads_so(s: Site) -> None:
    offer(s, approval=Approval.AFTER, hold_policy=HoldPolicy.NONE)
    grace, bob = asked(s, "grace"), asked(s, "bob")
    links = [s.link(each, LinkPurpose.ACT) for each in (grace, bob)]
    for each in (grace, bob):
        s.browser.post(s.link(each, LinkPurpose.CONFIRM))
    s.w.drain()
    assert s.browser.post(links[0]).status_code == 303
    s.w.drain()
    late = s.browser.post(f"{links[1]}?lang=en")
    assert late.status_code == 409
    assert "This time has been taken in the meantime. If you decline, Grace Hopper will be told." in read(late).text


def test_who_confirmed_in_time_reads_that_it_was_the_host_who_did_not_answer(s: Site) -> None:
    offer(s, approval=Approval.AFTER)
    booking = asked(s, "grace")
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    s.w.pass_time(hours=25)
    page = read(s.browser.get(s.link(booking, LinkPurpose.CONFIRM)))
    assert page.h1 == "No answer in time"
    assert "not confirmed" not in page.text


def test_what_is_not_booked_yet_is_released_by_the_manage_link_not_cancelled(s: Site) -> None:
    offer(s, approval=Approval.AFTER)
    booking = asked(s, "grace")
    s.browser.post(s.link(booking, LinkPurpose.CONFIRM))
    page = look(s.browser, s.link(booking, LinkPurpose.CONFIRM))
    assert "Cancel booking" not in page.text
    again = look(s.browser, page.links()["Release this time"])
    assert again.h1 == "Release this time?"


def test_nothing_that_is_too_late_to_change_is_offered_for_a_change(s: Site) -> None:
    offer(s, change_until=timedelta(days=5))
    booking = s.confirmed()
    for address in (s.link(booking, LinkPurpose.CONFIRM), f"/b/{booking.public_id}"):
        page = look(s.browser, address)
        assert "Reschedule" not in page.text
        assert "It is too close to the start to be changed here. Please write to" in page.text


def test_the_host_who_moved_a_hold_is_named_on_the_waiting_page(s: Site) -> None:
    booking = asked(s, "grace")
    uid = s.w.reservation(booking).uid
    time = booking.time
    s.w.calendar.host_moves(uid, Period(time.start + timedelta(hours=1), time.end + timedelta(hours=1)))
    s.w.settle()
    assert "Ada Lovelace has moved it to this time." in look(s.browser, f"/b/{booking.public_id}").text


def test_a_wrong_code_is_told_at_its_field(s: Site) -> None:
    booking = asked(s, "grace")
    page = read(s.browser.post(f"/b/{booking.public_id}/code", data={"code": "000000"}))
    field = page.one("input", id="code")
    assert field.get("aria-describedby") == page.one("div", role="alert").get("id") == "wrong"
