"""Repeated work in threads of this process."""

from collections.abc import Callable, Sequence
from threading import Event, Thread, current_thread
from time import monotonic
from typing import TypeVar

import structlog

from .domain.errors import StorageBusy
from .page_turns import PageTurns

AFTER_FAILURE = 5.0  # additional seconds after an unforeseen failure
STOP_WITHIN = 30.0  # seconds to wait for all threads together

Job = tuple[str, Callable[[], bool], float]  # name, work (returns whether there was any), seconds to rest if not

Outcome = TypeVar("Outcome")

log = structlog.get_logger()


class Jobs:
    """Repeated work, each in a thread of its own, until `stop`, which waits for running work."""

    def __init__(self, jobs: Sequence[Job], *, turns: PageTurns | None = None) -> None:
        """`turns`: of this process's pages, which go first."""
        self._over = Event()
        self._turns = turns
        self._threads = [
            Thread(target=self._repeat, args=(work, pause), name=f"worker-{name}", daemon=True)
            for name, work, pause in jobs
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop. What a thread does not finish in time is done by others after its lease."""
        self._over.set()
        ends = monotonic() + STOP_WITHIN
        for thread in self._threads:
            thread.join(timeout=max(0.0, ends - monotonic()))

    def wait(self) -> None:
        """Block until `stop` is called."""
        self._over.wait()

    def _repeat(self, work: Callable[[], bool], pause: float) -> None:
        """Continue while there is work; rest when there is none or it failed. Only `stop` ends the thread."""
        while not self._over.is_set():
            if self._turns is not None:
                self._turns.give_way()
            came_to = tried(work)
            if came_to is True:
                continue
            if isinstance(came_to, StorageBusy):
                log.warning("database_busy", error=str(came_to))
            elif isinstance(came_to, Exception):
                log.error("worker_failed", work=current_thread().name, exc_info=came_to)
                self._over.wait(AFTER_FAILURE)
            self._over.wait(pause)


def tried(work: Callable[[], Outcome]) -> Outcome | Exception:
    """The result of the work. No failure may end the thread, or block later effects."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - it is logged by who asked, and what it was about is tried again
        return error
