"""Effects that wait: each is claimed by one worker, woken rather than doubled, and never lost."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import select

from booking_service.config.settings import Tracing
from booking_service.storage import outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.outbox import LEASE, Backlog, Claimed
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.telemetry import otlp
from booking_service.telemetry.tracing import SpanKind, begun, cause

NOW = datetime(2030, 1, 7, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def wake(engine: Engine, key: str, *, due: datetime = NOW, lane: str | None = None) -> None:
    with transaction(engine) as session:
        outbox.wake(session, key, kind="publish", lane=lane or key, payload={"n": key}, due_at=due, now=NOW)


def claim(engine: Engine, *, now: datetime = NOW) -> Claimed | None:
    with transaction(engine) as session:
        return outbox.claim(session, now=now)


def finish(engine: Engine, claimed: Claimed) -> None:
    with transaction(engine) as session:
        outbox.finish(session, claimed, now=NOW)


def taken(engine: Engine, *, now: datetime = NOW) -> Claimed:
    claimed = claim(engine, now=now)
    assert claimed is not None
    return claimed


def test_an_effect_is_claimed_once_and_not_before_it_is_due(engine: Engine) -> None:
    wake(engine, "a", due=NOW + SECOND)
    assert claim(engine) is None
    assert taken(engine, now=NOW + SECOND).key == "a"
    assert claim(engine, now=NOW + SECOND) is None


def test_a_lease_that_ran_out_is_taken_over(engine: Engine) -> None:
    wake(engine, "a")
    first = taken(engine)
    assert claim(engine, now=NOW + LEASE - SECOND) is None
    second = taken(engine, now=NOW + LEASE)
    assert (first.attempts, second.attempts) == (1, 2)


def test_waking_twice_makes_one_effect(engine: Engine) -> None:
    wake(engine, "a")
    wake(engine, "a")
    finish(engine, taken(engine))
    assert claim(engine) is None


def test_an_effect_woken_while_it_is_performed_is_performed_again(engine: Engine) -> None:
    wake(engine, "a")
    claimed = taken(engine)
    wake(engine, "a")
    finish(engine, claimed)
    assert taken(engine).key == "a"


def test_effects_of_one_lane_go_one_after_the_other(engine: Engine) -> None:
    wake(engine, "first", lane="lane")
    wake(engine, "second", lane="lane")
    first = taken(engine)
    assert claim(engine) is None
    finish(engine, first)
    assert taken(engine).key == "second"


@pytest.mark.parametrize("again", [False, True])
def test_an_occasion_is_owed_once_for_ever(engine: Engine, again: bool) -> None:
    with transaction(engine) as session:
        assert outbox.add_once(session, "m", kind="mail", lane="l", payload={}, due_at=NOW, now=NOW)
    if again:
        finish(engine, taken(engine))
    with transaction(engine) as session:
        assert not outbox.add_once(session, "m", kind="mail", lane="l", payload={}, due_at=NOW, now=NOW)


def test_what_was_given_up_stays_visible_and_can_be_retried(engine: Engine) -> None:
    wake(engine, "a")
    claimed = taken(engine)
    with transaction(engine) as session:
        outbox.bury(session, claimed, now=NOW, error="no such server")
    assert claim(engine) is None
    with transaction(engine) as session:
        assert [row.error for row in outbox.open_rows(session)] == ["no such server"]
        assert outbox.retry(session, claimed.id, now=NOW)
    assert taken(engine).key == "a"


def test_a_mail_that_waits_for_its_next_try_does_not_hold_back_what_comes_after_it(engine: Engine) -> None:
    with transaction(engine) as session:
        outbox.add_once(session, "old", kind="mail", lane="l", payload={}, due_at=NOW, now=NOW)
    claimed = taken(engine)
    with transaction(engine) as session:
        outbox.postpone(session, claimed, until=NOW + timedelta(hours=1), error="later")
        outbox.add_once(session, "new", kind="mail", lane="l", payload={}, due_at=NOW, now=NOW)
    assert taken(engine).key == "old"


@pytest.mark.parametrize("again", [False, True], ids=["added once", "woken"])
def test_two_that_owe_the_same_at_one_moment_owe_it_once(engine: Engine, again: bool) -> None:
    """Each looks before the other has committed; on SQLite the second waits with its look."""
    before, outcomes = Barrier(2), []

    def owe() -> None:
        before.wait(20)
        with transaction(engine) as session:
            if again:
                outbox.wake(session, "a", kind="mail", lane="a", payload={}, due_at=NOW, now=NOW)
            else:
                outcomes.append(outbox.add_once(session, "a", kind="mail", lane="a", payload={}, due_at=NOW, now=NOW))

    for _ in range(20):
        with ThreadPoolExecutor(2) as both:
            for done in [both.submit(owe) for _ in range(2)]:
                done.result(timeout=30)
        with transaction(engine) as session:
            session.execute(delete(OutboxRow))
    assert sorted(outcomes) == ([] if again else [False] * 20 + [True] * 20)


def test_the_backlog_is_counted_however_long_it_is(engine: Engine) -> None:
    for n in range(3):
        wake(engine, f"{n}", due=NOW - n * SECOND)
    with transaction(engine) as session:
        claimed = outbox.claim(session, now=NOW)
        assert claimed is not None
        outbox.bury(session, claimed, now=NOW, error=f"{outbox.NO_MAIL_LEAVES}no connection")
    with transaction(engine) as session:
        claimed = outbox.claim(session, now=NOW)
        assert claimed is not None
        outbox.postpone(session, claimed, until=NOW - SECOND, error=f"{outbox.NO_MAIL_LEAVES}no connection")
    with snapshot(engine) as session:
        assert outbox.backlog(session, late_before=NOW) == Backlog(
            waiting=2, late=1, unsent=1, dead=1, oldest_due_at=NOW - SECOND
        )


def test_an_effect_goes_on_from_what_added_or_woke_it_last(engine: Engine) -> None:
    with closing(otlp.Tracer(Tracing(endpoint="https://collector.example/v1/traces", sample=0.0))) as tracer:
        with begun(tracer, "hold", SpanKind.SERVER, {}):
            wake(engine, "a")
            added = cause()
        first = taken(engine)
        finish(engine, first)
        with begun(tracer, "confirm", SpanKind.SERVER, {}):
            wake(engine, "a")
            woke = cause()
    wake(engine, "a")
    second = taken(engine)
    assert (first.payload, first.caused_by) == ({"n": "a"}, added)
    assert (second.payload, second.caused_by) == ({"n": "a"}, woke)
    assert added != woke


def test_what_was_done_long_ago_is_forgotten_by_kind_some_at_a_time(engine: Engine) -> None:
    over = (
        ("told", "follow-up", True),
        ("told too", "follow-up", True),
        ("open", "follow-up", False),
        ("kept", "alarm", True),
    )
    with transaction(engine) as session:
        for key, kind, done in over:
            outbox.add_once(session, key, kind=kind, lane=key, payload={}, due_at=NOW, now=NOW)
            if done:
                outbox.settle_key(session, key, again_at=None, error="", now=NOW)
    assert after_forgetting(engine, before=NOW) == {"told", "told too", "open", "kept"}
    assert len(after_forgetting(engine, before=NOW + SECOND)) == 3
    assert after_forgetting(engine, before=NOW + SECOND) == {"open", "kept"}


def after_forgetting(engine: Engine, *, before: datetime) -> set[str]:
    """The keys that are left."""
    with transaction(engine) as session:
        outbox.forget(session, ("follow-up",), before=before, at_most=1)
        return set(session.exec(select(OutboxRow.key)))


def test_what_waits_its_turn_is_late_only_if_none_of_it_was_told_since(engine: Engine) -> None:
    with transaction(engine) as session:
        for key in ("first", "second"):
            outbox.add_once(session, key, kind=outbox.FOLLOW_UP, lane=key, payload={}, due_at=NOW, now=NOW)
    later = NOW + 600 * SECOND
    assert late(engine, before=later) == (2, NOW)
    with transaction(engine) as session:
        outbox.settle_key(session, "first", again_at=None, error="", now=later)
    assert late(engine, before=later) == (0, None)
    wake(engine, "other")
    assert late(engine, before=later) == (1, NOW)
    assert late(engine, before=later + SECOND) == (2, NOW)


def late(engine: Engine, *, before: datetime) -> tuple[int, datetime | None]:
    with snapshot(engine) as session:
        found = outbox.backlog(session, late_before=before)
    return found.late, found.oldest_due_at
