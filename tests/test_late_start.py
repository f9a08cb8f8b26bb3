"""What a process of `serve` knows when it answers first, and what it begins with afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ROOT, environment
from tests.databases import start_empty

BROUGHT_BY = {
    "the start": [],
    "/": [],
    "/healthz": [],
    "/static/nothing": [],
    "/nobody": [],
    "/nobody/meeting": ["booking_service.web.public.routes"],
    "/c/nobody": ["booking_service.web.links.routes", "phonenumbers"],
    "/api/v1/slots": ["booking_service.web.api.routes"],
    "/host/sign-in": ["booking_service.web.host.sign_in_routes"],
    "/host": ["calendars.dav.client", "booking_service.web.host.routes", "booking_service.web.admin.routes"],
}
SOON = {
    *("booking_service.web.public.routes", "booking_service.web.links.routes", "booking_service.web.api.routes"),
    *("booking_service.web.host.sign_in_routes", "booking_service.actions.calendar.clients", "calendars.dav.client"),
}
WORKER = "booking_service.worker"
ONCE_WANTED = {"booking_service.web.host.routes", "booking_service.web.admin.routes", "niquests", "dns", "holidays"}

_BEGIN = """
import json, sys, threading
from booking_service.cli.commands import load
load("serve")
from booking_service.bootstrap import runtime
from booking_service.config import sources
from booking_service.server import late_start
from booking_service.server.app import served
from starlette.testclient import TestClient
"""


def ran(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A process that has imported what `serve` begins with, and then this."""
    start_empty(folder / "booking.db")
    env = {**os.environ, **environment(folder)}
    command = [sys.executable, "-W", "ignore", "-c", _BEGIN + script]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=90)


def test_the_first_page_is_answered_before_anything_is_imported_that_it_does_without(tmp_path: Path) -> None:
    """Each area comes with the first request for one of its addresses, and its answer is the one that it has ever after."""
    script = f"""
brought = {BROUGHT_BY!r}
late = [{WORKER!r}, *(each for names in brought.values() for each in names)]
there = [each for each in late if each in sys.modules]
found = {{"the start": there}}
with runtime(sources.load()) as rt:
    app = served(rt, work=True)
    browser = TestClient(app, base_url="http://localhost:8000", follow_redirects=False)  # without its lifespan
    for path in list(brought)[1:]:
        first = browser.get(path)
        found[path] = [each for each in late if each in sys.modules and each not in there]
        there = [*there, *found[path]]
        again = browser.get(path)
        assert (first.status_code, first.headers.keys()) == (again.status_code, again.headers.keys()), path
        assert first.status_code < 500
print(json.dumps(found))
"""
    assert json.loads(ran(tmp_path, script).stdout) == BROUGHT_BY


@pytest.mark.parametrize("work", [True, False])
def test_once_it_answers_it_imports_what_visitors_come_to_and_works(tmp_path: Path, work: bool) -> None:
    """What only the signed-in see waits for one of them, and so does a quarter of the memory."""
    script = f"""
with runtime(sources.load()) as rt:
    with TestClient(served(rt, work={work}), base_url="http://localhost:8000") as browser:
        assert browser.get("/").status_code == 200
        begun = threading.Event()
        while not any(each.name in ("worker-mails", "worker-notes") for each in threading.enumerate()):
            begun.wait(0.05)
        print(json.dumps([*sys.modules]))
        print(json.dumps([each.name for each in threading.enumerate()]))
    print(json.dumps([each.name for each in threading.enumerate()]))
"""
    modules, threads, after = (set(json.loads(line)) for line in ran(tmp_path, script).stdout.splitlines())
    assert {*SOON, *([WORKER] if work else [])} - modules == set()
    assert {*ONCE_WANTED, *([] if work else [WORKER])} & modules == set()
    assert ("worker-mails" in threads, "worker-notes" in threads) == (work, not work)
    assert [each for each in after if each.startswith(("worker-", "late-"))] == []


def test_one_that_ends_before_has_nothing_to_stop(tmp_path: Path) -> None:
    script = """
with runtime(sources.load()) as rt:
    with TestClient(served(rt, work=True)):
        pass
    print([each.name for each in threading.enumerate()])
"""
    assert ran(tmp_path, script).stdout == "['MainThread']\n"


def test_where_a_part_cannot_be_imported_the_process_ends(tmp_path: Path) -> None:
    """Half an installation takes bookings and never writes them: whoever watches over processes is to see that."""
    script = f"""
sys.modules[{WORKER!r}] = None
with runtime(sources.load()) as rt:
    with TestClient(served(rt, work=True)):
        threading.Event().wait(60)
"""
    ended = ran(tmp_path, script)
    assert ended.returncode == 1
    assert "part_not_imported" in ended.stderr
