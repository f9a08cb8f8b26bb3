"""The look of a host's page: colour and welcome text."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...domain.localized_text import HostText
from ...domain.people import Host
from ...runtime import Runtime
from .record import change_host


def save(rt: Runtime, host_id: UUID, *, accent: str, welcome: HostText, listed: bool, by: str, now: datetime) -> None:
    """Save these; everything else of the page stays."""

    def changed(host: Host) -> Host:
        return replace(host, accent=accent, welcome=welcome, listed=listed)

    change_host(rt, host_id, changed, by=by, now=now)
