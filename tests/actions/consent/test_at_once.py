"""What two do at the same moment: nobody waits for one who waits for them, and a no counts from when it was said."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from uuid import UUID

import pytest

from booking_service.actions.consent import append, export, merges, phone_number, purpose_standings
from booking_service.actions.consent.contacts import locked
from booking_service.actions.consent.merges import By
from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import verify
from booking_service.domain.consent import Act, Basis, How
from booking_service.domain.consent_moves import Recorded, Resumed, Stopped, Withdrawn
from booking_service.domain.purposes import Accepts, ConsentRules, Purpose, PurposeKind
from booking_service.storage import contacts as rows
from booking_service.storage import purposes
from booking_service.storage.engine import transaction
from tests.actions.consent.people import CALLS, People
from tests.databases import until_it_waits
from tests.world import World

MANY = 250  # more than are read together


def at_once(*acts: Callable[[], object]) -> None:
    """Raises what one of them raised."""
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(each) for each in acts]:
            done.result(timeout=30)


def test_two_noes_of_one_mailbox_at_once_both_count(service: World, people: People) -> None:
    for n in range(10):
        pair = [people.contact(f"n{n}@example.org"), people.contact(f"n{n}+tag@example.org")]
        for each in pair:
            people.say(each, Recorded(staff="bob"))
        both = Barrier(2)

        def no(contact: UUID, both: Barrier = both) -> None:
            both.wait(timeout=30)
            with transaction(service.rt.engine) as session:
                append.change(
                    service.rt, session, contact, "newsletter", Withdrawn(How.ONE_CLICK), now=service.clock.now()
                )

        at_once(*(lambda each=each: no(each) for each in pair))  # type: ignore[misc]
        assert [people.standing(each).basis for each in pair] == [Basis.OUT_CONTACT] * 2
    assert [each.kind for each in verify(service.rt, now=service.clock.now()).findings] == []


def test_whoever_speaks_while_the_lists_of_a_new_purpose_are_written_is_heard(service: World, people: People) -> None:
    """They have their chain already, and wait for the lists; the lists name them, and need their chain for nothing."""
    stopped = [people.contact(f"s{n}@example.org") for n in range(20)]
    for each in stopped:
        people.say(each, Stopped())
    holds, made = Event(), Event()
    new = Purpose(id=UUID(int=7), slug="new", kind=PurposeKind.EMAIL)

    def admin() -> None:
        with transaction(service.rt.engine) as session:
            purposes.save(session, new, position=3)
            assert service.rt.engine.name == "sqlite" or holds.wait(timeout=30)
            purpose_standings.write_down(service.rt, session, new)
        made.set()

    def person() -> None:
        with transaction(service.rt.engine) as session:
            circle = locked(service.rt, session, stopped[5])
            holds.set()
            append.change_in(session, circle, "*", Resumed(), now=service.clock.now())

    at_once(admin, person)
    assert people.standing(stopped[5]).stopped is None
    assert made.is_set()


@pytest.mark.parametrize("purpose", ["newsletter", "calls"])
def test_who_says_no_while_a_list_is_read_is_in_none_of_its_lines_from_then_on(
    service: World, people: People, purpose: str
) -> None:
    with transaction(service.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
    everybody = sorted(people.contact(f"e{n}@example.org", phone=f"+4930{n:06}") for n in range(MANY))
    for each in everybody:
        people.say(each, Recorded(staff="bob"), purpose)
    leaving = export.lines(service.rt, purpose, everybody=False, by="bob", now=service.clock.now())
    first = next(leaving).contact.id
    late = everybody[-1]
    people.say(late, Withdrawn(How.PAGE), purpose)
    assert {first, *(each.contact.id for each in leaving)} == {*everybody} - {late}
    acts = [entry.act for entry in people.chain(late)]
    assert acts == [Act.RECORDED, Act.WITHDRAWN]
    assert [entry.act for entry in people.chain(first)] == [Act.RECORDED] + [Act.USED] * (purpose == CALLS.slug)


def once_they_are_read(monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
    """Do this between the reading and the deciding of a list."""
    read = export.stands_of

    def and_then(*given: object) -> object:
        found = read(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(export, "stands_of", read)
        then()
        return found

    monkeypatch.setattr(export, "stands_of", and_then)


@pytest.fixture
def two(service: World, people: People) -> tuple[UUID, UUID]:
    """Two who agreed to the newsletter."""
    with transaction(service.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
    stays, goes = people.contact("stays@example.org"), people.contact("goes@example.org")
    for each in (stays, goes):
        people.say(each, Recorded(staff="bob"))
    return stays, goes


def listed(service: World) -> list[UUID]:
    found = export.lines(service.rt, "newsletter", everybody=False, by="bob", now=service.clock.now())
    return [each.contact.id for each in found]


def test_who_says_no_between_reading_and_deciding_is_not_in_the_list(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch, two: tuple[UUID, UUID]
) -> None:
    stays, goes = two
    once_they_are_read(monkeypatch, lambda: people.say(goes, Withdrawn(How.PAGE)))
    assert listed(service) == [stays]


@pytest.mark.parametrize("alone", [True, False])
def test_whose_mailbox_says_no_by_another_address_meanwhile_is_not_in_the_list_either(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch, two: tuple[UUID, UUID], alone: bool
) -> None:
    stays, _ = two
    if not alone:
        people.contact("goes+first@example.org")
    once_they_are_read(monkeypatch, lambda: people.say(people.contact("goes+news@example.org"), Withdrawn(How.PAGE)))
    assert listed(service) == [stays]


def test_whose_number_is_another_meanwhile_is_not_in_the_list_to_call(
    service: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(service.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
    stays, goes = (people.contact(f"{each}@example.org", phone=f"+4930123{at}") for at, each in enumerate("ab"))
    for each in (stays, goes):
        people.say(each, Recorded(staff="bob"), CALLS.slug)

    def other_number() -> None:
        service.clock.advance(1)
        phone_number.change(service.rt, goes, "+4930901821", reason="told us", by="bob", now=service.now)

    once_they_are_read(monkeypatch, other_number)
    found = export.lines(service.rt, CALLS.slug, everybody=False, by="bob", now=service.clock.now())
    assert [each.contact.id for each in found] == [stays]


@pytest.mark.parametrize("act", ["merge", "part"])
def test_who_says_no_while_somebody_of_their_mailbox_is_merged_or_parted_is_heard(
    service: World, people: People, act: str
) -> None:
    """Whoever locks several contacts begins with the first of all that are concerned, so that nobody waits in a circle."""
    rt, by = service.rt, By(staff="mary", reason="one person")
    ids = list[UUID]()
    for each in ("kay+news", "kay", "eve"):  # in the order of their ids
        service.clock.advance(1)
        ids.append(people.contact(f"{each}@example.org"))
    first, kay, eve = ids
    if act == "part":
        merges.merge(rt, kay, into=eve, by=by, now=service.now)
    change = {
        "merge": lambda: merges.merge(rt, kay, into=eve, by=by, now=service.now),
        "part": lambda: merges.part(rt, kay, by=by, now=service.now),
    }
    with ThreadPoolExecutor(1) as pool:
        with transaction(rt.engine) as session:
            rows.lock(session, [first])
            changing = pool.submit(change[act])
            until_it_waits(rt.engine)
            append.change(rt, session, first, "newsletter", Withdrawn(How.PAGE), now=service.now)
        changing.result(timeout=60)
    assert [people.standing(each).basis for each in (first, kay)] == [Basis.OUT_CONTACT] * 2
    assert people.standing(eve).basis is (Basis.OUT_CONTACT if act == "merge" else Basis.NONE)
    seal_due(rt, now=service.now)
    assert verify(rt, now=service.now).findings == ()
