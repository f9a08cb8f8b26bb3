"""Links mailed to contacts: made again whenever a mail is rendered, stored as hashes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, candidates, hash_of, well_formed
from ...domain.errors import ContactErased, LinkOver, UnknownLink
from ...runtime import Runtime
from ...storage import contact_links, contacts
from ...storage.contact_links import ContactLink
from ...storage.contacts import Contact


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """An opened link, with its contact."""

    purpose: LinkPurpose
    contact: Contact
    about: Mapping[str, Any]


def remember(
    rt: Runtime,
    session: Session,
    contact: Contact,
    purpose: LinkPurpose,
    *,
    subject: UUID,
    about: Mapping[str, Any] | None = None,
    until: datetime | None = None,
) -> str:
    """Store the hash of the link for this subject, and return its token; the same token each time."""
    made = token(rt, session, contact, purpose, subject=subject)
    kept = ContactLink(
        contact_id=contact.id, purpose=purpose.value, generation=contact.generation, about=about or {}, until=until
    )
    contact_links.put(session, hash_of(made), kept)
    return made


def remember_once(
    rt: Runtime, session: Session, contact: Contact, purpose: LinkPurpose, *, subject: UUID, about: Mapping[str, Any]
) -> str:
    """As `remember`; an existing link is left unchanged."""
    made = token(rt, session, contact, purpose, subject=subject)
    if contact_links.find(session, hash_of(made)) is None:
        return remember(rt, session, contact, purpose, subject=subject, about=about)
    return made


def token(rt: Runtime, session: Session, contact: Contact, purpose: LinkPurpose, *, subject: UUID) -> str:
    """The token of a stored link, for a mail that is rendered now; after a rotation it may be an older key's."""
    made = candidates(rt.ring, purpose=purpose, subject=subject, generation=contact.generation)
    return next((each for each in made if contact_links.find(session, hash_of(each))), made[0])


def preferences(rt: Runtime, session: Session, contact: Contact) -> str:
    """The permanent link to the mail options, in every mail to a contact."""
    return remember(rt, session, contact, LinkPurpose.PREFERENCES, subject=contact.id)


def out(rt: Runtime, session: Session, contact: Contact, purpose: str) -> str:
    """The link that ends one purpose."""
    about = {"purpose": purpose}
    return remember(rt, session, contact, LinkPurpose.OUT, subject=subject_of_out(contact, purpose), about=about)


def subject_of_out(contact: Contact, purpose: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{contact.id}:{purpose}")


def opened(session: Session, token: str, purposes: Collection[LinkPurpose], *, now: datetime) -> OpenedLink:
    """What a link of one of these purposes opens.

    Raises UnknownLink: no such link, another purpose, or replaced; LinkOver, ContactErased.
    """
    link = contact_links.find(session, hash_of(token)) if well_formed(token) else None
    if link is None or link.purpose not in {each.value for each in purposes}:
        raise UnknownLink("no contact answers to this link")
    contact = contacts.get(session, link.contact_id)
    if contact is None:
        raise UnknownLink("nobody has this link")
    if contact.erased_at is not None:
        raise ContactErased(f"contact {contact.id} was erased")
    if link.generation != contact.generation:
        raise UnknownLink("this link was replaced by a newer one")
    if link.until is not None and link.until <= now:
        raise LinkOver("the time of this link is over")
    return OpenedLink(LinkPurpose(link.purpose), contact, link.about)
