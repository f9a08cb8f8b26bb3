"""What lists show of a whole purpose: a few contacts at once, the others by the worker, and none of it wrong meanwhile."""

from uuid import UUID

import pytest
from sqlalchemy import delete
from sqlmodel import col

from booking_service.actions.consent import purpose_standings
from booking_service.actions.consent.pace import Pace
from booking_service.actions.consent.verify import verify
from booking_service.domain.consent import Basis, How
from booking_service.domain.consent_moves import Recorded, Stopped, Withdrawn
from booking_service.storage import outbox, standings
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.consent import StandingRow
from booking_service.worker import perform_one
from tests.actions.consent.people import NEWSLETTER, People
from tests.world import World


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two contacts a piece, and one piece a claim."""
    monkeypatch.setattr(purpose_standings, "AT_ONCE", 2)
    monkeypatch.setattr(purpose_standings, "Pace", lambda: Pace(size=2))
    monkeypatch.setattr(purpose_standings, "TURN_S", -1.0)


def forgotten(service: World) -> None:
    """Lists show nothing of the newsletter any more."""
    with service.rt.engine.begin() as connection:
        connection.execute(delete(StandingRow).where(col(StandingRow.purpose) == NEWSLETTER.slug))


def write_down(service: World) -> None:
    with transaction(service.rt.engine) as session:
        purpose_standings.write_down(service.rt, session, NEWSLETTER)


def shown(service: World) -> set[UUID]:
    with snapshot(service.rt.engine) as session:
        return {contact for contact, purpose, _ in standings.every(session) if purpose == NEWSLETTER.slug}


def waiting(service: World) -> set[str]:
    with snapshot(service.rt.engine) as session:
        return purpose_standings.waiting(session)


def piece(service: World) -> None:
    assert perform_one(service.rt, kinds=(purpose_standings.KIND,))


def test_the_first_are_shown_at_once_and_the_others_by_the_worker_a_piece_a_transaction(
    service: World, people: People
) -> None:
    made = sorted(people.contact(f"p{number}@example.org") for number in range(5))
    for each in made:
        people.say(each, Recorded(staff="bob"))
    service.drain()
    forgotten(service)
    write_down(service)
    assert (shown(service), waiting(service)) == ({*made[:2]}, {"newsletter"})
    assert verify(service.rt, now=service.now).findings == (), "what waits is no tampering"
    piece(service)
    assert (shown(service), waiting(service)) == ({*made[:2]}, {"newsletter"}), "the worker begins with the first"
    piece(service)
    assert shown(service) == {*made[:4]}
    piece(service)
    assert (shown(service), waiting(service)) == ({*made}, set())
    assert verify(service.rt, now=service.now).findings == ()
    forgotten(service)
    assert [each.kind for each in verify(service.rt, now=service.now).findings] == ["standing"]


def test_a_change_on_the_way_has_it_begin_anew(service: World, people: People) -> None:
    made = sorted(people.contact(f"p{number}@example.org") for number in range(5))
    for each in made:
        people.say(each, Recorded(staff="bob"))
    write_down(service)
    for _ in range(2):
        piece(service)
    forgotten(service)
    write_down(service)
    piece(service)
    assert shown(service) == {*made[:2]}
    service.drain()
    assert (shown(service), waiting(service)) == ({*made}, set())


def test_who_answers_on_the_way_is_shown_as_they_answered(service: World, people: People) -> None:
    made = sorted(people.contact(f"p{number}@example.org") for number in range(5))
    for each in made:
        people.say(each, Recorded(staff="bob"))
    write_down(service)
    people.say(made[0], Withdrawn(How.PAGE))
    people.say(made[4], Withdrawn(How.PAGE))
    service.drain()
    with snapshot(service.rt.engine) as session:
        kept = {contact: row.basis for contact, _, row in standings.every(session)}
    assert [kept[each] for each in made] == [Basis.OUT_CONTACT, *[Basis.USER] * 3, Basis.OUT_CONTACT]
    assert verify(service.rt, now=service.now).findings == ()


def test_a_no_to_everything_reaches_who_has_the_same_mailbox_and_said_nothing(service: World, people: People) -> None:
    said, same = people.contact("anna@example.org"), people.contact("Anna@EXAMPLE.org")
    other = people.contact("a.nn.a@gmail.com")
    also = people.contact("anna@gmail.com")
    people.say(said, Stopped(How.PAGE), "*")
    people.say(other, Stopped(How.PAGE), "*")
    forgotten(service)
    write_down(service)
    service.drain()
    assert shown(service) == {said, same, other, also}
    assert verify(service.rt, now=service.now).findings == ()


def test_a_purpose_that_is_gone_by_then_leaves_nothing_to_do(service: World) -> None:
    key = f"{purpose_standings.KIND}:gone"
    with transaction(service.rt.engine) as session:
        outbox.wake(
            session,
            key,
            kind=purpose_standings.KIND,
            lane=key,
            payload={"purpose": "gone"},
            due_at=service.now,
            now=service.now,
        )
    piece(service)
    assert waiting(service) == set()
