"""The mail log: one row for each mail, with its latest try; without texts, and without whoever was erased."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from booking_service.actions.booking import change
from booking_service.actions.mail import log
from booking_service.actions.operations import outbox_effects
from booking_service.crypto.tokens import LinkPurpose
from booking_service.domain.booking import Booking
from booking_service.domain.mail_log import LoggedMail, Outcome, SoughtMail
from booking_service.domain.people import Invitee
from booking_service.mail.errors import RecipientRefused, TransportDown, TryLater
from booking_service.mail.message import OutgoingMail
from booking_service.mail.transport import Delivered
from booking_service.storage import retention
from booking_service.storage.engine import transaction
from booking_service.worker import perform_one
from tests.statements import statements
from tests.world import MONDAY, World, world

GRACE, ALAN, ADA = "grace@example.org", "alan@example.org", "ada@example.org"
EVE = Invitee(name="Eve", email="eve@example.org", language="en", zone="UTC")
GREYLISTED = TryLater(f"the mail server asks for patience: 451 4.7.1 <{GRACE}>: greylisted")


def logged(w: World, text: str = "") -> list[LoggedMail]:
    """Oldest first."""
    return list(reversed(log.find(w.rt, SoughtMail(text=text)).mails))


def test_each_mail_of_a_booking_stands_there_with_its_answer_and_no_text(w: World) -> None:
    booking = w.hold(guests=(ALAN,))
    w.drain()
    w.confirm(booking)
    w.drain()
    found = logged(w)
    assert [(each.kind, each.address) for each in found] == [
        ("confirm-booking", GRACE),
        ("booked", GRACE),
        ("booked", ALAN),
        ("host-booked", ADA),
    ]
    assert [each.message_id for each in found] == [mail.message_id for mail in w.mails.sent]
    assert {(each.outcome, each.answer, each.tries) for each in found} == {(Outcome.ACCEPTED, "250 kept", 1)}
    assert logged(w, found[2].message_id[1:12].upper()) == [found[2]]
    assert logged(w, "%") == []


def test_a_mail_that_is_tried_again_has_one_row_and_the_answer_names_nobody(w: World) -> None:
    w.mails.failing = [GREYLISTED, TransportDown("no connection")]
    w.hold()
    w.drain()
    (first,) = logged(w)
    assert (first.outcome, first.tries) == (Outcome.LATER, 1)
    assert first.answer == "the mail server asks for patience: 451 4.7.1 <…>: greylisted"
    w.pass_time(minutes=1)
    (second,) = logged(w)
    assert (second.outcome, second.tries, second.at) == (Outcome.LATER, 2, w.now)
    w.pass_time(minutes=5)
    (third,) = logged(w)
    assert (third.outcome, third.tries, third.answer) == (Outcome.ACCEPTED, 3, "250 kept")
    assert {first.message_id, second.message_id} == {third.message_id}


def test_what_is_not_tried_again_says_whether_it_failed_or_was_no_longer_needed(w: World) -> None:
    w.mails.failing = [RecipientRefused(f"the address was refused: 550 5.1.2 <{GRACE}>")]
    w.hold()
    w.drain()
    (refused,) = logged(w)
    assert (refused.outcome, refused.answer) == (Outcome.FAILED, "the address was refused: 550 5.1.2 <…>")
    w.mails.failing = [GREYLISTED]
    booking = w.hold(start=MONDAY + timedelta(days=2))
    w.drain()
    change.release(w.rt, booking.public_id, now=w.now)
    w.pass_time(minutes=2)
    assert [each.outcome for each in logged(w)] == [Outcome.FAILED, Outcome.DROPPED]


def test_what_a_person_tries_again_or_drops_is_the_same_mail(w: World) -> None:
    w.hold(meeting="quick")
    w.mails.failing = [RecipientRefused("550 no")] * 2
    w.drain()
    (dead,) = [each.number for each in outbox_effects.list_all(w.rt) if each.dead]
    assert {each.outcome for each in logged(w)} == {Outcome.FAILED}
    outbox_effects.retry(w.rt, [dead], now=w.now)
    w.mails.failing = [GREYLISTED]
    w.drain()
    (waits,) = logged(w, ADA)
    assert (waits.outcome, waits.tries) == (Outcome.LATER, 1)
    outbox_effects.drop(w.rt, [dead], by="root", now=w.now)
    assert [each.outcome for each in logged(w, ADA)] == [Outcome.DROPPED]


def test_an_invitee_is_forgotten_with_the_booking_and_everybody_after_thirty_days(w: World) -> None:
    w.hold(guests=(ALAN,))
    w.hold(meeting="quick", start=MONDAY + timedelta(days=2), invitee=EVE)
    w.drain()
    w.pass_time(hours=2)  # it was not confirmed
    assert {each.address for each in logged(w)} == {GRACE, "eve@example.org", ADA}
    w.pass_time(hours=25)
    assert {each.address for each in logged(w)} == {"eve@example.org", ADA}
    w.pass_time(days=28)
    assert {each.address for each in logged(w)} == {"eve@example.org", ADA}
    w.pass_time(days=4)
    assert logged(w) == []


@dataclass(frozen=True, slots=True)
class ErasesMeanwhile:
    """A transport during whose delivery the booking is erased."""

    w: World
    booking: Booking

    def send(self, mail: OutgoingMail) -> Delivered:
        with transaction(self.w.rt.engine) as session:
            retention.erase(session, [self.booking.id], now=self.w.now)
        return Delivered("250 kept")


def test_a_mail_that_was_on_its_way_when_its_invitee_was_erased_is_not_written_down(w: World) -> None:
    transport = ErasesMeanwhile(w, w.hold())
    rt = replace(w.rt, transport=transport)
    while perform_one(rt):
        pass
    assert w.booking(transport.booking.id).erased
    assert logged(w) == []


def test_a_mail_costs_one_statement_of_the_log_and_a_hold_none(w: World) -> None:
    with statements(w.rt.engine) as seen:
        w.hold()
    assert [sql for sql, _ in seen if "mail_log" in sql] == []
    while not w.mails.sent:
        with statements(w.rt.engine) as seen:
            perform_one(w.rt)
    assert len([sql for sql, _ in seen if "mail_log" in sql]) == 1


def test_a_link_of_a_mail_is_nowhere_in_the_log(w: World) -> None:
    booking = w.hold()
    w.drain()
    assert w.token(booking, LinkPurpose.CONFIRM) not in str(logged(w))


@pytest.mark.postgres
def test_it_is_the_same_on_postgresql(tmp_path: Path, migrated_postgres_url: str) -> None:
    with world(tmp_path, database_url=migrated_postgres_url) as w:
        test_a_mail_that_is_tried_again_has_one_row_and_the_answer_names_nobody(w)
        w.hold(meeting="quick", start=MONDAY + timedelta(days=2), invitee=EVE)
        w.drain()
        first = log.find(w.rt, SoughtMail(), limit=2)
        assert (len(first.mails), first.count) == (2, 3)
        rest = log.find(w.rt, SoughtMail(outcome=Outcome.ACCEPTED), behind=first.further)
        assert [each.kind for each in rest.mails] == ["confirm-booking"]
        assert [each.address for each in logged(w, "EVE@")] == ["eve@example.org"]
        w.pass_time(hours=2)
        w.pass_time(hours=25)
        assert logged(w, GRACE) == []
