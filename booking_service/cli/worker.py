"""The worker as a process of its own."""

import signal
from threading import Event
from typing import Annotated

import typer

from ..bootstrap import runtime
from ..server.interrupt import end_at_once
from ..server.open_files import raise_limit
from ..worker import Worker, drain
from .context import settings
from .output import say
from .refusals import refuse_exposed, refuse_unready
from .terminal import progress


def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Only what is due now, then end.")] = False,
) -> None:
    """Do what bookings still need: mails, calendar writes, pulls. Any number of them may run."""
    chosen = settings(context)
    refuse_unready(chosen)
    refuse_exposed(chosen)
    raise_limit()
    with runtime(chosen, traced=True) as rt:
        if once:
            with progress("Working"):
                performed = drain(rt)
            return say(f"{performed} done, nothing more is due.")
        over = Event()
        signal.signal(signal.SIGTERM, lambda *_: over.set())
        signal.signal(signal.SIGINT, lambda *_: end_at_once() if over.is_set() else over.set())
        at_work = Worker(rt)
        at_work.start()
        say(f"Working with {chosen.worker.concurrency} threads; Ctrl-C ends it once the current work is done.")
        over.wait()
        at_work.stop()
    return None
