"""How long the personal part of what somebody said is kept: while anything stands, a while after the last no, and of questions that
nobody answered a while after they were asked. On both databases."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from booking_service.actions.consent import merges
from booking_service.actions.consent.merges import By
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.staff_entries import UnknownContact
from booking_service.actions.consent.verify import LedgerFinding, verify
from booking_service.actions.operations.nightly_audit import audit_nightly
from booking_service.actions.privacy import entry_details, vault
from booking_service.domain.consent import Act, Basis, How
from booking_service.domain.consent_moves import Confirmed, Recorded, Retracted, Stopped, Withdrawn
from booking_service.storage import ledger
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.consent import ConsentImportRow, ImportLineRow
from tests.actions.consent.people import CALLS, TICK, People
from tests.world import World

ANNA, OTHER = "anna@example.org", "anna@old.example.org"
NO = Withdrawn(How.PAGE)
DAYS_AFTER_NO, DAYS_AFTER_QUESTION = 30, 14


def kept(service: World, contact: UUID) -> list[str]:
    """What is kept beside the entries of a contact."""
    with snapshot(service.rt.engine) as session:
        return [each.detail.body for each in ledger.links(session, contact) if each.detail is not None]


def forget_after(service: World, **delta: float) -> int:
    service.clock.advance(timedelta(**delta).total_seconds())
    return entry_details.forget_due(service.rt, now=service.now)


def findings(service: World) -> tuple[LedgerFinding, ...]:
    seal_due(service.rt, now=service.now)
    return verify(service.rt, now=service.now).findings


def sealed(service: World, who: str = ANNA) -> list[str]:
    return [
        each["body"]
        for record in vault.open_(service.rt, who, by="staff:t", why="a complaint", now=service.now)
        for each in record["details"]
    ]


def test_thirty_days_after_the_last_no_the_details_go_into_the_vault(service: World, people: People) -> None:
    anna = people.contact(ANNA)
    people.double(anna)
    assert forget_after(service, days=400) == 0, "it stands"
    people.say(anna, NO)
    shown = kept(service, anna)
    assert forget_after(service, days=DAYS_AFTER_NO, seconds=-1) == 0
    assert kept(service, anna) == shown

    assert forget_after(service, seconds=1) == 1

    assert kept(service, anna) == []
    assert sealed(service) == shown
    assert [each.act for each in people.chain(anna)][-1] is Act.FORGOTTEN
    assert people.standing(anna).basis is Basis.OUT_CONTACT
    assert findings(service) == ()
    assert forget_after(service, days=1) == 0, "once"


def test_an_unanswered_question_is_forgotten_after_fourteen_days_and_sealed_nowhere(
    service: World, people: People
) -> None:
    anna = people.contact(ANNA)
    people.say(anna, TICK, who="Somebody", network="192.0.2.7")
    assert forget_after(service, days=DAYS_AFTER_QUESTION, seconds=-1) == 0

    assert forget_after(service, seconds=1) == 1

    assert kept(service, anna) == []
    with pytest.raises(UnknownContact):
        sealed(service)
    assert findings(service) == ()


def test_what_was_only_asked_is_in_no_vault_beside_what_was_answered(service: World, people: People) -> None:
    anna = people.contact(ANNA)
    people.say(anna, TICK, "calls", who="Somebody")
    people.double(anna)
    people.say(anna, NO, who="Anna", reason="enough")

    assert forget_after(service, days=DAYS_AFTER_NO) == 1

    assert kept(service, anna) == []
    assert not any("Somebody" in each for each in sealed(service))
    assert any("enough" in each for each in sealed(service))


def test_nothing_goes_while_something_else_stands_or_waits_for_an_answer(service: World, people: People) -> None:
    anna = people.contact(ANNA)
    people.double(anna)
    people.say(anna, NO)
    people.say(anna, Recorded(staff="t"), "calls")
    assert forget_after(service, days=100) == 0, "calls stand"

    people.say(anna, NO, "calls")
    service.clock.advance(timedelta(days=25).total_seconds())
    asked = people.say(anna, TICK).entry
    assert forget_after(service, days=6) == 0, "a question is open, and answered now"
    assert asked is not None
    people.say(anna, Confirmed(asked.id))
    assert forget_after(service, days=400) == 0
    assert people.standing(anna).basis is Basis.DOUBLE


def test_nothing_goes_while_somebody_merged_with_them_agrees(service: World, people: People) -> None:
    anna, other = people.contact(ANNA), people.contact(OTHER)
    people.say(anna, TICK)
    service.clock.advance(timedelta(days=13).total_seconds())
    people.double(other)
    merges.merge(service.rt, other, into=anna, by=By(staff="t", reason="one person"), now=service.now)
    assert forget_after(service, days=100) == 0

    people.say(other, NO)
    assert forget_after(service, days=DAYS_AFTER_NO) == 2
    assert kept(service, anna) == kept(service, other) == []
    assert findings(service) == ()


def test_a_stop_keeps_what_it_holds_back_and_what_was_taken_back_goes(service: World, people: People) -> None:
    stopped, brought = people.contact(ANNA), people.contact(OTHER)
    people.double(stopped)
    people.say(stopped, Stopped())
    recorded = people.say(brought, Recorded(staff="t"), "calls").entry
    assert recorded is not None
    people.say(brought, Retracted("staff:t", recorded), "calls")

    assert forget_after(service, days=DAYS_AFTER_NO) == 1

    assert kept(service, brought) == []
    assert kept(service, stopped), "it counts again once they lift the stop"
    assert people.standing(brought, CALLS).basis is Basis.NONE


def test_the_lines_of_an_import_go_along(service: World, people: People) -> None:
    anna, other, id = people.contact(ANNA), people.contact(OTHER), UUID(int=7)
    lines = [people.say(each, Recorded(staff="t", how=How.IMPORT)).entry for each in (anna, other)]
    with transaction(service.rt.engine) as session:
        session.add(
            ConsentImportRow(
                id=id, made_at=service.now, made_by="t", name="a", file_hash="", mapping={}, state="applied"
            )
        )
        session.flush()
        for number, entry in enumerate(lines, 2):
            assert entry is not None
            said = {"email": f"{number}"}
            session.add(ImportLineRow(import_id=id, number=number, values=said, verdict="new", entry_id=entry.id))
    people.say(anna, NO)

    assert forget_after(service, days=DAYS_AFTER_NO) == 1

    with snapshot(service.rt.engine) as session:
        rows = session.exec(select(ImportLineRow).order_by(col(ImportLineRow.number)))
        assert [row.values for row in rows] == [{}, {"email": "3"}]


def test_it_is_done_in_the_night(service: World, people: People) -> None:
    anna = people.contact(ANNA)
    people.say(anna, TICK)
    audit_nightly(service.rt)  # the first question only notes when counting begins
    service.clock.advance(timedelta(days=DAYS_AFTER_QUESTION + 1).total_seconds())

    assert audit_nightly(service.rt)

    assert kept(service, anna) == []
