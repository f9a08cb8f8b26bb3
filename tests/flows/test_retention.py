"""What an invitee entered is kept as long as the meeting needs it, and then is nowhere in the database."""

from datetime import timedelta
from typing import Any

import pytest

from booking_service.actions.booking import change as actions
from booking_service.actions.booking import show
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.errors import BookingErased
from tests.world import MONDAY, World

SECRETS = ("Grace Hopper", "grace@example.org", "charles@example.org", "The compiler")


def hold(w: World, **changes: Any) -> Booking:
    return w.hold(
        start=MONDAY + timedelta(days=1),
        guests=("charles@example.org",),
        answers=(("topic", "The compiler"),),
        **changes,
    )


def rows(w: World) -> str:
    """Everything that can be selected."""
    with w.rt.engine.connect() as connection:
        tables = [row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for table in tables for row in connection.exec_driver_sql(f"SELECT * FROM {table}"))


def test_an_unconfirmed_request_is_erased_a_day_after_it_ended(w: World) -> None:
    booking = hold(w)
    w.drain()
    link = w.token(booking, LinkPurpose.CONFIRM)
    w.pass_time(minutes=61)
    w.settle()
    w.pass_time(hours=23)
    assert "grace@example.org" in rows(w)
    w.pass_time(hours=2)
    found = rows(w)
    assert not [secret for secret in SECRETS if secret in found]
    assert w.booking(booking.id).state is BookingState.EXPIRED
    with pytest.raises(BookingErased) as refused:
        show.opened(w.rt, link, LinkPurpose.CONFIRM, now=w.now)
    assert refused.value.again == ("ada", "intro")


def test_a_confirmed_booking_is_erased_when_its_time_of_keeping_is_over(w: World) -> None:
    booking = hold(w, meeting="quick")
    w.drain()
    days = w.rt.settings.privacy.retain_days
    w.pass_time(days=days)
    assert "grace@example.org" in rows(w)
    w.pass_time(days=2)
    found = rows(w)
    assert not [secret for secret in SECRETS if secret in found]
    assert w.booking(booking.id).state is BookingState.CONFIRMED


def test_a_cancelled_booking_that_somebody_was_told_of_is_kept_as_long_as_a_confirmed_one(w: World) -> None:
    booking = hold(w, meeting="quick")
    w.drain()
    actions.cancel(w.rt, w.token(booking, LinkPurpose.MANAGE), reason="ill", now=w.now)
    w.settle()
    w.pass_time(days=3)
    assert "grace@example.org" in rows(w)
