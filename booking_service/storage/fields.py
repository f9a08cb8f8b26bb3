"""The fields of contacts' profiles, and what stands in them."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from .tables.consent import ContactValueRow, ProfileFieldRow


def visible(session: Session, contact: UUID) -> dict[str, str]:
    """What everybody who may see the contact sees of it, by the fields' slugs: of sealed values the exposed part only."""
    return visible_of(session, [contact]).get(contact, {})


def visible_of(session: Session, contacts: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """The same of many contacts, by their ids."""
    rows = session.exec(
        select(ContactValueRow, ProfileFieldRow)
        .join(ProfileFieldRow, col(ContactValueRow.field_id) == col(ProfileFieldRow.id))
        .where(col(ContactValueRow.contact_id).in_(contacts))
    )
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for kept, field in rows:
        found[kept.contact_id][field.slug] = kept.exposed if field.sensitive else kept.value
    return found


def labels(session: Session) -> dict[str, dict[str, str]]:
    """What each field is called, by its slug and the language."""
    return {row.slug: dict(row.labels) for row in session.exec(select(ProfileFieldRow))}
