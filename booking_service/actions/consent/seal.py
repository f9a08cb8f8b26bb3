"""Giving entries their place in the tree, at each tick of the worker, in whole transactions."""

from datetime import datetime
from time import sleep

from ...clock import monotonic
from ...runtime import Runtime
from ...storage import ledger_tree
from ...storage.engine import snapshot, transaction
from . import noes_file

AT_ONCE = 500  # entries in one transaction, some 40 ms for which others can't write


def seal_due(rt: Runtime, *, within_s: float | None = None, now: datetime) -> int:
    """Seal waiting entries, at most AT_ONCE per transaction. Returns how many.

    All of them, without a pause; or, with `within_s`, resting as long as each transaction took, and leaving to the next
    call what is not done within these seconds.
    """
    began, sealed = monotonic(), 0
    with snapshot(rt.engine) as session:
        waits = ledger_tree.any_unsealed(session)
    while waits:
        taken = monotonic()
        done = _seal(rt, now=now)
        sealed += done
        waits = done == AT_ONCE
        if waits and within_s is not None:
            held = monotonic() - taken
            if taken + 2 * held - began > within_s:
                break
            sleep(held)
    return sealed


def _seal(rt: Runtime, *, now: datetime) -> int:
    with transaction(rt.engine) as session:
        ledger_tree.one_sealer(session)
        waiting = ledger_tree.unsealed(session, limit=AT_ONCE)
        if waiting:
            noes_file.write_down(rt, session, waiting, now=now)
            ledger_tree.grow(session, waiting, now=now)
    return len(waiting)
