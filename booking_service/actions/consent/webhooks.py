"""Telling webhooks of answers, through the gate at the moment it leaves.

Who was told of a yes is told of its end too, with nothing but the ids that they have: an end lets nobody have more.
"""

import json
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto import keys, webhooks
from ...domain.chain import instant_text
from ...domain.effects import MailKind
from ...domain.follow_ups import FollowUp, FollowUpEvent, covered
from ...domain.gate import Refusal, WayOut
from ...mail.transport import retry_after
from ...outgoing_requests import NotPosted, post
from ...runtime import Runtime
from ...storage import contacts, follow_ups, ledger, outbox, purposes
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from . import gate
from .contacts import circle_of
from .follow_ups import secret_context

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Tell one webhook of one answer, or drop it where the gate refuses, or say when to try again. Raises StorageBusy only."""
    now, payload = rt.clock.now(), claimed.payload
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, UUID(payload["follow_up"]))
        told = content(rt, session, found, claimed, WayOut.WEBHOOK, now=now) if found is not None else "removed"
        if found is None or isinstance(told, str):
            outbox.finish(session, claimed, now=now)
            log.info("follow_up_dropped", effect=claimed.key, why=told)
            return
    body = json.dumps(told, ensure_ascii=False).encode()
    signed = webhooks.headers(_message_id(claimed), rt.clock.real_now(), body, keys=_secrets(rt, found, now=now))
    try:
        post(rt.settings.webhooks, found.url, body, {**signed, "Content-Type": "application/json"})
    except NotPosted as error:
        return _again(rt, claimed, error, now=now)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
        if payload["event"] == FollowUpEvent.ENDED:
            follow_ups.forget_told(session, found.id, UUID(payload["contact"]))


def content(
    rt: Runtime, session: Session, follow_up: FollowUp, claimed: Claimed, what: MailKind | WayOut, *, now: datetime
) -> dict[str, object] | str:
    """What is told, by this way; the word for why nothing is."""
    payload, contact = claimed.payload, contacts.get(session, UUID(claimed.payload["contact"]))
    purpose, link = purposes.find(session, follow_up.purpose), ledger.find(session, UUID(payload["entry"]))
    if contact is None or purpose is None or link is None:
        return "gone"
    data: dict[str, object] = {"purpose": purpose.slug, "contact_id": str(contact.id), "entry_id": str(link.entry.id)}
    if payload["event"] == FollowUpEvent.GRANTED:
        decided = gate.ask(rt, session, contact.id, what, purpose.slug, now=now)
        if isinstance(decided, Refusal):
            return decided.word
        follow_ups.note_told(session, follow_up.id, contact.id, now=now)  # it may arrive, whatever comes of the try
        shown = covered(purpose.kind, address=contact.address, phone=contact.phone, name=contact.name)
        data |= {**shown, "standing": circle_of(rt, session, contact).standing(purpose).basis.value}
        if link.detail is not None:
            data["optin_id"] = link.detail.optin_id
    elif not follow_ups.was_told(session, follow_up.id, contact.id):
        return "never told"
    elif circle_of(rt, session, contact).standing(purpose).granted and contact.stopped_at is None:
        return "not ended"
    return {"type": payload["event"], "timestamp": instant_text(link.entry.at), "data": data}


def _again(rt: Runtime, claimed: Claimed, error: NotPosted, *, now: datetime) -> None:
    """As mails are: sooner first, for two days at most."""
    log.warning("webhook_not_told", effect=claimed.key, error=str(error), attempts=claimed.attempts)
    wait = retry_after(claimed.attempts) if error.retry else None
    with transaction(rt.engine) as session:
        if wait is not None:
            outbox.postpone(session, claimed, until=now + wait, error=str(error))
        else:
            outbox.bury(session, claimed, now=now, error=str(error))


def _message_id(claimed: Claimed) -> str:
    """The same at each try, by which receivers know what they have."""
    return f"msg_{UUID(claimed.payload['follow_up']).hex}_{claimed.payload['entry']}_{claimed.payload['contact']}"


def _secrets(rt: Runtime, follow_up: FollowUp, *, now: datetime) -> list[str]:
    old = follow_up.old_secret if follow_up.old_until is not None and now < follow_up.old_until else ""
    sealed = [follow_up.secret, *([old] if old else [])]
    return [keys.unseal(rt.ring, each, context=secret_context(follow_up.id)).decode() for each in sealed]
