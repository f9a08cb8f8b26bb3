"""Eight processes that write into the ledger at once:   python -m tests.flows.ledger_writers COUNT

Once all are ready, each changes consents until it has written COUNT entries, over few contacts of which two share a mailbox,
while a thread of it seals. It says its process id with each five entries, and at the end as JSON how many came to what.
"""

import json
import os
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from random import Random
from threading import Event, Thread

from booking_service.actions.consent import append, contacts
from booking_service.actions.consent.seal import seal_due
from booking_service.bootstrap import runtime
from booking_service.config import sources
from booking_service.domain.consent import Detail, How
from booking_service.domain.consent_moves import Change, Confirmed, ConsentRefused, Recorded, Ticked, Withdrawn
from booking_service.domain.errors import StorageBusy
from booking_service.runtime import Runtime
from booking_service.storage.engine import transaction

WRITERS = 8
ADDRESSES = ("a@example.org", "a+b@example.org", "c@example.org", "d@example.org")


def main() -> None:
    forked = get_context("fork")  # the modules are read once, not eight times; nothing of a runtime is shared
    start = forked.Barrier(WRITERS)
    writers = [forked.Process(target=_writer, args=(number, int(sys.argv[1]), start)) for number in range(WRITERS)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()


def _writer(number: int, count: int, start: Barrier) -> None:
    with runtime(sources.load(), migrate=False) as rt:
        start.wait()
        over = Event()
        sealer = Thread(target=_seal, args=(rt, over))
        sealer.start()
        came_to = _write(rt, Random(number), count)  # noqa: S311 - repeatable is what is wanted
        over.set()
        sealer.join()
        _say(json.dumps(came_to))


def _say(line: str) -> None:
    """In one write, as eight share the pipe."""
    os.write(1, f"{line}\n".encode())


def _seal(rt: Runtime, over: Event) -> None:
    """Far more often than a worker does. A database that is busy now is tried again, as there."""
    while not over.wait(0.05):
        with suppress(StorageBusy):
            seal_due(rt, now=rt.clock.now())


def _write(rt: Runtime, random: Random, count: int) -> Counter[str]:
    came_to: Counter[str] = Counter()
    while came_to["written"] < count:
        came_to[outcome := _once(rt, random)] += 1
        if outcome == "written" and came_to["written"] % 5 == 0:
            _say(str(os.getpid()))
    return came_to


def _once(rt: Runtime, random: Random) -> str:
    """One change that means something: a pending question is mostly answered, anything else asked, recorded or ended."""
    try:
        with transaction(rt.engine) as session:
            now = rt.clock.now()
            contact = contacts.find_or_make(rt, session, address=random.choice(ADDRESSES), now=now)
            circle = contacts.locked(rt, session, contact.id)
            question = next((each for each in reversed(circle.own) if each.act == "asked"), None)
            choices: list[Change] = [
                Ticked(by_mail=True, lasts=timedelta(days=12)),
                Recorded(staff="bob"),
                Withdrawn(How.PAGE),
            ]
            change = Confirmed(question.id) if question and random.random() < 0.5 else random.choice(choices)
            done = append.change_in(session, circle, "newsletter", change, detail=Detail(who="A"), now=now)
            return "written" if done.entry else "same"
    except ConsentRefused:
        return "refused"
    except StorageBusy:
        return "busy"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test is about
        return f"{type(error).__name__}: {error}"[:200]


if __name__ == "__main__":
    main()
