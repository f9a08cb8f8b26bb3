"""Where an event put over a held time wins: what its host did last counts, though nobody has read it yet."""

from collections.abc import Iterator

import pytest

from booking_service.actions.booking import address, change, host_decisions, reply
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState, Cause, Party
from booking_service.domain.errors import BookingCancelled, SlotTaken, UnknownBooking
from booking_service.domain.meeting import Approval
from calendars.errors import Unavailable
from calendars.memory import MemoryCalendar
from calendars.model import EventStatus, Period
from tests import invariants
from tests.flows.conftest import Bench
from tests.flows.host_client import HostedCalendar
from tests.flows.test_budget import HALF, TUESDAY_9
from tests.flows.test_calendar_wins import overlaid, summaries
from tests.flows.test_choices import choose
from tests.flows.test_host_edits import AT_14, Meddled, shown, told, uid
from tests.world import World, world

AT_9 = Period(TUESDAY_9, TUESDAY_9 + HALF)
SERVERS = [
    pytest.param("radicale", marks=pytest.mark.server),
    pytest.param("xandikos", marks=[pytest.mark.server, pytest.mark.extended]),
]


@pytest.fixture(params=["memory", *SERVERS])
def w(request: pytest.FixtureRequest, bench: Bench) -> Iterator[World]:
    memory = request.param == "memory"
    calendar = MemoryCalendar() if memory else HostedCalendar(request.getfixturevalue(f"{request.param}_calendar"))
    with world(bench.folder, engine=bench.engine, calendar=calendar) as made:
        yield made


def loses(w: World, booking: Booking) -> None:
    """Whoever confirms is told that the time is taken, by a mail as well; and all agree from then on."""
    with pytest.raises(SlotTaken):
        w.confirm(booking)
    w.settle()
    ended = w.booking(booking.id)
    assert (ended.state, ended.cancelled_by, ended.cause) == (BookingState.CANCELLED, Party.HOST, Cause.TAKEN)
    assert shown(w, booking) is None
    assert told(w, booking)[-1] == "cancelled"
    invariants.at_rest(w)


def stands(w: World, booking: Booking, at: Period = AT_9) -> None:
    """Whoever confirms has it, at this time."""
    assert w.confirm(booking).state is BookingState.CONFIRMED
    w.settle()
    assert shown(w, booking) == (EventStatus.CONFIRMED, at)
    assert told(w, booking)[-1] in ("booked", "moved")
    invariants.at_rest(w)


def test_an_event_deleted_since_the_last_pull_wins_over_nothing(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_deletes("dentist")
    stands(w, booking)


def test_an_event_moved_away_since_the_last_pull_wins_over_nothing(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_moves("dentist", AT_14)
    stands(w, booking)


def test_an_event_moved_away_and_back_between_two_pulls_wins(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_moves("dentist", AT_14)
    w.calendar.host_moves("dentist", AT_9)
    loses(w, booking)


def test_a_hold_that_its_host_moved_out_of_the_way_is_booked_there(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_moves(uid(w, booking), AT_14)
    stands(w, booking, AT_14)
    assert "Dentist" in summaries(w)


def test_a_hold_moved_out_of_the_way_and_back_loses(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_moves(uid(w, booking), AT_14)
    w.calendar.host_moves(uid(w, booking), AT_9)
    loses(w, booking)


def test_a_hold_that_its_host_only_renamed_loses(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_edits(uid(w, booking), summary="Grace?")
    loses(w, booking)


def test_a_hold_deleted_beside_the_event_ends_whoever_confirms_it(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_deletes(uid(w, booking))
    loses(w, booking)


def test_a_hold_cancelled_beside_the_event_is_over_for_who_confirms_it(w: World) -> None:
    booking = overlaid(w)
    w.calendar.host_edits(uid(w, booking), status=EventStatus.CANCELLED)
    with pytest.raises(BookingCancelled):
        w.confirm(booking)
    w.settle()
    assert w.booking(booking.id).cause is Cause.DELETED
    assert summaries(w) == ["Dentist"]
    invariants.at_rest(w)


def test_a_calendar_that_can_not_be_read_again_counts_as_it_was_read_last(bench: Bench) -> None:
    with world(bench.folder, engine=bench.engine) as w:
        booking = overlaid(w)
        w.calendar.fail_next(Unavailable("no answer"))
        loses(w, booking)


def test_an_edit_of_the_hold_that_could_not_be_followed_yet_keeps_the_promise(bench: Bench) -> None:
    """The pull saw it, and then its calendar fell silent: the invitee has the time that the host gave it in the end."""
    calendar = MemoryCalendar()
    server = Meddled(calendar)
    with world(bench.folder, engine=bench.engine, calendar=calendar, open_calendar=lambda *_: server) as w:
        booking = overlaid(w)
        calendar.host_moves(uid(w, booking), AT_14)
        server.before["get"] = [lambda: calendar.fail_next(Unavailable("no answer"))]
        stands(w, booking, AT_14)


def test_who_corrects_the_address_while_the_calendars_are_read_gets_no_booking_by_the_old_link(bench: Bench) -> None:
    calendar = MemoryCalendar()
    server = Meddled(calendar)
    with world(bench.folder, engine=bench.engine, calendar=calendar, open_calendar=lambda *_: server) as w:
        booking = overlaid(w)
        server.before["changes"] = [
            lambda: address.correct_address(w.rt, booking.public_id, "right@example.org", now=w.now)
        ]
        with pytest.raises(UnknownBooking):
            w.confirm(booking)
        assert w.booking(booking.id).state is BookingState.HELD


# What the host decided about this time


def test_what_the_host_said_to_keep_is_kept_when_its_invitee_tried_another_time(w: World) -> None:
    booking = overlaid(w)
    reply.keep(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    w.calendar.host_adds("Lunch", AT_14, uid="lunch")  # nobody has read it
    with pytest.raises(SlotTaken):
        change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_14.start, now=w.now)
    stands(w, booking)


def test_what_the_host_said_of_another_time_counts_there_only(w: World) -> None:
    booking = overlaid(w)
    reply.keep(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_14.start, now=w.now)
    w.drain()
    w.calendar.host_adds("Lunch", AT_14, uid="lunch")
    w.drain()
    loses(w, booking)


def test_a_host_who_approves_after_they_were_told_of_the_event_has_decided(w: World) -> None:
    booking = overlaid(w, approval=Approval.BEFORE)
    reply.approve(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    w.drain()
    stands(w, booking)


def test_an_event_that_the_host_puts_over_what_they_approved_wins(w: World) -> None:
    choose(w, calendar_wins=True, approval=Approval.BEFORE)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    reply.approve(w.rt, w.token(booking, LinkPurpose.ACT), now=w.now)
    w.drain()
    w.calendar.host_adds("Dentist", AT_9, uid="dentist")
    w.drain()
    loses(w, booking)


def test_a_hold_that_its_host_keeps_longer_beside_the_event_keeps_its_promise(w: World) -> None:
    booking = overlaid(w)
    host_decisions.keep_longer(w.rt, booking.id, now=w.now)
    w.drain()
    stands(w, booking)


def test_a_hold_kept_longer_before_the_event_was_put_there_loses(w: World) -> None:
    choose(w, calendar_wins=True)
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    host_decisions.keep_longer(w.rt, booking.id, now=w.now)
    w.calendar.host_adds("Dentist", AT_9, uid="dentist")
    w.drain()
    loses(w, booking)
