"""Hosts of one service are strangers to each other's calendars, also where one of them books with the other."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.booking import show
from booking_service.actions.calendar.pull import pull
from booking_service.actions.times.offers import find_slots
from booking_service.crypto import keys
from booking_service.domain.interval import Interval
from booking_service.domain.people import Invitee
from booking_service.language import language_of
from booking_service.storage import calendars, hosts, meetings
from booking_service.storage.calendars import Account, Connected
from booking_service.storage.engine import transaction
from calendars.memory import MemoryCalendar
from tests.world import MONDAY, World, host, meeting, world

START = MONDAY + timedelta(days=1)
ADA, BOB = "http://localhost:1/ada/", "http://localhost:1/bob/"
ADA_AS_INVITEE = Invitee(name="Ada Lovelace", email="ada@example.org", language="en", zone="Europe/Berlin")


@pytest.fixture
def kept() -> dict[str, MemoryCalendar]:
    return {ADA: MemoryCalendar(), BOB: MemoryCalendar()}


@pytest.fixture
def w(tmp_path: Path, kept: dict[str, MemoryCalendar]) -> Iterator[World]:
    with world(tmp_path, open_calendar=lambda _account, url: kept[url]) as made:
        bring_bob(made)
        yield made


def bring_bob(w: World) -> None:
    bob, account_id, calendar_id = (
        host(id=UUID(int=100), slug="bob", email="bob@example.org"),
        UUID(int=300),
        UUID(int=400),
    )
    password = keys.seal(w.rt.ring, b"x", context=calendars.account_context(account_id))
    with transaction(w.rt.engine) as session:
        hosts.save(session, bob)
        session.flush()
        meetings.save(session, meeting("quick", id=UUID(int=200), host_id=bob.id))
        calendars.save_account(
            session, Account(id=account_id, host_id=bob.id, key="main", url=BOB, username="bob", password=password)
        )
        calendars.save(
            session,
            Connected(
                id=calendar_id, account_id=account_id, host_id=bob.id, url=BOB, name="Bob", target=True, capabilities={}
            ),
            pull_at=w.now,
        )
    pull(w.rt, calendar_id)


def free(w: World, whose: str) -> list[datetime]:
    window = Interval(START, START + timedelta(minutes=15))
    return [slot.start for slot in find_slots(w.rt, whose, "quick", window, now=w.now).slots]


@pytest.mark.promise("I1")
def test_a_host_who_books_with_a_colleague_is_busy_then(w: World, kept: dict[str, MemoryCalendar]) -> None:
    """Her client files the invitation in her own calendar, under the UID of the colleague's booking."""
    booking = w.hold(host="bob", meeting="quick", invitee=ADA_AS_INVITEE)
    w.drain()
    assert (free(w, "ada"), free(w, "bob")) == ([START], [])
    seen = show.waiting(w.rt, booking.public_id, now=w.now)
    kept[ADA].create("invite.ics", show.calendar_file(w.rt, seen, language=language_of("en"), now=w.now))
    w.pass_time(minutes=2)
    assert free(w, "ada") == []
    assert len(kept[BOB].bodies()) == 1


def test_an_event_of_an_outsider_with_our_marks_blocks_its_time_and_is_no_booking(
    w: World, kept: dict[str, MemoryCalendar]
) -> None:
    """Who has the invitation may mail another with its marks. What counts as ours is a UID that is ours."""
    later = START + timedelta(hours=2)
    booking = w.confirm(w.hold(host="bob", meeting="quick", start=later))
    w.drain()
    (ours,) = kept[BOB].bodies()
    forged = ours.replace(later.strftime("%Y%m%dT%H%M%SZ").encode(), START.strftime("%Y%m%dT%H%M%SZ").encode())
    own_uid = re.search(rb"UID:(\S+)", ours)
    assert own_uid is not None
    assert free(w, "bob") == [START]
    kept[BOB].create("forged.ics", forged.replace(own_uid[1], b"forged"))
    w.pass_time(minutes=2)
    assert free(w, "bob") == []
    assert w.booking(booking.id) == booking
    assert ours in kept[BOB].bodies()
