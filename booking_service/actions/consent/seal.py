"""Giving entries their place in the tree. The worker does it each tick; whoever dies in it leaves nothing half done."""

from datetime import datetime

from ...runtime import Runtime
from ...storage import ledger_tree
from ...storage.engine import snapshot, transaction
from . import noes_outside

AT_ONCE = 5000  # entries in one transaction


def seal_due(rt: Runtime, *, now: datetime) -> int:
    """Seal what waits, at most AT_ONCE entries a transaction, until nothing does. Returns how many it were."""
    with snapshot(rt.engine) as session:
        waits = ledger_tree.any_unsealed(session)
    sealed = 0
    while waits:
        done = _seal(rt, now=now)
        sealed += done
        waits = done == AT_ONCE
    return sealed


def _seal(rt: Runtime, *, now: datetime) -> int:
    with transaction(rt.engine) as session:
        ledger_tree.one_sealer(session)
        waiting = ledger_tree.unsealed(session, limit=AT_ONCE)
        if waiting:
            noes_outside.write_down(rt, session, waiting, now=now)
            ledger_tree.grow(session, waiting, now=now)
    return len(waiting)
