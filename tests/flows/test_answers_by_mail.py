"""Guests, hosts and readers of reminders answer by links of their own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.actions.access.links import token
from booking_service.actions.booking import change as actions
from booking_service.actions.booking import reply, show
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.errors import HoldExpired, UnknownBooking
from booking_service.domain.meeting import Approval
from booking_service.storage import meetings
from booking_service.storage.engine import transaction
from calendars.model import EventStatus
from tests import invariants
from tests.world import World


def with_approval(w: World, approval: Approval) -> None:
    with transaction(w.rt.engine) as session:
        meetings.save(session, replace(w.intro, approval=approval))


def guest_link(w: World, booking: Booking, guest: str) -> str:
    return token(w.rt, w.booking(booking.id), LinkPurpose.GUEST, guest=guest)


@pytest.fixture
def invited(w: World) -> Booking:
    booking = w.hold(meeting="quick", guests=("a@example.org", "b@example.org"))
    w.drain()
    return booking


def test_a_guest_declines_and_the_meeting_goes_on(w: World, invited: Booking) -> None:
    reply.decline_as_guest(w.rt, guest_link(w, invited, "a@example.org"), now=w.now)
    w.drain()
    booking = w.booking(invited.id)
    assert booking.state is BookingState.CONFIRMED
    assert booking.guests == ("b@example.org",)
    methods = [mail.calendar.method for mail in w.mails.to("a@example.org") if mail.calendar]
    assert methods == ["REQUEST", "CANCEL"]
    assert len(w.mails.to("b@example.org")) == 1
    assert "a@example.org" not in w.calendar.events()[0].description
    for other in (booking.invitee.email, w.host.email):
        assert w.mails.to(other)[-1].subject.startswith("A guest won't come: ")
        assert "a@example.org has declined" in w.mails.to(other)[-1].text
    invariants.at_rest(w)


def test_a_guest_who_declined_hears_nothing_of_the_cancellation(w: World, invited: Booking) -> None:
    link = guest_link(w, invited, "a@example.org")
    reply.decline_as_guest(w.rt, link, now=w.now)
    reply.decline_as_guest(w.rt, link, now=w.now)  # twice does no harm
    w.drain()
    before = len(w.mails.to("a@example.org"))
    actions.cancel_by_host(w.rt, invited.id, reason="", now=w.now)
    w.drain()
    assert len(w.mails.to("a@example.org")) == before
    assert [mail.calendar.method for mail in w.mails.to("b@example.org") if mail.calendar] == ["REQUEST", "CANCEL"]


def test_a_guests_link_is_no_other_guests_and_no_invitees(w: World, invited: Booking) -> None:
    link = guest_link(w, invited, "a@example.org")
    for purpose in (LinkPurpose.MANAGE, LinkPurpose.CONFIRM, LinkPurpose.ACT):
        with pytest.raises(UnknownBooking):
            show.opened(w.rt, link, purpose, now=w.now)
    assert show.opened(w.rt, link, LinkPurpose.GUEST, now=w.now).guest == "a@example.org"


def test_stopped_reminders_stay_stopped(w: World) -> None:
    booking = w.hold(meeting="quick", start=w.now + timedelta(days=3))
    w.drain()
    reply.stop_reminders(w.rt, w.token(booking, LinkPurpose.STOP), now=w.now)
    before = len(w.mails.sent)
    w.pass_time(days=2, hours=1)
    assert len(w.mails.sent) == before


def test_a_reminder_comes_once_a_day_before(w: World) -> None:
    booking = w.hold(meeting="quick", start=w.now + timedelta(days=3))
    w.drain()
    before = len(w.mails.to("grace@example.org"))
    w.pass_time(days=2, hours=1)
    w.pass_time(minutes=10)
    assert len(w.mails.to("grace@example.org")) == before + 1
    assert w.booking(booking.id).state is BookingState.CONFIRMED


@pytest.mark.capability("2.5")
@pytest.mark.parametrize("approval", [Approval.BEFORE, Approval.AFTER])
def test_a_request_is_a_booking_once_both_have_agreed(w: World, approval: Approval) -> None:
    with_approval(w, approval)
    booking = w.hold()
    w.drain()
    if approval is Approval.AFTER:
        w.confirm(booking)
    else:
        reply.approve(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    w.drain()
    assert w.booking(booking.id).state is BookingState.HELD
    assert [event.status for event in w.calendar.events()] == [EventStatus.TENTATIVE]
    if approval is Approval.AFTER:
        reply.approve(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    else:
        w.confirm(booking)
    w.drain()
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert [event.status for event in w.calendar.events()] == [EventStatus.CONFIRMED]
    invariants.at_rest(w)


def test_a_declined_request_frees_the_time_and_tells_the_invitee_why(w: World) -> None:
    with_approval(w, Approval.AFTER)
    booking = w.hold()
    w.drain()
    w.confirm(booking)
    w.drain()
    reply.decline_as_host(w.rt, w.token(booking, LinkPurpose.ACT), reason="I am travelling", now=w.now)
    w.drain()
    assert w.booking(booking.id).cancelled_by is Party.HOST
    assert w.calendar.events() == []
    assert "I am travelling" in w.mails.to("grace@example.org")[-1].text
    assert w.hold(form_key="another").state is BookingState.HELD


def test_an_approval_after_its_deadline_is_too_late(w: World) -> None:
    with_approval(w, Approval.AFTER)
    booking = w.hold()
    w.drain()
    w.confirm(booking)
    w.drain()
    link = w.token(booking, LinkPurpose.ACT)
    w.pass_time(hours=25)
    with pytest.raises(HoldExpired):
        reply.approve(w.rt, link, now=w.now)


def test_a_booking_kept_by_its_host_stands(w: World, invited: Booking) -> None:
    reply.keep(w.rt, w.token(invited, LinkPurpose.ACT), now=w.now)
    assert w.booking(invited.id).state is BookingState.CONFIRMED
