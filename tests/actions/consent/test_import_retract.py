"""An import that is taken back: what it recorded counts no more, and what was said since stays."""

from dataclasses import replace
from uuid import UUID

import pytest

from booking_service.actions.consent import import_outcomes, import_retract, imports, merges
from booking_service.actions.consent.import_retract import CannotBeTakenBack
from booking_service.actions.consent.imports import UnknownImport
from booking_service.actions.consent.pace import Pace
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import verify
from booking_service.actions.privacy import erasure
from booking_service.actions.privacy.erasure import Decider
from booking_service.domain.audit import Actor
from booking_service.domain.consent import Act, Basis, How, standing_of
from booking_service.domain.consent_file import Meaning
from booking_service.domain.consent_moves import Confirmed, OptedOut, Recorded, Reverted, Why, Withdrawn
from booking_service.domain.errors import ReasonMissing
from booking_service.domain.privacy import Mode
from booking_service.storage import contacts, standings
from booking_service.storage import imports as import_rows
from booking_service.storage.engine import snapshot
from tests.actions.consent.people import TICK, TICK_AT_ONCE, People
from tests.world import World

STAFF = Actor(name="Mary")


def imported(service: World, *addresses: str, meaning: Meaning = Meaning.GIVEN, through: bool = True) -> UUID:
    rt, now = service.rt, service.now
    text = "email\n" + "".join(f"{each}\n" for each in addresses)
    made = imports.start(rt, text.encode(), name="fair.csv", by="x", called="x", now=now)
    imports.plan(rt, made.id, replace(imports.plan_of(made), purpose="newsletter", meaning=meaning), now=now)
    imports.apply(rt, made.id, leave_out=False, now=now)
    while through and (at := imports.carry_on(rt, made.id, now=now)):
        assert at
    return made.id


def taken_back(service: World, id: UUID) -> None:
    import_retract.start(
        service.rt, id, reason="the wrong file", by="mary", called="Mary", actor=STAFF, now=service.now
    )
    at = import_retract.carry_on(service.rt, id, now=service.now)
    while at:
        at = import_retract.carry_on(service.rt, id, behind=at, now=service.now)


def found(service: World, address: str) -> UUID:
    with snapshot(service.rt.engine) as session:
        contact = contacts.by_address(session, address)
    assert contact is not None
    return contact.id


def sound(service: World) -> None:
    seal_due(service.rt, now=service.now)
    assert verify(service.rt, now=service.now).findings == ()


def test_each_contact_stands_as_without_the_entry_of_the_import(service: World, people: People) -> None:
    people.say(people.contact("form@example.org"), TICK_AT_ONCE)
    people.say(people.contact("card@example.org"), Recorded(staff="x"))
    people.say(people.contact("implied@example.org"), Recorded(staff="x", implied=True))
    addresses = ("new", "form", "card", "implied", "asked", "no", "ours", "back", "kay+news", "kay")
    id = imported(service, *(f"{each}@example.org" for each in addresses))
    of = {each: found(service, f"{each}@example.org") for each in addresses}
    question = people.say(of["asked"], TICK).entry
    assert question is not None
    people.say(of["asked"], Confirmed(question.id))
    people.say(of["no"], Withdrawn(How.PAGE))
    people.say(of["ours"], OptedOut(staff="x"))
    people.say(of["back"], OptedOut(staff="x"))
    people.say(of["back"], Reverted(staff="x"))
    service.clock.advance(60)
    taken_back(service, id)
    expected = {
        "new": Basis.NONE,
        "form": Basis.FORM,
        "card": Basis.USER,
        "implied": Basis.IMPLIED,
        "asked": Basis.DOUBLE,
        "no": Basis.OUT_CONTACT,
        "ours": Basis.OUT_USER,
        "back": Basis.USER,
        "kay+news": Basis.NONE,
        "kay": Basis.NONE,
    }
    for each, basis in expected.items():
        chain = people.chain(of[each])
        without = [entry for entry in chain if entry.how is not How.IMPORT and entry.act is not Act.RETRACTED]
        assert people.standing(of[each]) == standing_of(without, purpose="newsletter"), each
        with snapshot(service.rt.engine) as session:
            assert standings.of_contact(session, of[each])["newsletter"].basis is basis, each
        retracted = [entry for entry in chain if entry.act is Act.RETRACTED]
        assert [entry.by for entry in retracted] == ([] if each == "card" else ["staff:mary"])
    assert imports.look(service.rt, id).taken_back == len(addresses) - 1
    sound(service)


@pytest.mark.promise("I12")
def test_it_goes_on_after_a_crash_and_takes_no_line_back_twice(service: World, people: People) -> None:
    id = imported(service, *(f"p{number}@example.org" for number in range(60)))
    import_retract.start(
        service.rt, id, reason="the wrong file", by="mary", called="Mary", actor=STAFF, now=service.now
    )
    assert import_retract.carry_on(service.rt, id, pace=Pace(), now=service.now)
    halfway = imports.look(service.rt, id)
    assert (halfway.made.state, halfway.taken_back) == (imports.TAKING_BACK, 25)
    service.drain()
    import_retract.start(service.rt, id, reason="again", by="mary", called="Mary", actor=STAFF, now=service.now)
    service.drain()
    over = imports.look(service.rt, id)
    assert (over.made.state, over.taken_back) == (imports.TAKEN_BACK, 60)
    for number in range(60):
        acts = [entry.act for entry in people.chain(found(service, f"p{number}@example.org"))]
        assert acts == [Act.RECORDED, Act.RETRACTED]
    sound(service)


