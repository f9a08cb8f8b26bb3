"""What opened a mailed link, and when: evidence for a timeline, as scanners open links before people do.

Looking at a page changes nothing and writes nothing.
It is noted in this process, and a timer writes the notes down later; what a crash loses of them is lost.
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
    """Remember that a link was opened. `agent` is what the reader's program calls itself."""
    mark = mac(rt.ring, "opened", network.encode()).hex()[:12]
    rt.visits.add(Visit(booking_id, now, purpose, method, agent[:AGENT_LENGTH], mark))


def write_down(rt: Runtime) -> int:
    """Put the waiting notes on their timelines. Returns how many."""
    taken = rt.visits.take()
    if taken:
        with transaction(rt.engine) as session:
            for each in taken:
                detail = {"link": each.purpose, "method": each.method, "agent": each.agent, "network": each.network}
                timeline.add(session, each.booking_id, Happened.OPENED, by="link", at=each.at, detail=detail)
    return len(taken)
