"""Recording changes made on pages as `apply` does: by the keys of the setup file, with their author."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.people import Host
from ...runtime import Runtime
from ...storage import changes, hosts
from ...storage.changes import SetupChange
from ...storage.engine import lock_host, transaction
from .file.write import Tree, differences, host_tree


def change_host(rt: Runtime, host_id: UUID, changed: Callable[[Host], Host], *, by: str, now: datetime) -> None:
    """Change a host's own keys, read with the host locked."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        before = hosts.get(session, host_id)
        after = changed(before)
        if after != before:
            hosts.save(session, after)
            record_host(session, before, after, by=by, now=now)


def record_host(session: Session, before: Host, after: Host, *, by: str, now: datetime) -> None:
    """Record changes of the host's own keys."""
    record(session, _hosts(before), _hosts(after), by=by, now=now)


def record(session: Session, before: Tree, after: Tree, *, by: str, reason: str = "", now: datetime) -> None:
    """Record every key that differs. `by`: the author in the audit log."""
    for key, was, is_now in differences(before, after):
        changes.add(session, SetupChange(now, by, key, was, is_now, page=True, reason=reason))


def _hosts(host: Host) -> Tree:
    return {"hosts": {host.slug: host_tree(host)}}
