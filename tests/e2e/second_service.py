"""A second service beside the demo, set up from a file for what the demo's Ada does not have: nights, a venue, strict limits."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.flows.programs import Service, service
from tests.flows.setup_files import setup_of_ada
from tests.servers import Server, free_port, radicale

NIGHTS = {"monday": "9-17", "sunday": "1-4"}
MEETINGS = """
[hosts.ada.meetings.intro]
title = "Night talk"
duration = "30 min"
notice = "1 h"
horizon_days = 400
doi = "on"

[hosts.ada.meetings.once]
title = "One time a week"
duration = "30 min"
notice = "1 h"
horizon_days = 60
doi = "on"

[hosts.ada.meetings.once.hours]
monday = "12-12:30"

[hosts.ada.meetings.venue]
title = "Meeting at the office"
duration = "60 min"
notice = "1 h"
horizon_days = 30
doi = "on"
place = "in-person"
location = "Unter den Linden 6, Berlin"
"""


@dataclass
class House:
    """The service, and the calendar server it can lose."""

    running: Service
    server: Server
    serving: contextlib.ExitStack


@contextlib.contextmanager
def house(folder: Path, **settings: str) -> Iterator[House]:
    with contextlib.ExitStack() as stack:
        serving = stack.enter_context(contextlib.ExitStack())
        server = serving.enter_context(radicale(folder / "radicale", port=free_port()))
        calendar = server.new_calendar("bookings")
        setup = setup_of_ada(
            url=server.url, user=server.user, calendar=calendar, office="Night Office", hours=NIGHTS, meetings=MEETINGS
        )
        running = stack.enter_context(
            service(folder / "data", server, setup=setup, calendars=(calendar,), settings=settings)
        )
        running.start()
        yield House(running, server, serving)
