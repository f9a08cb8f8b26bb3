"""Mailing the head of the consent ledger each day to addresses outside, to reveal a rewritten ledger."""

from datetime import datetime

import structlog

from ...domain.timestamps import head_text
from ...mail.errors import MailError
from ...mail.ledger_head import compose_ledger_head
from ...mail.transport import retry_after
from ...runtime import Runtime
from ...storage import hosts, ledger_tree, outbox
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from .facts import sender
from .send import reason

KIND = "ledger-head"

log = structlog.get_logger()


def owe_due(rt: Runtime, *, now: datetime) -> None:
    """Owe today's mail (UTC) to each configured address, once there are entries."""
    addresses = rt.settings.anchor.mail_to
    if not addresses:
        return
    with transaction(rt.engine) as session:
        if ledger_tree.latest_head(session) is None:
            return
        for each in addresses:
            key, payload = f"{KIND}:{now:%Y-%m-%d}:{each}", {"address": each, "day": f"{now:%Y-%m-%d}"}
            outbox.add_once(session, key, kind=KIND, lane=f"{KIND}:{each}", payload=payload, due_at=now, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Mail the present head, or schedule the next try. Raises StorageBusy."""
    now, address = rt.clock.now(), claimed.payload["address"]
    with snapshot(rt.engine) as session:
        head, organisation = ledger_tree.latest_head(session), hosts.organisation(session)
    wait = answer = None
    if head is not None and address in rt.settings.anchor.mail_to:
        outgoing = compose_ledger_head(
            address,
            head_text(head.size, head.root).decode(),
            at=head.at,
            sender=sender(rt),
            organisation=organisation,
            occasion=claimed.payload["day"],
            now=now,
        )
        try:
            rt.transport.send(outgoing)
        except MailError as error:
            wait, answer = retry_after(claimed.attempts) if error.retry else None, reason(error)
            log.warning("mail_not_sent", effect=claimed.key, error=type(error).__name__, attempts=claimed.attempts)
    with transaction(rt.engine) as session:
        if answer is None:
            outbox.finish(session, claimed, now=now)
        elif wait is not None:
            outbox.postpone(session, claimed, until=now + wait, error=answer)
        else:
            outbox.bury(session, claimed, now=now, error=answer)
