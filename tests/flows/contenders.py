"""Many who want the same time, in a process of their own:   python -m tests.flows.contenders START COUNT NAME

Says "ready", waits for a line, lets COUNT threads ask for START at once, and says as JSON how many came to what.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import uuid4

from booking_service.actions.booking.hold import HoldForm, hold_slot
from booking_service.bootstrap import runtime
from booking_service.config import sources
from booking_service.domain.people import Invitee
from booking_service.runtime import Runtime


def main() -> None:
    start, count, name = datetime.fromisoformat(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with runtime(sources.load(), migrate=False) as rt, ThreadPoolExecutor(count) as pool:
        together = Barrier(count)
        print("ready", flush=True)
        sys.stdin.readline()
        came_to = pool.map(lambda n: _ask(rt, start, f"{name}{n}@example.org", together), range(count))
        print(json.dumps(Counter(came_to)), flush=True)


def _ask(rt: Runtime, start: datetime, email: str, together: Barrier) -> str:
    invitee = Invitee(name=f"Invitee {email}", email=email, language="en", zone="Europe/Berlin")
    form = HoldForm(host="ada", meeting="intro", start=start, invitee=invitee, form_key=uuid4().hex, network=email)
    together.wait(timeout=60)
    try:
        return type(hold_slot(rt, form, now=rt.clock.now())).__name__
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
        return type(error).__name__


if __name__ == "__main__":
    main()
