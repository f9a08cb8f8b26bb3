"""Reminders come once, when they are due, to who still wants them; alarms tell hosts what is still so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.actions.booking import address
from booking_service.actions.booking import change as change_actions
from booking_service.actions.calendar import host_notices
from booking_service.actions.calendar.pull import pull
from booking_service.actions.mail.reminders import reminders_due
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, Decision
from booking_service.domain.meeting import MeetingType
from booking_service.storage import bookings, calendars, meetings
from booking_service.storage.engine import transaction
from booking_service.worker import perform_one
from calendars.errors import Refused
from tests.world import MONDAY, World

GRACE, ADA = "grace@example.org", "ada@example.org"
HOUR = timedelta(hours=1)


def booked(w: World, *, days: int = 3) -> Booking:
    booking = w.hold(meeting="quick", start=MONDAY + timedelta(days=days))
    w.drain()
    w.mails.sent.clear()
    return booking


def reminders(w: World) -> list[str]:
    return [mail.subject for mail in w.mails.to(GRACE) if mail.subject.startswith(("Today", "Tomorrow", "Reminder"))]


def jump(w: World, delta: timedelta) -> None:
    w.pass_time(seconds=delta.total_seconds())


def change(w: World, booking: Booking, **changes: object) -> None:
    with transaction(w.rt.engine) as session:
        bookings.record(session, Decision(booking=replace(w.booking(booking.id), **changes)), now=w.now)


def reminding(w: World, *before: timedelta) -> MeetingType:
    meeting = replace(w.quick, remind_before=before)
    with transaction(w.rt.engine) as session:
        meetings.save(session, meeting)
    return meeting


def test_a_booking_is_reminded_of_once_a_day_before_it_starts(w: World) -> None:
    booked(w)
    jump(w, timedelta(days=2) - timedelta(seconds=1))
    assert reminders(w) == []
    jump(w, timedelta(seconds=1))
    assert reminders(w) == ["Tomorrow 03:00 with Ada Lovelace"]
    jump(w, HOUR)
    assert reminders_due(w.rt, now=w.now) == 0
    assert len(reminders(w)) == 1


def test_a_booking_made_within_the_day_is_not_reminded_of(w: World) -> None:
    w.hold(meeting="quick", start=MONDAY + timedelta(days=1))  # a day before, to the second
    w.drain()
    jump(w, HOUR)
    assert reminders(w) == []


def test_nobody_is_reminded_after_a_cancel(w: World) -> None:
    booking = booked(w)
    jump(w, timedelta(days=1))
    change_actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    jump(w, timedelta(days=1) + HOUR)
    assert reminders(w) == []


def test_a_reminder_that_waited_is_dropped_after_a_cancel(w: World) -> None:
    booking = booked(w)
    w.clock.advance(timedelta(days=2, minutes=1).total_seconds())
    assert reminders_due(w.rt, now=w.now) == 1
    change_actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    w.drain()
    assert reminders(w) == []


def test_who_stopped_reminders_gets_none(w: World) -> None:
    booking = booked(w)
    change(w, booking, reminders=False)
    jump(w, timedelta(days=2, minutes=1))
    assert reminders(w) == []


def test_who_stops_reminders_while_one_waits_does_not_get_it(w: World) -> None:
    booking = booked(w)
    w.clock.advance(timedelta(days=2, minutes=1).total_seconds())
    assert reminders_due(w.rt, now=w.now) == 1
    change(w, booking, reminders=False)
    w.drain()
    assert reminders(w) == []


def test_after_downtime_only_the_nearest_reminder_goes_out(w: World) -> None:
    reminding(w, timedelta(hours=24), HOUR)
    booked(w)
    jump(w, timedelta(days=3) - timedelta(minutes=30))
    assert reminders(w) == ["Today 03:00 with Ada Lovelace"]


def test_each_time_that_a_meeting_type_reminds_gets_its_mail(w: World) -> None:
    reminding(w, timedelta(hours=24), HOUR)
    booked(w)
    jump(w, timedelta(days=2))
    jump(w, timedelta(hours=23))
    assert len(reminders(w)) == 2


def test_a_meeting_type_without_reminders_sends_none(w: World) -> None:
    reminding(w)
    booked(w)
    jump(w, timedelta(days=2, hours=12))
    assert reminders(w) == []


def test_a_reminder_after_the_start_is_not_sent(w: World) -> None:
    booked(w)
    jump(w, timedelta(days=3, minutes=1))
    assert reminders(w) == []


def test_a_booking_that_moved_far_away_is_reminded_of_at_its_new_time(w: World) -> None:
    booking = booked(w)
    jump(w, timedelta(days=1))
    change_actions.move(w.rt, w.token(booking, LinkPurpose.MANAGE), booking.time.start + timedelta(days=1), now=w.now)
    jump(w, timedelta(days=1, minutes=1))
    assert reminders(w) == []
    jump(w, timedelta(days=1))
    assert len(reminders(w)) == 1


def test_a_reminder_that_waited_while_the_booking_moved_away_is_dropped(w: World) -> None:
    booking = booked(w)
    w.clock.advance(timedelta(days=2).total_seconds())
    assert reminders_due(w.rt, now=w.now) == 1
    far = booking.time.start + timedelta(days=1)
    change(w, booking, sequence=2, time=replace(booking.time, start=far, end=far + timedelta(minutes=15)))
    w.drain()
    assert reminders(w) == []


def test_a_hold_is_reminded_of_once_at_half_of_its_time(w: World) -> None:
    w.hold()
    w.drain()
    w.pass_time(minutes=29)
    assert len(w.mails.sent) == 1
    w.pass_time(minutes=1)
    assert w.mails.sent[-1].subject == "Still yours until 04:00: Tue 8 Jan, 03:00 with Ada Lovelace"
    w.pass_time(minutes=10)
    assert len(w.mails.sent) == 2


def test_a_confirmed_or_released_hold_is_not_reminded_of(w: World) -> None:
    confirmed, released = w.hold(), w.hold(start=MONDAY + timedelta(days=2))
    w.drain()
    w.confirm(confirmed)
    change_actions.release(w.rt, released.public_id, now=w.now)
    w.drain()
    before = len(w.mails.sent)
    w.pass_time(minutes=31)
    assert len(w.mails.sent) == before


def test_a_short_hold_is_not_reminded_of(w: World) -> None:
    with transaction(w.rt.engine) as session:
        meetings.save(session, replace(w.intro, hold_lifetime=timedelta(minutes=59)))
    w.hold()
    w.drain()
    w.pass_time(minutes=40)
    assert len(w.mails.sent) == 1


def test_a_resend_just_before_takes_the_place_of_the_reminder(w: World) -> None:
    booking = w.hold()
    w.drain()
    w.pass_time(minutes=25)
    address.resend(w.rt, booking.public_id, now=w.now)
    w.drain()
    w.pass_time(minutes=14, seconds=59)
    assert not [mail for mail in w.mails.sent if mail.subject.startswith("Still yours")]
    w.pass_time(seconds=1)
    assert len([mail for mail in w.mails.sent if mail.subject.startswith("Still yours")]) == 1


def test_a_host_hears_once_of_a_calendar_that_cannot_be_read(w: World) -> None:
    w.calendar.fail_next(Refused("401"), times=1000)
    for _ in range(9):
        w.pass_time(minutes=2)
    (told,) = w.mails.to(ADA)
    assert told.subject == "We can't read your calendar"
    assert "does not accept the user name or password" in told.text
    assert "Europe/Berlin (UTC+1)" in told.text


def test_a_calendar_that_healed_before_the_mail_left_is_not_spoken_of(w: World) -> None:
    with transaction(w.rt.engine) as session:
        calendars.failed(session, w.calendar_id, word="Refused", text="401", now=w.now - timedelta(minutes=20))
        assert host_notices.tell_of_failing(session, now=w.now) == 1
    pull(w.rt, w.calendar_id)
    assert perform_one(w.rt)
    assert w.mails.sent == []
    assert not perform_one(w.rt)


def test_a_host_is_asked_about_many_vanished_bookings(w: World) -> None:
    with transaction(w.rt.engine) as session:
        host_notices.doubt_calendar(session, calendars.get(session, w.calendar_id), vanished=4, now=w.now)
    w.drain()
    (told,) = w.mails.to(ADA)
    assert "4 bookings vanished from your calendar “Ada” at once" in told.text
    assert "Nothing was cancelled" in told.text


def test_a_host_is_asked_about_an_event_over_a_booking_while_that_stands(w: World) -> None:
    booking, over = booked(w), booked(w, days=4)
    with transaction(w.rt.engine) as session:
        host_notices.tell_of_conflict(session, w.host.id, booking.id, time=booking.time, now=w.now)
        host_notices.tell_of_conflict(session, w.host.id, over.id, time=over.time, now=w.now)
    change_actions.cancel(w.rt, w.token(over, LinkPurpose.MANAGE), reason="", now=w.now)
    w.drain()
    told = [mail for mail in w.mails.to(ADA) if mail.subject.startswith("Your calendar changed")]
    assert [mail.subject for mail in told] == ["Your calendar changed: Grace Hopper, Thu 10 Jan, 09:00"]
    assert f"/a/{w.token(booking, LinkPurpose.ACT)}" in told[0].text


def test_a_host_hears_of_an_unreadable_calendar_after_exactly_a_quarter_of_an_hour(w: World) -> None:
    w.calendar.fail_next(Refused("no"), times=9)
    with pytest.raises(Refused):
        pull(w.rt, w.calendar_id)
    quarter = w.now + timedelta(minutes=15)
    with transaction(w.rt.engine) as session:
        assert host_notices.tell_of_failing(session, now=quarter - timedelta.resolution) == 0
        assert host_notices.tell_of_failing(session, now=quarter) == 1
        assert host_notices.tell_of_failing(session, now=quarter) == 0
