"""The number to call of a contact, changed by staff: what counts for it then, and what is refused."""

import pytest

from booking_service.actions.consent import access_log, number
from booking_service.actions.consent.number import NumberProblem, NumberRefused
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import Basis, How
from booking_service.domain.consent_moves import ConsentRefused, Stopped, Why, Withdrawn
from booking_service.domain.errors import ReasonMissing
from booking_service.domain.privacy import Mode
from booking_service.storage import purposes, standings
from booking_service.storage.engine import snapshot, transaction
from tests.actions.consent.people import CALLS, People
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
    people.say(before, Withdrawn(How.PAGE), CALLS.slug)
    assert people.standing(who, CALLS).basis is Basis.OUT_CONTACT
    change(service, who, "")
    assert people.standing(who, CALLS).basis is Basis.NONE
    people.say(after, Withdrawn(How.PAGE), CALLS.slug)
    change(service, who, NEW)
    assert people.standing(who, CALLS).basis is Basis.OUT_CONTACT
    with snapshot(service.rt.engine) as session:
        assert standings.of_contact(session, who)[CALLS.slug].basis is Basis.OUT_CONTACT


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
