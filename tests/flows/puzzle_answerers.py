"""Many who bring the same answer to a puzzle, in a process of their own:   python -m tests.flows.puzzle_answerers START COUNT ANSWER

Says "ready", waits for a line, lets COUNT threads use ANSWER for START at once, and says as JSON how many it counted for. Without
an ANSWER it says a puzzle, and ends.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from threading import Barrier
from uuid import UUID

from booking_service.actions.access import puzzles
from booking_service.bootstrap import runtime
from booking_service.config import sources
from booking_service.runtime import Runtime
from booking_service.storage import hosts, meetings
from booking_service.storage.engine import snapshot, transaction


def main() -> None:
    start, count, answer = datetime.fromisoformat(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with runtime(sources.load(), migrate=False) as rt, ThreadPoolExecutor(count) as pool:
        if not answer:
            return print(json.dumps(asdict(puzzles.new(rt, _intro(rt), start, now=rt.clock.now()))))
        together = Barrier(count)
        print("ready", flush=True)
        sys.stdin.readline()
        came_to = pool.map(lambda _: _use(rt, start, answer, together), range(count))
        print(json.dumps(Counter(came_to)), flush=True)


def _intro(rt: Runtime) -> UUID:
    with snapshot(rt.engine) as session:
        host = hosts.by_slug(session, "ada")
        assert host
        return next(each.id for each in meetings.of_host(session, host.id) if each.slug == "intro")


def _use(rt: Runtime, start: datetime, answer: str, together: Barrier) -> str:
    meeting = _intro(rt)
    together.wait(timeout=60)
    try:
        with transaction(rt.engine) as session:
            counted = puzzles.use(rt, session, meeting, start, answer, now=rt.clock.now())
        return "counted" if counted else "used"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
        return type(error).__name__


if __name__ == "__main__":
    main()
