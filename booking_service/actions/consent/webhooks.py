"""Telling webhooks of answers, in the form of Standard Webhooks."""

import json
from datetime import datetime
from uuid import UUID

import structlog

from ...crypto import keys, webhooks
from ...domain.follow_ups import FollowUp, FollowUpEvent
from ...domain.gate import WayOut
from ...mail.transport import retry_after
from ...outgoing_requests import NotPosted, post
from ...runtime import Runtime
from ...storage import follow_ups, outbox
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from . import follow_up_content
from .follow_ups import secret_context

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Tell one webhook of one answer, or drop it where the gate refuses, or say when to try again. Raises StorageBusy only."""
    now, payload = rt.clock.now(), claimed.payload
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, UUID(payload["follow_up"]))
        told = (
            follow_up_content.content(rt, session, found, claimed, WayOut.WEBHOOK, now=now)
            if found is not None
            else "removed"
        )
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
