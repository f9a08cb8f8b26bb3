"""A long list of a purpose is read by several processes, and comes out as one process would write it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from booking_service.actions.consent import merges
from booking_service.actions.consent.merges import By
from booking_service.domain.consent import Basis, How
from booking_service.domain.consent_moves import Recorded, Withdrawn
from booking_service.domain.purposes import Accepts, ConsentRules
from booking_service.storage import access_log, gate_log, purposes
from booking_service.storage.contacts import by_address
from booking_service.storage.engine import snapshot, transaction
from tests.actions.consent.conftest import service as service
from tests.actions.consent.people import NEWSLETTER, People
from tests.cli.command import ROOT, Ran, environment
from tests.flows.programs import until
from tests.world import World

pytestmark = pytest.mark.timeout(120)

COPIES, EACH, MANY = 3, 4, 41
STARTED = list[int]()  # by a test
# The command with as many cores as copies, and a list that counts as long. Who decides leaves a file of its process, and refuses to be
# in company.
COMMAND = f"""
import multiprocessing.synchronize, os, signal, sys, time
from pathlib import Path
from booking_service import processes
from booking_service.actions.consent import append, export
from booking_service.cli import main
from booking_service.domain.errors import StorageBusy

FOLDER, LAST, PARENT = Path.cwd(), "n{MANY - 1}@example.org", os.getpid()
processes._cores = lambda: {COPIES}
export.LONG, export._BATCH = 1, {EACH}
really_decided = export._decided

def decided(rt, session, taken, known):
    (FOLDER / f"process-{{os.getpid()}}").touch()
    (FOLDER / "deciding").touch(exist_ok=False)
    try:
        before(rt, [each.contact.address for each in known.stands.values()])
        return really_decided(rt, session, taken, known)
    finally:
        (FOLDER / "deciding").unlink()

def before(rt, addresses):
    pass

export._decided = decided
%s
main(sys.argv[1:])
"""
HOLDS = """
def before(rt, addresses):
    signal.pause()
"""

UNTIL_READ = "export.CSV = export.CSV._replace(joint='x' * 10**6)"  # more than goes into a pipe that nobody reads


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """What is left of the commands of a test that failed is ended."""
    yield
    for each in (int(pid) for group in STARTED for pid in left_of(group)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    STARTED.clear()


@pytest.fixture
def listed(service: World, tmp_path: Path) -> World:
    """Who said yes, but for one who said no again, one who is another, and one who was never asked."""
    people = People(service.rt, service.clock)
    with transaction(service.rt.engine) as session:
        purposes.save_rules(session, ConsentRules(accepts=Accepts.USER))
    everybody = [people.contact(f"n{n}@example.org", name=f'"=N, {n}"\u2028') for n in range(MANY)]
    for each in everybody[1:]:
        people.say(each, Recorded(staff="bob"))
    people.say(everybody[9], Withdrawn(How.PAGE))
    merges.merge(
        service.rt, everybody[12], into=everybody[30], by=By(staff="bob", reason="one"), now=service.clock.now()
    )
    return service


def arguments(*more: str) -> list[str]:
    return ["consents", "export", "--purpose", NEWSLETTER.slug, *more]


def start(w: World, folder: Path, *more: str, change: str = "") -> subprocess.Popen[str]:
    started = subprocess.Popen(
        [sys.executable, "-c", COMMAND % change, *arguments(*more)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **environment(folder),
            "BOOKING_DATABASE_URL": w.rt.settings.database_url,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    STARTED.append(started.pid)
    return started


def ran(w: World, folder: Path, *more: str, change: str = "") -> tuple[Ran, set[int]]:
    """How it ended, and the processes that decided."""
    for each in folder.glob("process-*"):
        each.unlink()
    command = start(w, folder, *more, change=change)
    out, err = command.communicate(timeout=60)
    until(lambda: left_of(command.pid) == [], within_s=10)
    return Ran(command.returncode, out, err), deciders(folder)


def alone(w: World, folder: Path, *more: str) -> Ran:
    return ran(w, folder, *more, change="export.LONG = 10**9")[0]


def deciders(folder: Path) -> set[int]:
    return {int(each.name.partition("-")[2]) for each in folder.glob("process-*")}


def left_of(group: int) -> list[str]:
    """The processes of its group that still run; a killed one waits for whoever asks how it ended."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group, *_ = each.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state != "Z":
                found.append(each.parent.name)
    return found


@pytest.mark.parametrize("more", [(), ("--json", "--all")])
def test_several_processes_write_what_one_would_and_take_turns_to_decide(
    listed: World, tmp_path: Path, more: tuple[str, ...]
) -> None:
    one = alone(listed, tmp_path, *more)
    several, processes = ran(listed, tmp_path, *more)
    assert (several.code, several.err) == (0, "")
    assert several.out == one.out
    assert several.out.count("@example.org") == MANY - 2 - ("--all" not in more)
    assert len(processes) == COPIES
    with snapshot(listed.rt.engine) as session:
        taken = access_log.of_kind(session, f"list:{NEWSLETTER.slug}", limit=9)
        assert [each.why for each in taken] == [str(MANY - 2 - ("--all" not in more))] * 2
        last = by_address(session, f"n{MANY - 1}@example.org")
        assert last is not None
        assert len(gate_log.of_contact(session, last.id)) == 2


