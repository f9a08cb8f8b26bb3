"""Whether anything is ever lost, doubled or given away twice, while everybody acts at once and everything fails.

Games in memory: invitees, the host's client, workers and the clock in any order, with death before any commit, request or mail,
lost and late requests, a mail server that stammers; each promise is looked at after every step (tests/flows/game). Then stories on
real parts: `serve` and `worker` as processes, killed by SIGKILL in the middle of a request or a mail (tests/flows/test_kills.py).

`--seed N` is the number of the first round, `--minutes M` how long rounds are begun; BOOKING_GAME=number with the tests of
tests/flows/test_stateful.py plays one round again. `--no-stories` leaves the processes out.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic
from xml.etree import ElementTree

from hypothesis.errors import Flaky, FlakyFailure

from benchmarks.measure import Goal, Report, arguments
from booking_service.storage.engine import open_engine
from tests.flows.conftest import Bench
from tests.flows.faults import Fault
from tests.flows.game.machine import play
from tests.flows.game.table import in_memory

STEPS = 40
STORIES = "tests/flows/test_kills.py"
_ROOT = Path(__file__).resolve().parents[1]
_ACTS = ("hold", "confirm", "move", "cancel", "host moves", "host deletes", "at rest")
_FAULTS = (
    *map(str, Fault),
    "a sync token was forgotten",
    "a mail was put off",
    "a mail was accepted unheard",
)


def main(argv: Sequence[str]) -> int:
    parser = arguments("reliability")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--minutes", type=float, default=1.0, metavar="M")
    parser.add_argument("--no-stories", action="store_true")
    chosen = parser.parse_args(argv)
    happened, broken = _games(chosen.seed, chosen.minutes)
    killed, failed = (0, []) if chosen.no_stories else _stories()
    report = Report("reliability")
    report.counts = {
        "rounds": happened["rounds"],
        **{_told(name): happened[name] for name in _ACTS},
        "kills in games": happened["died"],
        "kills of processes": killed,
        "faults": sum(happened[name] for name in _FAULTS),
    }
    breaches = Counter(map(kind_of, broken))
    report.goals = [Goal(kind, breaches[kind], 0, 0) for kind in ("overlaps", "lost", "doubled", "otherwise broken")]
    report.goals += [Goal("stories that failed", len(failed), 0, 0)]
    report.remarks = [f"Round {number}: {said}" for number, said in broken] + failed
    return report.conclude(chosen.json)


def kind_of(breach: tuple[int, str]) -> str:
    """What a broken promise comes to, by the words in which tests say it."""
    said = breach[1]
    if said.startswith("I1"):
        return "overlaps"
    if "two mails" in said or "stands twice" in said or said.startswith("I2: Counter"):
        return "doubled"
    if said.startswith(("I2", "I4", "still due")):
        return "lost"
    return "otherwise broken"


def breach_of(error: AssertionError | Flaky) -> str:
    """What a round says of a broken promise, in a line. Hypothesis plays it again, and calls it flaky if it ends well then."""
    if isinstance(error, FlakyFailure):
        first = next((each for each in error.exceptions if isinstance(each, AssertionError)), None)
        return f"{breach_of(first)} (not when played again)" if first else str(error)[:300]
    return (str(error).splitlines() or ["a promise is broken"])[0][:300]


def _games(first: int, minutes: float) -> tuple[Counter[str], list[tuple[int, str]]]:
    """What happened in all rounds, and each broken promise with the number of its round. One round at least."""
    for name in ("BOOKING_LONG", "BOOKING_GAME"):
        os.environ.pop(name, None)
    happened: Counter[str] = Counter()
    broken = []
    ends = monotonic() + 60 * minutes
    with _bench() as bench:
        for number in count(first):
            try:
                happened += play(in_memory(bench), rounds=(number,), steps=STEPS, shortest=False)
            except (AssertionError, Flaky) as error:
                broken.append((number, breach_of(error)))
            happened["rounds"] += 1
            if monotonic() > ends:
                return happened, broken
    raise AssertionError("numbers end")


def _stories() -> tuple[int, list[str]]:
    """How many processes were killed, one in each story, and which stories did not end well."""
    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "seen.xml"
        command = [sys.executable, "-m", "pytest", "-n", "0", "-q", STORIES, f"--junitxml={seen}"]
        subprocess.run(command, cwd=_ROOT, stdout=subprocess.DEVNULL, check=False)
        cases = ElementTree.parse(seen).findall(".//testcase") if seen.exists() else []  # noqa: S314 - of our own making
    if not cases:
        return 0, [f"{STORIES} came to nothing"]
    ended_badly = [f"{STORIES}::{case.get('name')}" for case in cases if case.find("failure") is not None]
    ended_badly += [f"{STORIES}::{case.get('name')}" for case in cases if case.find("error") is not None]
    return sum(case.find("skipped") is None for case in cases), ended_badly


def _told(act: str) -> str:
    return {"hold": "holds", "confirm": "confirmations", "move": "moves", "cancel": "cancellations"}.get(act, act)


@contextmanager
def _bench() -> Iterator[Bench]:
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own in it; the product waits for its disk at each commit
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        engine = open_engine(f"sqlite:///{folder}/booking.db")
        yield Bench(Path(folder), engine)
        engine.dispose()
