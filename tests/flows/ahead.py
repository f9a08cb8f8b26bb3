"""`serve` on a machine whose clock is ahead:   python -m tests.flows.ahead SECONDS

The same application with the same worker inside; only the one clock that everything reads is another.
"""

import sys
from datetime import timedelta

import uvicorn

from booking_service import config
from booking_service.asgi import served
from booking_service.bootstrap import runtime
from booking_service.cli.running import listening
from booking_service.clock import Clock


def main() -> None:
    settings = config.load()
    clock = Clock(offset=timedelta(seconds=float(sys.argv[1])))
    with runtime(settings, clock=clock) as rt, listening(settings.listen) as listener:
        served_here = uvicorn.Config(served(rt, work=True), log_config=None, access_log=False, lifespan="on")
        uvicorn.Server(served_here).run(sockets=[listener])


if __name__ == "__main__":
    main()
