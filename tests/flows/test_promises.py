"""One test for each promise that the others do not already show, and one for each guard that nothing else would miss.

I1, I7 and I12 have files of their own (test_races, test_host_edits, test_crashes); test_stateful plays them all together.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from booking_service.actions.booking import change, expire
from booking_service.actions.calendar.publish import publish
from booking_service.actions.calendar.pull import pull
from booking_service.actions.times.offers import Closed, find_slots
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain import transitions as rules
from booking_service.domain.booking import Booking, BookingState, Cause, Request
from booking_service.domain.errors import CalendarUnverified, HoldExpired, SlotTaken
from booking_service.domain.interval import Interval
from booking_service.domain.people import Invitee
from booking_service.storage import bookings
from booking_service.storage.engine import Overlap, lock_host, snapshot, transaction
from booking_service.storage.tables.booking import StretchRow
from booking_service.storage.tables.calendar import BusyRow
from booking_service.worker import drain, perform_one
from calendars.memory import MemoryCalendar
from calendars.model import EventStatus, Period
from tests import invariants
from tests.flows.conftest import Bench
from tests.flows.faults import Fault
from tests.flows.staged_faults import AtOnce, Paused, StagedCalendar, StagedMails
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
HALF = timedelta(minutes=30)
GRACE = Invitee(name="Grace Hopper", email="grace@example.org", language="en", zone="Europe/Berlin")
ALAN = Invitee(name="Alan Turing", email="alan@example.org", language="en", zone="Europe/Berlin")


@pytest.fixture
def w(bench: Bench) -> Iterator[World]:
    """Runs end before the page answers, and the calendar can be made to misbehave."""
    calendar = StagedCalendar(MemoryCalendar())
    with world(bench.folder, engine=bench.engine, calendar=calendar) as made:
        mails = StagedMails()
        yield replace(made, rt=replace(made.rt, pools=AtOnce(), transport=mails), mails=mails)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, bench: Bench) -> Iterator[World]:
    """A world on each database."""
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    engine = None if url else bench.engine
    with world(bench.folder, engine=engine, database_url=url) as made:
        yield made


def page(w: World, kind: str = "intro") -> list[Interval]:
    return list(find_slots(w.rt, "ada", kind, Interval(TUESDAY_9, TUESDAY_9 + 4 * HALF), now=w.now).slots)


def asked(w: World) -> Booking:
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    return w.booking(booking.id)


# I1


@pytest.mark.promise("I1")
def test_the_database_itself_refuses_two_bookings_over_one_another(either: World) -> None:
    """Whatever a rule above it forgets: here nobody looks for what is taken."""
    w = either
    w.hold(start=TUESDAY_9)
    time = Interval(TUESDAY_9 + HALF / 2, TUESDAY_9 + 2 * HALF)
    wanted = Request(id=uuid4(), public_id="second", time=time, invitee=ALAN)
    decision = rules.hold(wanted, meeting=w.intro, doi=True, taken=[], now=w.now)

    def record() -> None:
        with transaction(w.rt.engine) as session:
            lock_host(session, w.host.id)
            bookings.create(session, decision, calendar_id=w.calendar_id, form_key=None, network="n", now=w.now)

    with pytest.raises(Overlap):
        record()
    assert len(w.all_bookings()) == 1


@pytest.mark.promise("I1")
def test_the_database_refuses_a_booking_that_is_moved_over_another(either: World) -> None:
    w = either
    w.hold(start=TUESDAY_9)
    other = w.hold(start=TUESDAY_9 + HALF)

    def shift() -> None:
        with transaction(w.rt.engine) as session:
            row = session.exec(select(StretchRow).where(StretchRow.booking_id == other.id)).one()
            row.starts_at = TUESDAY_9
            session.add(row)

    with pytest.raises(Overlap):
        shift()


# I2


@pytest.mark.promise("I2")
def test_a_booking_has_one_event_with_one_uid_and_one_href_all_its_life(w: World) -> None:
    booking = asked(w)
    seen = [[(event.uid, event.status) for event in w.calendar.events()]]
    hrefs = {w.reservation(booking).href}
    change.move_hold(w.rt, booking.public_id, TUESDAY_9 + HALF, now=w.now)
    w.confirm(booking)
    seen.append([(event.uid, event.status) for event in w.calendar.events()])
    change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + 2 * HALF, now=w.now)
    w.drain()
    seen.append([(event.uid, event.status) for event in w.calendar.events()])
    hrefs.add(w.reservation(booking).href)
    change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    uid = w.reservation(booking).uid
    assert seen == [[(uid, EventStatus.TENTATIVE)], [(uid, EventStatus.CONFIRMED)], [(uid, EventStatus.CONFIRMED)]]
    assert len(hrefs) == 1
    assert w.calendar.events() == []
    w.settle()
    invariants.at_rest(w)


@pytest.mark.promise("I2")
def test_a_write_that_arrives_after_its_hold_ended_leaves_no_orphan(w: World) -> None:
    """Nobody waits for it any more: the next pull sees an event of a booking that is over, and marks it."""
    w.calendar.weather.stage(Fault.LATE)
    w.calendar.weather.stage(Fault.DOWN, on="get")
    with pytest.raises(CalendarUnverified):
        w.hold(start=TUESDAY_9)
    w.settle()
    w.settle()
    assert w.calendar.events() == []
    w.calendar.weather.arrive()
    assert len(w.calendar.events()) == 1
    w.settle()
    assert w.calendar.events() == []
    invariants.at_rest(w)


@pytest.mark.promise("I2")
def test_what_a_process_wrote_before_it_died_goes_with_its_hold_although_no_pull_saw_it(w: World) -> None:
    Paused(lambda: w.hold(start=TUESDAY_9), request=1, after=True).start().go_on(dead=True)
    [event] = w.calendar.events()
    [booking] = w.all_bookings()
    w.clock.advance(3600)
    expire.expire_due(w.rt, now=w.now)
    publish(w.rt, w.reservation(booking).id)
    assert event.uid == w.reservation(booking).uid
    assert w.calendar.events() == []


@pytest.mark.promise("I2")
def test_a_run_whose_lease_lapsed_changes_nothing_by_what_it_concludes(w: World) -> None:
    """It stands before its answer while another run takes the lane and the booking is confirmed."""
    stuck = Paused(lambda: w.hold(start=TUESDAY_9), request=1, after=True).start()
    assert not stuck.over
    w.pass_time(seconds=95)
    w.pass_time(seconds=95)
    booking = w.all_bookings()[0]
    assert booking.asked
    w.confirm(booking)
    w.drain()
    before = w.reservation(booking)
    stuck.go_on()
    assert w.reservation(booking) == before
    w.settle()
    assert [event.status for event in w.calendar.events()] == [EventStatus.CONFIRMED]
    invariants.at_rest(w)


# I3


@pytest.mark.promise("I3")
def test_a_hold_past_its_deadline_is_free_at_once_although_no_worker_ran(w: World) -> None:
    booking = asked(w)
    w.clock.advance((booking.hold_until - w.now).total_seconds() - 1)
    pull(w.rt, w.calendar_id)
    assert TUESDAY_9 not in [slot.start for slot in page(w)]
    w.clock.advance(1)
    assert TUESDAY_9 in [slot.start for slot in page(w)]
    with pytest.raises(HoldExpired):
        w.confirm(booking)
    again = w.hold(start=TUESDAY_9, invitee=ALAN)
    assert again.live
    assert w.booking(booking.id).state is BookingState.EXPIRED
    w.settle()
    assert [event.uid for event in w.calendar.events()] == [w.reservation(again).uid]
    invariants.at_rest(w)


@pytest.mark.promise("I3")
def test_its_event_is_gone_within_a_minute_of_the_deadline(w: World) -> None:
    booking = asked(w)
    w.clock.advance((booking.hold_until - w.now).total_seconds())
    for _ in range(12):
        drain(w.rt)
        if not w.calendar.events():
            return
        w.clock.advance(5)
    pytest.fail("the event still stands")


# I4


@pytest.mark.promise("I4")
def test_no_mail_leaves_before_the_event_stands_and_was_looked_at(w: World) -> None:
    stuck = Paused(lambda: w.hold(start=TUESDAY_9), request=2, after=False).start()  # written, not looked at
    assert not stuck.over
    drain(w.rt)
    assert w.mails.tried == []
    stuck.go_on()
    w.drain()
    assert len(w.mails.sent) == 1


@pytest.mark.promise("I4")
def test_a_mail_that_was_accepted_unheard_is_sent_again_under_the_same_message_id(w: World) -> None:
    w.mails.losing = 1
    asked(w)
    w.pass_time(minutes=2)
    assert len(w.mails.sent) == 2
    assert len({mail.message_id for mail in w.mails.sent}) == 1


@pytest.mark.promise("I4")
def test_a_hold_that_ended_before_its_run_was_over_is_never_announced(w: World) -> None:
    stuck = Paused(lambda: w.hold(start=TUESDAY_9), request=1, after=True).start()
    w.clock.advance(3601)
    expire.expire_due(w.rt, now=w.now)
    stuck.go_on()
    w.settle()
    assert w.mails.sent == []
    assert w.calendar.events() == []
    invariants.at_rest(w)


@pytest.mark.promise("I4")
def test_a_confirmation_is_announced_although_the_calendar_does_not_answer(w: World) -> None:
    booking = asked(w)
    w.calendar.weather.stage(Fault.DOWN, times=10_000)
    w.confirm(booking)
    w.pass_time(seconds=29)
    assert w.mails.to("grace@example.org")[-1].calendar is None
    w.pass_time(seconds=10)
    assert w.mails.to("grace@example.org")[-1].calendar is not None
    w.calendar.weather.clear()
    w.settle()
    assert [event.status for event in w.calendar.events()] == [EventStatus.CONFIRMED]
    invariants.at_rest(w)


# I6


@pytest.mark.promise("I6")
@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.REFUSED])
def test_a_calendar_that_fails_closes_the_page_and_heals_by_itself(w: World, fault: Fault) -> None:
    assert page(w)
    w.calendar.weather.stage(fault, times=10_000)
    w.drain()
    seen = find_slots(w.rt, "ada", "intro", Interval(TUESDAY_9, TUESDAY_9 + HALF), now=w.now)
    assert (seen.slots, seen.closed) == ((), Closed.FAILING)
    with pytest.raises(CalendarUnverified):
        w.hold(start=TUESDAY_9)
    for _ in range(40):
        w.pass_time(minutes=1)
    told = [mail.subject for mail in w.mails.to("ada@example.org")]
    assert told == ["We can't read your calendar"]
    w.calendar.weather.clear()
    w.pass_time(minutes=1)
    assert page(w)


@pytest.mark.promise("I6")
def test_a_calendar_that_was_not_read_for_long_is_not_free(w: World) -> None:
    w.clock.advance(w.rt.settings.calendar.freshness_max.total_seconds())
    assert page(w)
    w.clock.advance(1)
    assert page(w) == []
    with pytest.raises(CalendarUnverified):
        w.hold(start=TUESDAY_9)


@pytest.mark.promise("I6")
def test_an_event_that_came_since_the_last_pull_is_seen_before_anything_is_promised(w: World) -> None:
    """We write first and look after: of two writers at least one sees the other."""
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="dentist")
    assert TUESDAY_9 in [slot.start for slot in page(w)]
    with pytest.raises(SlotTaken):
        w.hold(start=TUESDAY_9)
    booking = w.all_bookings()[0]
    assert (booking.state, booking.cause) == (BookingState.CANCELLED, Cause.TAKEN)
    w.settle()
    assert [event.summary for event in w.calendar.events()] == ["Dentist"]
    assert w.mails.sent == []
    invariants.at_rest(w)


@pytest.mark.promise("I6")
def test_a_move_to_a_time_that_was_taken_since_the_last_pull_goes_back(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    w.calendar.host_adds("Dentist", Period(TUESDAY_9 + HALF, TUESDAY_9 + 2 * HALF), uid="dentist")
    with pytest.raises(SlotTaken):
        change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + HALF, now=w.now)
    w.settle()
    assert w.booking(booking.id).time == booking.time
    assert len([mail for mail in w.mails.to("grace@example.org") if mail.calendar]) == 1
    invariants.at_rest(w)


# I7 and pulls


@pytest.mark.promise("I7")
def test_a_pull_that_was_overtaken_never_puts_old_news_over_new_ones(w: World) -> None:
    """Both start from one token; the one that comes back late keeps nothing."""
    w.calendar.host_adds("Early", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="early")
    late = Paused(lambda: pull(w.rt, w.calendar_id), request=1, after=True).start()
    w.calendar.host_deletes("early")
    pull(w.rt, w.calendar_id)
    late.go_on()
    with snapshot(w.rt.engine) as session:
        assert session.exec(select(BusyRow)).all() == []
    w.drain()
    assert TUESDAY_9 in [slot.start for slot in page(w)]


@pytest.mark.promise("I7")
def test_a_title_given_between_our_reading_and_our_next_write_is_kept(w: World) -> None:
    """The write that merged the first title is no base for the next one."""
    booking = asked(w)
    uid = w.reservation(booking).uid
    w.calendar.host_edits(uid, summary="First title")
    w.confirm(booking)
    change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), TUESDAY_9 + HALF, now=w.now)
    w.drain()
    assert [event.summary for event in w.calendar.events()] == ["First title"]


# I12


@pytest.mark.promise("I12")
def test_a_claimed_effect_whose_worker_died_is_performed_by_another(w: World) -> None:
    Paused(lambda: w.hold(start=TUESDAY_9), request=1, after=False).start().go_on(dead=True)
    w.clock.advance(95)
    died = Paused(lambda: perform_one(w.rt), request=1, after=True).start()
    assert not died.over
    died.go_on(dead=True)
    for _ in range(4):
        w.pass_time(seconds=60)
    booking = w.all_bookings()[0]
    assert booking.asked
    assert len(w.mails.sent) == 1
    invariants.at_rest(w)
