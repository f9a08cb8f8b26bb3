"""Pages go first where a worker shares their process, and never keep it from its work."""

from threading import Event, Thread
from time import monotonic

import pytest

from booking_service.jobs import Jobs
from booking_service.page_turns import PageTurns


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work gives way for as long as a test takes."""
    monkeypatch.setattr("booking_service.page_turns._AT_MOST_S", 60.0)


def test_where_nobody_reads_work_begins_at_once() -> None:
    began = monotonic()
    PageTurns().give_way()
    assert monotonic() - began < 0.02


@pytest.mark.usefixtures("long")
def test_work_waits_for_the_page_that_is_put_together_and_for_one_that_follows_at_once() -> None:
    turns, done = PageTurns(), Event()
    with turns.page():
        waits = Thread(target=lambda: (turns.give_way(), done.set()))
        waits.start()
        assert not done.wait(0.1)
    ended = monotonic()
    with turns.page():
        assert not done.wait(0.1)
    assert done.wait(5)
    waits.join()
    assert monotonic() - ended >= 0.1 + 0.03


def test_readers_without_end_stop_no_work() -> None:
    turns = PageTurns()
    with turns.page():
        began = monotonic()
        turns.give_way()
        assert 0.1 <= monotonic() - began < 5


@pytest.mark.usefixtures("long")
def test_each_piece_of_a_workers_work_gives_way() -> None:
    turns, worked = PageTurns(), Event()

    def work() -> bool:
        worked.set()
        return False

    jobs = Jobs([("trying", work, 0.01)], turns=turns)
    with turns.page():
        jobs.start()
        assert not worked.wait(0.1)
    assert worked.wait(5)
    jobs.stop()
