"""What each booking asks and writes is put together once, and not anew each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, event

from booking_service.actions.booking.expire import expired_by_host
from booking_service.actions.calendar.release import INLINE, remove_events
from booking_service.worker import perform_one
from tests.statements import statements
from tests.world import MONDAY, World, world

_DAY = timedelta(days=1)


@contextmanager
def run_on(engine: Engine) -> Iterator[list[object]]:
    """The statements themselves that are run meanwhile."""
    seen: list[object] = []

    def note(_connection: object, statement: object, *_: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_execute", note)


def life(w: World, day: int) -> list[object]:
    """Every statement of a hold that is confirmed, and of one that ends."""
    w.drain()
    with run_on(w.rt.engine) as seen:
        w.confirm(w.hold(start=MONDAY + day * _DAY))
        w.hold(start=MONDAY + day * _DAY + timedelta(hours=2))
        perform(w)
        w.clock.advance(w.intro.hold_lifetime.total_seconds() + 1)
        for host_id, ended in expired_by_host(w.rt, publish_after=INLINE, now=w.now):
            remove_events(w.rt, host_id, ended)
        perform(w)
    return seen


def perform(w: World) -> None:
    while perform_one(w.rt):
        pass


def test_the_second_booking_runs_the_statements_of_the_first(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        known = {id(each): each for each in life(w, 1)}
        made = [each for each in life(w, 2) if id(each) not in known]
    assert sorted({str(each).split(chr(10))[0][:150] for each in made}) == []


def test_a_mail_asks_once_what_its_mailbox_had_today(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        w.hold()
        with statements(w.rt.engine) as asked:
            perform(w)
    counted = [values for statement, values in asked if statement.startswith("SELECT count(*) FILTER")]
    assert sum("mails_per_mailbox" in values for values in counted) == 1
