"""Time stamps of the ledger's head by a third party, which not even the database's owner can forge."""

import secrets
from dataclasses import dataclass
from datetime import datetime

import structlog

from ...domain import timestamps
from ...domain.timestamps import NotStamped
from ...mail.transport import retry_after
from ...outgoing_requests import NotPosted, post
from ...runtime import Runtime
from ...storage import ledger_tree, outbox
from ...storage.engine import snapshot, transaction
from ...storage.outbox import Claimed
from . import seal

KIND = "anchor"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Anchored:
    """The head of `size` entries was stamped at the instant `at`, by the server's clock."""

    size: int
    root: bytes
    at: datetime


def owe_due(rt: Runtime, *, now: datetime) -> None:
    """Owe today's stamp, if a server is configured and there are new entries."""
    if rt.settings.anchor.url is None:
        return
    with transaction(rt.engine) as session:
        head, stamped = ledger_tree.latest_head(session), ledger_tree.latest_stamp(session)
        if head is not None and (stamped is None or stamped.head.size < head.size):
            key = f"{KIND}:{now:%Y-%m-%d}"
            outbox.add_once(session, key, kind=KIND, lane=KIND, payload={}, due_at=now, now=now)


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Have the present head stamped, or schedule the next try. Raises StorageBusy."""
    now = rt.clock.now()
    try:
        stamp(rt, now=now)
    except (NotPosted, NotStamped) as error:
        log.warning("not_stamped", error=str(error), attempts=claimed.attempts)
        wait = retry_after(claimed.attempts)
        with transaction(rt.engine) as session:
            if wait is not None:
                return outbox.postpone(session, claimed, until=now + wait, error=str(error))
            return outbox.bury(session, claimed, now=now, error=str(error))
    with transaction(rt.engine) as session:
        outbox.finish(session, claimed, now=now)


def stamp(rt: Runtime, *, now: datetime) -> Anchored | None:
    """Have the present head stamped now. None: no entries, or no server configured.

    Raises NotPosted, NotStamped.
    """
    url = rt.settings.anchor.url
    seal.seal_due(rt, now=now)
    with snapshot(rt.engine) as session:
        head = ledger_tree.latest_head(session)
    if head is None or url is None:
        return None
    nonce, text = secrets.randbits(63) | 1, timestamps.head_text(head.size, head.root)
    asked = timestamps.request(text, nonce=nonce)
    headers = {"Content-Type": timestamps.REQUEST, "Accept": timestamps.ANSWER}
    answer = post(rt.settings.anchor, url, asked, headers)
    timestamps.check(answer, text, nonce=nonce)
    with transaction(rt.engine) as session:
        ledger_tree.stamp(session, head.size, answer)
    return latest(rt)


def latest(rt: Runtime) -> Anchored | None:
    """The largest stamped head. Raises NotStamped: the stored stamp was replaced."""
    with snapshot(rt.engine) as session:
        found = ledger_tree.latest_stamp(session)
    if found is None:
        return None
    at = timestamps.check(found.stamp, timestamps.head_text(found.head.size, found.head.root))
    return Anchored(found.head.size, found.head.root, at)
