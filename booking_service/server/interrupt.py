"""Ctrl-C pressed again by somebody who does not want to wait for what is at work."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from threading import Thread
from typing import NoReturn

_INTERRUPTED = 128 + signal.SIGINT


def end_at_once() -> NoReturn:
    """This process, without its clean-up: threads that wait for a server can't be ended otherwise, and would be waited for."""
    with suppress(RuntimeError, OSError):  # what it interrupted may be writing
        sys.stdout.flush()
    os.write(2, b"Ended at once. Whatever was at work is done again after the next start.\n")
    os._exit(_INTERRUPTED)


def take_interrupts(*handlers: Callable[[], None]) -> None:
    """Each Ctrl-C calls the next of these, in a thread, whatever the main thread waits for.

    Processes that this one starts from now on don't hear of Ctrl-C, which a terminal sends to all: they are told what to do.
    """
    resource_tracker.ensure_running()  # it unblocks signals when it starts, which it does with the first process
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Thread(target=_take, args=(handlers,), name="interrupts", daemon=True).start()


def _take(handlers: Sequence[Callable[[], None]]) -> None:
    for each in handlers:
        signal.sigwait({signal.SIGINT})
        each()
