"""The clock ran ahead and is set right: what was noted meanwhile lies in the future, and keeps nobody waiting for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.actions.access import limits
from booking_service.actions.booking import confirm, host_decisions
from booking_service.actions.calendar import publish
from booking_service.actions.operations.nightly_audit import audit_nightly
from booking_service.actions.operations.readiness import readiness
from booking_service.actions.times.offers import Closed, find_slots
from booking_service.config.notation import read_rates
from booking_service.domain.booking import Booking, BookingState, Party
from booking_service.domain.errors import TooManyRequests
from booking_service.domain.interval import Interval
from booking_service.mail.transport import TryLater
from booking_service.storage import bookings, calendars, outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.web.http.throttle import Throttle
from booking_service.worker import drain
from calendars.errors import Unavailable
from calendars.model import EventStatus, Period
from tests.world import MONDAY, StillClock, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HALF = timedelta(minutes=30)
TUESDAY_9 = MONDAY + DAY


def after_running_ahead(w: World, by: timedelta) -> World:
    """What a worker did while the clock was wrong, seen once it is right."""
    w.clock.advance(by.total_seconds())
    w.drain()
    return set_right(w)


def long_held(w: World) -> Booking:
    """A hold that lasts for a day."""
    held = w.hold(start=TUESDAY_9 + 2 * DAY)
    return host_decisions.keep_longer(w.rt, held.id, now=w.now)


def set_right(w: World) -> World:
    right = StillClock(MONDAY)
    return replace(w, clock=right, rt=replace(w.rt, clock=right))


def closed(w: World) -> Closed | None:
    return find_slots(w.rt, "ada", "intro", Interval(TUESDAY_9, TUESDAY_9 + DAY), now=w.now).closed


@pytest.mark.parametrize("by", [timedelta(minutes=10), 2 * DAY])
def test_what_was_read_in_the_future_is_not_fresh_and_is_read_again_at_once(w: World, by: timedelta) -> None:
    right = after_running_ahead(w, by)
    assert closed(right) is Closed.STALE
    assert readiness(right.rt, now=right.now).stale == 1
    right.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF))
    drain(right.rt)
    assert closed(right) is None
    assert readiness(right.rt, now=right.now).fresh == 1
    offered = find_slots(right.rt, "ada", "intro", Interval(TUESDAY_9, TUESDAY_9 + DAY / 2), now=right.now).slots
    assert offered[0].start == TUESDAY_9 + HALF


def test_clocks_of_two_machines_may_differ_a_little(w: World) -> None:
    assert closed(after_running_ahead(w, timedelta(seconds=50))) is None


def test_a_pull_is_not_waited_for_until_a_far_day(w: World) -> None:
    """Nor is the lease of a worker that the wrong clock gave it, nor the pause that a server had asked for."""
    with transaction(w.rt.engine) as session:
        calendars.pull_next(session, w.calendar_id, at=w.now + 2 * DAY)
        account = calendars.account(session, calendars.get(session, w.calendar_id).account_id)
        calendars.pause_account(session, account.id, w.now + 2 * DAY)
    before = sum(w.calendar.requests.values())
    drain(w.rt)
    assert sum(w.calendar.requests.values()) > before
    with transaction(w.rt.engine) as session:
        assert calendars.claim_pull(session, now=w.now + 2 * DAY) is not None
    drain(w.rt)
    w.clock.advance(120)
    drain(w.rt)
    with snapshot(w.rt.engine) as session:
        assert calendars.get(session, w.calendar_id).pulled_at == w.now


def test_what_waits_for_good_reason_goes_on_waiting(w: World) -> None:
    with transaction(w.rt.engine) as session:
        calendars.pull_next(session, w.calendar_id, at=w.now + timedelta(hours=1))
    before = sum(w.calendar.requests.values())
    drain(w.rt)
    assert sum(w.calendar.requests.values()) == before


def test_limits_count_nothing_that_lies_in_the_future(w: World) -> None:
    settings = w.rt.settings.model_copy(update={"limits": type(w.rt.settings.limits)()})
    tight = replace(w, rt=replace(w.rt, settings=settings))
    with transaction(tight.rt.engine) as session:
        limits.use(tight.rt, session, "book_per_mailbox", "grace@example.org", now=tight.now + 2 * DAY)
        assert limits.free_from(tight.rt, session, "book_per_mailbox", "grace@example.org", now=tight.now) is None


def test_a_page_is_refused_to_nobody_for_what_they_looked_at_in_the_future() -> None:
    throttle, rates = Throttle(), read_rates("2 per min")
    for _ in range(2):
        throttle.use("look", "n", rates, now=MONDAY + DAY)
    for _ in range(2):
        throttle.use("look", "n", rates, now=MONDAY)
    with pytest.raises(TooManyRequests) as refused:
        throttle.use("look", "n", rates, now=MONDAY)
    assert refused.value.again_at == MONDAY + timedelta(minutes=1)


def test_a_mail_is_not_waited_for_until_a_far_day(w: World) -> None:
    w.clock.advance(50 * 60)
    w.drain()
    w.mails.failing = [TryLater("greylisted")]
    w.hold(start=TUESDAY_9 + 2 * DAY)
    w.drain()
    right = set_right(w)
    right.drain()
    assert [mail.to.address for mail in w.mails.sent] == ["grace@example.org"]


def test_nor_is_one_from_before_that_was_tried_meanwhile(w: World) -> None:
    w.mails.failing = [TryLater("greylisted")] * 3
    long_held(w)
    w.drain()
    w.clock.advance(3 * HOUR.total_seconds())
    w.drain()
    w.pass_time(minutes=20)
    assert w.mails.failing == w.mails.sent == []
    right = set_right(w)
    right.drain()
    assert len(w.mails.sent) == 1


def test_an_event_is_not_waited_for_until_a_far_day(w: World) -> None:
    held = long_held(w)
    w.drain()
    w.clock.advance(3 * HOUR.total_seconds())
    w.calendar.fail_next(Unavailable("away"), times=2)
    w.confirm(held)
    right = set_right(w)
    right.drain()
    assert [each.status for each in w.calendar.events()] == [EventStatus.CONFIRMED]


def test_nor_is_a_worker_that_died_while_the_clock_was_ahead(w: World) -> None:
    """Its lease of the effect, and of the event's lane, would have lasted until then."""
    held = long_held(w)
    w.drain()
    w.clock.advance(3 * HOUR.total_seconds())
    with transaction(w.rt.engine) as session:
        before = bookings.lock(session, held.id)
        decided = confirm.agree(w.rt, session, before, by=Party.INVITEE, now=w.now)
        publish.claim(w.rt, session, decided, of=(w.intro, w.host), now=w.now)
    w.clock.advance(60)
    with transaction(w.rt.engine) as session:
        assert outbox.claim(session, now=w.now, kinds=("publish",)) is not None
    right = set_right(w)
    right.settle()
    assert [each.status for each in w.calendar.events()] == [EventStatus.CONFIRMED]


def test_an_event_that_was_missed_in_the_future_is_looked_for_again(w: World) -> None:
    booked = w.confirm(w.hold(start=TUESDAY_9 + 2 * DAY))
    w.drain()
    w.clock.advance(DAY.total_seconds())
    w.calendar.host_deletes(w.reservation(booked).uid)
    w.drain()
    right = set_right(w)
    for _ in range(10):
        right.pass_time(minutes=1)
    assert right.booking(booked.id).state is BookingState.CANCELLED


def test_the_nightly_audit_is_not_waited_for_until_a_far_day(w: World) -> None:
    audit_nightly(w.rt)
    w.clock.advance(400 * DAY.total_seconds())
    assert audit_nightly(w.rt)
    right = set_right(w)
    assert audit_nightly(right.rt)
    assert not audit_nightly(right.rt)


def test_what_is_due_on_a_day_goes_on_waiting_for_it(w: World) -> None:
    with transaction(w.rt.engine) as session:
        outbox.wake(session, "later", kind="erase", lane="later", payload={}, due_at=w.now + 3 * DAY, now=w.now + DAY)
    w.drain()
    with snapshot(w.rt.engine) as session:
        assert outbox.next_due(session) == w.now + 3 * DAY
