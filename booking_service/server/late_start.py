"""What a process starts once it answers: importing further pages, and the worker.

They are three times what the first page needs, so that page does not wait for them.
"""

import os
from threading import Event, Thread

import structlog

from ..actions.access.link_opens import write_down
from ..actions.booking.statistics import write_views
from ..bootstrap import CALENDARS
from ..jobs import Jobs
from ..late_imports import kept_for_good, late_import
from ..runtime import Runtime
from ..web.app import WANTED_SOON

AFTER_S = 0.5  # seconds for the first pages alone; later they still go first
_WORKER = "booking_service.worker"
_FAILED = 1

log = structlog.get_logger()


class LateStart:
    """Started and stopped with the application. `work`: perform effects here; otherwise only write what this process
    noted."""

    def __init__(self, rt: Runtime, *, work: bool) -> None:
        self._rt, self._work = rt, work
        self._over = Event()
        self._jobs: Jobs | None = None
        self._thread = Thread(target=self._begin, name="late-start", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        if self._jobs is not None:
            self._jobs.stop()

    def _begin(self) -> None:
        """The process ends if a part can't be imported, as taking bookings without ever writing them helps nobody."""
        if self._over.wait(AFTER_S):
            return
        try:
            self._import()
            jobs = late_import(_WORKER).Worker(self._rt) if self._work else scribe(self._rt)
        except Exception:
            log.exception("part_not_imported")
            os._exit(_FAILED)
            raise
        if not self._over.is_set():
            jobs.start()
            self._jobs = jobs

    def _import(self) -> None:
        for name in (*WANTED_SOON, CALENDARS, *([_WORKER] if self._work else [])):
            if self._over.is_set():
                return
            self._rt.page_turns.give_way()
            with kept_for_good():
                late_import(name)


def scribe(rt: Runtime) -> Jobs:
    """For a process without a worker: writes what only this process has noted."""
    return Jobs([("notes", lambda: write_down(rt) + write_views(rt) < 0, 30.0)])
