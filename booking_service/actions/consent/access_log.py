"""The access log: who looked at hidden data, or took a list or a proof away. Nobody can change or shorten it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from ...domain.access_log import EVERY_LINE, SoughtAccess
from ...domain.booking_filter import folded
from ...domain.consent import staff
from ...domain.errors import NotFound
from ...runtime import Runtime
from ...storage import access_log, contacts, fields, hosts, people, purposes
from ...storage.access_log import Reveal
from ...storage.contacts import Contact
from ...storage.engine import snapshot, transaction
from . import staff_names
from .find import name_among

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLog:
    """A page of the log. `further`: the line after which the next page begins.

    `staff`: names of the people in its lines. `purposes`, `fields`: their names in the reader's language.
    """

    lines: tuple[Reveal, ...]
    contacts: Mapping[UUID, Contact]
    staff: Mapping[str, str]
    purposes: Mapping[str, str]
    fields: Mapping[str, str]
    further: UUID | None


class NotYours(NotFound):
    """No line to which this person may add a reason: none, another's, or it has one."""


def show(rt: Runtime, sought: SoughtAccess = EVERY_LINE, *, language: str, behind: UUID | None = None) -> AccessLog:
    """A page of matching lines, newest first; as many statements for a full page as for one line."""
    with snapshot(rt.engine) as session:
        by = _called(session, sought.text)
        found = access_log.latest(session, sought, by=by, behind=behind, limit=PAGE + 1)
        shown, written = tuple(found[:PAGE]), purposes.newest_wordings(session)
        default = hosts.organisation(session).default_language
        return AccessLog(
            lines=shown,
            contacts=contacts.of_ids(session, {each.contact_id for each in shown if each.contact_id}),
            staff=staff_names.names(session, {each.by for each in shown}),
            purposes={slug: name_among(texts, slug, language, default) for slug, texts in written.items()},
            fields={each.slug: each.label(language) for each in fields.every(session)},
            further=found[PAGE - 1].id if len(found) > PAGE else None,
        )


def own(rt: Runtime, id: UUID, *, by: str, language: str) -> tuple[Reveal, Contact, Mapping[str, str]]:
    """A line to which this person may add a reason, its contact, and the names of fields. Raises NotYours."""
    with snapshot(rt.engine) as session:
        return *_own(session, id, by=by), {each.slug: each.label(language) for each in fields.every(session)}


def give_reason(rt: Runtime, id: UUID, *, why: str, by: str) -> None:
    """Add the reason for looking, once. Raises NotYours."""
    with transaction(rt.engine) as session:
        line, _ = _own(session, id, by=by)
        if not access_log.give_reason(session, line.id, why=why):
            raise NotYours("a reason was given before")


def _called(session: Session, text: str) -> list[str]:
    """The staff whose names contain these words, as lines name them."""
    if not text:
        return []
    ids = [each.id.hex for each in people.every(session) if folded(text) in folded(each.name)]
    return [*ids, *(staff(each) for each in ids)]


def _own(session: Session, id: UUID, *, by: str) -> tuple[Reveal, Contact]:
    line = access_log.get(session, id)
    contact = contacts.get(session, line.contact_id) if line is not None and line.contact_id else None
    if line is None or not line.wants_reason(by) or contact is None or contact.erased_at is not None:
        raise NotYours("there is no line of theirs that wants a reason")
    return line, contact