def test_peoples_own_noes_and_what_is_under_way_are_not_taken_back(service: World, people: People) -> None:
    theirs = imported(service, "theirs@example.org", meaning=Meaning.OUT_THEIRS)
    with pytest.raises(CannotBeTakenBack, match="only they lift them"):
        taken_back(service, theirs)
    assert people.standing(found(service, "theirs@example.org")).basis is Basis.OUT_CONTACT
    nothing = imported(service, "nothing@example.org", meaning=Meaning.NOTHING)
    waiting = imported(service, "waits@example.org", through=False)
    for id in (nothing, waiting):
        with pytest.raises(CannotBeTakenBack):
            taken_back(service, id)
    with pytest.raises(UnknownImport):
        taken_back(service, UUID(int=1))
    done = imported(service, "done@example.org")
    with pytest.raises(ReasonMissing):
        import_retract.start(service.rt, done, reason=" ", by="mary", called="Mary", actor=STAFF, now=service.now)
    assert len(people.chain(found(service, "done@example.org"))) == 1


def test_who_was_erased_since_is_left_as_they_are(service: World, people: People) -> None:
    id = imported(service, "anna@example.org", "bob@example.org")
    anna = found(service, "anna@example.org")
    erasure.erase(
        service.rt, "anna@example.org", Decider(staff="x", reason="a letter"), mode=Mode.WHOLE, now=service.now
    )
    taken_back(service, id)
    assert Act.RETRACTED not in [entry.act for entry in people.chain(anna)]
    assert people.standing(found(service, "bob@example.org")).basis is Basis.NONE
    lines = import_outcomes.show(service.rt, id, now=service.now).lines
    assert [(each.number, each.taken_back) for each in lines] == [(2, False), (3, True)]
    sound(service)


def test_an_opt_out_of_staffs_own_is_reverted_where_a_consent_stood_before(service: World, people: People) -> None:
    for each in ("card", "since", "reverted", "again"):
        people.say(people.contact(f"{each}@example.org"), Recorded(staff="x"))
    people.say(people.contact("implied@example.org"), Recorded(staff="x", implied=True))
    double = people.contact("double@example.org")
    question = people.say(double, TICK).entry
    assert question is not None
    people.say(double, Confirmed(question.id))
    service.clock.advance(60)
    addresses = ("card", "double", "implied", "new", "since", "reverted", "again")
    id = imported(service, *(f"{each}@example.org" for each in addresses), meaning=Meaning.OUT_OURS)
    of = {each: found(service, f"{each}@example.org") for each in addresses}
    assert {people.standing(each).basis for each in of.values()} == {Basis.OUT_USER}
    service.clock.advance(60)
    people.say(of["since"], Withdrawn(How.PAGE))
    people.say(of["reverted"], Reverted(staff="x"))
    people.say(of["again"], Reverted(staff="x"))
    service.clock.advance(60)
    people.say(of["again"], OptedOut(staff="x"))
    before = {each: len(people.chain(of[each])) for each in addresses}
    taken_back(service, id)
    expected = {
        "card": (Basis.USER, None),
        "double": (Basis.USER, None),
        "implied": (Basis.OUT_USER, Why.NO_CONSENT),
        "new": (Basis.OUT_USER, Why.NO_CONSENT),
        "since": (Basis.OUT_CONTACT, Why.OWN_NO),
        "reverted": (Basis.USER, Why.NO_OPT_OUT),
        "again": (Basis.OUT_USER, Why.STAFFS_NO),
    }
    lines = import_outcomes.show(service.rt, id, now=service.now).lines
    for each, line in zip(addresses, lines, strict=True):
        basis, why = expected[each]
        with snapshot(service.rt.engine) as session:
            assert standings.of_contact(session, of[each])["newsletter"].basis is basis, each
        assert people.standing(of[each]).basis is basis, each
        assert (line.taken_back, line.refusal.why if line.refusal else None) == (why is None, why), each
        assert len(people.chain(of[each])) - before[each] == (why is None), each
    last = people.chain(of["card"])[-1]
    assert (last.act, last.by) == (Act.REOPENED, "staff:mary")
    seen = imports.look(service.rt, id)
    assert (seen.taken_back, seen.stayed, seen.made.state) == (2, 5, imports.TAKEN_BACK)
    sound(service)


def test_two_addresses_of_one_mailbox_are_both_reverted(service: World, people: People) -> None:
    addresses = ("kay@example.org", "kay+news@example.org")
    for each in addresses:
        people.say(people.contact(each), Recorded(staff="x"))
    service.clock.advance(60)
    id = imported(service, *addresses, meaning=Meaning.OUT_OURS)
    service.clock.advance(60)
    taken_back(service, id)
    assert [people.standing(found(service, each)).basis for each in addresses] == [Basis.USER, Basis.USER]
    sound(service)


def test_merged_contacts_of_an_import_count_as_one_before_a_list_is_cut(service: World, people: People) -> None:
    """Otherwise as many of a long list as are merged would be left out, and nobody told."""
    names = ("a", "b", "c", "d")
    id = imported(service, *(f"{each}@example.org" for each in names))
    a, b, c, d = (found(service, f"{each}@example.org") for each in names)
    for other, into in ((b, a), (c, a)):
        merges.merge(service.rt, other, into=into, by=merges.By(staff="x", reason="one person"), now=service.now)
    with snapshot(service.rt.engine) as session:
        some = import_rows.contacts_of(
            session, id, [f"{import_rows.APPLIED}{each.value}" for each in imports.RECORDED], limit=2
        )
    assert set(some) == {a, d}
