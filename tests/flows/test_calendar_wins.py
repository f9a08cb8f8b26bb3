"""Where a meeting type says so, an event that its host puts over a held time wins when the invitee confirms."""

import pytest

from booking_service.actions.booking import confirm as confirming
from booking_service.actions.booking import reply
from booking_service.crypto.tokens import LinkPurpose, code_for
from booking_service.domain.booking import Booking, BookingState, Cause, Party
from booking_service.domain.errors import BookingCancelled, SlotTaken
from booking_service.domain.meeting import Approval
from calendars.errors import Unavailable
from calendars.model import Period
from tests import invariants
from tests.flows.test_budget import HALF, TUESDAY_9
from tests.flows.test_choices import choose
from tests.world import World


def overlaid(w: World, **choices: object) -> Booking:
    """A hold whose invitee was asked, and a dentist over it."""
    choose(w, calendar_wins=True, **choices)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="dentist")
    w.drain()
    return booking


def summaries(w: World) -> list[str]:
    return [event.summary for event in w.calendar.events()]


def test_the_hosts_event_wins_over_the_hold_and_its_invitee_is_told(w: World) -> None:
    booking = overlaid(w)
    with pytest.raises(SlotTaken):
        w.confirm(booking)
    ended = w.booking(booking.id)
    assert (ended.state, ended.cancelled_by, ended.cause) == (BookingState.CANCELLED, Party.HOST, Cause.TAKEN)
    w.settle()
    assert summaries(w) == ["Dentist"]
    assert [mail.subject.partition(":")[0] for mail in w.mails.to(booking.invitee.email)] == [
        "Please confirm",
        "Not available any more",
    ]
    with pytest.raises(BookingCancelled):
        w.confirm(booking)
    invariants.at_rest(w)


def test_so_it_does_over_the_code_of_the_mail(w: World) -> None:
    booking = overlaid(w)
    code = code_for(w.rt.ring, booking.id, booking.generation)
    with pytest.raises(SlotTaken):
        confirming.confirm_by_code(w.rt, booking.public_id, code, now=w.now)
    assert w.booking(booking.id).cause is Cause.TAKEN


def test_what_the_host_said_to_keep_keeps_its_promise(w: World) -> None:
    booking = overlaid(w)
    reply.keep(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    assert w.confirm(booking).state is BookingState.CONFIRMED
    w.settle()
    invariants.at_rest(w)


def test_an_event_that_is_gone_again_wins_over_nothing(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_deletes("dentist")
    w.drain()
    assert w.confirm(booking).state is BookingState.CONFIRMED


def test_a_host_who_answers_themselves_has_seen_their_own_calendar(w: World) -> None:
    booking = overlaid(w, approval=Approval.AFTER)
    w.confirm(booking)
    w.drain()
    reply.approve(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    assert w.booking(booking.id).state is BookingState.CONFIRMED


def test_a_calendar_that_can_not_be_read_takes_nothing_back(w: World) -> None:
    choose(w, calendar_wins=True)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.calendar.fail_next(Unavailable("no answer"), times=50)
    w.confirm(booking)
    assert w.booking(booking.id).state is BookingState.CONFIRMED


def test_what_is_booked_already_stays(w: World) -> None:
    choose(w, calendar_wins=True)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.confirm(booking)
    w.drain()
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="dentist")
    w.settle()
    assert w.confirm(booking).state is BookingState.CONFIRMED


def test_the_host_is_asked_with_what_follows(w: World) -> None:
    overlaid(w)
    (asked,) = [mail for mail in w.mails.to("ada@example.org") if mail.subject.startswith("Your calendar changed")]
    assert "Unless you keep it, whoever confirms it will be offered other times instead." in asked.text


def test_a_host_who_decides_last_is_not_told_that_others_decide(w: World) -> None:
    overlaid(w, approval=Approval.AFTER)
    (asked,) = [mail for mail in w.mails.to("ada@example.org") if mail.subject.startswith("Your calendar changed")]
    assert "Unless you keep it" not in asked.text
