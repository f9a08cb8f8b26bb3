"""A host who wants it hears of each time that is held, and of nothing that nobody holds."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from booking_service.actions.booking import address, change
from booking_service.config.notation import read_rates
from booking_service.domain.booking import Party
from booking_service.domain.errors import SlotTaken
from booking_service.domain.meeting import Approval, HoldPolicy
from calendars.model import Period
from tests import invariants
from tests.flows.test_budget import HALF, TUESDAY_9, limited, of
from tests.flows.test_choices import choose
from tests.world import World

ADA = "ada@example.org"


def heard(w: World) -> Sequence[str]:
    return [mail.subject for mail in w.mails.to(ADA)]


def test_who_did_not_ask_for_it_hears_of_no_hold(w: World) -> None:
    w.hold()
    w.drain()
    assert heard(w) == []


def test_the_host_hears_of_a_hold_by_its_name_alone_and_where_it_is_released(w: World) -> None:
    choose(w, tell_of_holds=True)
    booking = w.hold(answers=(("topic", "Compilers"),), guests=("alan@example.net",))
    assert heard(w) == []  # nothing is told before the event stands
    w.drain()
    (mail,) = w.mails.to(ADA)
    assert mail.subject == "Hold: Grace Hopper, Tue 8 Jan, 09:00"
    assert f"http://localhost:8000/host/bookings/{booking.id}/cancel" in mail.text
    assert "If it is not confirmed by Monday 7 January, 10:00, Europe/Berlin (UTC+1), it is released." in mail.text
    for typed in ("Compilers", "alan@example.net", booking.invitee.email):
        assert typed not in mail.text
    assert mail.reply_to is None
    assert mail.calendar is None
    w.confirm(booking)
    w.drain()
    assert heard(w)[1:] == ["Booked by Grace Hopper: Tue 8 Jan, 09:00"]
    invariants.at_rest(w)


def test_a_hold_that_was_taken_meanwhile_is_told_to_nobody(w: World) -> None:
    choose(w, tell_of_holds=True)
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF))
    with pytest.raises(SlotTaken):
        w.hold(start=TUESDAY_9)
    w.drain()
    assert heard(w) == []


def test_what_nothing_is_held_for_is_told_to_nobody(w: World) -> None:
    choose(w, tell_of_holds=True, hold_policy=HoldPolicy.NONE)
    w.hold()
    w.drain()
    assert heard(w) == []


def test_a_host_who_is_asked_hears_of_it_by_the_question_only(w: World) -> None:
    choose(w, tell_of_holds=True, approval=Approval.BEFORE)
    w.hold()
    w.drain()
    assert [each.partition(":")[0] for each in heard(w)] == ["Please decide"]


def test_a_hold_that_its_invitee_moves_is_told_anew_and_one_that_the_host_moves_is_not(w: World) -> None:
    choose(w, tell_of_holds=True)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    change.move_hold(w.rt, booking.public_id, TUESDAY_9 + HALF, now=w.now)
    w.drain()
    assert heard(w) == ["Hold: Grace Hopper, Tue 8 Jan, 09:00", "Hold: Grace Hopper, Tue 8 Jan, 09:30"]
    w.calendar.host_moves(booking_event(w), Period(TUESDAY_9 + 4 * HALF, TUESDAY_9 + 5 * HALF))
    w.settle()
    assert w.booking(booking.id).time.start == TUESDAY_9 + 4 * HALF
    assert len(heard(w)) == 2


def test_a_corrected_address_is_no_second_hold(w: World) -> None:
    choose(w, tell_of_holds=True)
    booking = w.hold()
    w.drain()
    address.correct_address(w.rt, booking.public_id, "hopper@example.org", network="n", now=w.now)
    w.drain()
    assert len(heard(w)) == 1


def test_of_many_holds_an_hour_the_later_ones_wait_and_are_not_told_once_they_ended(w: World) -> None:
    choose(w, tell_of_holds=True, hold_lifetime=timedelta(minutes=30))
    tight = limited(w, questions_per_host=read_rates("2 per h"))
    for at in range(4):
        tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}"), network=f"10.0.0.{at}")
    tight.drain()
    assert len(heard(tight)) == 2
    tight.pass_time(minutes=61)
    assert len(heard(tight)) == 2


def booking_event(w: World) -> str:
    (event,) = w.calendar.events()
    return event.uid


def test_who_awaits_nobody_is_told_by_the_booking(w: World) -> None:
    choose(w, tell_of_holds=True)
    booking = w.hold(meeting="quick")
    w.drain()
    assert Party.INVITEE not in booking.awaits
    assert [each.partition(" ")[0] for each in heard(w)] == ["Booked"]
