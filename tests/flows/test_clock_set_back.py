"""The clock ran ahead and is set right: what was noted meanwhile lies in the future, and keeps nobody waiting for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.actions.access import limits
from booking_service.actions.operations.readiness import readiness
from booking_service.actions.times.offers import Closed, find_slots
from booking_service.domain.interval import Interval
from booking_service.storage import calendars
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import drain
from calendars.model import Period
from tests.world import MONDAY, StillClock, World

DAY = timedelta(days=1)
HALF = timedelta(minutes=30)
TUESDAY_9 = MONDAY + DAY


def after_running_ahead(w: World, by: timedelta) -> World:
    """What a worker did while the clock was wrong, seen once it is right."""
    w.clock.advance(by.total_seconds())
    w.drain()
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
