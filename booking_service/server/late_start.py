"""What a process begins with once it answers: pages that nobody came for yet, and the worker with all that it performs.

They are three times what the first page needs, and whoever waits for that page waits for none of it.
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

AFTER_S = 0.5  # that the first pages have for themselves; they go first afterwards, too
_WORKER = "booking_service.worker"
_FAILED = 1

log = structlog.get_logger()


class LateStart:
    """Started and stopped with the application. `work`: whether effects are performed here, or only what this process has
    seen is written down."""

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
        """Where a part can't be imported the process ends, as one that takes bookings and never writes them helps nobody."""
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
    """For a process that serves pages and leaves the work to others: it writes down what only it has seen."""
    return Jobs([("notes", lambda: write_down(rt) + write_views(rt) < 0, 30.0)])
