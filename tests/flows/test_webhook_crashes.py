"""I12 for webhooks: the process dies before any single effect, and what a booking's timeline says was told, each under one id."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from booking_service.actions.booking import change
from booking_service.actions.consent import follow_ups
from booking_service.domain.audit import Actor
from booking_service.domain.timeline import Happened
from booking_service.storage import timeline
from booking_service.storage.engine import snapshot
from booking_service.worker import drain, tell_one
from tests.flows.conftest import Bench
from tests.flows.crashes import Killed, Steps, transactions_counted
from tests.flows.extended import in_extended
from tests.web.receivers import Receiver, receiver
from tests.world import MONDAY, World, world

TOLD = {
    Happened.HELD: {"booking.held"},
    Happened.CONFIRMED: {"booking.confirmed"},
    Happened.EXPIRED: {"booking.expired"},
    Happened.CANCELLED: {"booking.cancelled", "booking.released"},
}


def confirmed_and_cancelled(w: World) -> None:
    booking = w.hold()
    w.confirm(booking)
    drain(w.rt)
    change.cancel_by_host(w.rt, booking.id, reason="", now=w.now)
    while tell_one(w.rt):
        pass


def two_that_lapse_together(w: World) -> None:
    w.hold()
    w.hold(start=MONDAY + timedelta(days=1, hours=2))
    w.clock.advance(2 * 3600)
    drain(w.rt)


def played(bench: Bench, life: Callable[[World], None], *, die_at: int | None) -> Steps:
    """Live until death, and start again on what is left."""
    steps = Steps(die_at=die_at)
    with (
        receiver() as told,
        world(bench.folder, engine=bench.engine, webhooks={"allowed_networks": "127.0.0.0/8"}) as w,
    ):
        follow_ups.add_of_changes(w.rt, told.url, host_id=w.host.id, by=Actor(name="Ada"), now=w.now)
        with transactions_counted(w.rt.engine, steps), suppress(Killed):
            life(w)
        for _ in range(4):
            w.clock.advance(200)  # longer than any lease
            drain(w.rt)
        w.clock.advance(2 * 3600)
        drain(w.rt)
        check(w, told)
    return steps


def check(w: World, told: Receiver) -> None:
    heard = {headers["webhook-id"]: each for (headers, _), each in zip(told.got, told.told, strict=True)}
    with snapshot(w.rt.engine) as session:
        for booking in w.all_bookings():
            happened = [each.what for each in timeline.of_booking(session, booking.id) if each.what in TOLD]
            of_it = [each["type"] for each in heard.values() if each["data"]["booking_id"] == str(booking.id)]
            assert len(of_it) == len(happened)
            assert all(type in TOLD[what] for type, what in zip(of_it, happened, strict=True)), "in their order"
    assert len(heard) == len({(each["type"], each["data"]["booking_id"]) for each in heard.values()}), "each once"


@pytest.mark.sqlite
@pytest.mark.promise("I12")
@pytest.mark.parametrize("stride", [3, *in_extended(1)])
@pytest.mark.parametrize("life", [confirmed_and_cancelled, two_that_lapse_together])
def test_whatever_the_process_dies_before_each_change_is_told_under_one_id(
    bench: Bench, life: Callable[[World], None], stride: int
) -> None:
    points = len(played(bench, life, die_at=None).taken)
    assert points > 5
    for die_at in range(1, points + 1, stride):
        assert played(bench, life, die_at=die_at).died
