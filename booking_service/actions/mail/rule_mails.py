"""Telling partners and staff about answers by mail, through the gate at the moment it leaves.

As for webhooks (actions/consent/follow_up_content.py): a yes with what it covers, its end with the reference alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...domain.effects import MailKind
from ...domain.follow_ups import Audience, FollowUp, FollowUpEvent
from ...domain.mail_log import Outcome
from ...domain.purposes import Part, parts_of
from ...mail.compose import compose_to_contact
from ...mail.errors import MailError
from ...mail.facts import AboutAnswer, ContactFacts
from ...mail.message import OutgoingMail
from ...mail.transport import retry_after
from ...runtime import Runtime
from ...storage import follow_ups, hosts, outbox
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from ..consent import follow_up_content, webhooks
from ..consent.offers import wording_for
from ..consent.zones import usual_zone
from . import webhook_changes
from .facts import base_url, sender
from .log import note
from .send import reason

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Tell a webhook of one change, or the receiver of a rule about one answer. Raises StorageBusy."""
    now, payload = rt.clock.now(), claimed.payload
    if "change" in payload:
        return webhook_changes.perform(rt, claimed)
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, UUID(payload["follow_up"]))
        by_mail = found is not None and found.audience is not Audience.WEBHOOK
        told = (
            follow_up_content.content(rt, session, found, claimed, MailKind.CONSENT_TOLD, now=now)
            if found and by_mail
            else ""
        )
        outgoing = _mail(rt, session, found, told, now=now) if found and not isinstance(told, str) else None
        if by_mail and outgoing is None:
            outbox.finish(session, claimed, now=now)
            log.info("follow_up_dropped", effect=claimed.key, why=told)
            return
    if found is None or outgoing is None:
        return webhooks.perform(rt, claimed)
    _send(rt, claimed, found, outgoing, now=now)


def _mail(rt: Runtime, session: Session, found: FollowUp, told: Mapping[str, object], *, now: datetime) -> OutgoingMail:
    organisation, base = hosts.organisation(session), base_url(rt)
    data = told["data"]
    if not isinstance(data, Mapping):
        raise TypeError("what is told has data")
    wording = wording_for(session, found.purpose, organisation.default_language)
    answer = AboutAnswer(
        name=parts_of(wording)[Part.NAME] if wording else found.purpose,
        known={each: str(data[each]) for each in ("name", "address", "phone", "optin_id") if data.get(each)},
        reference=str(data["contact_id"]),
        at=datetime.fromisoformat(str(told["timestamp"])),
        ended=told["type"] == FollowUpEvent.ENDED,
        page=f"{base}/admin/consents/contacts/{data['contact_id']}" if found.audience is Audience.STAFF else "",
    )
    facts = ContactFacts(
        contact_id=found.id,
        address=found.address,
        language=organisation.default_language,
        zone=usual_zone(session),
        organisation=organisation,
        links={"privacy": f"{base}/privacy"},
        occasion=f"{data['entry_id']}:{data['contact_id']}",
        sender=sender(rt),
        reply_to=rt.settings.smtp.reply_to,
        answer=answer,
        now=now,
    )
    return compose_to_contact(MailKind.CONSENT_TOLD, facts=facts)


def _send(rt: Runtime, claimed: Claimed, found: FollowUp, outgoing: OutgoingMail, *, now: datetime) -> None:
    """Send and log the mail; with the contact if it names them, so that it is in their data and erased with them."""
    ended = claimed.payload["event"] == FollowUpEvent.ENDED
    contact_id = UUID(claimed.payload["contact"])
    logged = replace(claimed, payload={**claimed.payload, "kind": MailKind.CONSENT_TOLD.value})
    try:
        answer, outcome, wait = rt.transport.send(outgoing).answer, Outcome.ACCEPTED, None
    except MailError as error:
        wait = retry_after(claimed.attempts) if error.retry else None
        answer, outcome = reason(error), Outcome.FAILED if wait is None else Outcome.LATER
        log.warning("mail_not_sent", effect=claimed.key, error=type(error).__name__, attempts=claimed.attempts)
    with transaction(rt.engine) as session:
        if outcome is Outcome.ACCEPTED:
            outbox.finish(session, claimed, now=now)
            if ended:
                follow_ups.forget_told(session, found.id, contact_id)
        elif wait is not None:
            outbox.postpone(session, claimed, until=now + wait, error=answer)
        else:
            outbox.bury(session, claimed, now=now, error=answer)
        note(session, logged, outgoing, outcome, answer, contact_id=None if ended else contact_id, now=now)
