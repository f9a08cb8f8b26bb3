"""How a host's own page looks: its colour, and what it begins with."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...domain.localized_text import HostText
from ...domain.people import Host
from ...runtime import Runtime
from ...storage import hosts
from ...storage.engine import lock_host, transaction
from .record import record_host


def save(rt: Runtime, host_id: UUID, *, accent: str, welcome: HostText, listed: bool, by: str, now: datetime) -> Host:
    """What it says of anything else stays as it is."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        session.expire_all()
        before = hosts.get(session, host_id)
        after = replace(before, accent=accent, welcome=welcome, listed=listed)
        if after != before:
            hosts.save(session, after)
            record_host(session, before, after, by=by, now=now)
    return after
