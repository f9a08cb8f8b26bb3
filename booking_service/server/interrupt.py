"""Handling a second Ctrl-C of somebody who does not want to wait."""

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
    """End this process without clean-up, as threads that wait for a server can't be ended otherwise."""
    with suppress(RuntimeError, OSError):  # it may have interrupted a write to the stream
        sys.stdout.flush()
    os.write(2, b"Ended at once. Whatever was at work is done again after the next start.\n")
    os._exit(_INTERRUPTED)


def take_interrupts(*handlers: Callable[[], None]) -> None:
    """Call the next of these handlers at each Ctrl-C, in a thread, whatever the main thread waits for.

    Child processes started from now on ignore Ctrl-C, which a terminal sends to all; this process tells them what to
    do.
    """
    resource_tracker.ensure_running()  # it unblocks signals at its start, with the first child process
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Thread(target=_take, args=(handlers,), name="interrupts", daemon=True).start()


def _take(handlers: Sequence[Callable[[], None]]) -> None:
    for each in handlers:
        signal.sigwait({signal.SIGINT})
        each()
