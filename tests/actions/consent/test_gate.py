"""The gate as actions ask it: folded from the entries at this instant, blocks and profiles looked up, all written down."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from booking_service.actions.access import limits
from booking_service.actions.consent import gate
from booking_service.domain.consent import How
from booking_service.domain.consent_moves import Recorded, Withdrawn
from booking_service.domain.effects import MailKind
from booking_service.domain.errors import UnknownPurpose
from booking_service.domain.gate import Pass, Refusal, WayOut
from booking_service.domain.purposes import Accepts, ConsentRules
from booking_service.storage import access, contacts, gate_log, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.gate_log import Decided
from tests.actions.consent.people import TICK_AT_ONCE, People
from tests.world import World


def asked(
    service: World, contact: UUID, what: MailKind | WayOut = MailKind.MESSAGE, purpose: str = "newsletter"
) -> str:
    with transaction(service.rt.engine) as session:
        decided = gate.ask(service.rt, session, contact, what, purpose, now=service.clock.now())
    return decided.word if isinstance(decided, Refusal) else "pass"


@pytest.mark.promise("I8")
@pytest.mark.capability("S3-07", "S4-04")
def test_a_withdrawal_ends_the_very_next_send_and_each_decision_names_its_entry(service: World, people: People) -> None:
    anna = people.contact("anna@example.org")
    assert asked(service, anna) == "not-accepted: none"
    confirmed = people.double(anna).entry
    assert asked(service, anna) == "pass"
    with service.rt.engine.begin() as connection:
        connection.execute(text("DELETE FROM standing"))  # a cache for lists: nothing leaves or stays because of it
    assert asked(service, anna) == "pass"
    withdrawn = people.say(anna, Withdrawn(How.ONE_CLICK)).entry
    assert asked(service, anna) == "not-accepted: out-contact"
    assert asked(service, anna, MailKind.BOOKED, "") == "pass"
    assert confirmed is not None
    assert withdrawn is not None
    with snapshot(service.rt.engine) as session:
        lines = gate_log.of_contact(session, anna)
        assert gate_log.refusals(session, "newsletter", since=service.clock.now() - timedelta(hours=1)) == {
            "not-accepted: none": 1,
            "not-accepted: out-contact": 1,
        }
    assert [(each.passed, each.entry_id) for each in lines] == [
        (False, withdrawn.id),
        (True, confirmed.id),
        (True, confirmed.id),
        (False, None),
    ]
    service.pass_time(days=366)
    with snapshot(service.rt.engine) as session:
        assert gate_log.of_contact(session, anna) == []


def test_a_blocked_mailbox_gets_nothing_and_what_is_asked_wrongly_is_refused(service: World, people: People) -> None:
    anna = people.contact("anna@example.org")
    people.double(anna)
    with transaction(service.rt.engine) as session:
        access.block(session, limits.mailbox_marks(service.rt, "anna@example.org")[0], now=service.clock.now())
    assert asked(service, anna) == "blocked"
    assert asked(service, anna, MailKind.BOOKED, "") == "blocked"
    with pytest.raises(UnknownPurpose):
        asked(service, anna, purpose="nothing")
    with pytest.raises(UnknownPurpose):
        asked(service, anna, purpose="")
    with pytest.raises(LookupError):
        asked(service, UUID(int=9))


@pytest.mark.capability("S3-11")
def test_everybody_who_may_be_written_to_is_found_in_one_pass_and_changes_with_the_policy(
    service: World, people: People
) -> None:
    double, user, form, no, tagged = (
        people.contact(f"{name}@example.org") for name in ("double", "user", "form", "no", "no+tag")
    )
    people.contact("nothing@example.org")
    people.double(double)
    people.say(user, Recorded(staff="bob"))
    people.say(form, TICK_AT_ONCE)
    people.double(tagged)
    people.say(no, Withdrawn(How.PAGE))

    def passing(rules: ConsentRules) -> set[UUID | None]:
        with transaction(service.rt.engine) as session:
            purposes.save_rules(session, rules)
        with snapshot(service.rt.engine) as session:
            everybody = gate.everybody(service.rt, session, WayOut.LIST, "newsletter", now=service.clock.now())
            decided = [each for _, _, each in everybody]
        assert {each.contact_id for each in decided} == {double, user, form, no, tagged}
        return {each.contact_id for each in decided if isinstance(each, Pass)}

    assert passing(ConsentRules()) == {double}
    assert passing(ConsentRules(accepts=Accepts.USER)) == {double, user}
    assert passing(ConsentRules(accepts=Accepts.FORM)) == {double, user, form}


def test_the_decisions_about_a_list_are_written_side_by_side_and_read_as_they_were_made(
    service: World, people: People
) -> None:
    """By ids of one instant and chance each would lie on another page of the index."""
    everybody = [people.contact(f"e{n}@example.org") for n in range(20)]
    agreed = people.double(everybody[0]).entry
    assert agreed is not None
    with transaction(service.rt.engine) as session:
        wanted = [each for id in everybody if (each := contacts.get(session, id)) is not None]
        gate.ask_all(service.rt, session, wanted, WayOut.LIST, "newsletter", now=service.clock.now())
    with snapshot(service.rt.engine) as session:
        lines = [line for id in everybody for line in gate_log.of_contact(session, id)]
    assert [each.id.int - lines[0].id.int for each in lines] == [*range(20)]
    assert lines[0] == Decided(
        id=lines[0].id,
        at=service.clock.now(),
        contact_id=everybody[0],
        use="list",
        purpose="newsletter",
        passed=True,
        entry_id=agreed.id,
    )
    assert {(each.passed, each.why, each.entry_id) for each in lines[1:]} == {(False, "not-accepted: none", None)}


def test_contacts_read_for_a_list_are_as_those_read_alone(service: World, people: People) -> None:
    id, other = (
        people.contact("a@example.org", phone="+4930123456", name="Ada", language="de"),
        people.contact("b@c.de"),
    )
    at = service.clock.now()
    with transaction(service.rt.engine) as session:
        plain = contacts.get(session, id)
        assert plain is not None
        whole = replace(plain, proven_at=at, stopped_at=at, phone_set_at=at, generation=3)
        contacts.save(session, whole)
    with snapshot(service.rt.engine) as session:
        alone = [each for id in sorted((id, other)) if (each := contacts.get(session, id)) is not None]
        assert contacts.living(session, after=None, limit=9) == alone
        assert whole in alone
    with transaction(service.rt.engine) as session:
        contacts.save(session, gone := replace(whole, merged_into=other, erased_at=at))
        assert contacts.of_ids(session, [id]) == {id: gone}
