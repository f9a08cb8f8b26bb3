"""A message as its readers will see it, before it is sent: with links that lead nowhere."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...domain.consent import Basis
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.localized_text import worded
from ...domain.purposes import Part, parts_of
from ...mail.compose import compose_to_contact
from ...mail.facts import AboutConsent, ContactFacts, OwnText
from ...runtime import Runtime
from ...storage import contacts, hosts, messages, purposes
from ...storage.engine import snapshot
from ..consent.contacts import circle_of
from ..consent.offers import wording_for
from .facts import base_url, sender


@dataclass(frozen=True, slots=True)
class Preview:
    """`language`: that of what stands around the text."""

    subject: str
    text: str
    language: str


def preview(rt: Runtime, id: UUID, *, now: datetime) -> Preview:
    """In the language of the one it goes to, or in the organisation's; the date of a consent is today's for a list.

    Raises NotFound.
    """
    with snapshot(rt.engine) as session:
        message = messages.get(session, id)
        purpose = purposes.find(session, message.purpose) if message else None
        if message is None or purpose is None:
            raise NotFound("there is no such message")
        organisation = hosts.organisation(session)
        contact = contacts.get(session, message.contact_id) if message.contact_id else None
        language = (contact.language if contact else "") or organisation.default_language
        wording = wording_for(session, purpose.slug, language)
        standing = circle_of(rt, session, contact).standing(purpose) if contact else None
        footer = purposes.rules(session).page.footer
    parts, page = parts_of(wording) if wording else {}, f"{base_url(rt)}/preferences"
    about = AboutConsent(
        name=parts.get(Part.NAME, message.purpose),
        box=parts.get(Part.BOX, ""),
        stands_since=standing.since if standing else now,
        implied=standing is not None and standing.basis is Basis.IMPLIED,
    )
    facts = ContactFacts(
        contact_id=UUID(int=0),
        address=contact.address if contact else "grace@example.org",
        language=language,
        zone="UTC",
        organisation=organisation,
        consents=(about,),
        links={
            "privacy": f"{base_url(rt)}/privacy",
            "preferences": f"{page}/example",
            "start": page,
            "out": f"{page}/out/example",
        },
        occasion="preview",
        sender=sender(rt),
        footer=worded(footer, language, writer=organisation.default_language),
        written=OwnText(message.subject, message.text),
        now=now,
    )
    mail = compose_to_contact(MailKind.MESSAGE, facts=facts)
    return Preview(mail.subject, mail.text, language)
