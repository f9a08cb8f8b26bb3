"""The fields of contacts' profiles, and what stands in them."""

from uuid import UUID

from sqlmodel import Session, col, select

from .tables.consent import ContactValueRow, ProfileFieldRow


def visible(session: Session, contact: UUID) -> dict[str, str]:
    """What everybody who may see the contact sees of it, by the fields' slugs: of sealed values the exposed part only."""
    rows = session.exec(
        select(ProfileFieldRow.slug, ProfileFieldRow.sensitive, ContactValueRow.value, ContactValueRow.exposed)
        .join(ContactValueRow, col(ContactValueRow.field_id) == col(ProfileFieldRow.id))
        .where(ContactValueRow.contact_id == contact)
    )
    return {slug: exposed if sensitive else value for slug, sensitive, value, exposed in rows}
