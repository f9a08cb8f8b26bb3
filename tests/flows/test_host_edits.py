"""I7: the host works in their own calendar client, and the booking follows.

On calendars in memory of every temper; the central ones on real servers too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from booking_service.actions.booking import change, find
from booking_service.actions.calendar.mass_deletion import absent_events, believe_calendar, restore_events
from booking_service.actions.times.offers import find_slots
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState, Cause, Party
from booking_service.domain.errors import CalendarUnverified
from booking_service.domain.interval import Interval
from booking_service.storage import calendars
from booking_service.storage.engine import transaction
from booking_service.worker import drain
from calendars.errors import Unavailable
from calendars.ical.lines import lines
from calendars.memory import PLAIN, SABRE, SOGO, MemoryCalendar, Temper
from calendars.model import Capabilities, Changes, EventStatus, Period, StoredObject
from tests import invariants
from tests.flows.conftest import Bench
from tests.flows.extended import in_extended
from tests.flows.host_client import HostedCalendar
from tests.world import MONDAY, World, world

TUESDAY_9 = MONDAY + timedelta(days=1)
WEDNESDAY_9 = MONDAY + timedelta(days=2)
HALF = timedelta(minutes=30)
AT_10 = Period(TUESDAY_9 + 2 * HALF, TUESDAY_9 + 3 * HALF)
AT_14 = Period(TUESDAY_9 + 10 * HALF, TUESDAY_9 + 11 * HALF)
TEMPERS = {"plain": PLAIN, "sabre": SABRE, "sogo": SOGO, "without-sync": Temper(sync=False)}
BY_RUN = ["plain", "sabre", *in_extended("sogo", "without-sync")]
OTHER = UUID(int=6)
GRACE = 31  # seconds, a little more than a grace time

anywhere = pytest.mark.parametrize(
    "w",
    [
        *BY_RUN,
        pytest.param("radicale", marks=pytest.mark.server),
        pytest.param("xandikos", marks=[pytest.mark.server, pytest.mark.extended]),
    ],
    indirect=True,
)
every_temper = pytest.mark.parametrize("w", BY_RUN, indirect=True)


@pytest.fixture(params=["plain", "sabre"])
def w(request: pytest.FixtureRequest, bench: Bench) -> Iterator[World]:
    if request.param in TEMPERS:
        calendar = MemoryCalendar(temper=TEMPERS[request.param])
    else:
        calendar = HostedCalendar(request.getfixturevalue(f"{request.param}_calendar"))
    with world(bench.folder, engine=bench.engine, calendar=calendar) as made:
        if request.param == "sogo":
            weak = Capabilities(create_guard=False, update_guard=False, delete_guard=False, token_errors=False)
            know(made, weak)
        yield made


def know(w: World, capabilities: Capabilities) -> None:
    with transaction(w.rt.engine) as session:
        calendars.save(session, replace(calendars.get(session, w.calendar_id), capabilities=asdict(capabilities)))


def booked(w: World, **form: object) -> Booking:
    """A confirmed booking that its invitee knows of."""
    booking = w.hold(start=TUESDAY_9, meeting="quick", **form)
    w.drain()
    return w.booking(booking.id)


def asked(w: World) -> Booking:
    """A hold whose invitee was asked to confirm."""
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    return w.booking(booking.id)


def lunch(w: World) -> None:
    """Something else in the calendar, so that it is not empty without its bookings."""
    w.calendar.host_adds("Lunch", Period(AT_10.end, AT_10.end + HALF), uid="lunch")
    w.drain()


def uid(w: World, booking: Booking) -> str:
    return w.reservation(booking).uid


def told(w: World, booking: Booking, to: str = "invitee") -> list[str]:
    """Kinds of the mails of this booking, in the order they left."""
    entries = find.timeline_of(w.rt, booking.id)
    return [entry.detail["kind"] for entry in entries if entry.what == "mailed" and entry.detail["to"] == to]


def alarms(w: World) -> list[str]:
    """Subjects of what the host was told of their calendar."""
    ours = ("Many bookings", "Your calendar changed", "We can't read")
    return [mail.subject for mail in w.mails.to("ada@example.org") if mail.subject.startswith(ours)]


def invitations(w: World) -> list[tuple[str, int]]:
    """Method and SEQUENCE of every calendar part that Grace got."""
    parts = [mail.calendar for mail in w.mails.to("grace@example.org") if mail.calendar]
    return [(part.method, int(next(e.value for e in lines(part.body) if e.name == "SEQUENCE"))) for part in parts]


def page_of(w: World, booking: Booking) -> str:
    return next(event.url for event in w.calendar.events() if event.uid == uid(w, booking))


def own_page(booking: Booking) -> str:
    return f"http://localhost:8000/host/bookings/{booking.id}"


def shown(w: World, booking: Booking) -> tuple[EventStatus | None, Period] | None:
    found = [event for event in w.calendar.events() if event.uid == uid(w, booking)]
    assert len(found) <= 1
    return (found[0].status, found[0].time) if found else None


def free(w: World, start: datetime) -> bool:
    """Whether the page offers a quarter of an hour from `start` on."""
    offered = find_slots(w.rt, "ada", "quick", Interval(start, start + HALF), now=w.now).slots
    return any(slot.start == start for slot in offered)


# Moved and resized


@anywhere
@pytest.mark.promise("I7")
def test_a_booking_moved_by_its_host_moves_and_its_invitee_hears_of_it(w: World) -> None:
    booking = booked(w, guests=("guest@example.org",))
    before = w.reservation(booking)
    w.calendar.host_moves(before.uid, AT_14)
    w.drain()
    followed = w.booking(booking.id)
    assert (followed.time.start, followed.time.end) == AT_14
    assert invitations(w) == [("REQUEST", 0), ("REQUEST", 1)]
    assert told(w, booking) == ["booked", "moved"]
    assert told(w, booking, "guest") == ["booked", "moved"]
    assert told(w, booking, "host") == ["host-booked"]
    assert shown(w, booking) == (EventStatus.CONFIRMED, AT_14)
    assert (w.reservation(booking).uid, w.reservation(booking).href) == (before.uid, before.href)
    assert free(w, TUESDAY_9)
    w.settle()
    assert len(invitations(w)) == 2
    invariants.at_rest(w)


def test_a_booking_made_longer_by_its_host_takes_the_longer_time(w: World) -> None:
    booking = booked(w)
    longer = Period(TUESDAY_9, TUESDAY_9 + 4 * HALF)
    w.calendar.host_moves(uid(w, booking), longer)
    w.drain()
    assert w.booking(booking.id).time.end == longer.end
    assert not free(w, TUESDAY_9 + 3 * HALF)
    assert told(w, booking) == ["booked", "moved"]
    invariants.at_rest(w)


@anywhere
def test_a_hold_moved_by_its_host_asks_its_invitee_anew(w: World) -> None:
    booking = asked(w)
    w.calendar.host_moves(uid(w, booking), AT_14)
    w.drain()
    assert told(w, booking) == ["confirm-booking", "confirm-booking"]
    assert [zone in w.mails.to("grace@example.org")[-1].text for zone in ("8:00", "14:00")] == [True, True]
    confirmed = w.confirm(booking)
    w.drain()
    assert (confirmed.time.start, confirmed.time.end) == AT_14
    assert shown(w, booking) == (EventStatus.CONFIRMED, AT_14)
    invariants.at_rest(w)


@pytest.mark.promise("I1")
def test_a_move_over_another_booking_is_followed_and_shown_to_the_host(w: World) -> None:
    booking = booked(w)
    other = w.hold(start=AT_10.start, meeting="quick")
    w.drain()
    w.calendar.host_moves(uid(w, booking), Period(AT_10.start, AT_10.start + HALF / 2))
    w.drain()
    followed = w.booking(booking.id)
    assert followed.time.start == AT_10.start
    assert followed.conflicted
    assert w.booking(other.id).live
    assert len(alarms(w)) == 1
    w.settle()
    assert len(alarms(w)) == 1
    w.calendar.host_moves(uid(w, booking), AT_14)
    w.drain()
    assert not w.booking(booking.id).conflicted
    invariants.at_rest(w)


def test_a_move_over_an_event_of_the_hosts_own_is_followed_and_shown_to_the_host(w: World) -> None:
    booking = booked(w)
    w.calendar.host_adds("Dentist", AT_14, uid="dentist")
    w.drain()
    w.calendar.host_moves(uid(w, booking), AT_14)
    w.drain()
    assert w.booking(booking.id).time.start == AT_14.start
    assert len(alarms(w)) == 1


def test_a_move_by_the_host_wins_over_one_that_the_invitee_makes_at_the_same_moment(w: World) -> None:
    booking = booked(w)
    w.calendar.host_moves(uid(w, booking), AT_14)
    change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_10.start, now=w.now)
    w.drain()
    assert w.booking(booking.id).time.start == AT_14.start
    assert shown(w, booking) == (EventStatus.CONFIRMED, AT_14)
    w.settle()
    invariants.at_rest(w)


def test_the_hosts_move_is_followed_once_and_the_invitee_may_move_after_it(w: World) -> None:
    booking = booked(w)
    w.calendar.host_moves(uid(w, booking), AT_14)
    w.drain()
    moved = change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_10.start, now=w.now)
    w.drain()
    w.settle()
    assert w.booking(booking.id).time == moved.time
    assert told(w, booking) == ["booked", "moved", "moved"]
    assert [sequence for _, sequence in invitations(w)] == [0, 1, 2]
    invariants.at_rest(w)


def test_a_hold_moved_into_the_past_ends(w: World) -> None:
    booking = asked(w)
    w.calendar.host_moves(uid(w, booking), Period(MONDAY - HALF, MONDAY))
    w.drain()
    w.pass_time(seconds=1)
    assert w.booking(booking.id).state is BookingState.EXPIRED
    w.settle()
    assert shown(w, booking) is None


# Deleted and cancelled


@anywhere
@pytest.mark.promise("I7")
def test_a_booking_deleted_by_its_host_is_cancelled_once_that_is_proven(w: World) -> None:
    lunch(w)
    booking = booked(w, guests=("guest@example.org",))
    w.calendar.host_deletes(uid(w, booking))
    w.drain()
    assert w.booking(booking.id).live, "one 404 is no proof"
    w.pass_time(seconds=GRACE)
    over = w.booking(booking.id)
    assert (over.state, over.cancelled_by, over.cause) == (BookingState.CANCELLED, Party.HOST, Cause.DELETED)
    assert invitations(w) == [("REQUEST", 0), ("CANCEL", 1)]
    assert told(w, booking, "guest") == ["booked", "cancelled"]
    assert free(w, TUESDAY_9)
    w.settle()
    assert shown(w, booking) is None
    assert len(invitations(w)) == 2
    invariants.at_rest(w)


@anywhere
def test_a_hold_deleted_by_its_host_is_released_and_its_invitee_told(w: World) -> None:
    lunch(w)
    booking = asked(w)
    w.calendar.host_deletes(uid(w, booking))
    w.drain()
    w.pass_time(seconds=GRACE)
    assert w.booking(booking.id).state is BookingState.CANCELLED
    assert told(w, booking) == ["confirm-booking", "cancelled"]
    assert invitations(w) == []
    w.settle()
    assert shown(w, booking) is None
    invariants.at_rest(w)


@every_temper
def test_a_deletion_that_is_undone_within_the_grace_time_was_none(w: World) -> None:
    booking = booked(w)
    kept = w.calendar.bodies()[0]
    w.calendar.host_deletes(uid(w, booking))
    w.drain()
    w.calendar.host_puts(w.reservation(booking).href, kept)
    w.settle()
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert told(w, booking) == ["booked"]
    invariants.at_rest(w)


@every_temper
@pytest.mark.promise("I7")
def test_a_calendar_that_does_not_answer_proves_no_deletion(w: World) -> None:
    lunch(w)
    booking = booked(w)
    w.calendar.host_deletes(uid(w, booking))
    w.drain()
    w.calendar.fail_next(Unavailable("down"), times=10_000)
    for _ in range(5):
        w.pass_time(seconds=60)
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    w.calendar.heal()
    w.settle()
    assert w.booking(booking.id).state is BookingState.CANCELLED
    invariants.at_rest(w)


@every_temper
def test_status_cancelled_in_the_hosts_client_cancels(w: World) -> None:
    booking = booked(w)
    w.calendar.host_edits(uid(w, booking), status=EventStatus.CANCELLED)
    w.drain()
    assert w.booking(booking.id).cause is Cause.DELETED
    assert invitations(w) == [("REQUEST", 0), ("CANCEL", 1)]
    w.settle()
    assert shown(w, booking) is None
    invariants.at_rest(w)


@every_temper
@pytest.mark.promise("I7")
def test_a_status_that_a_client_sets_never_confirms_and_is_set_right(w: World) -> None:
    booking = asked(w)
    w.calendar.host_edits(uid(w, booking), status=EventStatus.CONFIRMED)
    w.drain()
    assert w.booking(booking.id).state is BookingState.HELD
    assert shown(w, booking) == (EventStatus.TENTATIVE, Period(booking.time.start, booking.time.end))
    assert told(w, booking) == ["confirm-booking"]
    w.pass_time(minutes=61)
    w.settle()
    assert shown(w, booking) is None


def test_what_the_host_tidies_up_after_it_took_place_cancels_nothing(w: World) -> None:
    booking = booked(w)
    w.pass_time(days=3)
    w.calendar.host_deletes(uid(w, booking))
    w.drain()
    w.settle()
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert told(w, booking) == ["booked"]
    assert alarms(w) == []


# Kept when we write again


@anywhere
@pytest.mark.promise("I7")
def test_title_and_notes_of_the_host_are_kept_when_the_hold_is_confirmed(w: World) -> None:
    booking = asked(w)
    w.calendar.host_edits(uid(w, booking), summary="Grace, about the compiler", description="bring the book")
    w.drain()
    w.confirm(booking)
    w.drain()
    change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_10.start, now=w.now)
    w.drain()
    event = w.calendar.events()[0]
    assert (event.summary, event.description) == ("Grace, about the compiler", "bring the book")
    assert event.status is EventStatus.CONFIRMED
    assert event.time.start == AT_10.start
    invariants.at_rest(w)


@anywhere
def test_the_event_leads_to_the_hosts_page_of_the_booking_unless_they_put_another_there(w: World) -> None:
    first, second = booked(w), w.hold(start=AT_14.start)
    w.drain()
    assert {page_of(w, each) for each in (first, second)} == {own_page(first), own_page(second)}
    w.calendar.host_edits(uid(w, second), url="https://hosts.example/notes")
    w.drain()
    w.confirm(second)
    change.move(w.rt, w.token(first, LinkPurpose.MANAGE), AT_10.start, now=w.now)
    w.drain()
    assert (page_of(w, first), page_of(w, second)) == (own_page(first), "https://hosts.example/notes")
    invariants.at_rest(w)


def test_an_alarm_of_the_host_is_kept_when_we_write_again(w: World) -> None:
    booking = asked(w)
    r, body = w.reservation(booking), w.calendar.bodies()[0]
    alarm = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT7M\r\nDESCRIPTION:Ring\r\nEND:VALARM\r\n"
    w.calendar.host_puts(r.href, body.replace(b"END:VEVENT", alarm + b"END:VEVENT"))
    w.drain()
    w.confirm(booking)
    w.drain()
    assert w.calendar.bodies()[0].count(alarm) == 1
    invariants.at_rest(w)


def test_words_of_a_run_that_died_are_never_taken_for_the_hosts(w: World) -> None:
    """Its write stands, and nobody noted it: the next one still knows what it said."""
    booking = asked(w)
    w.calendar.fail_next(Unavailable("the answer is lost"), after=True, on="replace")
    w.calendar.fail_next(Unavailable("and then nothing"), on="get", times=3)
    with pytest.raises(CalendarUnverified):
        change.move_hold(w.rt, booking.public_id, AT_10.start, now=w.now)
    w.calendar.heal()
    w.confirm(booking)
    w.settle()
    event = w.calendar.events()[0]
    assert event.summary == "Grace Hopper · Intro call"
    assert "Not confirmed" not in event.description
    invariants.at_rest(w)


# Another calendar of the account


@contextmanager
def two_calendars(bench: Bench, own: MemoryCalendar, other: MemoryCalendar) -> Iterator[World]:
    """Ada's target calendar and one more of her account that counts."""
    places = {"http://localhost:1/ada/": own, "http://localhost:1/private/": other}
    with world(bench.folder, engine=bench.engine, calendar=own, open_calendar=lambda _, url: places[url]) as w:
        with transaction(w.rt.engine) as session:
            first = calendars.get(session, w.calendar_id)
            second = replace(first, id=OTHER, url="http://localhost:1/private/", name="Private", target=False)
            calendars.save(session, second, pull_at=w.now)
        w.drain()
        yield w


