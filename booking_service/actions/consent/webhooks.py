"""Telling webhooks, as Standard Webhooks: of answers, and of whatever else is owed to them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import Session

from ...crypto import keys, webhooks
from ...domain.follow_ups import GIVEN_UP_AFTER, FollowUp, FollowUpEvent, rest, retry_after
from ...domain.gate import WayOut
from ...outgoing_requests import NotPosted, post
from ...runtime import Runtime
from ...storage import follow_ups, outbox
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from . import follow_up_content
from .follow_ups import secret_context

RESTS = "It failed again and again, and rests."

log = structlog.get_logger()


Content = Callable[[Session, FollowUp], Mapping[str, object] | str]  # what one is told; why it is told nothing
Arrived = Callable[[Session, FollowUp], None]


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Tell one webhook of one answer, drop it where the gate refuses, or schedule the next try. Raises StorageBusy."""
    now = rt.clock.now()

    def content(session: Session, found: FollowUp) -> Mapping[str, object] | str:
        return follow_up_content.content(rt, session, found, claimed, WayOut.WEBHOOK, now=now)

    def arrived(session: Session, found: FollowUp) -> None:
        if claimed.payload["event"] == FollowUpEvent.ENDED:
            follow_ups.forget_told(session, found.id, UUID(claimed.payload["contact"]))

    tell(rt, claimed, content, arrived=arrived, now=now)


def tell(rt: Runtime, claimed: Claimed, content: Content, *, arrived: Arrived | None = None, now: datetime) -> None:
    """Post to one webhook what `content` says at this moment, drop it, or schedule the next try. Raises StorageBusy."""
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, UUID(claimed.payload["follow_up"]))
        if found is not None and found.rests_until is not None and now < found.rests_until:
            return outbox.defer(session, claimed, until=found.rests_until, error=RESTS)
        told = content(session, found) if found is not None else "removed"
        if found is None or isinstance(told, str):
            outbox.finish(session, claimed, now=now)
            log.info("follow_up_dropped", effect=claimed.key, why=told)
            return
    body = json.dumps(told, ensure_ascii=False).encode()
    signed = webhooks.headers(_message_id(claimed), rt.clock.real_now(), body, keys=_secrets(rt, found, now=now))
    try:
        post(rt.settings.webhooks, found.url, body, {**signed, "Content-Type": "application/json"})
    except NotPosted as error:
        return _again(rt, found, claimed, error, now=now)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
        if found.failures:
            follow_ups.succeed(session, found.id)
        if arrived is not None:
            arrived(session, found)


def _again(rt: Runtime, found: FollowUp, claimed: Claimed, error: NotPosted, *, now: datetime) -> None:
    """Schedule the next try: sooner at first, ten at most, within two days. A failing webhook rests with all its
    effects."""
    log.warning("webhook_not_told", effect=claimed.key, error=str(error), attempts=claimed.attempts)
    given_up = now - claimed.created_at >= GIVEN_UP_AFTER
    wait = retry_after(claimed.attempts) if error.retry and not given_up else None
    why, failures = f"{found.url}: {error}", found.failures + 1
    pause = rest(failures)
    rests_until = now + pause if pause is not None else None
    with transaction(rt.engine) as session:
        since = found.failing_since or now
        follow_ups.fail(session, found.id, failures=failures, since=since, error=str(error), rests_until=rests_until)
        if rests_until is not None:
            log.warning("webhook_rests", webhook=str(found.id), failures=failures, until=rests_until.isoformat())
            outbox.put_off(session, follow_ups.lanes(found.id), until=rests_until)
        if wait is not None:
            outbox.postpone(session, claimed, until=max(now + wait, rests_until or now), error=why)
        else:
            outbox.bury(session, claimed, now=now, error=why)


def _message_id(claimed: Claimed) -> str:
    """The same at each try, so that receivers recognise repeats."""
    if "message" in claimed.payload:
        return claimed.payload["message"]
    return f"msg_{UUID(claimed.payload['follow_up']).hex}_{claimed.payload['entry']}_{claimed.payload['contact']}"


def _secrets(rt: Runtime, follow_up: FollowUp, *, now: datetime) -> list[str]:
    old = follow_up.old_secret if follow_up.old_until is not None and now < follow_up.old_until else ""
    sealed = [follow_up.secret, *([old] if old else [])]
    return [keys.unseal(rt.ring, each, context=secret_context(follow_up.id)).decode() for each in sealed]
