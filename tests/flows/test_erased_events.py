"""Who was erased goes out of past events in their hosts' calendars, however late those answer; what hosts wrote stays."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest
from sqlmodel import select

from booking_service.actions.calendar import erase_event
from booking_service.actions.consent.contacts import find_or_make
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.actions.setup import departures
from booking_service.actions.setup.departures import Fate
from booking_service.crypto import keys
from booking_service.domain.audit import Actor
from booking_service.domain.booking import Booking
from booking_service.domain.privacy import Mode
from booking_service.domain.roles import Role
from booking_service.storage import calendars, outbox, people
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.worker import perform_one
from calendars.dav.client import Connection
from calendars.errors import Forbidden, Unavailable
from calendars.memory import MemoryCalendar
from tests.flows.crashes import CountedCalendar, Killed, Steps, transactions_counted
from tests.flows.faults import Fault
from tests.flows.host_client import HostedCalendar
from tests.flows.staged_faults import StagedCalendar
from tests.servers import Server, free_port, radicale
from tests.web.consents import offer
from tests.web.links.test_own_data import files
from tests.web.own_pages import GRACE, agreed, changes, fresh
from tests.web.site import Site, site
from tests.world import MONDAY, World, world

PERSONAL = (b"Grace", b"Hopper", b"grace@", b"The compiler")
NINE = MONDAY + timedelta(days=1)


@contextlib.contextmanager
def on_server(folder: Path, server: Server, url: str) -> Iterator[tuple[Site, HostedCalendar]]:
    """Pages, the worker and a calendar on this server."""
    with contextlib.closing(Connection(server.account)) as connection:
        calendar = HostedCalendar(connection.calendar(url))
        with site(folder, open_calendar=lambda _account, _url: calendar) as s:
            yield s, calendar


def names_nobody(calendar: HostedCalendar | MemoryCalendar) -> bool:
    return not any(text in body for body in calendar.bodies() for text in PERSONAL)


def met(w: World, **changes: object) -> Booking:
    """Grace was here, and there is something to erase of her."""
    booking = w.hold(start=NINE, meeting="quick", **changes)
    w.drain()
    w.pass_time(days=1, hours=1)
    with transaction(w.rt.engine) as session:
        find_or_make(w.rt, session, address=booking.invitee.email, name="Grace Hopper", now=w.now)
    return booking


def erase(w: World, who: str = "grace@example.org") -> erasure.Erased:
    return erasure.erase(w.rt, who, Decider(staff="t", reason="a letter"), mode=Mode.WHOLE, now=w.now)


def waits(w: World) -> list[str]:
    """What is still owed to calendars: why each came to nothing, "" where nothing was wrong."""
    with snapshot(w.rt.engine) as session:
        return [row.error for row in outbox.open_of_kind(session, erase_event.KIND)]


def settle(w: World) -> None:
    for _ in range(3):
        w.pass_time(seconds=31)


@pytest.fixture
def line() -> StagedCalendar:
    return StagedCalendar(MemoryCalendar())


@pytest.fixture
def w(tmp_path: Path, line: StagedCalendar) -> Iterator[World]:
    with world(tmp_path, calendar=cast(MemoryCalendar, line)) as made:
        yield made


@pytest.mark.server
@pytest.mark.capability("S4-12")
def test_a_wish_takes_the_name_out_of_past_events_on_the_server_and_leaves_what_the_host_wrote(
    tmp_path: Path, radicale_server: Server
) -> None:
    with on_server(tmp_path, radicale_server, radicale_server.new_calendar()) as (s, calendar):
        offer(s)
        agreed(s, "newsletter")
        s.confirmed(start="2030-01-08T09:00:00Z", form_key="e" * 22)
        plain, edited = (each.uid for each in calendar.events())
        seen = next(each for each in calendar.events() if each.uid == edited)
        calendar.host_edits(
            edited, summary=f"{seen.summary} (room 3)", description=f"{seen.description}\nBring the contract."
        )
        calendar.host_adds("Dentist", type(seen.time)(NINE, NINE + timedelta(hours=1)), uid="mine")
        s.w.drain()
        assert not names_nobody(calendar)
        s.w.pass_time(days=1, hours=4)
        s.browser.post(f"{fresh(s)}/delete", data={"cancel": "yes"})
        s.w.drain()
        s.browser.post(changes(s)[-1])
        s.w.drain()
        s.w.pass_time(days=6, hours=20)
        assert not names_nobody(calendar), "it is not due yet"
        s.w.pass_time(hours=5)
        settle(s.w)
        assert names_nobody(calendar)
        said = {each.uid: (each.summary, each.description) for each in calendar.events()}
        assert said == {
            plain: ("Intro call", ""),
            edited: ("Intro call (room 3)", "Bring the contract."),
            "mine": ("Dentist", ""),
        }
        assert waits(s.w) == []
        settle(s.w)
        assert said == {each.uid: (each.summary, each.description) for each in calendar.events()}
        assert not any(text in files(s) for text in PERSONAL)


@pytest.mark.server
@pytest.mark.extended
def test_whatever_a_worker_dies_before_the_next_one_takes_the_name_out(tmp_path: Path, radicale_server: Server) -> None:
    """Each request to Radicale and each transaction of a run, in turn."""
    died_before = []
    for die_at in range(1, 30):
        folder = tmp_path / str(die_at)
        folder.mkdir()
        with on_server(folder, radicale_server, radicale_server.new_calendar()) as (s, calendar):
            met(s.w)
            erase(s.w)
            steps = Steps(die_at=die_at)
            counted = CountedCalendar(calendar, steps, reads=True)
            mortal = replace(s.w.rt, open_calendar=lambda _account, _url, it=counted: it)
            with transactions_counted(s.w.rt.engine, steps), contextlib.suppress(Killed):
                while perform_one(mortal, kinds=(erase_event.KIND,)):
                    pass
            for _ in range(4):
                s.w.pass_time(minutes=4)  # longer than any lease
            assert names_nobody(calendar), steps.taken
            assert len(calendar.events()) == 1
            assert waits(s.w) == []
            if not steps.died:
                break
            died_before.append(steps.taken[-1])
    assert {"get is asked", "replace is asked", "a transaction commits"} <= {*died_before}


@pytest.mark.server
def test_a_server_that_is_away_keeps_nobody_from_being_erased_and_is_told_when_it_is_back(tmp_path: Path) -> None:
    port, store = free_port(), tmp_path / "server"
    with contextlib.ExitStack() as stack:
        with radicale(store, port=port) as server:
            url = server.new_calendar()
            (tmp_path / "service").mkdir()
            s, calendar = stack.enter_context(on_server(tmp_path / "service", server, url))
            offer(s)
            agreed(s, "newsletter")
            s.w.pass_time(days=2)
        done = erase(s.w, GRACE)
        assert done.events == 1
        s.w.drain()
        assert not any(text in files(s) for text in PERSONAL), "not even while it waits"
        [error] = waits(s.w)
        assert error.startswith("Unavailable")
        with radicale(store, port=port):
            assert not names_nobody(calendar)
            s.w.pass_time(hours=7)
            settle(s.w)
            assert names_nobody(calendar)
            assert waits(s.w) == []


def test_a_server_that_says_stored_and_keeps_the_old_text_is_asked_until_it_shows_the_new_one(
    w: World, line: StagedCalendar
) -> None:
    met(w)
    erase(w)
    line.weather.stage(Fault.IGNORED, on="replace", times=2)
    w.drain()
    assert not names_nobody(line.calendar)
    assert waits(w) == [""]
    w.pass_time(seconds=31)
    assert not names_nobody(line.calendar)
    w.pass_time(seconds=31)
    assert names_nobody(line.calendar)
    assert waits(w) == [""], "it is read once more"
    w.pass_time(seconds=31)
    assert waits(w) == []


@pytest.mark.parametrize(
    "fault", [Fault.DOWN, Fault.BUSY, Fault.REFUSED, Fault.LOST, Fault.CUT, Fault.HALF, Fault.PAGE]
)
@pytest.mark.parametrize("on", ["get", "replace"])
def test_no_failure_of_a_calendar_ends_it(w: World, line: StagedCalendar, fault: Fault, on: str) -> None:
    if not fault.fits(on):
        return
    met(w)
    erase(w)
    line.weather.stage(fault, on=on, times=3)
    for _ in range(8):
        w.pass_time(hours=6, minutes=1)
    settle(w)
    assert names_nobody(line.calendar)
    assert waits(w) == []


def test_an_event_that_is_not_found_for_a_moment_is_not_taken_for_gone(w: World, line: StagedCalendar) -> None:
    met(w)
    w.calendar.forget_token()
    erase(w)
    line.weather.stage(Fault.NOT_FOUND, on="get")
    line.calendar.fail_next(Unavailable("no answer"), on="find")
    w.drain()
    settle(w)
    assert names_nobody(line.calendar)
    assert waits(w) == []


def test_an_event_that_the_host_deleted_or_moved_elsewhere_ends_it_where_it_is(w: World, line: StagedCalendar) -> None:
    booking = met(w)
    line.calendar.host_deletes(w.reservation(booking).uid)
    erase(w)
    w.drain()
    assert waits(w) == [""], "once is not enough"
    settle(w)
    assert waits(w) == []
    assert line.calendar.events() == []


def test_a_write_of_the_hosts_in_between_is_kept(w: World, line: StagedCalendar) -> None:
    booking = met(w)
    uid = w.reservation(booking).uid
    erase(w)
    line.calendar.fail_next(Killed(), on="replace")
    with pytest.raises(Killed):
        w.drain()
    line.calendar.host_edits(uid, summary="Grace Hopper · Quick call, and my words")
    for _ in range(3):
        w.pass_time(minutes=4)
    [event] = line.calendar.events()
    assert event.summary == "Quick call, and my words"
    assert waits(w) == []


def test_a_calendar_that_was_disconnected_is_told_of_and_found_again_once_it_is_connected(
    w: World, line: StagedCalendar
) -> None:
    met(w)
    with transaction(w.rt.engine) as session:
        [account] = calendars.accounts(session)
        [connected] = calendars.of_host(session, w.host.id)
        calendars.remove_account(session, account.id)
    assert erase(w).events == 1
    w.drain()
    [left] = erase_event.left(w.rt)
    assert (left.host, left.calendar, left.booked_at, left.dead) == ("Ada Lovelace", "", NINE, False)
    assert left.trouble is not None
    assert left.trouble.sentence == "The calendar is no longer connected."
    with transaction(w.rt.engine) as session:
        calendars.save_account(session, account)
        calendars.save(session, connected, pull_at=w.now)
    for _ in range(3):
        w.pass_time(days=1, minutes=1)
    assert names_nobody(line.calendar)
    assert erase_event.left(w.rt) == []


def test_the_calendar_of_a_host_who_left_is_kept_until_the_names_are_out_of_it(w: World, line: StagedCalendar) -> None:
    """Who was erased is to be gone from it, whether or not the host still works here; then nothing of the host's account stays."""
    met(w)
    line.weather.stage(Fault.DOWN, times=3)
    assert erase(w).events == 1
    w.drain()
    with transaction(w.rt.engine) as session:
        host = people.by_host(session, w.host.id)
        assert host is not None
        boss = replace(host, id=uuid4(), host_id=None, email="boss@example.org", roles=frozenset({Role.ADMIN}))
        people.save(session, boss, now=w.now)
    departures.leave(w.rt, host.id, fate=Fate.KEEP, by=Actor(name="office"), now=w.now)
    w.pass_time(seconds=1)
    assert departures.forget_accounts(w.rt, now=w.now + 2 * departures.UNSHOWN_FOR) == 0
    with snapshot(w.rt.engine) as session:
        assert len(calendars.accounts(session)) == 1
    assert not names_nobody(line.calendar)
    for _ in range(3):
        w.pass_time(hours=6)
    assert waits(w) == []
    assert names_nobody(line.calendar)
    w.pass_time(days=8)
    with snapshot(w.rt.engine) as session:
        assert calendars.accounts(session) == []


