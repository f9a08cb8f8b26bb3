"""Who is told next: each by turns, one thing at a time, and nobody who rests."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine

from booking_service.actions.consent import owed_follow_ups
from booking_service.domain.follow_ups import FollowUp
from booking_service.storage import follow_ups, outbox
from booking_service.storage.engine import transaction
from booking_service.storage.outbox import Claimed
from tests.domain.examples import NOW

FIRST, SECOND = UUID(int=1), UUID(int=2)
MINUTE = timedelta(minutes=1)


def owed(engine: Engine, id: UUID, *contacts: int) -> None:
    with transaction(engine) as session:
        follow_ups.save(session, FollowUp(id=id, purpose="news", url="https://example.org", made_at=NOW, by="Ada"))
        for each in contacts:
            lane = f"{follow_ups.lanes(id)}{UUID(int=each).hex}"
            payload = {"follow_up": id.hex, "contact": UUID(int=each).hex}
            outbox.add_once(session, lane, kind=owed_follow_ups.KIND, lane=lane, payload=payload, due_at=NOW, now=NOW)


def claimed(engine: Engine) -> Claimed | None:
    with transaction(engine) as session:
        return owed_follow_ups.claim(session, now=NOW)


def told(engine: Engine, what: Claimed) -> None:
    with transaction(engine) as session:
        outbox.finish(session, what, now=NOW)
        owed_follow_ups.give_back(session, what, now=NOW)


def whom(what: Claimed | None) -> UUID:
    assert what is not None
    return UUID(what.payload["follow_up"])


def test_each_is_told_by_turns_and_one_thing_at_a_time(engine: Engine) -> None:
    owed(engine, FIRST, 1, 2, 3)
    owed(engine, SECOND, 4, 5)
    first, second = claimed(engine), claimed(engine)
    assert {whom(first), whom(second)} == {FIRST, SECOND}
    assert claimed(engine) is None
    assert first is not None
    told(engine, first)
    again = claimed(engine)
    assert whom(again) == whom(first)
    assert again is not None
    assert again.key != first.key


def test_who_rests_is_told_nothing_until_then_and_what_waits_is_not_due(engine: Engine) -> None:
    owed(engine, FIRST, 1, 2)
    owed(engine, SECOND, 3)
    with transaction(engine) as session:
        follow_ups.fail(session, FIRST, failures=3, since=NOW, error="500", rests_until=NOW + MINUTE)
        outbox.put_off(session, follow_ups.lanes(FIRST), until=NOW + MINUTE)
        assert outbox.next_due(session) == NOW, "of the other"
    assert whom(claimed(engine)) == SECOND
    assert claimed(engine) is None
    with transaction(engine) as session:
        assert outbox.next_due(session) == NOW
        assert {each.due_at for each in outbox.open_with_lane(session, follow_ups.lanes(FIRST))} == {NOW + MINUTE}
        assert whom(owed_follow_ups.claim(session, now=NOW + MINUTE)) == FIRST


def test_what_a_worker_that_died_had_taken_is_free_again_once_its_lease_is_over(engine: Engine) -> None:
    owed(engine, FIRST, 1)
    assert whom(claimed(engine)) == FIRST
    with transaction(engine) as session:
        assert not follow_ups.take(session, FIRST, until=NOW + MINUTE, now=NOW)
        assert owed_follow_ups.claim(session, now=NOW + outbox.LEASE - MINUTE) is None
        assert whom(owed_follow_ups.claim(session, now=NOW + outbox.LEASE)) == FIRST
