"""Links mailed to contacts, by the hash of their token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from .tables.consent import ContactLinkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLink:
    """What a mailed token opens. `about`: what the link is for. `until`: its end."""

    contact_id: UUID
    purpose: str
    generation: int = 1
    about: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None


def put(session: Session, hash: str, link: ContactLink) -> None:
    """Add a link; an existing one gets the new end."""
    session.merge(
        ContactLinkRow(
            hash=hash,
            contact_id=link.contact_id,
            purpose=link.purpose,
            generation=link.generation,
            about=dict(link.about),
            until=link.until,
        )
    )
    session.flush()


def find(session: Session, hash: str) -> ContactLink | None:
    row = session.get(ContactLinkRow, hash)
    if row is None:
        return None
    return ContactLink(
        contact_id=row.contact_id, purpose=row.purpose, generation=row.generation, about=row.about, until=row.until
    )
