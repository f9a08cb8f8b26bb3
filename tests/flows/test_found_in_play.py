"""What the games of test_stateful came upon, each in its shortest form."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from booking_service.actions.booking import change as actions
from booking_service.actions.booking import hold
from booking_service.actions.calendar.pull import pull
from booking_service.actions.times.offers import find_slots
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState, Party
from booking_service.domain.errors import CalendarUnverified
from booking_service.domain.interval import Interval
from booking_service.worker import drain, perform_one
from calendars.memory import PLAIN, SABRE, MemoryCalendar, Temper
from tests import invariants
from tests.flows.conftest import Bench
from tests.flows.faults import Fault
from tests.flows.game.players import HostsClient
from tests.flows.game.table import PRIVATE, in_memory, table
from tests.flows.staged_faults import AtOnce, Paused, StagedCalendar, StagedMails
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)
tempers = pytest.mark.parametrize("w", [PLAIN, SABRE], ids=["plain", "sabre"], indirect=True)


@pytest.fixture
def w(request: pytest.FixtureRequest, bench: Bench) -> Iterator[World]:
    """Runs end before the page answers, and the calendar can be made to misbehave."""
    temper: Temper = getattr(request, "param", PLAIN)
    calendar = StagedCalendar(MemoryCalendar(temper=temper))
    with world(bench.folder, engine=bench.engine, calendar=calendar) as made:
        mails = StagedMails()
        yield replace(made, rt=replace(made.rt, pools=AtOnce(), transport=mails), mails=mails)


@pytest.mark.promise("I7")
@tempers
def test_what_a_pull_saw_and_the_host_deleted_does_not_come_back(w: World) -> None:
    """The run that wrote it died before it could remember that it stood; the pull knows."""
    Paused(lambda: w.hold(start=TUESDAY_9, meeting="quick"), request=1, after=True).start().go_on(dead=True)
    pull(w.rt, w.calendar_id)
    booking = w.all_bookings()[0]
    w.calendar.host_deletes(w.reservation(booking).uid)
    w.settle()
    w.settle()
    assert w.calendar.events() == []
    assert w.booking(booking.id).state is BookingState.CANCELLED
    assert [mail for mail in w.mails.sent if mail.calendar] == []
    invariants.at_rest(w)


@pytest.mark.promise("I6")
def test_a_move_goes_back_only_to_a_time_that_was_looked_at(w: World) -> None:
    """Moved before the first look was over: nothing was promised yet, and no calendar ever said that the old time is free."""
    stuck = Paused(lambda: w.hold(start=TUESDAY_9), request=1, after=False).start()
    booking = w.all_bookings()[0]
    actions.move_hold(w.rt, booking.public_id, TUESDAY_9 + HALF, now=w.now)
    w.calendar.weather.stage(Fault.DOWN, times=10_000)
    stuck.go_on()
    w.settle()
    assert w.booking(booking.id).state is BookingState.CANCELLED
    assert w.mails.to(booking.invitee.email) == []
    w.calendar.weather.clear()
    w.settle()
    invariants.at_rest(w)


@pytest.mark.promise("I3")
@pytest.mark.extended
def test_an_event_that_could_not_be_removed_for_hours_is_gone_within_a_minute_of_the_repair(w: World) -> None:
    """The calendar was read all the while, so that nothing but the next try could find out."""
    w.hold(start=TUESDAY_9)
    w.calendar.weather.stage(Fault.DOWN, on="delete", times=10_000)
    for _ in range(180):
        w.clock.advance(60)
        drain(w.rt)
    assert len(w.calendar.events()) == 1
    w.calendar.weather.clear()
    for _ in range(12):
        w.clock.advance(5)
        drain(w.rt)
    assert w.calendar.events() == []
    w.settle()
    invariants.at_rest(w)


@pytest.mark.promise("I4")
def test_nobody_is_uninvited_who_was_never_invited(w: World) -> None:
    """The invitation waited for a move to be written, which is no try; then the booking was cancelled."""
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    move = Paused(
        lambda: actions.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + HALF, now=w.now),
        request=1,
        after=False,
    )
    move.start().go_on(dead=True)
    w.drain()
    actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    w.settle()
    told = w.mails.to(booking.invitee.email)
    assert [mail.calendar for mail in told] == [None]
    invariants.at_rest(w)


@pytest.mark.promise("I7")
@pytest.mark.parametrize("temper", ["plain", "sabre", "without sync"])
def test_a_deletion_is_noticed_where_no_pull_had_seen_the_event(bench: Bench, temper: str) -> None:
    """The host dragged it to another calendar and moved it, a run found it there and followed, and before that calendar was
    pulled the host deleted it."""
    with table(in_memory(bench), temper, fired=Counter()) as t:
        booking = t.w.hold(start=TUESDAY_9, meeting="quick")
        host = HostsClient(t)
        host.adds(None, TUESDAY_9 + 10 * HALF, True)  # an empty calendar would be a mass deletion
        t.w.drain()
        host.drags(booking, TUESDAY_9, False)
        host.moves(booking, TUESDAY_9 + 5 * HALF, False)
        actions.move(t.w.rt, t.w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + HALF, now=t.w.now)
        while perform_one(t.w.rt):
            pass
        assert t.standing(booking) == (PRIVATE, t.w.reservation(booking).uid)
        host.deletes(booking, TUESDAY_9, False)
        t.w.settle()
        assert t.w.booking(booking.id).cancelled_by is Party.HOST
        invariants.at_rest(t.w)


def test_the_old_time_of_a_move_is_on_offer_as_soon_as_it_is_free(bench: Bench) -> None:
    """Somebody looked at the page while both times were taken, and what is remembered of that is over."""
    with table(in_memory(bench), "plain", fired=Counter()) as t:
        booking = t.w.hold(start=TUESDAY_9, meeting="quick")
        t.w.drain()
        move = Paused(
            lambda: actions.move(t.w.rt, t.w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + HALF, now=t.w.now),
            request=3,
            after=False,
        )
        move.start()
        assert TUESDAY_9 not in on_offer(t.w)
        move.go_on()
        assert TUESDAY_9 in on_offer(t.w)


def on_offer(w: World) -> list[datetime]:
    window = Interval(TUESDAY_9, TUESDAY_9 + 4 * HALF)
    return [slot.start for slot in find_slots(w.rt, "ada", "quick", window, now=w.now).slots]


@pytest.mark.promise("I2")
@tempers
def test_what_a_run_without_its_lane_writes_again_is_taken_away_again(w: World) -> None:
    """It stood still between its write and its look until another had deleted the event; then it missed it, wrote it once
    more, and looked: its own pull told nobody of a write that nobody else knew of."""
    stuck = Paused(lambda: w.hold(start=TUESDAY_9, meeting="quick"), request=2, after=True).start()
    w.clock.advance(95)
    booking = w.all_bookings()[0]
    actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    w.drain()
    w.calendar.empty_trash()
    assert w.calendar.events() == []
    stuck.go_on()
    assert len(w.calendar.events()) == 1
    w.settle()
    assert w.calendar.events() == []
    invariants.at_rest(w)


@pytest.mark.promise("I4", "I7")
def test_a_time_taken_again_that_the_calendar_refuses_was_promised_by_no_mail(w: World) -> None:
    """Its page says so at once; a note that takes it back would be about something of which no mail spoke."""
    ended = w.hold()
    w.drain()
    w.pass_time(minutes=61)
    before = len(w.mails.sent)
    w.calendar.weather.stage(Fault.DOWN, times=10_000)
    with pytest.raises(CalendarUnverified):
        hold.take_again(w.rt, w.token(ended, LinkPurpose.CONFIRM), network="n", now=w.now)
    w.calendar.weather.clear()
    w.settle()
    invariants.always(w)
    assert [mail.subject for mail in w.mails.sent[before:] if mail.to.address == ended.invitee.email] == []
