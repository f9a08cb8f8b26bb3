"""The ledger under eight writers in two processes, one of which is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.consent.seal import seal_due
from booking_service.actions.consent.verify import verify
from booking_service.domain.purposes import Kind, Purpose
from booking_service.storage import ledger, ledger_tree, purposes
from booking_service.storage.engine import snapshot, transaction
from tests.cli.command import environment
from tests.flows.programs import ROOT, clean_environment
from tests.world import World, world

COUNT = 20  # changes by each of four threads in each of two processes


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        with transaction(made.rt.engine) as session:
            purposes.save(session, Purpose(id=UUID(int=1), slug="newsletter", kind=Kind.EMAIL))
        yield made


@contextmanager
def writers(service: World, name: str) -> Iterator["subprocess.Popen[str]"]:
    settings = environment(service.rt.settings.data_dir)
    settings["BOOKING_DATABASE_URL"] = service.rt.settings.database_url
    command = [sys.executable, "-m", "tests.flows.ledger_writers", name, str(COUNT)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**clean_environment(), **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


@pytest.mark.promise("I9", "I12")
def test_eight_writers_and_a_kill_break_no_link_and_leave_nothing_without_its_place(service: World) -> None:
    with ExitStack() as stack:
        killed, other = (stack.enter_context(writers(service, name)) for name in ("left", "right"))
        for process in (killed, other):
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        assert killed.stdout
        for _ in range(4):  # of the sixteen lines it would say
            killed.stdout.readline()
        os.kill(killed.pid, signal.SIGKILL)
        out, _ = other.communicate(timeout=120)
    came_to = json.loads(out.splitlines()[-1])
    assert came_to.keys() <= {"written", "same", "refused", "busy"}, came_to
    now = service.rt.clock.now()
    seal_due(service.rt, now=now)
    found = verify(service.rt, now=now)
    assert found.findings == ()
    with snapshot(service.rt.engine) as session:
        assert not ledger_tree.any_unsealed(session)
        entries = list(ledger.every_entry(session))
    assert found.size == len(entries) > came_to["written"] > 20
    assert {each.act for each in entries} >= {"asked", "confirmed", "withdrawn"}
