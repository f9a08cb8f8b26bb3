"""`serve` or `worker` on a machine whose clock is ahead:   python -m tests.flows.skewed_clock SECONDS serve|serve-only|worker

The same application and the same worker; only the one clock that everything reads is another.
"""

import signal
import sys
from datetime import timedelta
from threading import Event

from booking_service.bootstrap import runtime
from booking_service.clock import Clock
from booking_service.config import sources
from booking_service.runtime import Runtime
from booking_service.server import listen as serving
from booking_service.server.app import served
from booking_service.worker import Worker


def main() -> None:
    settings, command = sources.load(), sys.argv[2]
    with runtime(settings, clock=Clock(offset=timedelta(seconds=float(sys.argv[1])))) as rt:
        if command == "worker":
            _work(rt)
        else:
            _serve(rt, work=command == "serve")


def _serve(rt: Runtime, *, work: bool) -> None:
    listen = rt.settings.listen
    with serving.listening(listen.host, listen.port) as listener:
        serving.serve(served(rt, work=work), listener)


def _work(rt: Runtime) -> None:
    over = Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    worker = Worker(rt)
    worker.start()
    over.wait()
    worker.stop()


if __name__ == "__main__":
    main()
