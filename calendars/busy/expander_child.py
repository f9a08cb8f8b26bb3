"""The child of `expander`: reads one object after the other from its standard input, each within a budget.

Run as `python -m calendars.busy.expander_child OCTETS` with its ceiling of memory. It answers each request, a line of
JSON and the object's bytes, with one line of JSON.
"""

import json
import os
import resource
import select
import signal
import sys
from datetime import datetime
from math import ceil
from types import FrameType
from typing import Any, BinaryIO, NoReturn
from zoneinfo import ZoneInfo

from icalendar.timezone import tzp

from ..ical.zones import forget
from ..model import Period
from .reading import busy_periods
from .rules import BusyRules

SPARE_S = 2  # CPU seconds after the budget until the kernel ends a child that didn't notice
LOOK_EVERY_S = 5.0


class OverBudget(BaseException):
    """The object has used its CPU time. No library's `except Exception` may swallow it."""


def main() -> None:
    """Answer until standard input ends or the parent is gone."""
    parent = os.getppid()
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGPROF, _over_budget)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's to handle
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _say(answers, {"ready": True})
    while _wait(requests, parent):
        head = requests.readline()
        if not head:
            return
        request = json.loads(head)
        _say(answers, _answer(request, requests.read(request["octets"])))


def _wait(requests: BinaryIO, parent: int) -> bool:
    """Until there is something to read; False where the parent is gone (another process may hold its end of the pipe)."""
    while not select.select([requests], [], [], LOOK_EVERY_S)[0]:
        if os.getppid() != parent:
            return False
    return True


def _answer(request: dict[str, Any], body: bytes) -> dict[str, Any]:
    start, end = (datetime.fromisoformat(each) for each in request["window"])
    rules = BusyRules(ZoneInfo(request["zone"]), request["tentative_counts"], frozenset(request["own_addresses"]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = ceil(used.ru_utime + used.ru_stime + request["budget_s"]) + SPARE_S
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
    try:
        signal.setitimer(signal.ITIMER_PROF, request["budget_s"])
        reading = busy_periods(body, window=Period(start, end), rules=rules)
        signal.setitimer(signal.ITIMER_PROF, 0)
    except (OverBudget, MemoryError):
        signal.setitimer(signal.ITIMER_PROF, 0)
        # A rule that was stopped while it held its lock may sit in a table of zones.
        tzp.use_default()
        forget()
        return {"over_budget": True}
    return {
        "over_budget": False,
        "uid": reading.uid,
        "periods": [[each.isoformat() for each in period] for period in reading.periods],
        "warnings": reading.warnings,
    }


def _say(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _over_budget(signum: int, frame: FrameType | None) -> NoReturn:
    raise OverBudget


if __name__ == "__main__":
    main()
