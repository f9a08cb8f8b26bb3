"""I12 for answers that are kept in fields: the process dies before any single effect, and the restart fills them once."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from booking_service.actions.booking import confirm as confirm_actions
from booking_service.actions.consent.contacts import find_or_make
from booking_service.crypto.ids import new_id
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import BookingState
from booking_service.domain.questions import Question
from booking_service.storage import contacts, fields, meetings, outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.fields import ProfileField
from booking_service.worker import drain
from tests.flows.conftest import Bench
from tests.flows.crashes import CountedTransport, Killed, Steps, transactions_counted
from tests.world import world

GRACE = "grace@example.org"


def played(bench: Bench, *, die_at: int | None) -> Steps:
    """Confirm until death; start again on what is left, and press again."""
    steps = Steps(die_at=die_at)
    with world(bench.folder, engine=bench.engine) as w:
        with transaction(w.rt.engine) as session:
            find_or_make(w.rt, session, address=GRACE, now=w.now)
            fields.save(session, ProfileField(id=new_id(w.now), slug="region"))
            meetings.save(session, replace(w.intro, questions=(Question("where", "Where?", field="region"),)))
        booking = w.hold(answers=(("where", "Saxony"),), kept=(("where", "region"),))
        w.drain()
        mortal = replace(w.rt, transport=CountedTransport(w.mails, steps))
        token = w.token(booking, LinkPurpose.CONFIRM)
        with transactions_counted(w.rt.engine, steps), suppress(Killed):
            confirm_actions.confirm(mortal, token, network="n", now=w.now)
            drain(mortal)
        w.confirm(booking)
        for _ in range(6):
            w.clock.advance(200)  # longer than any lease
            drain(w.rt)
        with snapshot(w.rt.engine) as session:
            contact = contacts.by_address(session, GRACE)
            assert contact is not None
            (stands,) = fields.values(session, contact.id)
            assert [each.kind for each in outbox.open_rows(session)] == []
        assert (stands.text, stands.set_at, stands.answered) == ("Saxony", booking.created_at, True)
        assert w.booking(booking.id).state is BookingState.CONFIRMED
        assert w.now - booking.created_at > timedelta(minutes=10)
    return steps


@pytest.mark.promise("I12")
@pytest.mark.capability("S4-15")
def test_an_answer_fills_its_field_whatever_the_process_dies_before(bench: Bench) -> None:
    steps = played(bench, die_at=None)
    assert len(steps.taken) > 4
    for number in range(1, len(steps.taken) + 1):
        try:
            assert played(bench, die_at=number).died
        except AssertionError as error:
            raise AssertionError(f"after dying before effect {number}, {steps.taken[number - 1]}: {error}") from error
