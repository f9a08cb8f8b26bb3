"""What opened a mailed link, and when: for the timeline, as scanners open links before people do.

Viewing a page writes nothing: it is noted in this process and written by a timer. A crash loses what was not yet
written.
"""

from datetime import datetime
from uuid import UUID

from ...crypto.keys import mac
from ...domain.timeline import Happened
from ...link_visits import Visit
from ...runtime import Runtime
from ...storage import timeline
from ...storage.engine import transaction

AGENT_LENGTH = 160


def note(rt: Runtime, booking_id: UUID, *, purpose: str, method: str, agent: str, network: str, now: datetime) -> None:
    """Note that a link was opened. `agent`: the User-Agent."""
    mark = mac(rt.ring, "opened", network.encode()).hex()[:12]
    rt.visits.add(Visit(booking_id, now, purpose, method, agent[:AGENT_LENGTH], mark))


def write_down(rt: Runtime) -> int:
    """Write the notes to the timelines. Returns how many."""
    taken = rt.visits.take()
    if taken:
        with transaction(rt.engine) as session:
            for each in taken:
                detail = {"link": each.purpose, "method": each.method, "agent": each.agent, "network": each.network}
                timeline.add(session, each.booking_id, Happened.OPENED, by="link", at=each.at, detail=detail)
    return len(taken)
