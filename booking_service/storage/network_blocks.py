"""Networks that are shut out, all in one noted value. They are kept as they are written, and no longer than they are shut out:
an administrator has to see which one to let in again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from sqlmodel import Session

from ..domain.network_blocks import NetworkBlock
from . import named_locks, operations


def every(session: Session) -> tuple[NetworkBlock, ...]:
    """In force or over, the newest first."""
    noted = operations.noted(session, operations.BLOCKS)
    return blocks_of(noted.detail if noted else None)


def one_at_a_time(session: Session) -> None:
    """Nobody else changes them until this transaction ends."""
    named_locks.alone(session, [operations.BLOCKS])


def keep(session: Session, blocks: Iterable[NetworkBlock], *, now: datetime) -> None:
    """In place of all there were. To be called by who changes them one at a time."""
    operations.note(session, operations.BLOCKS, at=now, detail={"blocks": [_stored(each) for each in blocks]})


def blocks_of(detail: Mapping[str, Any] | None) -> tuple[NetworkBlock, ...]:
    """As they are kept."""
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
