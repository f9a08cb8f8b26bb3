"""What a page set up differently goes on record as `apply` records it: by the keys of the setup file, with who did it."""

from datetime import datetime

from sqlmodel import Session

from ...domain.people import Host
from ...storage import changes
from ...storage.changes import Recorded
from .file.write import Tree, differences, host_tree


def record_host(session: Session, before: Host, after: Host, *, by: str, now: datetime) -> None:
    """The host's own keys."""
    record(session, _hosts(before), _hosts(after), by=by, now=now)


def record(session: Session, before: Tree, after: Tree, *, by: str, reason: str = "", now: datetime) -> None:
    """Every key that differs. `by`: who did it, as the audit log names them; `reason`: why, where they said."""
    for key, was, is_now in differences(before, after):
        changes.add(session, Recorded(now, by, key, was, is_now, page=True, reason=reason))


def _hosts(host: Host) -> Tree:
    return {"hosts": {host.slug: host_tree(host)}}
