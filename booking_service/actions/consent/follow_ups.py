"""Which webhooks are told of answers: added with a secret that is shown once, given a new one, taken away."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from ...crypto import keys, webhooks
from ...crypto.ids import new_id
from ...domain.audit import Actor
from ...domain.audit import AuditAct as AuditAct
from ...domain.errors import BookingError, NotFound
from ...domain.follow_ups import ADDRESS_LENGTH, OLD_SECRET_LASTS, FollowUp
from ...runtime import Runtime
from ...storage import follow_ups, purposes
from ...storage.engine import snapshot, transaction
from ..access import audit
from .append import UnknownPurpose

KIND = "follow-up"

log = structlog.get_logger()


class WebhookRefused(BookingError):
    """This can't be the address of a webhook."""


def add(rt: Runtime, purpose: str, url: str, *, by: Actor, now: datetime) -> tuple[FollowUp, str]:
    """Have a webhook told of answers from now on. Returns it with its secret, which is shown this once.

    Raises UnknownPurpose, WebhookRefused.
    """
    address, secret, id = url.strip(), webhooks.new_secret(), new_id(now)
    if not address.startswith(("https://", "http://")) or len(address) > ADDRESS_LENGTH or len(address.split()) != 1:
        raise WebhookRefused("Write the whole address, like https://example.org/consents.")
    with transaction(rt.engine) as session:
        if purposes.find(session, purpose) is None:
            raise UnknownPurpose(f"there is no purpose {purpose!r}")
        made = FollowUp(id=id, purpose=purpose, url=address, secret=_sealed(rt, id, secret), made_at=now, by=by.name)
        follow_ups.save(session, made)
        audit.record(session, AuditAct.WEBHOOK_ADDED, by=by, about=purpose, after=address, now=now)
    return made, secret


def listed(rt: Runtime) -> list[FollowUp]:
    with snapshot(rt.engine) as session:
        return follow_ups.every(session)


def rotate(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> str:
    """A new secret, shown this once. The old one signs as well for a day. Raises NotFound."""
    secret = webhooks.new_secret()
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, id, lock=True)
        if found is None:
            raise NotFound("there is no such webhook")
        changed = replace(
            found, secret=_sealed(rt, id, secret), old_secret=found.secret, old_until=now + OLD_SECRET_LASTS
        )
        follow_ups.save(session, changed)
        audit.record(session, AuditAct.WEBHOOK_ROTATED, by=by, about=found.purpose, after=found.url, now=now)
    return secret


def remove(rt: Runtime, id: UUID, *, by: Actor, now: datetime) -> None:
    """It is told nothing more, not even what waits. Raises NotFound."""
    with transaction(rt.engine) as session:
        found = follow_ups.get(session, id, lock=True)
        if found is None:
            raise NotFound("there is no such webhook")
        follow_ups.remove(session, id)
        audit.record(session, AuditAct.WEBHOOK_REMOVED, by=by, about=found.purpose, before=found.url, now=now)


def _sealed(rt: Runtime, id: UUID, secret: str) -> str:
    return keys.seal(rt.ring, secret.encode(), context=secret_context(id))


def secret_context(id: UUID) -> str:
    """What a sealed secret belongs to."""
    return f"follow_up.secret:{id.hex}"
