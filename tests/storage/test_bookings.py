"""Finding bookings and what they owe, on both databases."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from uuid import UUID

from booking_service.actions.times.offers import find_slots
from booking_service.domain import transitions
from booking_service.domain.booking import Decision, Party
from booking_service.domain.interval import Interval
from booking_service.domain.questions import SealedAnswer
from booking_service.storage import booking_answers, bookings, calendars, ended_holds, outbox, retention
from booking_service.storage.engine import snapshot, transaction
from tests.flows.programs import until
from tests.statements import statements
from tests.world import MONDAY, World, world


def test_a_booking_is_found_by_how_its_id_begins(w: World) -> None:
    first, second = w.hold(), w.hold(start=MONDAY + timedelta(days=2))
    for booking in (first, second):
        for reference in (str(booking.id), str(booking.id)[:12].upper(), booking.id.hex):
            with snapshot(w.rt.engine) as session:
                assert [each.id for each in bookings.beginning_with(session, reference)] == [booking.id]
    for nothing in ("", "%", "_", "xyz", "f" * 32):
        with snapshot(w.rt.engine) as session:
            assert bookings.beginning_with(session, nothing) == []


def test_answers_that_are_erased_while_they_are_sealed_anew_stay_erased(w: World) -> None:
    booking = w.hold()
    kept = replace(booking, answers=(("about", "moths"),), sealed=(SealedAnswer(key="number", sealed="v1:x"),))
    with transaction(w.rt.engine) as session:
        booking_answers.save(session, kept)

    def erase() -> None:
        with transaction(w.rt.engine) as session:
            retention.erase(session, [booking.id], now=w.now)

    eraser = Thread(target=erase)
    with transaction(w.rt.engine) as session:
        [found] = booking_answers.with_sealed(session, after=UUID(int=0), limit=10)
        eraser.start()
        eraser.join(timeout=0.5)  # as long as it may take where nothing holds it up
        booking_answers.save(session, replace(found, sealed=(SealedAnswer(key="number", sealed="v2:x"),)))
    eraser.join()
    with snapshot(w.rt.engine) as session:
        after = bookings.get(session, booking.id)
    assert (after.answers, after.sealed) == ((), ())


def test_what_waits_for_a_calendar_is_brought_forward_and_nothing_else(w: World) -> None:
    booking = w.hold()
    until(lambda: due(w) == [])  # a loaded machine may be at it for longer than a browser waits
    later = w.now + timedelta(hours=1)
    with transaction(w.rt.engine) as session:
        bookings.wake_publishing(session, w.reservation(booking).id, due_at=later, now=w.now)
        bookings.hasten_publishing(session, w.host.id, now=w.now)  # no calendar's id
    assert due(w) == [later]
    with transaction(w.rt.engine) as session:
        bookings.hasten_publishing(session, w.calendar_id, now=w.now)
    assert due(w) == [w.now]


def due(w: World) -> list[object]:
    with snapshot(w.rt.engine) as session:
        return [row.due_at for row in outbox.open_rows(session) if row.kind == "publish"]


def test_a_calendar_to_be_read_from_the_start_closes_nothing_until_then(w: World) -> None:
    """What is kept of it counts; an empty page would say that the host is busy for a year."""
    window = Interval(MONDAY, MONDAY + timedelta(days=30))
    before = find_slots(w.rt, "ada", "intro", window, now=w.now)
    with transaction(w.rt.engine) as session:
        calendars.read_whole(session, w.calendar_id, now=w.now)
    after = find_slots(w.rt, "ada", "intro", window, now=w.now)
    assert before.slots
    assert (after.closed, after.slots) == (None, before.slots)


def test_whose_holds_are_due_is_found_among_the_holds_alone(tmp_path: Path) -> None:
    """It is asked each second. SQLite would read all bookings ever made if it were asked for each host once."""
    with world(tmp_path) as w:
        with statements(w.rt.engine) as asked, snapshot(w.rt.engine) as session:
            assert ended_holds.their_hosts(session, now=w.now) == []
        (statement, values) = next(each for each in asked if "FROM booking" in each[0])
        with w.rt.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        assert [each[-1] for each in plan] == ["SEARCH booking USING INDEX holds_by_deadline (hold_until<?)"]


def test_a_decision_writes_its_booking_once_and_wakes_its_publishing_in_one_statement(w: World) -> None:
    """Also one that changes nothing of the event, for which another statement is right."""
    booking = w.hold()
    key = bookings.publish_key(w.reservation(booking).id)
    with transaction(w.rt.engine) as session, statements(w.rt.engine) as asked:
        held = bookings.get(session, booking.id)
        ended = bookings.record(session, transitions.cancel(held, by=Party.INVITEE, now=w.now), now=w.now)
        assert ended.revision > held.revision
        assert (written(asked), waking(asked, key)) == (1, 1)
        asked.clear()
        again = bookings.record(session, Decision(booking=replace(ended, reason="Ill")), now=w.now)
        assert (written(asked), waking(asked, key)) == (1, 0)
        assert bookings.get(session, booking.id) == again == replace(ended, reason="Ill")


def written(asked: list[tuple[str, object]]) -> int:
    return sum(statement.startswith("UPDATE booking ") for statement, _ in asked)


def waking(asked: list[tuple[str, object]], key: str) -> int:
    return sum("outbox" in statement and key in str(values) for statement, values in asked)
