"""Many at once: one wins, everybody else is told politely, and calendar, mail and page agree."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from booking_service.actions.access import limits, mailbox_blocks
from booking_service.actions.booking import change, confirm, expire, find
from booking_service.actions.calendar.pull import pull
from booking_service.config.notation import read_rates
from booking_service.crypto import keys
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain import transitions
from booking_service.domain.booking import BookingState
from booking_service.domain.errors import HoldExpired, SlotTaken, UnknownBooking
from booking_service.domain.people import Invitee
from booking_service.domain.slots import HostLimits
from booking_service.domain.timeline import Happened
from booking_service.storage import bookings, calendars, hosts, meetings
from booking_service.storage.engine import transaction
from calendars.model import EventStatus
from tests import invariants
from tests.databases import until_it_waits
from tests.world import MONDAY, World, host, meeting, world

TUESDAY_9 = MONDAY + timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def w(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        yield made


def invitee(number: int) -> Invitee:
    return Invitee(name=f"Invitee {number}", email=f"i{number}@example.org", language="en", zone="Europe/Berlin")


def at_once(works: list[Callable[[], Any]]) -> list[str]:
    """Run all of them at the same moment; the class of what each came to."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> str:
        start.wait(timeout=30)
        try:
            return type(work()).__name__
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
            return type(error).__name__

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_a_limit_is_no_larger_for_who_asks_twenty_times_at_once(w: World) -> None:
    limits_ = w.rt.settings.limits.model_copy(update={"book_per_mailbox": read_rates("2 per 10 min")})
    rt = replace(w.rt, settings=w.rt.settings.model_copy(update={"limits": limits_}))

    def use() -> None:
        with transaction(rt.engine) as session:
            limits.use(rt, session, "book_per_mailbox", "grace@example.org", now=w.now)

    assert Counter(at_once([use] * 20)) == {"NoneType": 2, "TooManyRequests": 18}


@pytest.mark.parametrize("limit", ["live_holds_per_mailbox", "live_holds_per_network"])
def test_who_asks_several_hosts_at_once_has_as_many_live_holds_as_anybody(w: World, limit: str) -> None:
    tight = w.rt.settings.limits.model_copy(update={limit: 2})
    other = replace(w, rt=replace(w.rt, settings=w.rt.settings.model_copy(update={"limits": tight})))
    slugs = [another_host(w, number) for number in range(6)]
    whose = [invitee(0 if limit == "live_holds_per_mailbox" else number) for number in range(12)]
    networks = ["n" if limit == "live_holds_per_network" else f"n{number}" for number in range(12)]
    times = [TUESDAY_9 + timedelta(minutes=30 * number) for number in range(12)]
    holds = [
        lambda n=n: other.hold(host=slugs[n % 6], start=times[n], invitee=whose[n], network=networks[n])
        for n in range(12)
    ]
    assert Counter(at_once(holds)) == {"Booking": 2, "TooManyRequests": 10}


def another_host(w: World, number: int) -> str:
    """One more host, who shares the one calendar there is with the others: what stands there blocks them all."""
    made = host(id=UUID(int=100 + number), slug=f"host{number}", email=f"host{number}@example.org")
    with transaction(w.rt.engine) as session:
        hosts.save(session, made)
        session.flush()
        meetings.save(session, meeting(id=UUID(int=200 + number), host_id=made.id), position=0)
        account = calendars.Account(
            id=UUID(int=300 + number),
            host_id=made.id,
            key="main",
            url="http://localhost:1/",
            username="ada",
            password=keys.seal(w.rt.ring, b"demo", context=calendars.account_context(UUID(int=300 + number))),
        )
        calendars.save_account(session, account)
        connected = calendars.Connected(
            id=UUID(int=400 + number),
            account_id=account.id,
            host_id=made.id,
            url=f"http://localhost:1/{number}/",
            name="Own",
            conflicts=True,
            target=True,
            capabilities={},
        )
        calendars.save(session, connected, pull_at=w.now)
    pull(w.rt, connected.id)
    return made.slug


@pytest.mark.promise("I1")
@pytest.mark.capability("1.7")
def test_who_wants_no_mail_says_so_of_several_hosts_at_once(w: World) -> None:
    """Each holds the time of another host, so that they wait for one another nowhere before."""
    made = [
        w.hold(host=slug, start=TUESDAY_9 + at * timedelta(hours=1), invitee=invitee(0))
        for at, slug in enumerate(["ada", *(another_host(w, number) for number in range(3))])
    ]

    def never_again(token: str) -> None:
        change.not_me(w.rt, token, block=True, now=w.now)

    pressed = [partial(never_again, w.token(each, LinkPurpose.NOT_ME)) for each in made]
    assert Counter(at_once(pressed)) == {"NoneType": 4}
    assert mailbox_blocks.stands(w.rt, made[0].invitee.email)
    assert {w.booking(each.id).state for each in made} == {BookingState.CANCELLED}

    def again(token: str) -> None:
        mailbox_blocks.take_back(w.rt, token, now=w.now)

    assert Counter(at_once([partial(again, w.token(each, LinkPurpose.NOT_ME)) for each in made])) == {"NoneType": 4}
    assert not mailbox_blocks.stands(w.rt, made[0].invitee.email)
    told = [entry for each in made for entry in find.timeline_of(w.rt, each.id) if entry.what == Happened.UNBLOCKED]
    assert len(told) == 1