def dragged(uid: str, start: MemoryCalendar, end: MemoryCalendar) -> None:
    """As clients move an event between calendars: put there, deleted here."""
    found = start.find(uid)
    assert found is not None
    end.host_puts(found.href.rsplit("/", 1)[-1], found.body)
    start.host_deletes(uid)


@pytest.mark.promise("I2")
@pytest.mark.parametrize("temper", TEMPERS.values(), ids=TEMPERS)
def test_an_event_dragged_to_another_calendar_is_found_there_and_followed(bench: Bench, temper: Temper) -> None:
    own, other = MemoryCalendar(temper=temper), MemoryCalendar(temper=temper, path="/private/")
    with two_calendars(bench, own, other) as w:
        booking = booked(w)
        dragged(uid(w, booking), own, other)
        w.drain()
        w.settle()
        assert w.booking(booking.id).state is BookingState.CONFIRMED
        assert w.reservation(booking).calendar_id == OTHER
        assert own.events() == []
        other.host_moves(uid(w, booking), AT_14)
        w.drain()
        assert w.booking(booking.id).time.start == AT_14.start
        moved = change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_10.start, now=w.now)
        w.drain()
        assert [event.time.start for event in other.events()] == [moved.time.start]
        assert told(w, booking) == ["booked", "moved", "moved"]
        change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
        w.drain()
        w.settle()
        assert own.events() == other.events() == []


