"""Holds that end together: their events leave the calendar a few in each transaction, and whatever keeps one of them from it keeps
no other."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking_service.actions.operations.timers import each_second
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.people import Invitee
from booking_service.domain.reservation import claim_lane
from booking_service.pools import HostPools
from booking_service.storage import reservations
from booking_service.storage.engine import transaction
from booking_service.worker import CALENDAR_FIRST, Worker, perform_one
from calendars.errors import Unavailable
from calendars.memory import MemoryCalendar
from tests import invariants
from tests.statements import committed, statements
from tests.world import MONDAY, World

_QUARTER = timedelta(minutes=30)
ENDED = "Your hold"


def holds(w: World, number: int) -> list[Booking]:
    """So many, on the days after this one, of people who were asked to confirm; and their deadline has come."""
    made = []
    for n in range(number):
        day, at = divmod(n, 12)
        email = f"grace{n}@example.org"
        invitee = Invitee(name="Grace Hopper", email=email, language="en", zone="Europe/Berlin")
        start = MONDAY + timedelta(days=1 + day) + at * _QUARTER
        made.append(w.hold(start=start, invitee=invitee, network=f"n{n}"))
    w.drain()
    w.clock.advance(w.intro.hold_lifetime.total_seconds() + 1)
    return made


def told_of_the_end(w: World) -> int:
    return sum(mail.subject.startswith(ENDED) for mail in w.mails.sent)


def test_forty_holds_that_end_together_are_gone_within_a_dozen_transactions_of_few_statements(w: World) -> None:
    made = holds(w, 40)
    with committed(w.rt.engine) as seen, statements(w.rt.engine) as asked:
        each_second(w.rt, now=w.now)
    assert len(seen) <= 12
    assert len(asked) <= 40 * 7 + 2 * len(seen)  # a transaction begins with two of its own on PostgreSQL
    assert w.calendar.events() == []
    assert w.calendar.requests["delete"] == 40
    assert {w.booking(each.id).state for each in made} == {BookingState.EXPIRED}
    w.drain()
    assert told_of_the_end(w) == 40
    invariants.at_rest(w)


def test_a_server_that_is_silent_once_keeps_the_others_in_the_calendar_no_longer(w: World) -> None:
    """Workers have the rest at once, by themselves, also what was not begun with; what met the silence comes after its rest."""
    holds(w, 25)
    w.calendar.fail_next(Unavailable("away"), times=2)
    each_second(w.rt, now=w.now)
    assert len(w.calendar.events()) == 25
    while perform_one(w.rt, kinds=("publish",)):
        pass
    assert len(w.calendar.events()) == 1
    w.pass_time(seconds=3)
    assert w.calendar.events() == []
    invariants.at_rest(w)


def test_what_another_run_is_writing_is_left_to_it(w: World) -> None:
    one, other = holds(w, 2)
    with transaction(w.rt.engine) as session:
        taken = claim_lane(reservations.lock(session, w.reservation(one).id), now=w.now)
        assert taken is not None
        reservations.save(session, taken)
    each_second(w.rt, now=w.now)
    assert [each.uid for each in w.calendar.events()] == [w.reservation(one).uid]
    assert w.reservation(one).fence == taken.fence
    assert not w.reservation(other).seen
    w.pass_time(seconds=95)
    assert w.calendar.events() == []
    w.settle()
    invariants.at_rest(w)


def test_an_event_that_its_host_changed_goes_as_well(w: World) -> None:
    one, _ = holds(w, 2)
    w.calendar.host_edits(w.reservation(one).uid, summary="Who is that?")
    each_second(w.rt, now=w.now)
    assert w.calendar.events() == []
    w.drain()
    invariants.at_rest(w)


@pytest.mark.sqlite
def test_one_that_can_not_be_settled_keeps_no_other_open(w: World) -> None:
    first, second, third = holds(w, 3)
    with w.rt.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER stuck BEFORE UPDATE ON reservation WHEN NEW.lane_until IS NULL AND OLD.lane_until IS NOT NULL"
            f" AND NEW.uid = '{w.reservation(second).uid}' BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )
    each_second(w.rt, now=w.now)
    assert w.calendar.events() == []
    assert [w.reservation(each).seen for each in (first, second, third)] == [False, True, False]
    with w.rt.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER stuck")
    w.pass_time(seconds=95)
    w.pass_time(seconds=35)
    w.settle()
    invariants.at_rest(w)


def test_a_confirmation_beside_it_keeps_its_event(w: World) -> None:
    """It was confirmed in its last second."""
    booking = w.hold()
    w.drain()
    last = booking.hold_until - timedelta(seconds=1)
    w.clock.advance((last - w.now).total_seconds())
    w.confirm(booking)
    w.clock.advance(2)
    each_second(w.rt, now=w.now)
    assert len(w.calendar.events()) == 1
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert w.token(booking, LinkPurpose.MANAGE)


class Stalled:
    """The same calendar; removing an event waits."""

    def __init__(self, inner: MemoryCalendar) -> None:
        self.inner, self.asked, self.go_on = inner, threading.Event(), threading.Event()

    def delete(self, href: str, *, etag: str | None) -> bool:
        self.asked.set()
        assert self.go_on.wait(30)
        return self.inner.delete(href, etag=etag)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_the_worker_ends_holds_while_a_server_keeps_the_removals_waiting(w: World) -> None:
    """Its mails give the calendar a few seconds, and no more."""
    made = holds(w, 2)
    stalled, pools = Stalled(w.calendar), HostPools()
    rt = replace(w.rt, open_calendar=lambda *_: stalled, pools=pools)  # type: ignore[arg-type,return-value]
    Worker(rt).sweep()
    assert stalled.asked.wait(30)
    assert {w.booking(each.id).state for each in made} == {BookingState.EXPIRED}
    assert not perform_one(w.rt)
    w.clock.advance(CALENDAR_FIRST.total_seconds())
    while perform_one(w.rt, kinds=("mail",)):
        pass
    assert told_of_the_end(w) == 2
    stalled.go_on.set()
    pools.close()
    assert w.calendar.events() == []
    w.settle()
    invariants.at_rest(w)
