"""What lists show of a whole purpose, written down anew: it is new, while some said no to everything; or its consents last
otherwise than before.

The first contacts in the transaction that changes the purpose, the others by a worker, a piece a transaction, so that nobody
who books waits for all of them. What may leave never rests on it: the gate reads what was said.
"""

from time import sleep
from uuid import UUID

from sqlmodel import Session

from ...clock import monotonic
from ...domain.purposes import EVERY, Purpose
from ...runtime import Runtime
from ...storage import contacts, ledger, outbox, purposes, standings
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from .contacts import circles_of
from .pace import TURN_S, Pace

KIND = "standings"
AT_ONCE = 100


def write_down(rt: Runtime, session: Session, purpose: Purpose) -> None:
    """Who answers meanwhile waits until this transaction ends: an older standing would be written over theirs."""
    if _piece(rt, session, purpose, behind=None, size=AT_ONCE) is not None:
        key, now = f"{KIND}:{purpose.slug}", rt.clock.now()
        outbox.wake(session, key, kind=KIND, lane=key, payload={"purpose": purpose.slug}, due_at=now, now=now)


def waiting(session: Session) -> set[str]:
    """Purposes of which lists may show what was so before."""
    return {payload["purpose"] for payload in outbox.open_payloads(session, KIND)}


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Go on for a while, resting as long as each piece took. It begins anew where the purpose was changed once more."""
    payload, began, pace = claimed.payload, monotonic(), Pace()
    slug, same = payload["purpose"], payload.get("version") == str(claimed.version)
    behind = UUID(payload["behind"]) if same else None
    while True:
        with transaction(rt.engine) as session:
            purpose = purposes.find(session, slug)
            taken = monotonic()
            behind = _piece(rt, session, purpose, behind=behind, size=pace.size) if purpose is not None else None
            if behind is None:
                outbox.finish(session, claimed, now=rt.clock.now())
                return
            done = {"purpose": slug, "version": str(claimed.version), "behind": behind.hex}
            outbox.repack(session, claimed, done)
            if monotonic() - began > TURN_S:
                outbox.defer(session, claimed, until=rt.clock.now(), error="")
                return
        held = monotonic() - taken
        pace.learn(pace.size, held)
        sleep(held)


def _piece(rt: Runtime, session: Session, purpose: Purpose, *, behind: UUID | None, size: int) -> UUID | None:
    """Some contacts who said something about it or about everything, by their ids, and who is in company with them. Returns
    behind whom to go on; None: there are no more."""
    standings.shut(session, purpose.slug)
    ids = ledger.contacts_of(session, {purpose.slug, EVERY}, behind=behind, limit=size)
    circles = circles_of(rt, session, contacts.of_ids(session, ids).values())
    found = {
        member.id: circle.of(member).standing(purpose)
        for circle in circles.values()
        for member in circle.members(purpose.kind)
    }
    standings.write(session, purpose.slug, [*found.items()])
    return ids[-1] if len(ids) == size else None