@pytest.mark.promise("I7")
def test_a_drag_is_never_taken_for_a_deletion_although_the_other_calendar_is_pulled_late(bench: Bench) -> None:
    own, other = MemoryCalendar(), MemoryCalendar(path="/private/")
    with two_calendars(bench, own, other) as w:
        booking = booked(w)
        dragged(uid(w, booking), own, other)
        with transaction(w.rt.engine) as session:
            calendars.pull_next(session, w.calendar_id, at=w.now)
            calendars.pull_next(session, OTHER, at=w.now + timedelta(hours=1))
        for _ in range(4):
            drain(w.rt)
            w.clock.advance(GRACE)
        assert w.booking(booking.id).state is BookingState.CONFIRMED
        assert w.reservation(booking).calendar_id == OTHER


def test_an_event_dragged_after_its_booking_ended_unnoticed_is_removed_there(bench: Bench) -> None:
    own, other = MemoryCalendar(), MemoryCalendar(path="/private/")
    with two_calendars(bench, own, other) as w:
        booking = booked(w)
        dragged(uid(w, booking), own, other)
        change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
        w.settle()
        assert own.events() == other.events() == []


def test_a_copy_under_the_same_uid_goes_with_its_booking(bench: Bench) -> None:
    own, other = MemoryCalendar(), MemoryCalendar(path="/private/")
    with two_calendars(bench, own, other) as w:
        booking = booked(w)
        other.host_puts("copy.ics", own.bodies()[0])
        w.drain()
        change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
        w.settle()
        assert own.events() == other.events() == []


