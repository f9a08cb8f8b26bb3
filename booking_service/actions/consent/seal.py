"""Giving entries their place in the tree, at each tick of the worker, in whole transactions."""

from datetime import datetime

from ...runtime import Runtime
from ...storage import ledger_tree
from ...storage.engine import snapshot, transaction
from . import noes_file

AT_ONCE = 5000  # entries in one transaction


def seal_due(rt: Runtime, *, now: datetime) -> int:
    """Seal all waiting entries, at most AT_ONCE per transaction. Returns how many."""
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
            noes_file.write_down(rt, session, waiting, now=now)
            ledger_tree.grow(session, waiting, now=now)
    return len(waiting)