def test_a_list_of_nobody_is_whole_too(service: World, tmp_path: Path) -> None:
    People(service.rt, service.clock).contact("a@example.org")
    assert ran(service, tmp_path, "--json")[0].out == "[]\n"
    assert ran(service, tmp_path)[0].out.count("\n") == 1


def test_who_says_no_between_reading_and_deciding_is_not_in_it(listed: World, tmp_path: Path) -> None:
    no = """
read = export.stands_of
def then_no(rt, session, wanted, purpose):
    from booking_service.domain.consent import How
    from booking_service.domain.consent_moves import Withdrawn
    from booking_service.storage.engine import transaction
    found = read(rt, session, wanted, purpose)
    leaving = [each.id for each in wanted if each.address == LAST]
    if leaving and not (FOLDER / "said").exists():
        (FOLDER / "said").touch()
        with transaction(rt.engine) as other:
            append.change(rt, other, leaving[0], purpose.slug, Withdrawn(How.PAGE), now=rt.clock.now())
    return found
export.stands_of = then_no
"""
    found, processes = ran(listed, tmp_path, change=no)
    assert (found.code, found.err, len(processes)) == (0, "", COPIES)
    assert (tmp_path / "said").exists()
    assert f"n{MANY - 1}@" not in found.out
    assert f"n{MANY - 2}@" in found.out
    people = People(listed.rt, listed.clock)
    with snapshot(listed.rt.engine) as session:
        last = by_address(session, f"n{MANY - 1}@example.org")
        assert last is not None
        [decided] = gate_log.of_contact(session, last.id)
    assert (decided.passed, decided.why) == (False, f"not-accepted: {Basis.OUT_CONTACT}")
    assert decided.entry_id == people.chain(last.id)[-1].id


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_list_of_which_a_process_is_killed_is_said_to_be_incomplete(listed: World, tmp_path: Path) -> None:
    """Also where it is killed while the others wait for it."""
    killed = """
def before(rt, addresses):
    if "n20@example.org" in addresses:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    found, _ = ran(listed, tmp_path, change=killed)
    assert found.code == 1
    assert found.err == "A process that read a part of the list was ended. The list is incomplete: take it again.\n"
    assert "n20@" not in found.out
    with snapshot(listed.rt.engine) as session:
        [taken] = access_log.of_kind(session, f"list:{NEWSLETTER.slug}", limit=9)
    assert taken.why == ""  # whoever reads the log sees that it was not taken whole


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_database_that_can_not_be_used_is_said_as_by_one_process(listed: World, tmp_path: Path) -> None:
    busy = """
def before(rt, addresses):
    if LAST in addresses:
        raise StorageBusy("database is locked")
"""
    found, _ = ran(listed, tmp_path, change=busy)
    assert found.code == 1
    assert found.err.startswith("The database can't be used now: database is locked. Try again")
    assert len(found.err.splitlines()) == 1


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", [HOLDS, UNTIL_READ])
def test_the_processes_end_with_the_command_however_it_ends(
    listed: World, tmp_path: Path, by: signal.Signals, moment: str
) -> None:
    """While one decides and the others wait for it, or all wait for what the command reads next."""
    command = start(listed, tmp_path, change=moment)
    until(lambda: len(deciders(tmp_path)) == (1 if moment == HOLDS else COPIES), within_s=60)
    assert len(left_of(command.pid)) == 1 + COPIES
    if by is signal.SIGINT:
        os.killpg(command.pid, by)  # as a terminal does
    else:
        command.send_signal(by)
        for each in deciders(tmp_path) if moment == HOLDS else ():
            os.kill(each, signal.SIGKILL)  # the others miss the turn that it had
    _, err = command.communicate(timeout=30)
    assert command.returncode == (130 if by is signal.SIGINT else -by)
    assert "Traceback" not in err
    until(lambda: left_of(command.pid) == [], within_s=10)


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("error", ["OSError(38, 'not implemented')", "ImportError('no sem_open')"])
def test_where_processes_can_share_no_lock_one_reads_the_list(listed: World, tmp_path: Path, error: str) -> None:
    no_lock = f"""
def no_lock(*_, **__):
    raise {error}
multiprocessing.synchronize.Lock = no_lock
def before(rt, addresses):
    assert os.getpid() == PARENT
"""
    found, processes = ran(listed, tmp_path, change=no_lock)
    assert (found.code, found.err, len(processes)) == (0, "", 1)
    assert found.out == alone(listed, tmp_path).out