@every_temper
def test_a_server_that_stores_under_another_name_is_followed_by_uid(w: World) -> None:
    """What it was given as one name it keeps as another; the first name is then not found."""
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    r, body = w.reservation(booking), w.calendar.bodies()[0]
    w.calendar.host_deletes(r.uid)
    w.calendar.host_puts("renamed-by-the-server.ics", body)
    w.settle()
    assert w.reservation(booking).href.endswith("renamed-by-the-server.ics")
    moved = change.move(w.rt, w.token(booking, LinkPurpose.MANAGE), AT_10.start, now=w.now)
    w.settle()
    assert w.booking(booking.id).time == moved.time
    assert told(w, booking) == ["booked", "moved"]
    invariants.at_rest(w)


# A mass deletion


def many(w: World, count: int = 5) -> list[Booking]:
    """Confirmed bookings, one after the other, far enough ahead that nobody is reminded of them yet."""
    made = [w.hold(start=WEDNESDAY_9 + n * HALF, meeting="quick", form_key=f"{n}") for n in range(count)]
    w.drain()
    return made


def live(w: World, made: list[Booking]) -> int:
    return sum(w.booking(each.id).live for each in made)


def long_after(w: World) -> None:
    for _ in range(4):
        w.pass_time(minutes=11)


@every_temper
@pytest.mark.promise("I7")
def test_a_mass_deletion_cancels_nothing_and_asks_the_host_once(w: World) -> None:
    made = many(w)
    for each in made[:3]:
        w.calendar.host_deletes(uid(w, each))
    w.drain()
    long_after(w)
    assert live(w, made) == 5
    assert len(alarms(w)) == 1
    assert "Many bookings" in alarms(w)[0]
    assert absent_events(w.rt, w.calendar_id, now=w.now) == [w.booking(each.id) for each in made[:3]]


