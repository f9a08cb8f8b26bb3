"""The worker's threads: no failure ends one, and the trouble of one account is no other's."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from booking_service.actions.calendar.pull import pull_due
from booking_service.actions.consent import imports
from booking_service.actions.times.offers import Closed, find_slots
from booking_service.bootstrap import runtime
from booking_service.config.limits import Limits
from booking_service.config.settings import Settings
from booking_service.domain.booking import BookingState
from booking_service.domain.errors import StorageBusy
from booking_service.domain.interval import Interval
from booking_service.jobs import Jobs
from booking_service.pools import HostPools
from booking_service.storage import calendars, outbox
from booking_service.storage.engine import snapshot, transaction
from booking_service.storage.tables.outbox import OutboxRow
from booking_service.worker import Worker, drain, perform_one
from calendars.errors import Unavailable, explain_kind
from calendars.model import EventStatus
from calendars.port import Calendar
from tests.cli.command import quiet_again
from tests.flows.programs import until
from tests.world import LOOSE, World, world

NOBODY = UUID(int=4711)
DAY = timedelta(days=1)


@pytest.fixture
def w(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


@pytest.mark.parametrize("failure", [StorageBusy("locked"), ZeroDivisionError("nobody thought of it")])
def test_work_that_fails_is_done_again(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking_service.jobs.AFTER_FAILURE", 0.0)
    tries, again = [], Event()

    def work() -> bool:
        tries.append(1)
        if len(tries) == 1:
            raise failure
        again.set()
        return False

    with capture_logs() as logged:
        threads = Jobs([("trying", work, 0.01)])
        threads.start()
        went_on = again.wait(20)
        threads.stop()
    assert went_on
    assert [line["log_level"] for line in logged] == ["warning" if isinstance(failure, StorageBusy) else "error"]


def test_an_effect_that_nobody_can_perform_keeps_none_behind_it_waiting(w: World) -> None:
    w.hold(meeting="quick")
    w.mails.failing = [ZeroDivisionError("a fault of ours")]
    w.drain()
    assert [mail.to.address for mail in w.mails.sent]  # the other one's


def test_with_every_limit_switched_off_the_timers_go_on(w: World) -> None:
    off = {name: "off" for name in LOOSE if "live" not in name}
    free = replace(w.rt, settings=w.rt.settings.model_copy(update={"limits": Limits(**off)}))
    assert drain(free) >= 0
    assert perform_one(free) is False


def test_a_password_whose_key_is_gone_closes_its_own_calendar_and_stops_nothing(w: World, tmp_path: Path) -> None:
    new_key = Settings(
        base_url="http://localhost:8000",
        data_dir=tmp_path / "new",
        database_url=w.rt.settings.database_url,
        smtp=w.rt.settings.smtp,
    )
    with quiet_again(), runtime(new_key, clock=w.clock) as rt:
        due = (pull_due(rt) for _ in range(3))
        w.clock.advance(120)
        assert any(due)
        with snapshot(rt.engine) as session:
            kept = calendars.get(session, w.calendar_id)
    assert kept.failure == "PasswordUnknown"
    assert explain_kind(kept.failure).remedy.startswith("Enter the password again.")


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_however_few_things_are_done_at_the_same_time_each_is_done_by_somebody(w: World, threads: int) -> None:
    chosen = w.rt.settings.model_copy(
        update={"worker": w.rt.settings.worker.model_copy(update={"concurrency": threads})}
    )
    with transaction(w.rt.engine) as session:
        payload = {"import_id": NOBODY.hex}
        outbox.add_once(
            session, "import:x", kind=imports.KIND, lane="import:x", payload=payload, due_at=w.now, now=w.now
        )
    worker = Worker(replace(w.rt, settings=chosen))
    worker.start()
    try:
        until(lambda: attempts(w, "import:x") > 0)
    finally:
        worker.stop()


def attempts(w: World, key: str) -> int:
    with snapshot(w.rt.engine) as session:
        return session.exec(select(OutboxRow.attempts).where(OutboxRow.key == key)).one()


def test_calendars_that_do_not_answer_keep_no_mail_waiting(w: World) -> None:
    """Every thread that may write is waiting for a server when a mail comes to be owed."""
    asked, answers = [], Event()

    def stalled(_account: object, url: str) -> Calendar:
        asked.append(url)
        answers.wait(60)
        raise Unavailable("at last")

    slow = replace(w, rt=replace(w.rt, open_calendar=stalled, pools=HostPools(threads=1, per_host=0)))
    for hour in range(8):
        slow.hold(start=w.now + timedelta(days=1, minutes=30 * hour))
    w.clock.advance(30)  # nobody writes at once what nobody waits for
    worker = Worker(slow.rt)
    worker.start()
    try:
        until(lambda: len(asked) >= w.rt.settings.worker.concurrency - 1)
        w.hold(start=w.now.replace(hour=14, minute=0, second=0) + timedelta(days=1), meeting="quick")
        until(lambda: len(w.mails.sent) == 2)
    finally:
        answers.set()
        worker.stop()


def test_what_no_thread_is_free_for_is_written_by_the_worker_soon_and_in_one_request(w: World) -> None:
    pools = HostPools(threads=1, per_host=0)
    crowded = replace(w, rt=replace(w.rt, pools=pools))
    booking = crowded.hold()
    assert not w.calendar.events()
    w.pass_time(seconds=6)
    assert [each.status for each in w.calendar.events()] == [EventStatus.TENTATIVE]
    assert "get" not in w.calendar.requests
    crowded.confirm(booking)
    w.pass_time(seconds=6)
    assert [each.status for each in w.calendar.events()] == [EventStatus.CONFIRMED]
    pools.close()


def test_a_fault_of_ours_in_reading_a_calendar_closes_it_and_the_host_hears_of_it(w: World) -> None:
    def broken(_account: object, _url: str) -> Calendar:
        raise ZeroDivisionError("nobody thought of it")

    faulty = replace(w.rt, open_calendar=broken)
    for _ in range(4):
        w.clock.advance(320)
        with suppress(ZeroDivisionError):  # the worker's threads log it and go on
            drain(faulty)
    assert (
        find_slots(w.rt, "ada", "intro", Interval(w.now, w.now + timedelta(days=7)), now=w.now).closed is Closed.FAILING
    )
    drain(w.rt)
    (mail,) = w.mails.to(w.host.email)
    assert mail.subject == "We can't read your calendar"
    assert "The calendar could not be used." in mail.text
    w.clock.advance(320)  # until then the thread that failed has it
    drain(w.rt)
    assert find_slots(w.rt, "ada", "intro", Interval(w.now, w.now + timedelta(days=7)), now=w.now).closed is None


def test_a_clock_that_leaps_and_is_set_right_ends_no_hold(w: World) -> None:
    held = w.hold()
    worker = Worker(w.rt)
    worker.sweep()
    w.clock.advance(3 * 3600)
    worker.sweep()
    worker.sweep_slowly()
    assert w.booking(held.id).state is BookingState.HELD
    w.clock.advance(-3 * 3600)
    worker.sweep()
    assert w.confirm(held).state is BookingState.CONFIRMED


def test_nor_does_it_erase_anybody(w: World) -> None:
    with transaction(w.rt.engine) as session:
        payload = {"request_id": NOBODY.hex}
        outbox.wake(session, "e", kind="erase", lane="e", payload=payload, due_at=w.now + 3 * DAY, now=w.now)
    worker = Worker(w.rt)
    assert not worker.perform(("erase",))
    w.clock.advance(4 * DAY.total_seconds())
    assert not worker.perform(("erase",))
    with snapshot(w.rt.engine) as session:
        assert outbox.next_due(session) == w.now - DAY


def test_nor_what_somebody_entered_whose_request_came_to_nothing(w: World) -> None:
    held = w.hold()
    w.pass_time(hours=2)
    worker = Worker(w.rt)
    worker.sweep_slowly()
    w.clock.advance(3 * DAY.total_seconds())
    worker.sweep_slowly()
    assert w.booking(held.id).invitee.name == "Grace Hopper"
    w.drain()  # as the clock says
    assert w.booking(held.id).invitee.name != "Grace Hopper"


def test_a_clock_that_goes_on_ends_holds_at_their_deadline(w: World) -> None:
    held = w.hold()
    worker = Worker(w.rt)
    for _ in range(13):
        worker.sweep()
        w.clock.advance(5 * 60)
    assert w.booking(held.id).state is BookingState.EXPIRED
