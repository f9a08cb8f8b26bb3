"""Blocking and unblocking networks, for the whole organisation, by administrators, on record.

No request blocks a network by itself, so no stranger can get another blocked. From a blocked network no time can be
held; mailed links, including one-time links, still work.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.audit import Actor, AuditAct
from ...domain.errors import NetworkBlocked
from ...domain.network_blocks import (
    LONGEST,
    MOST,
    REASON_LENGTH,
    BlockRefused,
    Network,
    NetworkBlock,
    NotBlocked,
    is_blocked,
    read_network,
)
from ...domain.text import one_line
from ...runtime import Runtime
from ...storage import network_blocks
from ...storage.engine import snapshot, transaction
from . import audit


def listed(rt: Runtime, *, now: datetime) -> tuple[NetworkBlock, ...]:
    with snapshot(rt.engine) as session:
        return read(session, now=now)


def read(session: Session, *, now: datetime) -> tuple[NetworkBlock, ...]:
    """The blocks in force, newest first."""
    return tuple(each for each in network_blocks.every(session) if each.on(now))


def refuse(blocks: Iterable[NetworkBlock], network: str, *, now: datetime) -> None:
    """Raises NetworkBlocked. Reads nothing: the offering already contains the blocks."""
    if is_blocked(blocks, network, now=now):
        raise NetworkBlocked("this network is shut out")


def block(
    rt: Runtime,
    written: str,
    *,
    reason: str,
    lasts: timedelta | None,
    by: Actor,
    own: bool = False,
    now: datetime,
) -> NetworkBlock:
    """Block a network for this long, or until it is unblocked; replaces an earlier block of the same network.

    `own`: it may contain the administrator themselves. Raises BlockRefused.
    """
    network, reason = read_network(written), one_line(reason)
    if not reason or len(reason) > REASON_LENGTH:
        raise BlockRefused(NotBlocked.REASON)
    if lasts is not None and not timedelta(0) < lasts <= LONGEST:
        raise BlockRefused(NotBlocked.LENGTH)
    until = now + lasts if lasts is not None else None
    made = NetworkBlock(network=network, reason=reason, since=now, until=until, by=by.name)
    if not own and is_blocked([made], by.network, now=now):
        raise BlockRefused(NotBlocked.OWN)
    with transaction(rt.engine) as session:
        network_blocks.one_at_a_time(session)
        others = [each for each in read(session, now=now) if each.network != network]
        if len(others) >= MOST:
            raise BlockRefused(NotBlocked.TOO_MANY)
        network_blocks.keep(session, [made, *others], now=now)
        after = until.isoformat() if until else ""
        audit.record(session, AuditAct.NETWORK_BLOCKED, by=by, about=str(network), after=after, reason=reason, now=now)
    return made


def let_in(rt: Runtime, network: Network, *, by: Actor, now: datetime) -> bool:
    """Unblock. False where it was not blocked; then nothing is recorded."""
    with transaction(rt.engine) as session:
        network_blocks.one_at_a_time(session)
        standing = read(session, now=now)
        left = [each for each in standing if each.network != network]
        if len(left) == len(standing):
            return False
        network_blocks.keep(session, left, now=now)
        audit.record(session, AuditAct.NETWORK_LET_IN, by=by, about=str(network), now=now)
    return True


def forget(session: Session, *, now: datetime) -> None:
    """Delete expired blocks."""
    network_blocks.one_at_a_time(session)
    kept = network_blocks.every(session)
    standing = [each for each in kept if each.on(now)]
    if len(standing) < len(kept):
        network_blocks.keep(session, standing, now=now)