def test_fifty_invitees_and_one_slot(w: World) -> None:
    came_to = at_once([lambda n=n: w.hold(start=TUESDAY_9, invitee=invitee(n)) for n in range(50)])
    assert Counter(came_to) == {"Booking": 1, "SlotTaken": 49}
    w.drain()
    assert len(w.calendar.events()) == 1
    assert len(w.mails.sent) == 1
    invariants.at_rest(w)


@pytest.mark.promise("I1")
def test_overlapping_times_of_different_meeting_types(w: World) -> None:
    """09:00–09:30 against 09:00–09:15 and 09:15–09:30: either the long one wins, or both short ones do."""
    quarter = timedelta(minutes=15)
    works = [lambda n=n: w.hold(start=TUESDAY_9, invitee=invitee(n)) for n in range(6)]
    works += [lambda n=n: w.hold(start=TUESDAY_9, meeting="quick", invitee=invitee(n)) for n in range(6, 12)]
    works += [lambda n=n: w.hold(start=TUESDAY_9 + quarter, meeting="quick", invitee=invitee(n)) for n in range(12, 18)]
    came_to = Counter(at_once(works))
    lengths = sorted(b.time.duration for b in w.all_bookings() if b.live)
    assert lengths in ([2 * quarter], [quarter, quarter])
    assert came_to == {"Booking": len(lengths), "SlotTaken": 18 - len(lengths)}
    w.drain()
    invariants.at_rest(w)


@pytest.mark.promise("I1")
def test_a_limit_per_day_holds_against_twelve_at_once(w: World) -> None:
    """Nothing but the host's lock makes this exact: the times do not overlap, so no constraint helps."""
    with transaction(w.rt.engine) as session:
        limited = hosts.get(session, w.host.id)
        hosts.save(session, replace(limited, limits=HostLimits(per_day=1)))
    half = timedelta(minutes=30)
    came_to = at_once([lambda n=n: w.hold(start=TUESDAY_9 + n * half, invitee=invitee(n)) for n in range(12)])
    assert Counter(came_to) == {"Booking": 1, "SlotTaken": 11}


def test_one_form_submitted_twelve_times_at_once_makes_one_hold(w: World) -> None:
    came_to = at_once([lambda: w.hold(start=TUESDAY_9, form_key="the same")] * 12)
    assert Counter(came_to) == {"Booking": 12}
    assert len(w.all_bookings()) == 1
    w.drain()
    assert len(w.mails.sent) == 1


@pytest.mark.capability("1.8")
def test_confirm_and_expire_at_the_same_instant(w: World) -> None:
    """One wins; calendar, mail and page agree whichever it was."""
    won: Counter[BookingState] = Counter()
    for round_ in range(10):
        booking = w.hold(start=TUESDAY_9 + round_ * timedelta(minutes=30), invitee=invitee(round_))
        w.drain()
        token, last = w.token(booking, LinkPurpose.CONFIRM), booking.hold_until
        came_to = at_once(
            [
                lambda t=token, at=last: confirm.confirm(w.rt, t, network="n", now=at - timedelta(microseconds=1)),
                lambda at=last: expire.expire_due(w.rt, now=at),
            ]
        )
        state = w.booking(booking.id).state
        assert came_to[0] == ("Booking" if state is BookingState.CONFIRMED else HoldExpired.__name__)
        won[state] += 1
    w.pass_time(minutes=61)
    w.settle()
    assert set(won) <= {BookingState.CONFIRMED, BookingState.EXPIRED}
    invariants.at_rest(w)


def test_a_link_that_waits_for_a_corrected_address_confirms_nothing(w: World) -> None:
    """It was good when it was pressed, and is not any more once it may decide."""
    booking = w.hold()
    token = w.token(booking, LinkPurpose.CONFIRM)
    with ThreadPoolExecutor(1) as pool:
        with transaction(w.rt.engine) as session:
            before = bookings.lock(session, booking.id)
            pressed = pool.submit(confirm.confirm, w.rt, token, network="", now=w.now)
            until_it_waits(w.rt.engine)
            corrected = transitions.correct_address(before, "grace@example.net", meeting=w.intro, now=w.now)
            bookings.record(session, corrected, now=w.now)
        with pytest.raises(UnknownBooking):
            pressed.result(timeout=30)
    assert w.booking(booking.id).state is BookingState.HELD


def test_twelve_confirmations_at_once_send_one_invitation(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    w.drain()
    token = w.token(booking, LinkPurpose.CONFIRM)
    came_to = at_once([lambda: confirm.confirm(w.rt, token, network="n", now=w.now)] * 12)
    assert Counter(came_to) == {"Booking": 12}
    w.drain()
    assert len([mail for mail in w.mails.to("grace@example.org") if mail.calendar]) == 1
    assert [event.status for event in w.calendar.events()] == [EventStatus.CONFIRMED]
    assert w.calendar.events()[0].sequence == 1


def test_a_move_and_a_hold_for_the_same_time(w: World) -> None:
    booking = w.hold(start=TUESDAY_9, meeting="quick")
    w.drain()
    wanted = TUESDAY_9 + timedelta(hours=1)
    token = w.token(booking, LinkPurpose.MANAGE)
    came_to = at_once(
        [
            lambda: change.move(w.rt, token, wanted, now=w.now),
            lambda: w.hold(start=wanted, meeting="quick", invitee=invitee(1)),
        ]
    )
    assert Counter(came_to) == {"Booking": 1, SlotTaken.__name__: 1}
    w.drain()
    invariants.at_rest(w)
