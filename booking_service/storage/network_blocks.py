"""Blocked networks, stored in one operation's detail.

In clear, as an administrator must see which one to unblock, and only while they are blocked.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from sqlmodel import Session

from ..domain.network_blocks import NetworkBlock
from . import named_locks, operations


def every(session: Session) -> tuple[NetworkBlock, ...]:
    """All blocks, in force or over, newest first."""
    noted = operations.noted(session, operations.BLOCKS)
    return blocks_of(noted.detail if noted else None)


def one_at_a_time(session: Session) -> None:
    """Lock the blocks until the transaction ends."""
    named_locks.alone(session, [operations.BLOCKS])


def keep(session: Session, blocks: Iterable[NetworkBlock], *, now: datetime) -> None:
    """Replace all blocks. The caller holds `one_at_a_time`."""
    operations.note(session, operations.BLOCKS, at=now, detail={"blocks": [_stored(each) for each in blocks]})


def blocks_of(detail: Mapping[str, Any] | None) -> tuple[NetworkBlock, ...]:
    """Read the blocks from the stored detail."""
    return tuple(_read(each) for each in detail["blocks"]) if detail else ()


def _stored(block: NetworkBlock) -> dict[str, str | None]:
    return {
        "network": str(block.network),
        "reason": block.reason,
        "since": block.since.isoformat(),
        "until": block.until.isoformat() if block.until else None,
        "by": block.by,
    }


def _read(stored: Mapping[str, Any]) -> NetworkBlock:
    return NetworkBlock(
        network=ip_network(stored["network"]),
        reason=stored["reason"],
        since=datetime.fromisoformat(stored["since"]),
        until=datetime.fromisoformat(stored["until"]) if stored["until"] else None,
        by=stored["by"],
    )
