"""The number to call of a contact, changed by staff: what counts for it then, and what is refused."""

from datetime import timedelta
from uuid import UUID

import pytest

from booking_service.actions.consent import access_log, gate, number
from booking_service.actions.consent.number import NumberProblem, NumberRefused
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import Basis, How
from booking_service.domain.consent_moves import Confirmed, ConsentRefused, Stopped, Why, Withdrawn
from booking_service.domain.errors import ReasonMissing
from booking_service.domain.gate import Pass, WayOut
from booking_service.domain.privacy import Mode
from booking_service.storage import contacts, purposes, standings
from booking_service.storage.engine import snapshot, transaction
from tests.actions.consent.people import CALLS, TICK, TICK_AT_ONCE, People
from tests.world import World

OLD, NEW = "+4930901820", "+4930901821"

pytestmark = pytest.mark.capability("S5-01")


@pytest.fixture(autouse=True)
def _calls(service: World) -> None:
    with transaction(service.rt.engine) as session:
        purposes.save(session, CALLS)


def change(w: World, who: object, to: str, **more: str) -> bool:
    given = {"reason": "told us on the phone", "by": "t", **more}
    return number.change(w.rt, who, to, now=w.now, **given)  # type: ignore[arg-type]


def listed(w: World, who: UUID) -> Basis:
    """What lists show of calls."""
    with snapshot(w.rt.engine) as session:
        return standings.of_contact(session, who)[CALLS.slug].basis


def test_a_number_is_given_changed_and_taken_away_with_its_reason_in_the_access_log(
    service: World, people: People
) -> None:
    who = people.contact("grace@example.org")
    assert change(service, who, OLD)
    assert not change(service, who, OLD)
    assert change(service, who, NEW, was=OLD)
    with pytest.raises(NumberRefused) as refused:
        change(service, who, OLD, was="")
    assert refused.value.why is NumberProblem.CHANGED
    assert number.find(service.rt, who).phone == NEW
    assert change(service, who, "")
    assert number.find(service.rt, who).phone == ""
    lines = access_log.show(service.rt, language="en").lines
    assert [(each.contact_id, each.what, each.why) for each in lines] == [(who, "number", "told us on the phone")] * 3
    with pytest.raises(ReasonMissing):
        change(service, who, OLD, reason=" ")


def test_a_no_of_whoever_has_the_new_number_counts_and_of_the_old_one_does_no_more(
    service: World, people: People
) -> None:
    who = people.contact("grace@example.org", phone=OLD)
    before, after = people.contact("", phone=OLD), people.contact("anna@example.org", phone=NEW)
    third = people.contact("mary@example.org", phone=NEW)
    people.say(before, Withdrawn(How.PAGE), CALLS.slug)
    assert people.standing(who, CALLS).basis is Basis.OUT_CONTACT
    assert listed(service, who) is Basis.OUT_CONTACT
    change(service, who, "")
    assert people.standing(who, CALLS).basis is Basis.NONE
    assert listed(service, who) is Basis.NONE
    people.say(after, Withdrawn(How.PAGE), CALLS.slug)
    change(service, who, NEW)
    assert people.standing(who, CALLS).basis is Basis.OUT_CONTACT
    assert listed(service, who) is Basis.OUT_CONTACT
    people.say(who, Withdrawn(How.PAGE), CALLS.slug)
    assert listed(service, third) is Basis.OUT_CONTACT
    change(service, who, "+4930901829")
    change(service, after, "+4930901828")
    assert listed(service, third) is Basis.NONE


def test_who_is_known_by_a_number_alone_keeps_one_that_nobody_else_is_known_by(service: World, people: People) -> None:
    who, _ = people.contact("", phone=OLD), people.contact("", phone=NEW)
    for wanted, why in (("", NumberProblem.ONLY_ONE), (NEW, NumberProblem.TAKEN)):
        with pytest.raises(NumberRefused) as refused:
            change(service, who, wanted)
        assert refused.value.why is why
    assert change(service, who, "+4930901829")


def test_of_who_stopped_all_use_nothing_is_changed_and_nobody_gets_the_number_of_who_was_erased(
    service: World, people: People
) -> None:
    who = people.contact("grace@example.org", phone=OLD)
    people.say(who, Stopped(), "*")
    with pytest.raises(ConsentRefused) as refused:
        change(service, who, NEW)
    assert refused.value.why is Why.STOPPED
    assert number.find(service.rt, who).phone == OLD
    people.contact("anna@example.org", phone=NEW)
    decider = Decider(staff="staff:t", theirs=True, reason="asked")
    erasure.erase(service.rt, "anna@example.org", decider, mode=Mode.WHOLE, now=service.now)
    other = people.contact("mary@example.org")
    with pytest.raises(ConsentRefused) as refused:
        change(service, other, NEW)
    assert refused.value.why is Why.ERASED
    assert number.find(service.rt, other).phone == ""


def test_a_yes_for_the_number_of_before_is_not_used_also_where_the_clock_was_set_back(
    service: World, people: People
) -> None:
    who = people.contact("grace@example.org", phone=OLD)
    people.say(who, TICK_AT_ONCE, CALLS.slug)

    def called() -> bool:
        with snapshot(service.rt.engine) as session:
            contact = contacts.get(session, who)
            assert contact is not None
            found = gate.would(service.rt, session, contact, WayOut.CALL_LIST, CALLS.slug, now=service.now)
        return isinstance(found, Pass)

    before = called()
    number.change(service.rt, who, NEW, reason="r", by="t", now=service.now - timedelta(hours=1))
    assert (before, called()) == (True, False)
    service.pass_time(minutes=1)
    people.say(who, Withdrawn(How.PAGE), CALLS.slug)
    asked = people.say(who, TICK, CALLS.slug).entry
    assert asked is not None
    people.say(who, Confirmed(asked.id), CALLS.slug)
    assert called(), "they agreed since they have this number"
