"""Sending what is owed to people who sign in here. It stands on no timeline, and is worthless soon."""

from datetime import datetime
from uuid import UUID

import structlog

from ...crypto.tokens import Purpose, code_for
from ...domain.effects import MailKind
from ...mail.compose import compose_account
from ...mail.errors import MailError
from ...mail.letters.account import AccountFacts
from ...mail.transport import retry_after
from ...runtime import Runtime
from ...storage import hosts, outbox, people, sessions
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from ..access import sign_in
from .facts import base_url, sender
from .send import reason

log = structlog.get_logger()


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Send one mail about an account, or drop it where it has nothing to say any more, or to nobody. Raises StorageBusy
    only."""
    now = rt.clock.now()
    facts = _facts(rt, claimed, now=now)
    try:
        if facts is not None:
            rt.transport.send(compose_account(MailKind(claimed.payload["kind"]), facts=facts))
    except MailError as error:
        return _not_sent(rt, claimed, error, now=now)
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)
    log.info("account_mailed", effect=claimed.key, sent=facts is not None)


def _facts(rt: Runtime, claimed: Claimed, *, now: datetime) -> AccountFacts | None:
    with snapshot(rt.engine) as session:
        asked = sessions.find_sign_in(session, UUID(claimed.payload["sign_in_id"]))
        if asked is None or asked.person_id is None or not asked.is_open(rt.clock.real_now()):
            return None
        person, organisation = people.get(session, asked.person_id), hosts.organisation(session)
    return AccountFacts(
        person=person,
        organisation=organisation,
        sender=sender(rt),
        occasion=str(asked.id),
        url=f"{base_url(rt)}/{Purpose.SIGN_IN}/{sign_in.token(rt, asked)}",
        code=code_for(rt.ring, asked.id, 0),
        asked_at=asked.asked_at,
        ends_at=asked.ends_at,
        agent=asked.agent,
        now=now,
    )


def _not_sent(rt: Runtime, claimed: Claimed, error: MailError, *, now: datetime) -> None:
    """Tried again while that can help; who waits for it asks anew long before it is given up."""
    log.warning("mail_not_sent", kind=claimed.payload["kind"], error=type(error).__name__, attempts=claimed.attempts)
    wait = retry_after(claimed.attempts) if error.retry else None
    with transaction(rt.engine) as session:
        if wait is None:
            outbox.bury(session, claimed, now=now, error=reason(error))
        else:
            outbox.postpone(session, claimed, until=now + wait, error=reason(error))
