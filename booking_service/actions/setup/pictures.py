"""A host's picture and the organisation's logo: set, removed, shown."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...domain.mail_texts import ORGANISATION
from ...domain.pictures import Picture
from ...runtime import Runtime
from ...storage import hosts, pictures
from ...storage.engine import lock_host, snapshot, transaction
from .file.write import organisation_tree
from .record import record, record_host


def find(rt: Runtime, name: str) -> Picture | None:
    """The picture of this name; None where nobody has it any more."""
    with snapshot(rt.engine) as session:
        return pictures.named(session, name)


def keep_of_host(rt: Runtime, host_id: UUID, picture: Picture | None, *, by: str, now: datetime) -> None:
    """Set the host's picture; None removes it."""
    with transaction(rt.engine) as session:
        lock_host(session, host_id)
        session.expire_all()
        before = hosts.get(session, host_id)
        after = replace(before, picture=picture.name if picture else "")
        if after != before:
            hosts.save(session, after)
            pictures.put(session, host_id, picture)
            record_host(session, before, after, by=by, now=now)


def keep_logo(rt: Runtime, picture: Picture | None, *, by: str, now: datetime) -> None:
    """Set the organisation's logo; None removes it."""
    with transaction(rt.engine) as session:
        hosts.lock_organisation(session)
        before = hosts.organisation(session)
        after = replace(before, logo=picture.name if picture else "")
        if after != before:
            hosts.save_organisation(session, after)
            pictures.put(session, ORGANISATION, picture)
            trees = ({"organisation": organisation_tree(each)} for each in (before, after))
            record(session, *trees, by=by, now=now)