@every_temper
@pytest.mark.promise("I7")
def test_two_deletions_at_once_are_no_mass_deletion(w: World) -> None:
    made = many(w)
    for each in made[:2]:
        w.calendar.host_deletes(uid(w, each))
    w.drain()
    w.settle()
    assert live(w, made) == 3
    assert alarms(w) == []


@every_temper
def test_a_mass_deletion_is_not_over_because_something_else_changes(w: World) -> None:
    made = many(w)
    for each in made[:4]:
        w.calendar.host_deletes(uid(w, each))
    w.drain()
    w.calendar.host_adds("Lunch", AT_14, uid="lunch")
    w.calendar.host_edits(uid(w, made[4]), summary="Renamed")
    w.drain()
    long_after(w)
    assert live(w, made) == 5
    assert len(alarms(w)) == 1


def test_a_mass_deletion_heals_by_itself_when_the_events_are_back(w: World) -> None:
    made = many(w)
    kept = {uid(w, each): next(b for b in w.calendar.bodies() if uid(w, each).encode() in b) for each in made}
    for each in made:
        w.calendar.host_deletes(uid(w, each))
    w.drain()
    for name, body in kept.items():
        w.calendar.host_puts(f"{name}.ics", body)
    w.drain()
    long_after(w)
    assert live(w, made) == 5
    assert {kind for each in made for kind in told(w, each)} == {"booked"}
    w.calendar.host_deletes(uid(w, made[0]))  # and a single deletion is believed again
    w.drain()
    w.pass_time(seconds=GRACE)
    assert live(w, made) == 4
    invariants.at_rest(w)