@pytest.mark.parametrize("guest", ["alan@example.net", "Alan@Example.NET"])
def test_a_guest_goes_out_of_other_peoples_past_events_and_out_of_coming_ones_once_they_are_over(
    tmp_path: Path, guest: str
) -> None:
    """However whoever invited them wrote their address."""
    address = "alan@example.net"
    with site(tmp_path) as s:
        w = s.w
        past, coming = (
            w.hold(start=NINE + timedelta(days=at), meeting="quick", guests=(guest, "kay@example.net")) for at in (0, 3)
        )
        w.drain()
        w.pass_time(days=1, hours=1)
        with transaction(w.rt.engine) as session:
            find_or_make(w.rt, session, address=address, name="Alan Turing", now=w.now)
        assert erase(w, address).events == 1
        w.drain()
        first, second = sorted(w.calendar.events(), key=lambda each: each.time)
        assert first.description == "Grace Hopper <grace@example.org>\nGuest: kay@example.net"
        assert guest in second.description
        assert (w.booking(past.id).guests, w.booking(coming.id).guests) == (
            ("kay@example.net",),
            (guest, "kay@example.net"),
        )
        w.pass_time(days=3)
        settle(w)
        assert all(guest not in each.description for each in w.calendar.events())
        assert w.booking(coming.id).guests == ("kay@example.net",)
        assert waits(w) == []
        assert guest.encode() not in files(s)
        assert b"grace@example.org" in files(s)


