"""The mail that asks about a purpose as its readers will see it; links lead nowhere."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Basis
from ...domain.effects import MailKind
from ...domain.gate import Policy
from ...domain.localized_text import worded
from ...domain.mail_texts import ORGANISATION
from ...domain.purposes import ConsentRules, Purpose, Wording
from ...mail.compose import compose_to_contact
from ...mail.facts import AboutConsent, ContactFacts
from ...runtime import Runtime
from ...storage import hosts, purposes
from ...storage.engine import snapshot
from ..consent.offers import wording_for
from ..consent.zones import usual_zone
from .contact_facts import as_worded, chosen_text
from .facts import base_url, own_text, sender
from .message_preview import MessagePreview


def preview(rt: Runtime, purpose: str, *, language: str, now: datetime) -> MessagePreview | None:
    """As an unproven contact reads it whose consent staff recorded; None: the purpose has no wording, or is gone."""
    with snapshot(rt.engine) as session:
        wording, asked = wording_for(session, purpose, language), purposes.find(session, purpose)
        if wording is None or asked is None:
            return None
        facts = _facts(rt, session, asked, wording, now=now)
    mail = compose_to_contact(MailKind.CONFIRM_CONSENT, facts=facts)
    return MessagePreview(mail.subject, mail.text, facts.language)


def _facts(rt: Runtime, session: Session, purpose: Purpose, wording: Wording, *, now: datetime) -> ContactFacts:
    organisation, rules, base = hosts.organisation(session), purposes.rules(session), base_url(rt)
    own = chosen_text(session, [purpose.slug], reminds=False, language=wording.language)
    ahead = rules.reminders_ahead(asked_at=now, until=now + rules.question_lasts, now=now)
    return ContactFacts(
        contact_id=UUID(int=0),
        address="grace@example.org",
        language=wording.language,
        zone=usual_zone(session),
        organisation=organisation,
        consents=(_about(purpose, wording, rules, now=now),),
        links={
            "privacy": f"{base}/privacy",
            "preferences": f"{base}/preferences",
            "start": f"{base}/preferences",
            "answer": f"{base}/preferences/yes/example",
        },
        occasion=f"preview {now.isoformat()}",
        sender=sender(rt),
        footer=worded(rules.page.footer, wording.language, writer=organisation.default_language),
        own=own or own_text(session, ORGANISATION, MailKind.CONFIRM_CONSENT, language=wording.language),
        reminders_ahead=len(ahead) if rules.remind_unproven else 0,
        now=now,
    )


def _about(purpose: Purpose, wording: Wording, rules: ConsentRules, *, now: datetime) -> AboutConsent:
    return replace(
        as_worded(wording),
        asked_at=now,
        until=now + rules.question_lasts,
        stands_since=now,
        counts=Basis.USER in Policy.of(purpose, rules).bases,
        ticked=False,
    )
