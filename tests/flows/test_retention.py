"""What an invitee entered is kept as long as the meeting needs it, and then is nowhere in the database."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlmodel import select

from booking_service.actions.booking import change as actions
from booking_service.actions.booking import show
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking, BookingState
from booking_service.domain.errors import BookingErased
from booking_service.storage import outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.outbox import OutboxRow
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
    tables = inspect(w.rt.engine).get_table_names()
    with w.rt.engine.connect() as connection:
        return "\n".join(
            str(tuple(row)) for table in tables for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        )


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


def test_what_was_sent_about_an_account_is_forgotten_after_the_mail_log_and_what_must_not_be_sent_again_is_not(
    w: World,
) -> None:
    with transaction(w.rt.engine) as session:
        for kind in ("account", "message-mail", "follow-up", "contact-mail", "alarm"):
            outbox.add_once(session, kind, kind=kind, lane=kind, payload={}, due_at=w.now, now=w.now)
            outbox.settle_key(session, kind, again_at=None, error="", now=w.now)
    w.pass_time(days=30)
    assert {"account", "message-mail", "follow-up"} <= done(w)
    w.pass_time(days=2)
    assert done(w) == {"contact-mail", "alarm"}


def done(w: World) -> set[str]:
    with snapshot(w.rt.engine) as session:
        return set(session.exec(select(OutboxRow.key)))