def test_what_waits_is_sealed_follows_the_keys_and_goes_with_the_last_reading(w: World, line: StagedCalendar) -> None:
    met(w)
    line.weather.stage(Fault.DOWN, times=3)
    erase(w)
    w.drain()
    newer = keys.ring_of(f"a-fresher-secret-for-tests-0123456789-abcdef {w.rt.ring.newest.secret.decode()}", source="t")
    rotated = replace(w, rt=replace(w.rt, ring=newer))
    assert erase_event.seal_anew(rotated.rt) == (1, 0)
    without_old = replace(w, rt=replace(w.rt, ring=keys.KeyRing(newer.keys[:1])))
    assert erase_event.seal_anew(without_old.rt) == (0, 0)
    for _ in range(3):
        without_old.pass_time(hours=6)
    assert names_nobody(line.calendar)
    with snapshot(w.rt.engine) as session:
        rows = session.exec(select(OutboxRow).where(OutboxRow.kind == erase_event.KIND))
        assert [{*row.payload} for row in rows] == [{"reservation_id"}]


def test_what_a_lost_key_sealed_is_left_to_people(w: World, line: StagedCalendar) -> None:
    met(w)
    erase(w)
    other = replace(
        w, rt=replace(w.rt, ring=keys.ring_of("quite-another-secret-for-tests-0123456789-abcd", source="t"))
    )
    while perform_one(other.rt, kinds=(erase_event.KIND,)):
        pass
    [left] = erase_event.left(w.rt)
    assert left.dead
    assert left.trouble is not None
    assert "the key is gone" in left.trouble.sentence


def test_a_calendar_that_allows_no_writing_keeps_it_waiting(w: World, line: StagedCalendar) -> None:
    met(w)
    erase(w)
    line.calendar.fail_next(Forbidden("read-only"), on="replace", times=2)
    w.drain()
    assert waits(w) == ["Forbidden: read-only"]
    w.pass_time(hours=6, minutes=1)
    w.pass_time(hours=6, minutes=1)
    settle(w)
    assert waits(w) == []
    assert names_nobody(line.calendar)


def test_an_erased_event_that_its_host_drags_keeps_the_hosts_words(w: World, line: StagedCalendar) -> None:
    booking = met(w)
    uid = w.reservation(booking).uid
    erase(w)
    settle(w)
    line.calendar.host_edits(uid, summary="My words", description="A note")
    line.calendar.host_moves(uid, type(line.calendar.events()[0].time)(NINE - timedelta(hours=1), NINE))
    sent = len(w.mails.sent)
    for _ in range(4):
        w.pass_time(minutes=11)
    [event] = line.calendar.events()
    assert (event.summary, event.description) == ("My words", "A note")
    assert w.booking(booking.id).time.end == NINE
    assert len(w.mails.sent) == sent
    assert names_nobody(line.calendar)
