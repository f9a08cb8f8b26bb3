"""What a look must have seen before anything is promised. The host, and another pull, meddle right before it reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from booking_service.actions.calendar.conflict_check import LOOKS
from booking_service.actions.calendar.pull import pull
from booking_service.domain.booking import BookingState, Cause
from booking_service.domain.reservation import Verdict
from booking_service.invites import host_event
from booking_service.storage import calendars
from booking_service.storage.engine import snapshot
from calendars.ical import ics
from calendars.memory import MemoryCalendar
from calendars.model import Period
from tests import invariants
from tests.flows.conftest import Bench
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
AT_9 = Period(TUESDAY_9, TUESDAY_9 + timedelta(minutes=30))
AT_14 = Period(TUESDAY_9 + timedelta(hours=5), TUESDAY_9 + timedelta(hours=5, minutes=30))


@dataclass
class Meddled:
    """Before each of our next questions of what changed, one of `before` happens; nothing does while it happens."""

    calendar: MemoryCalendar
    before: list[Callable[[], object]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if name == "changes" and self.before:
            rest, self.before = self.before, []
            rest.pop(0)()
            self.before = rest
        return getattr(self.calendar, name)


@pytest.fixture
def server() -> Meddled:
    return Meddled(MemoryCalendar())


@pytest.fixture
def w(bench: Bench, server: Meddled) -> Iterator[World]:
    with world(bench.folder, engine=bench.engine, calendar=server.calendar, open_calendar=lambda *_: server) as made:
        yield made


@pytest.mark.promise("I2")
def test_an_event_that_is_gone_before_the_look_is_written_again_before_anybody_is_asked(
    w: World, server: Meddled
) -> None:
    """The server said that it was stored, and the listing does not show it."""
    server.before = [lambda: w.calendar.host_deletes(w.calendar.events()[0].uid)]
    booking = w.hold(start=TUESDAY_9)
    assert not server.before
    assert w.booking(booking.id).asked <= bool(w.calendar.events())
    w.settle()
    assert [event.uid for event in w.calendar.events()] == [w.reservation(booking).uid]
    assert len(w.mails.sent) == 1
    invariants.at_rest(w)


@pytest.mark.promise("I11")
def test_a_hold_that_the_host_moves_before_the_look_is_announced_at_the_hosts_time_only(
    w: World, server: Meddled
) -> None:
    server.before = [lambda: w.calendar.host_moves(w.calendar.events()[0].uid, AT_14)]
    booking = w.hold(start=TUESDAY_9)
    assert not server.before
    latest = w.booking(booking.id)
    assert not latest.asked or latest.time.start == AT_14.start
    w.settle()
    assert w.booking(booking.id).time.start == AT_14.start
    assert len(w.mails.sent) == 1
    invariants.at_rest(w)


@pytest.mark.promise("I6")
def test_a_look_that_is_overtaken_each_time_promises_nothing(w: World, server: Meddled) -> None:
    """Other pulls, which had read before the dentist came, go on from the token each time first."""

    def overtaken() -> None:
        if w.calendar.find("dentist"):
            w.calendar.host_deletes("dentist")
        pull(w.rt, w.calendar_id)
        w.calendar.host_adds("Dentist", AT_9, uid="dentist")

    w.hold(start=AT_14.start)  # so that there is a token to go on from
    server.before = [overtaken] * 3
    held = w.hold(start=TUESDAY_9)
    assert not server.before
    w.settle()
    booking = w.booking(held.id)
    assert (booking.state, booking.cause, booking.asked) == (BookingState.CANCELLED, Cause.TAKEN, False)
    invariants.at_rest(w)


def rival_puts(w: World) -> None:
    """A hold of another database over ours, whose UID is the higher one."""
    theirs = replace(w.all_bookings()[0], id=UUID(int=99), public_id="theirs")
    event = host_event(theirs, uid="~", host=w.host, meeting=w.intro, now=w.now)
    w.calendar.host_puts("/memory/~.ics", ics.build(event))


@pytest.mark.promise("I1")
def test_a_rival_that_withdraws_leaves_the_time_to_who_waited_for_it(w: World, server: Meddled) -> None:
    server.before = [lambda: rival_puts(w)]
    held = w.hold(start=TUESDAY_9)
    assert not w.booking(held.id).asked
    w.calendar.host_deletes("~")
    w.pass_time(seconds=3)
    assert w.booking(held.id).asked
    assert len(w.mails.sent) == 1


@pytest.mark.promise("I1")
def test_a_rival_that_stays_is_given_way_to_after_a_few_looks(w: World, server: Meddled) -> None:
    server.before = [lambda: rival_puts(w)]
    held = w.hold(start=TUESDAY_9)
    for _ in range(LOOKS):
        assert w.booking(held.id).state is BookingState.HELD
        w.pass_time(seconds=3)
    booking = w.booking(held.id)
    assert (booking.state, booking.cause) == (BookingState.CANCELLED, Cause.TAKEN)
    w.settle()
    assert [event.uid for event in w.calendar.events()] == ["~"]
    assert w.mails.sent == []


@pytest.mark.sqlite
def test_a_run_that_can_not_be_concluded_says_nothing_against_the_calendar(w: World) -> None:
    """It answered, and what it answered is asked for again with the next run."""
    with w.rt.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER stuck BEFORE UPDATE ON reservation WHEN NEW.verdict IS NOT NULL "
            "BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
    booking = w.hold(start=TUESDAY_9)
    assert w.reservation(booking).verdict is None
    with snapshot(w.rt.engine) as session:
        assert calendars.get(session, w.calendar_id).failing_since is None
    with w.rt.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER stuck")
    w.pass_time(seconds=95)
    assert w.reservation(booking).verdict is Verdict.CLEAN
    assert [each.uid for each in w.calendar.events()] == [w.reservation(booking).uid]
    invariants.at_rest(w)
