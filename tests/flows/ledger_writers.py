"""Many who write into the ledger at once, in a process of their own:   python -m tests.flows.ledger_writers NAME COUNT

Says "ready", waits for a line, then four threads change consents COUNT times each, over few contacts of which two share a
mailbox, while a fifth seals. Says a line for each five changes, and at the end as JSON how many came to what.
"""

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
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

WRITERS = 4
ADDRESSES = ("a@example.org", "a+b@example.org", "c@example.org", "d@example.org")


def main() -> None:
    name, count = sys.argv[1], int(sys.argv[2])
    with runtime(sources.load(), migrate=False) as rt, ThreadPoolExecutor(WRITERS) as pool:
        print("ready", flush=True)
        sys.stdin.readline()
        over = Event()
        sealer = Thread(target=_seal, args=(rt, over))
        sealer.start()
        chances = [Random(f"{name}{n}") for n in range(WRITERS)]  # noqa: S311 - repeatable is what is wanted
        came_to = sum(pool.map(lambda chance: _write(rt, chance, count), chances), Counter[str]())
        over.set()
        sealer.join()
        print(json.dumps(came_to), flush=True)


def _seal(rt: Runtime, over: Event) -> None:
    """Far more often than a worker does. A database that is busy now is tried again, as there."""
    while not over.wait(0.05):
        with suppress(StorageBusy):
            seal_due(rt, now=rt.clock.now())


def _write(rt: Runtime, random: Random, count: int) -> Counter[str]:
    came_to: Counter[str] = Counter()
    for number in range(1, count + 1):
        came_to[_once(rt, random)] += 1
        if number % 5 == 0:
            print(number, flush=True)
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
