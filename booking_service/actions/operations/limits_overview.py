"""The limits, and the load they face, for those who run the service."""

from dataclasses import dataclass
from datetime import datetime

from ...config.limits import Hold, Limits
from ...config.notation import show_rates
from ...domain.attack import Attack
from ...domain.network_blocks import NetworkBlock
from ...domain.sentences import Sentence
from ...runtime import Runtime
from ...storage import access, gauges, operations
from ...storage.engine import snapshot
from ...storage.gauges import BookingGauges
from ..access import attack, flood, network_blocks


@dataclass(frozen=True, slots=True)
class LimitShown:
    """A setting with its description, its value, and whether that is the default."""

    key: str
    words: Sentence
    value: str
    usual: bool


@dataclass(frozen=True, slots=True)
class LimitsShown:
    """`attack`: the last state of attack mode. `floods`: reasons to switch it on. `blocked`: number of blocked
    mailboxes.

    `blocks`: blocked networks.
    """

    attack: Attack | None
    floods: tuple[Sentence, ...]
    bookings: BookingGauges
    blocked: int
    blocks: tuple[NetworkBlock, ...]
    limits: tuple[LimitShown, ...]


def show(rt: Runtime, *, now: datetime) -> LimitsShown:
    with snapshot(rt.engine) as session:
        floods = flood.signs(operations.noted(session, operations.FLOOD), now=now)
        found, blocked = gauges.of_bookings(session, now=now), access.count_blocked(session)
        blocks = network_blocks.read(session, now=now)
        return LimitsShown(attack.read(session), floods, found, blocked, blocks, _limits(rt))


def _limits(rt: Runtime) -> tuple[LimitShown, ...]:
    sections = (("hold", rt.settings.hold, Hold()), ("limits", rt.settings.limits, Limits()))
    return tuple(
        LimitShown(
            f"{section}.{name}",
            Sentence(field.description or ""),
            _written(getattr(actual, name)),
            getattr(actual, name) == getattr(usual, name),
        )
        for section, actual, usual in sections
        for name, field in type(usual).model_fields.items()
    )


def _written(value: object) -> str:
    return show_rates(value) if isinstance(value, tuple) else str(value)