def test_a_host_who_says_they_are_gone_is_believed(w: World) -> None:
    made = many(w)
    for each in made[:4]:
        w.calendar.host_deletes(uid(w, each))
    w.drain()
    assert believe_calendar(w.rt, w.calendar_id, now=w.now) == 4
    w.settle()
    assert live(w, made) == 1
    assert [told(w, each) for each in made[:4]] == [["booked", "cancelled"]] * 4
    assert len(alarms(w)) == 1
    invariants.at_rest(w)


@every_temper
def test_a_host_who_says_it_was_an_accident_gets_them_back_under_the_same_uids(w: World) -> None:
    made = many(w)
    for each in made:
        w.calendar.host_deletes(uid(w, each))
    w.drain()
    assert restore_events(w.rt, w.calendar_id, now=w.now) == 5
    if w.calendar.temper.keeps_deleted_uids:  # the trash bin refuses them until the host empties it
        w.settle()
        w.calendar.empty_trash()
    long_after(w)
    assert {event.uid for event in w.calendar.events()} == {uid(w, each) for each in made}
    assert [told(w, each) for each in made] == [["booked"]] * 5
    assert len(alarms(w)) == 1
    invariants.at_rest(w)


class Emptied:
    """A server that lost its index: it lists nothing and finds nothing, and every single object is "not found"."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self._calendar, self.lost = calendar, False

    def __getattr__(self, name: str) -> object:
        return getattr(MemoryCalendar(temper=self._calendar.temper) if self.lost else self._calendar, name)


@pytest.mark.promise("I6")
@pytest.mark.promise("I7")
@pytest.mark.parametrize("temper", TEMPERS.values(), ids=TEMPERS)
@pytest.mark.parametrize("count", [1, 5])
def test_an_empty_listing_cancels_nothing_and_frees_nothing(bench: Bench, temper: Temper, count: int) -> None:
    calendar = MemoryCalendar(temper=temper)
    server = Emptied(calendar)
    with world(bench.folder, engine=bench.engine, calendar=calendar, open_calendar=lambda *_: server) as w:
        made = many(w, count)
        calendar.host_adds("Dentist", AT_14)
        w.drain()
        server.lost = True
        calendar.forget_token()
        with transaction(w.rt.engine) as session:
            calendars.read_whole(session, w.calendar_id, now=w.now)
        w.drain()
        long_after(w)
        assert live(w, made) == count
        assert not free(w, AT_14.start)
        server.lost = False
        long_after(w)
        assert live(w, made) == count
        assert len(alarms(w)) == 1
        calendar.host_deletes(next(event.uid for event in calendar.events() if event.summary == "Dentist"))
        w.drain()
        assert free(w, AT_14.start)
        invariants.at_rest(w)


# What servers do to it


class Meddled:
    """A host who edits at the worst moment: right before our next request of a kind."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self._calendar = calendar
        self.before: dict[str, list[object]] = {}

    def __getattr__(self, name: str) -> object:
        for edit in self.before.pop(name, []):
            edit()  # type: ignore[operator]
        return getattr(self._calendar, name)


