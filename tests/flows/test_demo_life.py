"""The demo as a person runs it: started, interrupted, started again, on ports that are taken, at sixty times the speed."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.flows.programs import Demo, children_of, demo, runs, until
from tests.flows.services import at_demo
from tests.flows.text_browser import Visit

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo") / "data") as started:
        yield started


@pytest.mark.extended
def test_what_was_booked_survives_a_restart_and_reset_forgets_it(tmp_path: Path) -> None:
    """Data, mails, the calendar and the clock: the second start goes on where the first was left, and its examples, bookings
    in several states, are made once."""
    with demo(tmp_path / "demo", "--examples") as first:
        subjects = [each["subject"] for each in first.mails()]
        assert sum(each.startswith("Please confirm: ") for each in subjects) == 3
        assert sum(each.startswith("30-minute consultation with ") for each in subjects) == 3
        events = at_demo(first).outside.bookings()
        assert sorted(each.status for each in events) == ["CONFIRMED"] * 3 + ["TENTATIVE"] * 3
        first.quiet()
        assert len(first.mails()) == len(subjects)  # all of it was done before it was ready
        with Visit(first.base_url, first.mails) as visit:
            start = visit.times()[0]
            visit.book(start=start)
            first.advance(600)
            link = visit.link("c")
        first.quiet()
        mails = first.mails()
        assert first.child.interrupt() == 0
        assert "Stopped. The data stay in" in first.child.printed
    with demo(tmp_path / "demo", "--examples", ports=first.ports) as second:
        second.quiet()
        place = at_demo(second)
        assert second.mails() == mails
        assert [each.status for each in place.outside.at(start)] == ["TENTATIVE"]
        assert ahead(second.base_url) >= 600
        with place.visit() as visit:
            assert not visit.offers(start)
            page = visit.get(link)
            assert visit.follow(visit.submit(page.form(link.rpartition("/c/")[2]))).title.startswith("Booked")
        assert [each.status for each in place.outside.at(start)] == ["CONFIRMED"]
    with demo(tmp_path / "demo", "--reset") as third:
        assert third.mails() == []
        assert at_demo(third).outside.bookings() == []
        assert ahead(third.base_url) == 0


@pytest.mark.extended
def test_ctrl_c_leaves_no_process_also_while_somebody_books(tmp_path: Path) -> None:
    with demo(tmp_path / "demo") as running:
        with Visit(running.base_url, running.mails) as visit:
            visit.book()
        started = children_of(running.child.process.pid)
        assert started, "Radicale is a child"
        began = time.monotonic()
        assert running.child.interrupt() == 0
        assert time.monotonic() - began < 10
    until(lambda: not any(map(runs, started)))


@pytest.mark.extended
def test_a_demo_that_is_killed_takes_its_calendar_server_along(tmp_path: Path) -> None:
    with demo(tmp_path / "demo") as running:
        started = children_of(running.child.process.pid)
        running.child.kill()
        until(lambda: not any(map(runs, started)))


@pytest.mark.extended
def test_a_taken_port_is_replaced_and_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as pages, socket.create_server(("127.0.0.1", 0)) as mails:
        taken, taken_too = pages.getsockname()[1], mails.getsockname()[1]
        with demo(tmp_path / "demo", ports=(taken, 0, taken_too)) as running:
            printed = running.child.printed
            assert f"Port {taken} is taken; web is at {running.base_url.rpartition(':')[2]}." in printed
            assert f"Port {taken_too} is taken; SMTP is at" in printed
            assert "CalDAV is at" not in printed, "any port will do there"
            with Visit(running.base_url, running.mails) as visit:
                visit.book()
                until(visit.received)


@pytest.mark.extended
def test_a_calendar_server_that_stands_still_is_waited_for(running: Demo) -> None:
    """Radicale stopped in its tracks: connections are taken, answers don't come."""
    with Visit(running.base_url, running.mails) as visit:
        [radicale] = [pid for pid in children_of(running.child.process.pid) if b"radicale" in command(pid)]
        form = visit.details().form("/hold")
        os.kill(radicale, signal.SIGSTOP)
        try:
            answer = visit.submit(form, name=visit.name, email=visit.email)
        finally:
            os.kill(radicale, signal.SIGCONT)
        assert answer.status == 303
        state = visit.follow(answer).url.partition("?")[0] + "/state.json"
        until(lambda: visit.client.get(state).json()["state"] == "waiting", within_s=60)
        until(visit.received)


@pytest.mark.extended
def test_sixty_times_the_speed_lets_a_hold_end_in_a_minute(tmp_path: Path) -> None:
    """Measured on the clock: an hour has not to pass for the test to know that it would in a minute."""
    with demo(tmp_path / "demo", "--speed", "60") as running:
        began, shown = time.monotonic(), now_of(running.base_url)
        until(lambda: now_of(running.base_url) - shown > timedelta(minutes=2))
        assert time.monotonic() - began < 10
        assert now_of(running.base_url) > datetime.now(UTC)


def test_it_says_what_happens_as_it_happens(running: Demo) -> None:
    with Visit(running.base_url, running.mails) as visit:
        visit.book()
        until(visit.received)
        visit.confirm()
        for told in (
            "held by the invitee",
            "written to the calendar",
            f"to {visit.email}: Please confirm",
            "confirmed by the invitee",
            "to ada@example.org: Booked by Grace Hopper",
        ):
            until(partial(printed, running, told))


def printed(running: Demo, text: str) -> bool:
    return text in running.child.printed


def command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def now_of(base_url: str) -> datetime:
    answer = httpx2.get(f"{base_url}/demo/clock", headers={"Accept": "application/json"}, trust_env=False)
    return datetime.fromisoformat(answer.json()["now"])


def ahead(base_url: str) -> float:
    answer = httpx2.get(f"{base_url}/demo/clock", headers={"Accept": "application/json"}, trust_env=False)
    return float(answer.json()["offset_seconds"])
