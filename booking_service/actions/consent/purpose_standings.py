"""Rewriting the cached standings of a whole purpose: when it is new, or its consents last differently.

The first contacts in the transaction that changes the purpose, the rest by a worker, in pieces, so that bookings don't
wait. Nothing leaves because of the cache: the gate reads the entries.
"""

from uuid import UUID

from sqlmodel import Session

from ...clock import monotonic
from ...domain.purposes import EVERY, Purpose
from ...runtime import Runtime
from ...storage import contacts, ledger, outbox, purposes, standings
from ...storage.engine import transaction
from ...storage.outbox import Claimed
from .contacts import circles_of
from .pace import TURN_S, Pace, rest

KIND = "standings"
AT_ONCE = 100


def write_down(rt: Runtime, session: Session, purpose: Purpose) -> None:
    """Rewrite; answers given meanwhile wait until the transaction ends, or older standings would overwrite theirs."""
    if _piece(rt, session, purpose, behind=None, size=AT_ONCE) is not None:
        key, now = f"{KIND}:{purpose.slug}", rt.clock.now()
        outbox.wake(session, key, kind=KIND, lane=key, payload={"purpose": purpose.slug}, due_at=now, now=now)


def waiting(session: Session) -> set[str]:
    """Purposes whose cached standings may be outdated."""
    return {payload["purpose"] for payload in outbox.open_payloads(session, KIND)}


def perform(rt: Runtime, claimed: Claimed) -> None:
    """Continue for a while, resting as long as each piece took; from the start where the purpose was changed again."""
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
        rest(rt, pace, pace.size, held=monotonic() - taken)


def _piece(rt: Runtime, session: Session, purpose: Purpose, *, behind: UUID | None, size: int) -> UUID | None:
    """The next contacts with an entry about the purpose or all purposes, by id, and those in their circles.

    Returns the contact after which to continue; None: there are no more.
    """
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
