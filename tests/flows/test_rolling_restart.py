"""Processes are replaced while people book: nobody notices, and nothing that was promised is lost."""

import json
import os
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import httpx2
import pytest

from tests.flows.programs import Child, Service, child, children_of, is_up, service, until
from tests.flows.setup_files import setup_of_ada
from tests.flows.text_browser import Visit
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.extended, pytest.mark.timeout(900)]
BOOKERS = 3
STARTED_WITHIN_S = 150.0  # two processes, each of which imports everything


@pytest.fixture
def one(tmp_path: Path, xandikos_server: Server) -> Iterator[Service]:
    calendar = xandikos_server.new_calendar()
    setup = setup_of_ada(url=xandikos_server.url, user=xandikos_server.user, calendar=calendar)
    with service(tmp_path / "data", xandikos_server, setup=setup, calendars=(calendar,)) as made:
        yield made


def test_replacing_every_process_under_load_loses_no_request_and_no_booking(one: Service) -> None:
    serving = child(["booking_service", "serve", "--workers", "2"], log=one.folder / "serve.log", env=one.env)
    one.children.append(serving)
    until(lambda: is_up(one.base_url) and one.offers(), within_s=STARTED_WITHIN_S)
    over, seeds = Event(), range(BOOKERS)
    with ThreadPoolExecutor(BOOKERS) as pool:
        booking = [pool.submit(book_until, over, one, seed) for seed in seeds]
        try:
            replace_all(serving)
        finally:
            over.set()
        came_to = sum((each.result(timeout=60) for each in booking), Counter[int]())
    assert came_to[303] > BOOKERS
    assert set(came_to) <= {303, 409, 422, 503}  # booked, taken meanwhile, taken already, or refused by name
    serving.process.terminate()
    assert serving.process.wait(timeout=60) == 0, serving.printed
    one.children.clear()
    until(lambda: quiet_after_work(one), within_s=2 * STARTED_WITHIN_S)
    assert bookings(one) == came_to[303]
    assert len([mail for mail in one.mails() if mail["to"] != "ada@example.org"]) == came_to[303]


def book_until(over: Event, one: Service, seed: int) -> Counter[int]:
    """Book one time after the other over one kept connection. What goes wrong on the line is raised."""
    came_to, chance = Counter[int](), random.Random(seed)  # noqa: S311 - which time they want
    kept = httpx2.Client(trust_env=False, headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}, timeout=30)
    with Visit(one.base_url, one.mails, client=kept) as visit:
        while not over.is_set():
            answer = visit.book("quick", start=chance.choice(visit.times("quick")))
            came_to[answer.status] += 1
            assert answer.status != 503 or answer.answer.headers["retry-after"]  # a calendar that is slow under load
    return came_to


def replace_all(serving: Child) -> None:
    before = set(children_of(serving.process.pid))
    assert len(before) >= 2
    os.kill(serving.process.pid, signal.SIGHUP)
    until(lambda: len(before - set(children_of(serving.process.pid))) >= 2, within_s=3 * STARTED_WITHIN_S)


def quiet_after_work(one: Service) -> bool:
    """Nothing waits any more, such as a second try of what the calendar had no time for under load."""
    one.run("worker", "--once")
    return json.loads(one.run("outbox", "list", "--json")) == []


def bookings(one: Service) -> int:
    with closing(sqlite3.connect(one.folder / "booking.db")) as connection:
        found: int = connection.execute("SELECT count(*) FROM booking WHERE state = 'confirmed'").fetchone()[0]
    return found
