"""A message as its readers will see it, before it is sent: on its page, or mailed to its author; links lead nowhere."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Basis
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.localized_text import worded
from ...domain.mail_texts import ORGANISATION
from ...domain.messages import Message
from ...domain.purposes import Part, parts_of
from ...mail.compose import compose_to_contact
from ...mail.errors import MailError
from ...mail.facts import AboutConsent, ContactFacts, OwnText
from ...mail.message import OutgoingMail
from ...runtime import Runtime
from ...storage import contacts, hosts, messages, purposes
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ..consent.contacts import circle_of
from ..consent.offers import wording_for
from ..consent.zones import usual_zone, zone_of
from .facts import base_url, own_text, sender
from .texts import TrialNotSent


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """`language`: of everything around the text."""

    subject: str
    text: str
    language: str


def preview(rt: Runtime, id: UUID, *, now: datetime) -> MessagePreview:
    """The message as its only recipient reads it; of a list, as the first one, without address, in the organisation's
    language.

    Raises NotFound.
    """
    mail, language = _composed(rt, id, now=now)
    return MessagePreview(mail.subject, mail.text, language)


def send_test(rt: Runtime, id: UUID, *, to: str, now: datetime) -> None:
    """Mail the preview to its author at once, without a record. Raises NotFound, TrialNotSent."""
    mail, _ = _composed(rt, id, to=to, now=now)
    try:
        rt.transport.send(mail)
    except MailError as error:
        raise TrialNotSent(str(error)) from error


def _composed(rt: Runtime, id: UUID, *, to: str = "", now: datetime) -> tuple[OutgoingMail, str]:
    with snapshot(rt.engine) as session:
        message = messages.get(session, id)
        if message is None:
            raise NotFound("there is no such message")
        organisation = hosts.organisation(session)
        reader = _reader(session, message)
        alone = reader if message.contact_id else None
        language = (alone.language if alone else "") or organisation.default_language
        about = _about(rt, session, message, reader, language=language, now=now)
        footer = purposes.rules(session).page.footer
        zone = zone_of(session, alone) if alone else usual_zone(session)
        own = own_text(session, ORGANISATION, message.kind, language=language)
    page = f"{base_url(rt)}/preferences"
    facts = ContactFacts(
        contact_id=UUID(int=0),
        address=to or (alone.address if alone else "grace@example.org"),
        language=language,
        zone=zone,
        organisation=organisation,
        consents=(about,) if about else (),
        links={
            "privacy": f"{base_url(rt)}/privacy",
            "preferences": f"{page}/example",
            "start": page,
            "out": f"{page}/out/example",
        },
        occasion=f"preview {now.isoformat()}",
        sender=sender(rt),
        footer=worded(footer, language, writer=organisation.default_language),
        written=OwnText(message.subject, message.text),
        own=own,
        now=now,
    )
    return compose_to_contact(message.kind, facts=facts), language


def _reader(session: Session, message: Message) -> Contact | None:
    listed = messages.first_listed(session, message.id)
    id = message.contact_id or listed
    return contacts.get(session, id) if id else None


def _about(
    rt: Runtime, session: Session, message: Message, reader: Contact | None, *, language: str, now: datetime
) -> AboutConsent | None:
    """The purpose, with when its reader agreed; None for the page. Raises NotFound: the purpose is gone."""
    if message.kind is MailKind.PAGE_NEWS:
        return None
    purpose = purposes.find(session, message.purpose)
    if purpose is None:
        raise NotFound("there is no such purpose any more")
    wording = wording_for(session, purpose.slug, language)
    parts = parts_of(wording) if wording else {}
    standing = circle_of(rt, session, reader).standing(purpose) if reader else None
    return AboutConsent(
        name=parts.get(Part.NAME, message.purpose),
        box=parts.get(Part.BOX, ""),
        stands_since=standing.since if standing else now,
        stands_on=standing.since_on if standing else None,
        implied=standing is not None and standing.basis is Basis.IMPLIED,
    )
