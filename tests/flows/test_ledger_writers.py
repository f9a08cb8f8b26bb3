"""The ledger under eight processes that write into it, of which half are killed in the middle."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest

from booking_service.actions.consent.verify import verify
from booking_service.domain.purposes import Purpose, PurposeKind
from booking_service.storage import ledger, ledger_tree, purposes
from booking_service.storage.engine import snapshot, transaction
from booking_service.worker import drain
from tests.cli.command import environment
from tests.flows.ledger_writers import WRITERS
from tests.flows.programs import ROOT, clean_environment
from tests.world import World, world

COUNT = 15  # entries by each of them
KILLED = 4


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=(pytest.mark.postgres, pytest.mark.extended))])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = request.getfixturevalue("migrated_postgres_url") if request.param == "postgresql" else None
    with world(tmp_path, database_url=url) as made:
        with transaction(made.rt.engine) as session:
            purposes.save(session, Purpose(id=UUID(int=1), slug="newsletter", kind=PurposeKind.EMAIL))
        yield made


@contextmanager
def writers(service: World) -> Iterator["subprocess.Popen[str]"]:
    """Eight of them, children of one process; all of its group are gone afterwards."""
    settings = environment(service.rt.settings.data_dir)
    settings["BOOKING_DATABASE_URL"] = service.rt.settings.database_url
    with subprocess.Popen(
        [sys.executable, "-m", "tests.flows.ledger_writers", str(COUNT)],
        cwd=ROOT,
        env={**clean_environment(), **settings},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.promise("I9", "I12")
def test_eight_writers_of_whom_half_are_killed_break_no_link_and_leave_nothing_without_its_place(
    service: World,
) -> None:
    killed, ends = set[int](), list[Counter[str]]()
    with writers(service) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("{"):
                ends.append(Counter(json.loads(line)))
            elif len(killed) < KILLED and int(line) not in killed:
                os.kill(int(line), signal.SIGKILL)  # after some of its changes, in the middle of the next
                killed.add(int(line))
        assert process.wait() == 0
    came_to = sum(ends, Counter[str]())
    assert len(killed) == KILLED
    assert WRITERS - KILLED <= len(ends) < WRITERS  # one whose line is read late may have come to its end before
    assert came_to.keys() <= {"written", "same", "refused", "busy"}, came_to
    drain(service.rt)  # the worker, as it starts again
    with snapshot(service.rt.engine) as session:
        assert not ledger_tree.any_unsealed(session)
        entries = [each.entry for each in ledger.every_link(session)]
    found = verify(service.rt, now=service.rt.clock.now())
    assert found.findings == ()
    assert came_to["written"] == len(ends) * COUNT
    assert found.size == len(entries) > came_to["written"]
    assert {each.act for each in entries} >= {"asked", "confirmed", "withdrawn"}