@pytest.mark.promise("I7")
@pytest.mark.parametrize(
    ("temper", "moment"),
    [(PLAIN, "replace"), (PLAIN, "get"), (SABRE, "replace"), (SABRE, "get")],
    ids=["plain-replace", "plain-get", "sabre-replace", "sabre-get"],
)
def test_an_edit_at_the_worst_moment_of_a_confirmation_is_kept(bench: Bench, temper: Temper, moment: str) -> None:
    calendar = MemoryCalendar(temper=temper)
    server = Meddled(calendar)
    with world(bench.folder, engine=bench.engine, calendar=calendar, open_calendar=lambda *_: server) as w:
        booking = asked(w)
        server.before[moment] = [
            lambda: calendar.host_moves(uid(w, booking), AT_14),
            lambda: calendar.host_edits(uid(w, booking), summary="Mine"),
        ]
        if moment == "get":
            calendar.host_edits(uid(w, booking), description="so that it has to be read first")
        w.confirm(booking)
        assert not server.before
        w.drain()
        w.settle()
        assert w.booking(booking.id).time.start == AT_14.start
        assert [event.summary for event in calendar.events()] == ["Mine"]
        assert shown(w, booking) == (EventStatus.CONFIRMED, AT_14)
        assert told(w, booking)[0] == "confirm-booking"
        assert told(w, booking)[-1] in ("booked", "moved")
        invariants.at_rest(w)


@pytest.mark.parametrize("temper", TEMPERS.values(), ids=TEMPERS)
def test_a_status_that_a_client_sets_while_a_run_looks_is_set_right(bench: Bench, temper: Temper) -> None:
    calendar = MemoryCalendar(temper=temper)
    server = Meddled(calendar)
    with world(bench.folder, engine=bench.engine, calendar=calendar, open_calendar=lambda *_: server) as w:
        look = "changes" if temper.sync else "listing"
        server.before[look] = [lambda: calendar.host_edits(calendar.events()[0].uid, status=EventStatus.CONFIRMED)]
        booking = w.hold(start=TUESDAY_9)
        assert not server.before
        w.drain()
        assert shown(w, booking) == (EventStatus.TENTATIVE, Period(booking.time.start, booking.time.end))
        invariants.at_rest(w)


@every_temper
def test_a_lost_sync_token_loses_no_edit(w: World) -> None:
    moved, deleted = many(w, 2)
    w.calendar.host_moves(uid(w, moved), AT_14)
    w.calendar.host_deletes(uid(w, deleted))
    w.calendar.forget_token()
    w.drain()
    w.settle()
    assert w.booking(moved.id).time.start == AT_14.start
    assert w.booking(deleted.id).state is BookingState.CANCELLED
    assert told(w, moved) == ["booked", "moved"]
    invariants.at_rest(w)


class Forgetful:
    """A server that answers every token with a list of all there is, and names nothing that is gone."""

    def __init__(self, calendar: MemoryCalendar) -> None:
        self._calendar = calendar

    def __getattr__(self, name: str) -> object:
        return getattr(self._calendar, name)

    def changes(self, token: str, *, known: object = None) -> Changes:
        del known
        fresh = self._calendar.changes(token)
        there: list[StoredObject] = self._calendar.fetch(self._calendar.listing())
        return Changes(fresh.token, there, ())


