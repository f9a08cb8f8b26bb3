"""Many ask who never confirm, from as many places as they like: nobody else is locked out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from booking_service.actions.booking import address, change, hold
from booking_service.config.limits import Hold, Limits
from booking_service.config.notation import read_rates
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.errors import AddressBlocked, BookingError, SlotTaken, TooManyRequests
from booking_service.domain.meeting import Approval
from booking_service.domain.slots import Horizon
from calendars.model import Period
from tests import invariants
from tests.flows.test_budget import DAY, HALF, TUESDAY_9, limited, of, on_offer
from tests.flows.test_choices import choose
from tests.world import MONDAY, World, world

HOUR = timedelta(hours=1)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[World]:
    """A week on offer, with the limits that everybody has who sets none; all who ask here have a mailbox at one domain, as at
    a provider."""
    with world(tmp_path) as made:
        choose(made, rules=replace(made.intro.rules, horizon=Horizon(days=7)))
        settings = made.rt.settings.model_copy(
            update={"limits": Limits(live_holds_per_mail_domain=10_000), "hold": Hold()}
        )
        yield replace(made, rt=replace(made.rt, settings=settings))


def of_one_48(number: int) -> str:
    """One of the /64s of a single /48, each in a /56 of its own while there are some left."""
    return f"2001:db8:5:{(number % 256) << 8 | number // 256:x}::/64"


def ask(w: World, name: str, network: str, *, at: int) -> str:
    """Ask for one of the times that are on offer in the next four days: what it came to."""
    free = on_offer(w, (at % 4 + 1) * DAY)
    try:
        made = w.hold(start=free[at % len(free)].start, invitee=of(name), network=network)
    except BookingError as refused:
        return type(refused).__name__
    return "held" if made.reserves else "asked"


def honest(w: World, name: str, network: str, *, day: int) -> None:
    """Somebody holds a time, gets the mail at once, and confirms."""
    booking = w.hold(start=on_offer(w, day * DAY)[0].start, invitee=of(name), network=network)
    assert booking.reserves
    w.drain()
    assert w.mails.to(booking.invitee.email)
    assert w.confirm(booking).state is BookingState.CONFIRMED


def test_fifty_networks_of_one_48_leave_everybody_else_times_and_holds(guarded: World) -> None:
    came_to = Counter(ask(guarded, f"flood{at}", of_one_48(at), at=at) for at in range(50))
    assert came_to == {"held": 12, "asked": 38}  # twelve live holds; a network that asked for nothing is never refused
    assert ask(guarded, "again", of_one_48(0), at=3) == "TooManyRequests"
    for number in range(2):
        honest(guarded, f"honest{number}", f"198.51.100.{number}", day=number + 1)
    honest(guarded, "neighbour", "2001:db8:6::/64", day=3)
    invariants.always(guarded)


@pytest.mark.extended
@pytest.mark.timeout(600)
def test_a_thousand_requests_a_day_from_one_48_leave_everybody_else_times_and_holds(guarded: World) -> None:
    came_to: Counter[str] = Counter()
    for part in range(4):
        came_to.update(ask(guarded, f"flood{part}-{at}", of_one_48(at), at=at) for at in range(250))
        guarded.drain()
        for number in range(3):
            honest(guarded, f"honest{part}-{number}", f"198.51.{part}.{number}", day=number + 1)
        guarded.pass_time(hours=2)
    assert came_to.total() == 1000
    assert came_to["held"] <= 40
    assert came_to["TooManyRequests"] > 700
    invariants.always(guarded)


def test_past_so_many_mails_an_hour_the_rest_waits_for_its_turn(w: World) -> None:
    """Each takes the next turn; a network that asks for the first time has a line of its own."""
    tight = limited(w, confirmation_mails=read_rates("2 per h"), confirmation_mails_of_newcomers=read_rates("1 per h"))
    choose(tight, hold_lifetime=3 * HOUR)
    for at in range(5):
        tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}"), network="10.0.0.1")
    tight.drain()
    assert len(tight.mails.sent) == 2
    tight.hold(start=TUESDAY_9 + 5 * HALF, invitee=of("new"), network="10.0.0.2")
    tight.drain()
    assert [mail.to.address for mail in tight.mails.sent[2:]] == ["new@example.net"]
    tight.pass_time(minutes=61)
    assert [mail.to.address for mail in tight.mails.sent[3:]] == ["n2@example.net", "n3@example.net"]
    tight.pass_time(minutes=61)
    assert "n4@example.net" in [mail.to.address for mail in tight.mails.sent[5:]]


def test_where_mail_would_come_too_late_only_networks_that_asked_before_are_refused(w: World) -> None:
    tight = limited(w, confirmation_mails=read_rates("1 per h"), confirmation_mails_of_newcomers=read_rates("1 per h"))
    tight.hold(start=TUESDAY_9, invitee=of("n0"), network="10.0.0.1")
    tight.drain()
    with pytest.raises(TooManyRequests) as refused:
        tight.hold(start=TUESDAY_9 + HALF, invitee=of("n1"), network="10.0.0.1")
    assert refused.value.again_at == tight.now
    assert tight.hold(start=TUESDAY_9 + HALF, invitee=of("n2"), network="10.0.0.2").reserves


def test_a_host_is_asked_about_so_many_strangers_an_hour(w: World) -> None:
    """Where the host decides first, each request is a mail to them."""
    choose(w, approval=Approval.BEFORE)
    tight = limited(w, questions_per_host=read_rates("2 per h"))
    for at in range(3):
        tight.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"n{at}"), network=f"10.0.0.{at}")
    tight.drain()
    assert len(tight.mails.to("ada@example.org")) == 2
    tight.pass_time(minutes=61)
    assert len(tight.mails.to("ada@example.org")) == 3


def test_a_mailbox_from_which_nobody_answered_gets_six_mails_a_day(guarded: World) -> None:
    """Links, reminders and ends of holds are counted together; the door says so before the seventh."""
    for at in range(2):  # each is four mails: the link, the link for the time it was moved to, a reminder, the end
        made = guarded.hold(start=TUESDAY_9 + at * HALF, invitee=of(f"victim+{at}"), network=f"10.0.0.{at}")
        guarded.drain()
        change.move_hold(guarded.rt, made.public_id, TUESDAY_9 + DAY + at * HALF, now=guarded.now)
        for _ in range(10):
            guarded.pass_time(minutes=15)
    with pytest.raises(TooManyRequests) as refused:
        guarded.hold(start=TUESDAY_9 + 2 * DAY, invitee=of("victim"), network="10.0.0.9")
    assert refused.value.again_at == MONDAY + DAY
    assert _mails_of(guarded, "victim") == 6
    guarded.pass_time(hours=20)
    assert guarded.hold(start=TUESDAY_9 + 2 * DAY, invitee=of("victim"), network="10.0.0.9").reserves
    guarded.drain()
    assert _mails_of(guarded, "victim") == 7  # nobody hears a day later that a hold ended


def _mails_of(w: World, whose: str) -> int:
    return sum(mail.to.address.startswith(whose) for mail in w.mails.sent)


def test_who_answers_has_their_mails_back(guarded: World) -> None:
    tight = limited(guarded, book_per_mailbox=(), mails_per_mailbox=read_rates("2 per day"))
    first = tight.hold(start=TUESDAY_9, invitee=of("bob"), network="10.0.0.1")
    tight.hold(start=TUESDAY_9 + HALF, invitee=of("bob"), network="10.0.0.1")
    tight.drain()
    with pytest.raises(TooManyRequests):
        tight.hold(start=TUESDAY_9 + DAY, invitee=of("bob"), network="10.0.0.2")
    tight.confirm(first)
    tight.drain()
    assert tight.hold(start=TUESDAY_9 + DAY, invitee=of("bob"), network="10.0.0.2").reserves
    tight.drain()
    assert len(tight.mails.to("bob@example.net")) == 4  # two links, the invitation, the new link


def test_a_guest_gets_three_mails_of_a_booking_a_day_and_then_one_with_what_came_of_it(w: World) -> None:
    tight = limited(w, mails_per_guest_and_booking=read_rates("3 per day"))
    booking = tight.hold(start=TUESDAY_9 + 2 * DAY, guests=("guest@example.com",))
    tight.drain()
    tight.confirm(booking)
    tight.drain()
    manage = tight.token(booking, LinkPurpose.MANAGE)
    for step in range(1, 6):
        change.move(tight.rt, manage, TUESDAY_9 + 2 * DAY + step * HALF, now=tight.now)
        tight.pass_time(minutes=10)
    assert len(tight.mails.to("guest@example.com")) == 3
    assert len(tight.mails.to("grace@example.org")) == 7  # the link, the invitation, five moves: it was their doing
    tight.pass_time(hours=24)
    told = tight.mails.to("guest@example.com")
    assert len(told) == 4
    assert told[-1].calendar is not None
    assert b"DTSTART:20300110T103000Z" in told[-1].calendar.body
    invariants.at_rest(tight)


def test_a_guest_gets_so_many_mails_a_day_whoever_names_them(w: World) -> None:
    tight = limited(w, mails_per_guest=read_rates("2 per day"))
    for at in range(3):
        made = tight.hold(start=TUESDAY_9 + DAY + at * HALF, invitee=of(f"n{at}"), guests=("guest@example.com",))
        tight.drain()
        tight.confirm(made)
        tight.drain()
    assert len(tight.mails.to("guest@example.com")) == 2
    tight.pass_time(hours=24)
    assert len(tight.mails.to("guest@example.com")) == 3


def test_the_same_time_is_not_held_again_and_again_for_one_network(w: World) -> None:
    """A day lies between two holds that nobody confirmed; meanwhile the time can be asked for, by anybody."""
    tight = limited(w, same_time_per_network=read_rates("1 per day"))
    start = TUESDAY_9 + 2 * DAY
    wide = ("2001:db8:5:100::/64", "2001:db8:5:200::/64")
    assert tight.hold(start=start, invitee=of("n0"), network=wide[0]).reserves
    tight.pass_time(minutes=61)
    assert not tight.hold(start=start, invitee=of("n1"), network=wide[1]).reserves
    honest = tight.hold(start=start, invitee=of("bob"), network="10.0.0.9")
    assert honest.reserves
    change.move_hold(tight.rt, honest.public_id, start + HALF, now=tight.now)
    tight.drain()
    change.move_hold(tight.rt, honest.public_id, start, now=tight.now)
    assert not tight.booking(honest.id).reserves
    tight.pass_time(hours=24)
    again = tight.hold(start=start, invitee=of("n2"), network=wide[0])
    assert again.reserves
    tight.drain()
    tight.confirm(again)
    change.cancel(tight.rt, tight.token(again, LinkPurpose.MANAGE), reason="", now=tight.now)
    assert tight.hold(start=start, invitee=of("n3"), network=wide[0]).reserves  # it was confirmed, which takes nothing


def test_what_failed_at_the_calendar_is_held_when_it_is_asked_for_again(w: World) -> None:
    once = read_rates("1 per day")
    tight = limited(w, same_time_per_network=once, unconfirmed_per_host=once, confirmation_mails=once)
    tight.calendar.host_adds("Dentist", Period(TUESDAY_9, TUESDAY_9 + HALF))
    with pytest.raises(SlotTaken):
        tight.hold(start=TUESDAY_9)
    tight.calendar.host_deletes(next(each.uid for each in tight.calendar.events()))
    tight.drain()
    assert tight.hold(start=TUESDAY_9).reserves


def test_asking_for_taken_times_is_limited_as_other_requests_are(w: World) -> None:
    """Each refusal counts, though its own transaction is rolled back."""
    tight = limited(w, refused_per_network=read_rates("3 per h"))
    tight.hold(start=TUESDAY_9)
    for _ in range(3):
        with pytest.raises(SlotTaken):
            tight.hold(start=TUESDAY_9, invitee=of("bob"), network="10.0.0.1")
    for start in (TUESDAY_9, TUESDAY_9 + HALF):
        with pytest.raises(TooManyRequests):
            tight.hold(start=start, invitee=of("bob"), network="10.0.0.1")
    with pytest.raises(SlotTaken):
        tight.hold(start=TUESDAY_9, invitee=of("bob"), network="10.0.0.2")
    tight.pass_time(minutes=61)
    assert tight.hold(start=TUESDAY_9 + HALF, invitee=of("bob"), network="10.0.0.1").reserves


def test_asking_which_mailboxes_want_no_mail_is_limited_where_an_address_is_mended_too(w: World) -> None:
    tight = limited(w, refused_per_network=read_rates("2 per h"))
    unwanted = tight.hold(start=TUESDAY_9, invitee=of("bob"), network="10.0.0.9")
    change.not_me(tight.rt, tight.token(unwanted, LinkPurpose.NOT_ME), block=True, now=tight.now)
    made = tight.hold(start=TUESDAY_9 + HALF)

    def mend(to: str, network: str) -> None:
        address.correct_address(tight.rt, made.public_id, f"{to}@example.net", network=network, now=tight.now)

    for _ in range(2):
        with pytest.raises(AddressBlocked):
            mend("bob", "10.0.0.1")
    for each in ("bob", "eve"):
        with pytest.raises(TooManyRequests):
            mend(each, "10.0.0.1")
    mend("eve", "10.0.0.2")
    assert tight.booking(made.id).invitee.email == "eve@example.net"


def test_moving_a_hold_again_and_again_keeps_it_no_longer_than_twice_its_lifetime(w: World) -> None:
    made = w.hold(start=TUESDAY_9 + DAY)
    for step in range(1, 5):
        w.pass_time(minutes=25)
        change.move_hold(w.rt, made.public_id, TUESDAY_9 + DAY + step * HALF, now=w.now)
        w.drain()
        assert w.booking(made.id).hold_until <= made.created_at + 2 * HOUR
    assert w.booking(made.id).hold_until == made.created_at + 2 * HOUR
    w.pass_time(minutes=21)
    assert w.booking(made.id).state is BookingState.EXPIRED
    assert (
        hold.take_again(w.rt, w.token(made, LinkPurpose.CONFIRM), network="n", now=w.now).state
        is BookingState.CONFIRMED
    )
