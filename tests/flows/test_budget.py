"""Somebody asks for every time they can: the host stays bookable, and honest people still get through."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from booking_service.actions.booking import address, change
from booking_service.actions.times.offers import find_slots
from booking_service.config.notation import read_rates
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.errors import SlotTaken, TooManyRequests
from booking_service.domain.interval import Interval
from booking_service.domain.people import Invitee
from booking_service.domain.slots import Horizon, SlotRules
from booking_service.mail.errors import TryLater
from booking_service.storage import meetings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.booking import BookingRow
from calendars.model import EventStatus, Period
from tests import invariants
from tests.flows.test_choices import choose
from tests.flows.test_two_hosts import bring_bob
from tests.puzzle_answers import worked_for
from tests.world import MONDAY, World, meeting, world

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HALF = timedelta(minutes=30)
TUESDAY_9 = MONDAY + DAY


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, hold={}) as made:
        yield made


def of(name: str) -> Invitee:
    return Invitee(name=name, email=f"{name}@example.net", language="en", zone="Europe/Berlin")


def on_offer(w: World, day: timedelta) -> list[Interval]:
    window = Interval(MONDAY + day, MONDAY + day + DAY / 2)
    return list(find_slots(w.rt, "ada", "intro", window, now=w.now).slots)


def flood(w: World, *, day: timedelta = DAY, works: bool = False) -> list[Booking]:
    """Ask for every time of a day, each from another network and for another mailbox. `works`: it does what browsers do."""
    return [
        w.hold(
            start=slot.start,
            invitee=of(f"flood{at}"),
            network=f"10.0.0.{at}",
            work=worked_for(w, slot.start) if works else "",
        )
        for at, slot in enumerate(on_offer(w, day))
    ]


def tentative(w: World) -> int:
    return sum(event.status is EventStatus.TENTATIVE for event in w.calendar.events())


def test_half_a_day_stays_on_offer_and_out_of_the_calendar(strict: World) -> None:
    every = on_offer(strict, DAY)
    made = flood(strict)
    strict.drain()
    assert len(every) == 16
    assert sum(each.reserves for each in made) == 8
    assert len(on_offer(strict, DAY)) == 8
    assert tentative(strict) == 8
    invariants.always(strict)


@pytest.mark.extended
def test_two_thirds_of_the_horizon_stay_on_offer(tmp_path: Path) -> None:
    with world(tmp_path, hold={"share_of_day": 1}) as w:
        choose(w, rules=_for_days(w, 3))
        every = sum(len(on_offer(w, day * DAY)) for day in range(4))
        for day in range(4):
            flood(w, day=day * DAY, works=True)
        left = sum(len(on_offer(w, day * DAY)) for day in range(4))
        assert left >= 0.66 * every
        assert left < 0.7 * every


def _for_days(w: World, days: int) -> SlotRules:
    return replace(w.intro.rules, horizon=Horizon(days=days))


def test_past_the_budget_the_mail_says_that_nothing_is_held_and_the_first_to_confirm_wins(strict: World) -> None:
    flood(strict)
    slot = on_offer(strict, DAY)[0].start
    grace, bob = strict.hold(start=slot), strict.hold(start=slot, invitee=of("bob"))
    strict.drain()
    assert "It is not held for you" in strict.mails.to("grace@example.org")[-1].text
    assert strict.confirm(bob).state is BookingState.CONFIRMED
    strict.drain()
    with pytest.raises(SlotTaken):
        strict.confirm(grace)
    assert [e.status for e in strict.calendar.events() if e.time.start == slot] == [EventStatus.CONFIRMED]
    strict.pass_time(minutes=61)
    strict.settle()
    assert strict.booking(grace.id).state is BookingState.EXPIRED
    assert [event.time.start for event in strict.calendar.events()] == [slot]


def test_what_is_not_held_gives_way_to_the_calendar_and_to_the_limits_of_the_day(strict: World) -> None:
    flood(strict)
    first, second = [slot.start for slot in on_offer(strict, DAY)[:2]]
    grace, bob = strict.hold(start=first), strict.hold(start=second, invitee=of("bob"))
    strict.drain()
    strict.calendar.host_adds("Dentist", Period(first, first + HALF))
    strict.drain()
    with pytest.raises(SlotTaken):
        strict.confirm(grace)
    assert strict.confirm(bob).state is BookingState.CONFIRMED


def test_the_more_of_the_budget_is_used_the_sooner_a_hold_ends_as_its_mail_says_even_when_it_leaves_late(
    tmp_path: Path,
) -> None:
    """29 times are on offer, so the budget is 16 holds: from the second on more than a tenth of it is used, from the ninth
    on more than half. The mails leave ten minutes late, and start again the time that each hold was given."""
    with world(tmp_path, hold={"share_of_horizon": 0.56, "share_of_day": 1}) as w:
        choose(w, rules=_for_days(w, 1))
        assert len(on_offer(w, 0 * DAY)) + len(on_offer(w, DAY)) == 29
        made = flood(w, works=True)
        assert [(each.hold_until - w.now) // MINUTE for each in made] == [60] + [30] * 7 + [15] * 8
        over = w.hold(start=on_offer(w, 0 * DAY)[-1].start, invitee=of("late"))
        assert not over.reserves
        assert over.hold_until == w.now + 60 * MINUTE  # it is in nobody's way
        w.mails.failing.extend(TryLater("451 come again") for _ in range(17))
        w.drain()
        w.pass_time(minutes=10)
        until = w.booking(made[-1].id).hold_until
        assert until == w.now + 15 * MINUTE
        assert f"{until.astimezone(w.host.zone):%H:%M}" in w.mails.to("flood15@example.net")[-1].text
        for minutes, left in ((16, 8), (15, 15)):
            w.pass_time(minutes=minutes)
            assert len(on_offer(w, DAY)) == left
        assert w.confirm(made[0]).state is BookingState.CONFIRMED


def test_a_hold_that_moves_onto_a_crowded_day_is_not_held_there(strict: World) -> None:
    flood(strict)
    grace = strict.hold(start=TUESDAY_9 + DAY)
    strict.drain()
    assert grace.reserves
    crowded = on_offer(strict, DAY)[0].start
    change.move_hold(strict.rt, grace.public_id, crowded, now=strict.now)
    strict.drain()
    assert not strict.booking(grace.id).reserves
    assert TUESDAY_9 + DAY in [slot.start for slot in on_offer(strict, 2 * DAY)]
    assert strict.confirm(grace).time.start == crowded
    strict.drain()
    assert strict.booking(grace.id).state is BookingState.CONFIRMED
    assert crowded not in [slot.start for slot in on_offer(strict, DAY)]


def test_confirmed_bookings_leave_the_budget_to_others(strict: World) -> None:
    for each in flood(strict):
        strict.drain()
        if each.reserves:
            strict.confirm(each)
    strict.drain()
    assert len(on_offer(strict, DAY)) == 8
    assert strict.hold(start=on_offer(strict, DAY)[0].start).reserves


def limited(w: World, **limits: object) -> World:
    tight = w.rt.settings.limits.model_copy(update=limits)
    return replace(w, rt=replace(w.rt, settings=w.rt.settings.model_copy(update={"limits": tight})))


def test_a_network_has_so_many_holds_that_nobody_confirmed(w: World) -> None:
    tight = limited(w, live_holds_per_network=2)
    first, _ = (tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}")) for at in range(2))
    with pytest.raises(TooManyRequests) as refused:
        tight.hold(start=TUESDAY_9 + 2 * HALF, invitee=of("n2"))
    assert refused.value.again_at == first.hold_until
    assert tight.hold(start=TUESDAY_9 + 2 * HALF, invitee=of("n2"), network="elsewhere").state is BookingState.HELD
    tight.drain()
    tight.confirm(first)
    assert tight.hold(start=TUESDAY_9 + 3 * HALF, invitee=of("n3")).state is BookingState.HELD


def test_a_mailbox_has_so_many_holds_whatever_stands_behind_its_plus_sign(w: World) -> None:
    tight = limited(w, live_holds_per_mailbox=1)
    tight.hold(start=TUESDAY_9, invitee=of("bob+one"))
    with pytest.raises(TooManyRequests):
        tight.hold(start=TUESDAY_9 + HALF, invitee=of("bob+two"), network="elsewhere")
    other = tight.hold(start=TUESDAY_9 + HALF, invitee=of("eve"), network="elsewhere")
    with pytest.raises(TooManyRequests):
        address.correct_address(tight.rt, other.public_id, "bob@example.net", now=tight.now)
    tight.pass_time(minutes=61)
    assert tight.hold(start=TUESDAY_9 + HALF, invitee=of("bob+two")).state is BookingState.HELD


def test_where_a_hold_came_from_is_forgotten_with_it(w: World) -> None:
    booking = w.hold(start=TUESDAY_9)
    assert _network_of(w, booking.id)
    w.drain()
    w.confirm(booking)
    assert _network_of(w, booking.id) == ""


def _network_of(w: World, booking_id: UUID) -> str:
    with snapshot(w.rt.engine) as session:
        return session.exec(select(BookingRow.network).where(BookingRow.id == booking_id)).one()


def test_past_so_many_unconfirmed_holds_of_a_host_times_are_asked_for_without_one(w: World) -> None:
    """Strangers can bring that about, so nobody is refused; what was asked for without a hold is not counted on."""
    tight = limited(w, unconfirmed_per_host=read_rates("2 per h"))
    first, second = (tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}")) for at in range(2))
    assert first.reserves
    assert second.reserves
    for at in range(2, 5):
        assert not tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}")).reserves
    assert tight.hold(start=TUESDAY_9 + 6 * HALF, meeting="quick").state is BookingState.CONFIRMED
    tight.drain()
    tight.confirm(second)
    assert tight.hold(start=TUESDAY_9 + 7 * HALF, invitee=of("n7")).reserves
    tight.pass_time(minutes=61)
    assert tight.hold(start=TUESDAY_9 + 8 * HALF, invitee=of("n8")).reserves


def test_one_mailbox_holds_one_time_of_a_host_and_asks_for_the_next_without_a_hold(w: World) -> None:
    """Nobody is refused, also where a stranger typed the address first; and it may hold a time of another host."""
    tight = limited(w, live_holds_per_mailbox_and_host=1)
    bring_bob(tight)
    with transaction(tight.rt.engine) as session:
        meetings.save(session, meeting(id=UUID(int=201), host_id=UUID(int=100)))
    first = tight.hold(start=TUESDAY_9, invitee=of("grace"))
    second = tight.hold(start=TUESDAY_9 + HALF, invitee=replace(of("grace"), email="Grace+other@example.net"))
    assert [(each.state, each.reserves) for each in (first, second)] == [
        (BookingState.HELD, True),
        (BookingState.HELD, False),
    ]
    assert tight.hold(host="bob", start=TUESDAY_9 + 4 * HALF, invitee=of("grace")).reserves
    tight.drain()
    assert "is not held" in tight.mails.to("Grace+other@example.net")[-1].text
    assert tight.confirm(second).state is BookingState.CONFIRMED
    tight.confirm(first)
    assert tight.hold(start=TUESDAY_9 + 2 * HALF, invitee=of("grace")).reserves


def test_past_so_many_holds_of_one_mail_domain_its_next_ones_keep_no_time(w: World) -> None:
    """Whoever owns a domain has any number of mailboxes in it and below it; at a provider anybody has one. Nobody is refused."""

    def ask(at: int, email: str) -> Booking:
        return tight.hold(start=TUESDAY_9 + at * HALF, invitee=replace(of("n"), email=email), network=f"10.0.{at}.1")

    tight = limited(w, live_holds_per_mail_domain=2)
    first, second = ask(0, "a@evil.example.com"), ask(1, "b@n2.example.com")
    assert (first.reserves, second.reserves) == (True, True)
    third = ask(2, "c@n3.example.com")
    assert (third.state, third.reserves) == (BookingState.HELD, False)
    assert ask(3, "d@example.net").reserves  # another domain
    assert all(ask(at, f"p{at}@gmail.com").reserves for at in range(4, 8))
    assert tight.hold(start=TUESDAY_9 + 8 * HALF, meeting="quick").state is BookingState.CONFIRMED
    tight.drain()
    assert "is not held" in tight.mails.to("c@n3.example.com")[-1].text
    tight.confirm(second)
    assert ask(10, "e@example.com").reserves


@pytest.mark.parametrize(
    "limit",
    [
        {"live_holds_per_mail_domain": 2},
        {"unconfirmed_per_host": read_rates("2 per h")},
        {"live_holds_per_network": 2, "same_time_per_network": read_rates("1 per day")},
    ],
    ids=["domain", "host", "network"],
)
def test_what_keeps_no_time_since_others_hold_so_many_keeps_none_by_moving(w: World, limit: dict[str, object]) -> None:
    """Otherwise one asks for a time that is not held for one, and then for the one that was wanted."""
    of_one_network = "live_holds_per_network" in limit
    tight = limited(w, **limit)

    def ask(at: int) -> Booking:
        network = "10.0.0.1" if of_one_network else f"10.0.{at}.1"
        return tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}"), network=network)

    if of_one_network:  # what it gave up just now is not held once more for it
        change.release(tight.rt, ask(0).public_id, now=tight.now)
        late, *held = ask(0), ask(1), ask(2)
    else:
        *held, late = ask(1), ask(2), ask(3)
    assert [each.reserves for each in (*held, late)] == [True, True, False]
    tight.drain()
    change.move_hold(tight.rt, late.public_id, TUESDAY_9 + 5 * HALF, now=tight.now)
    assert not tight.booking(late.id).reserves
    tight.drain()
    for each in held:
        tight.confirm(each)
    change.move_hold(tight.rt, late.public_id, TUESDAY_9 + 6 * HALF, now=tight.now)
    assert tight.booking(late.id).reserves


def test_moving_a_hold_again_and_again_does_not_bomb_a_mailbox(strict: World) -> None:
    """Who holds for a stranger can move the hold from its waiting page, and each move mails the stranger."""
    limits = strict.rt.settings.limits.model_copy(update={"moves_per_mailbox": read_rates("2 per 10 min, 5 per day")})
    strict.rt = replace(strict.rt, settings=strict.rt.settings.model_copy(update={"limits": limits}))
    booking = strict.hold(start=TUESDAY_9, invitee=of("victim"))
    for step in (1, 2):
        change.move_hold(strict.rt, booking.public_id, TUESDAY_9 + step * HALF, now=strict.now)
        strict.drain()
    with pytest.raises(TooManyRequests):
        change.move_hold(strict.rt, booking.public_id, TUESDAY_9 + 3 * HALF, now=strict.now)
    strict.drain()
    assert strict.booking(booking.id).time.start == TUESDAY_9 + 2 * HALF
    assert len(strict.mails.to("victim@example.net")) == 3 - 1  # the first was moved before it left


def test_naming_somebody_as_a_guest_again_and_again_does_not_bomb_a_mailbox(strict: World) -> None:
    """Each request from another network and for another mailbox, each confirmed: the guest never asked for anything."""
    limits = strict.rt.settings.limits.model_copy(update={"guest_per_mailbox": read_rates("2 per h")})
    strict.rt = replace(strict.rt, settings=strict.rt.settings.model_copy(update={"limits": limits}))
    for at, guest in enumerate(("victim@example.com", "victim+1@example.com")):
        strict.confirm(_with_guest(strict, at, guest))
    with pytest.raises(TooManyRequests):
        _with_guest(strict, 2, "Victim@example.com")
    strict.confirm(_with_guest(strict, 3, "other@example.com"))
    strict.drain()
    assert len([mail for mail in strict.mails.sent if mail.to.address.startswith("victim")]) == 2
    strict.pass_time(hours=1)
    assert _with_guest(strict, 4, "victim@example.com").guests == ("victim@example.com",)


def _with_guest(w: World, at: int, guest: str) -> Booking:
    return w.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"host{at}"), network=f"10.1.0.{at}", guests=(guest,))


def test_the_host_hears_once_of_each_rise_to_half_of_the_budget(tmp_path: Path) -> None:
    """29 times are on offer, so the budget is four holds, and the third takes more than half of it."""

    def alarms(w: World) -> list[str]:
        w.drain()
        return [mail.subject for mail in w.mails.to("ada@example.org") if "unconfirmed" in mail.subject]

    def ask(w: World, first: int, last: int) -> list[Booking]:
        return [
            w.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}"), network=f"10.2.0.{at}")
            for at in range(first, last)
        ]

    with world(tmp_path, hold={"share_of_horizon": 0.15, "share_of_day": 1}) as w:
        choose(w, rules=_for_days(w, 1))
        made = ask(w, 0, 2)
        assert alarms(w) == []
        made += ask(w, 2, 3)
        assert alarms(w) == ["3 requests for your time are still unconfirmed"]
        (mail,) = [mail for mail in w.mails.to("ada@example.org") if "unconfirmed" in mail.subject]
        assert "http://localhost:8000/host/bookings/holds?ticked=all" in mail.text
        ask(w, 3, 6)
        assert len(alarms(w)) == 1
        w.pass_time(hours=5)
        ask(w, 6, 10)
        assert len(alarms(w)) == 1  # it is still the same flood
        w.pass_time(hours=7)
        for each in ask(w, 10, 13):
            change.release(w.rt, each.public_id, now=w.now)
        assert len(alarms(w)) == 1  # over before the mail left
