"""The number to call of a contact, changed by staff: what counts for it then, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest

from booking_service.actions.consent import access_log, append, gate, imports, merges, phone_number, staff_entries
from booking_service.actions.consent.import_check import LineVerdict
from booking_service.actions.consent.merges import By
from booking_service.actions.consent.phone_number import NumberProblem, NumberRefused
from booking_service.actions.consent.verify import verify
from booking_service.actions.privacy import erasure, vault
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.consent import Basis, How
from booking_service.domain.consent_file import Meaning
from booking_service.domain.consent_moves import Confirmed, ConsentRefused, Stopped, Why, Withdrawn
from booking_service.domain.contact_filter import CONTRADICTORY
from booking_service.domain.errors import BookingError, ReasonMissing
from booking_service.domain.gate import Pass, WayOut
from booking_service.domain.privacy import Mode
from booking_service.storage import consent_report, contacts, ledger, purposes, standings
from booking_service.storage.engine import snapshot, transaction
from tests.actions.consent.people import CALLS, TICK, TICK_AT_ONCE, People
from tests.actions.consent.test_import_lines import brought, kept
from tests.world import World

OLD, NEW = "+4930901820", "+4930901821"

pytestmark = pytest.mark.capability("S5-01")


@pytest.fixture(autouse=True)
def _calls(service: World) -> None:
    with transaction(service.rt.engine) as session:
        purposes.save(session, CALLS)


def change(w: World, who: object, to: str, **more: str) -> bool:
    given = {"reason": "told us on the phone", "by": "t", **more}
    return phone_number.change(w.rt, who, to, now=w.now, **given)  # type: ignore[arg-type]


def listed(w: World, who: UUID) -> Basis:
    """What lists show of calls."""
    with snapshot(w.rt.engine) as session:
        return standings.of_contact(session, who)[CALLS.slug].basis


def is_called(w: World, who: UUID) -> bool:
    with snapshot(w.rt.engine) as session:
        contact = contacts.get(session, who)
        assert contact is not None
        found = gate.would(w.rt, session, contact, WayOut.CALL_LIST, CALLS.slug, now=w.now)
    return isinstance(found, Pass)


def contradictory(w: World) -> int:
    """How many consents lists show as given for another number."""
    with snapshot(w.rt.engine) as session:
        return consent_report.lacking(session, CALLS.slug, CONTRADICTORY)


def record(w: World, **brought: str) -> append.Changed:
    return staff_entries.record(
        w.rt, "grace@example.org", CALLS.slug, staff="x", brought=brought, reason="r", now=w.now
    )


def merged(w: World, other: UUID, *, into: UUID) -> None:
    merges.merge(w.rt, other, into=into, by=By(staff="t", reason="the same person"), now=w.now)


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
    assert phone_number.find(service.rt, who).contact.phone == NEW
    assert change(service, who, "")
    assert phone_number.find(service.rt, who).contact.phone == ""
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
    assert phone_number.find(service.rt, who).contact.phone == OLD
    people.contact("anna@example.org", phone=NEW)
    decider = Decider(staff="staff:t", theirs=True, reason="asked")
    erasure.erase(service.rt, "anna@example.org", decider, mode=Mode.WHOLE, now=service.now)
    other = people.contact("mary@example.org")
    with pytest.raises(ConsentRefused) as refused:
        change(service, other, NEW)
    assert refused.value.why is Why.ERASED
    assert phone_number.find(service.rt, other).contact.phone == ""


def test_a_yes_for_the_number_of_before_is_not_used_also_where_the_clock_was_set_back(
    service: World, people: People
) -> None:
    who = people.contact("grace@example.org", phone=OLD)
    people.say(who, TICK_AT_ONCE, CALLS.slug)
    before = is_called(service, who)
    phone_number.change(service.rt, who, NEW, reason="r", by="t", now=service.now - timedelta(hours=1))
    assert (before, is_called(service, who)) == (True, False)
    service.pass_time(minutes=1)
    people.say(who, Withdrawn(How.PAGE), CALLS.slug)
    asked = people.say(who, TICK, CALLS.slug).entry
    assert asked is not None
    people.say(who, Confirmed(asked.id), CALLS.slug)
    assert is_called(service, who), "they agreed since they have this number"


def test_a_yes_of_who_is_merged_counts_for_the_number_that_they_had_when_they_gave_it(
    service: World, people: People
) -> None:
    into, other = people.contact("grace@example.org", phone=NEW), people.contact("hopper@example.org", phone=OLD)
    people.say(other, TICK_AT_ONCE, CALLS.slug)
    before = is_called(service, other)
    change(service, other, NEW)
    merged(service, other, into=into)
    assert (before, is_called(service, into), contradictory(service)) == (True, False, 1)


def test_a_yes_of_who_is_merged_counts_for_who_gets_their_number(service: World, people: People) -> None:
    into, other = people.contact("grace@example.org", phone=OLD), people.contact("hopper@example.org", phone=NEW)
    people.say(other, TICK_AT_ONCE, CALLS.slug)
    merged(service, other, into=into)
    before = is_called(service, into)
    service.pass_time(minutes=1)
    change(service, into, NEW)
    assert (before, is_called(service, into), contradictory(service)) == (False, True, 0)


def test_the_proof_of_who_was_erased_is_found_by_the_number_that_it_is_about(service: World, people: People) -> None:
    who = people.contact("", phone=OLD)
    people.say(who, TICK_AT_ONCE, CALLS.slug, phone=OLD)
    change(service, who, NEW)
    erasure.erase(service.rt, NEW, Decider(staff="t", reason="asked"), mode=Mode.WHOLE, now=service.now)
    for each in (OLD, NEW):
        [found] = vault.open_(service.rt, each, by="t", why="a complaint", now=service.now)
        assert found["phone"] == NEW
        assert len(found["details"]) == 1


def test_lines_of_who_is_known_by_a_number_alone_go_by_the_one_of_before_as_well(
    service: World, people: People
) -> None:
    who = people.contact("", phone=OLD)
    people.say(who, TICK_AT_ONCE, CALLS.slug, phone=OLD)
    brought(service, f"email,name,phone\n,Annabell Muster,{OLD}\njoanna@example.org,Jo,\n")
    change(service, who, NEW)
    before = kept(service)
    erasure.erase(service.rt, NEW, Decider(staff="t", reason="asked"), mode=Mode.WHOLE, now=service.now)
    after = kept(service)
    assert b"muster" in before
    assert b"muster" not in after
    assert b"joanna@example.org" in after


def test_two_who_swap_numbers_do_not_wait_for_one_another(service: World, people: People) -> None:
    pair = people.contact("grace@example.org", phone=OLD), people.contact("anna@example.org", phone=NEW)
    refused: list[BookingError] = []
    for wanted in ((NEW, OLD), (OLD, NEW)) * 4:
        gate_to_both = Barrier(2)

        def swap(who: UUID, to: str, gate_to_both: Barrier = gate_to_both) -> None:
            gate_to_both.wait()
            try:
                change(service, who, to)
            except BookingError as error:
                refused.append(error)

        both = [Thread(target=swap, args=each) for each in zip(pair, wanted, strict=True)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert refused == []
        assert tuple(phone_number.find(service.rt, each).contact.phone for each in pair) == wanted


def test_a_yes_for_the_new_number_is_recorded_at_once_and_its_evidence_names_it(service: World, people: People) -> None:
    """It was answered as standing already, while nobody was called by what stood."""
    who = people.contact("grace@example.org", phone=OLD)
    record(service)
    service.pass_time(minutes=1)
    change(service, who, NEW)
    before, recorded, again = is_called(service, who), record(service), record(service)
    assert recorded.entry is not None
    with snapshot(service.rt.engine) as session:
        link = ledger.find(session, recorded.entry.id)
        assert link is not None
        assert link.body["phone"] == NEW
    assert (before, is_called(service, who), contradictory(service), again.entry) == (False, True, 0, None)
    service.pass_time(days=2)
    change(service, who, "+4930901829")
    given_before = record(service, optin_date=(service.now - timedelta(days=1)).date().isoformat())
    assert (given_before.entry, is_called(service, who)) == (None, False), "that day they had another number"
    assert record(service, optin_date=service.now.date().isoformat()).entry is not None
    assert is_called(service, who)
    change(service, who, "")
    assert record(service).entry is None, "there is no number that it could be for"
    service.drain()
    assert verify(service.rt, now=service.now).findings == ()


@pytest.mark.parametrize(
    ("cells", "counts"),
    [(f"{NEW},", True), (",", True), (f"{OLD},", False), (",2029-12-01", False), (f"{NEW},2029-12-01", True)],
)
def test_a_line_for_the_new_number_counts_and_one_for_the_old_changes_nothing(
    service: World, people: People, cells: str, counts: bool
) -> None:
    who = people.contact("grace@example.org", phone=OLD)
    record(service)
    change(service, who, NEW)
    service.pass_time(minutes=1)
    made = imports.start(
        service.rt,
        f"email,phone,optin_date\ngrace@example.org,{cells}\n".encode(),
        name="fair.csv",
        by="staff:x",
        called="x",
        now=service.now,
    )
    plan = replace(imports.plan_of(made), purpose=CALLS.slug, meaning=Meaning.GIVEN)
    imports.plan(service.rt, made.id, plan, now=service.now)
    verdict = LineVerdict.ADDED if counts else LineVerdict.SAME
    foreseen = imports.look(service.rt, made.id).counts
    imports.apply(service.rt, made.id, leave_out=False, now=service.now)
    service.drain()
    assert (foreseen[verdict], imports.look(service.rt, made.id).counts[verdict]) == (1, 1)
    assert is_called(service, who) is counts
    assert verify(service.rt, now=service.now).findings == ()
