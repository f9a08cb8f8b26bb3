"""Who looked at what is otherwise hidden, or took a list or a proof away. Nobody can change or shorten it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ...runtime import Runtime
from ...storage import contacts, reveals
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.reveals import Reveal
from . import who

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLog:
    """`further`: behind which line the next page begins. `staff`: what those are called who lines say it was by."""

    lines: tuple[Reveal, ...]
    contacts: Mapping[UUID, Contact]
    staff: Mapping[str, str]
    further: UUID | None


def show(rt: Runtime, *, behind: UUID | None = None) -> AccessLog:
    """The newest first, in as many statements for a full page as for one line."""
    with snapshot(rt.engine) as session:
        found = reveals.latest(session, behind=behind, limit=PAGE + 1)
        shown = tuple(found[:PAGE])
        return AccessLog(
            lines=shown,
            contacts=contacts.of_ids(session, {each.contact_id for each in shown if each.contact_id}),
            staff=who.names(session, {each.by for each in shown}),
            further=found[PAGE - 1].id if len(found) > PAGE else None,
        )