@pytest.mark.promise("I7")
def test_a_full_list_in_place_of_changes_hides_no_deletion(bench: Bench) -> None:
    calendar = MemoryCalendar()
    with world(
        bench.folder,
        engine=bench.engine,
        calendar=calendar,
        open_calendar=lambda *_: Forgetful(calendar),
    ) as w:
        kept, deleted = many(w, 2)
        calendar.host_adds("Dentist", AT_14, uid="dentist")
        w.drain()
        assert not free(w, AT_14.start)
        calendar.host_deletes(uid(w, deleted))
        calendar.host_deletes("dentist")
        w.drain()
        w.settle()
        assert w.booking(deleted.id).state is BookingState.CANCELLED
        assert w.booking(kept.id).state is BookingState.CONFIRMED
        assert free(w, AT_14.start)
        assert told(w, kept) == ["booked"]
        invariants.at_rest(w)


def test_an_event_restored_from_the_trash_bin_while_it_is_looked_for_cancels_nothing(w: World) -> None:
    booking = booked(w)
    body, href = w.calendar.bodies()[0], w.reservation(booking).href
    w.calendar.host_deletes(uid(w, booking))
    w.drain()
    w.calendar.host_puts(href, body)
    w.pass_time(seconds=GRACE)
    w.settle()
    assert w.booking(booking.id).state is BookingState.CONFIRMED
    assert [event.uid for event in w.calendar.events()] == [uid(w, booking)]


def test_a_database_from_a_backup_takes_its_events_back_in_hand(w: World) -> None:
    """Its bookings are of yesterday, their events of today; yesterday's word counts, and nothing goes round in circles."""
    booking = booked(w)
    body = w.calendar.bodies()[0].replace(b"X-BOOKING-REVISION:1", b"X-BOOKING-REVISION:9")
    w.calendar.host_puts(w.reservation(booking).href, body)
    w.drain()
    w.settle()
    change.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="", now=w.now)
    w.settle()
    assert w.calendar.events() == []
    invariants.at_rest(w)


@pytest.mark.promise("I3")
@pytest.mark.extended
def test_a_hold_that_ended_during_an_outage_is_gone_within_a_minute_of_its_end(w: World) -> None:
    asked(w)
    w.calendar.fail_next(Unavailable("down"), times=100_000)
    for _ in range(60):
        w.clock.advance(180)
        drain(w.rt)
    w.calendar.heal()
    back = w.now
    while w.calendar.events():
        assert w.now - back <= timedelta(seconds=60)
        w.clock.advance(5)
        drain(w.rt)


# An event of the host's own over a booking


@every_temper
@pytest.mark.parametrize("make", [asked, booked], ids=["hold", "booking"])
def test_an_event_put_over_a_promised_time_is_told_to_the_host_once_and_cancels_nothing(w: World, make: object) -> None:
    booking = make(w)  # type: ignore[operator]
    w.calendar.host_adds("Dentist", Period(TUESDAY_9 - HALF, TUESDAY_9 + HALF), uid="dentist")
    w.drain()
    w.calendar.host_edits("dentist", summary="Dentist, at last")
    w.drain()
    w.calendar.host_adds("And lunch", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="lunch")
    w.drain()
    w.settle()
    assert w.booking(booking.id).live
    assert len(alarms(w)) == 1
    assert "Grace Hopper" in alarms(w)[0]
    assert len(told(w, booking)) == 1
    invariants.at_rest(w)


def test_an_event_beside_a_promised_time_is_nobodys_news(w: World) -> None:
    booked(w)
    w.calendar.host_adds("Dentist", Period(TUESDAY_9 - HALF, TUESDAY_9), uid="dentist")
    w.calendar.host_adds("Birthday", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="birthday", transparent=True)
    w.drain()
    assert alarms(w) == []


def test_a_hold_over_which_the_host_put_an_event_keeps_its_promise_when_it_is_confirmed(w: World) -> None:
    booking = asked(w)
    w.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF), uid="dentist")
    w.drain()
    assert w.confirm(booking).state is BookingState.CONFIRMED
    w.settle()
    assert told(w, booking) == ["confirm-booking", "booked"]
    assert len(alarms(w)) == 1
    invariants.at_rest(w)


# How often it is looked


def test_every_calendar_is_pulled_about_every_minute(w: World) -> None:
    booking = booked(w)
    w.calendar.host_moves(uid(w, booking), AT_14)
    w.clock.advance(w.rt.settings.calendar.pull_every.total_seconds() + 1)
    drain(w.rt)
    assert w.booking(booking.id).time.start == AT_14.start
    assert w.rt.settings.calendar.pull_every <= timedelta(seconds=60)
