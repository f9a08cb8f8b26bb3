"""Choices per meeting type: where an unconfirmed booking blocks, whether it must be confirmed, and who may force that."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking_service.actions.booking import address, reply
from booking_service.actions.booking import change as actions
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState, Cause
from booking_service.domain.errors import SlotTaken, TooLate
from booking_service.domain.meeting import Approval, DoubleOptIn, HoldPolicy
from booking_service.domain.people import Invitee
from booking_service.storage import hosts, meetings
from booking_service.storage.engine import transaction
from calendars.model import EventStatus, Period
from tests import invariants
from tests.world import MONDAY, World

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)
BOB = Invitee(name="Bob", email="bob@example.org", language="en", zone="Europe/Berlin")


def choose(w: World, **choices: Any) -> None:
    w.intro = replace(w.intro, **choices)
    with transaction(w.rt.engine) as session:
        meetings.save(session, w.intro)


@pytest.mark.capability("2.3")
def test_an_internal_hold_blocks_here_and_enters_the_calendar_once_confirmed(w: World) -> None:
    choose(w, hold_policy=HoldPolicy.INTERNAL)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    assert w.calendar.events() == []
    assert len(w.mails.sent) == 1
    with pytest.raises(SlotTaken):
        w.hold(start=TUESDAY_9, invitee=BOB)
    w.confirm(booking)
    w.drain()
    assert [event.status for event in w.calendar.events()] == [EventStatus.CONFIRMED]
    invariants.at_rest(w)


def test_an_internal_hold_that_ends_never_touched_the_calendar(w: World) -> None:
    choose(w, hold_policy=HoldPolicy.INTERNAL)
    w.hold(start=TUESDAY_9)
    w.pass_time(minutes=61)
    w.settle()
    assert set(w.calendar.requests) <= {"snapshot", "changes"}
    invariants.at_rest(w)


def test_an_internal_hold_gives_way_to_what_came_into_the_calendar_meanwhile(w: World) -> None:
    choose(w, hold_policy=HoldPolicy.INTERNAL)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF))
    w.confirm(booking)
    w.drain()
    latest = w.booking(booking.id)
    assert latest.state is BookingState.CANCELLED
    assert latest.cause is Cause.TAKEN
    assert "taken" in w.mails.to("grace@example.org")[-1].text
    w.settle()
    assert [event.summary for event in w.calendar.events()] == ["Dentist"]


@pytest.mark.capability("2.3")
def test_without_a_hold_the_first_to_confirm_wins(w: World) -> None:
    choose(w, hold_policy=HoldPolicy.NONE)
    grace, bob = w.hold(start=TUESDAY_9), w.hold(start=TUESDAY_9, invitee=BOB)
    w.drain()
    assert w.calendar.events() == []
    assert w.confirm(bob).state is BookingState.CONFIRMED
    with pytest.raises(SlotTaken):
        w.confirm(grace)
    w.drain()
    assert len(w.calendar.events()) == 1
    w.pass_time(minutes=61)
    w.settle()
    assert w.booking(grace.id).state is BookingState.EXPIRED
    invariants.at_rest(w)


def test_the_mail_of_an_unheld_time_does_not_say_that_it_is_held(w: World) -> None:
    choose(w, hold_policy=HoldPolicy.NONE)
    w.hold(start=TUESDAY_9)
    w.drain()
    assert "not held" in w.mails.sent[0].text


@pytest.mark.capability("S1-08")
@pytest.mark.parametrize(
    ("doi", "forced", "state"),
    [
        (DoubleOptIn.ON, False, BookingState.HELD),
        (DoubleOptIn.OFF, False, BookingState.CONFIRMED),
        (DoubleOptIn.ORGANISATION, False, BookingState.HELD),
        (DoubleOptIn.OFF, True, BookingState.HELD),
    ],
)
def test_double_opt_in_is_off_on_or_as_the_organisation_says(
    w: World, doi: DoubleOptIn, forced: bool, state: BookingState
) -> None:
    choose(w, doi=doi)
    with transaction(w.rt.engine) as session:
        hosts.save_organisation(session, replace(hosts.organisation(session), doi_forced=forced))
    assert w.hold(start=TUESDAY_9).state is state


def test_a_cut_off_before_the_start_stops_invitees_only(w: World) -> None:
    choose(w, doi=DoubleOptIn.OFF, change_until=timedelta(hours=24))
    booking = w.hold(start=TUESDAY_9 + timedelta(days=1))
    w.drain()
    w.pass_time(hours=25)
    with pytest.raises(TooLate):
        actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    assert actions.cancel_by_host(w.rt, booking.id, reason="ill", now=w.now).state is BookingState.CANCELLED


def test_an_invitee_reschedules_in_place(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    before = w.reservation(booking)
    actions.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + 2 * HALF, now=w.now)
    w.drain()
    after = w.reservation(booking)
    assert (after.uid, after.href) == (before.uid, before.href)
    assert [event.sequence for event in w.calendar.events()] == [1]
    assert [event.time.start for event in w.calendar.events()] == [TUESDAY_9 + 2 * HALF]
    assert w.hold(start=TUESDAY_9, meeting="quick", invitee=BOB).state is BookingState.CONFIRMED
    w.drain()
    invariants.at_rest(w)


def test_a_reschedule_onto_a_strangers_event_keeps_the_old_time(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    w.calendar.host_adds("Dentist", Period(TUESDAY_9 + 2 * HALF, TUESDAY_9 + 3 * HALF))
    with pytest.raises(SlotTaken):
        actions.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + 2 * HALF, now=w.now)
    w.drain()
    assert w.booking(booking.id).time.start == TUESDAY_9
    assert len(w.mails.to("grace@example.org")) == 1
    invariants.at_rest(w)


@pytest.mark.parametrize(
    "choices", [{"approval": Approval.BEFORE}, {"approval": Approval.AFTER, "doi": DoubleOptIn.OFF}]
)
def test_a_corrected_address_gives_the_host_who_is_asked_first_a_link_that_works(
    w: World, choices: dict[str, Any]
) -> None:
    """The one in their first email is dead, as every link that was mailed before."""
    choose(w, **choices)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    corrected = address.correct_address(w.rt, booking.public_id, "hopper@example.net", now=w.now)
    assert corrected.owed == ()
    invariants.always(w)
    w.drain()
    asked = w.mails.to("ada@example.org")
    assert len(asked) == 2
    token = w.token(booking, LinkPurpose.ACT)
    assert [token in mail.text for mail in asked] == [False, True]
    reply.approve(w.rt, token, now=w.now)
    w.drain()
    assert len(w.mails.to("hopper@example.net")) == 1
    invariants.at_rest(w)
