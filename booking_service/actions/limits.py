"""How often somebody may do something. Who is kept as a keyed hash only, for as long as the rule looks back."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ..domain.errors import TooManyRequests
from ..domain.people import canonical_mailbox
from ..keys import mac, macs
from ..notation import Rate
from ..runtime import Runtime
from ..storage import access


def use(rt: Runtime, session: Session, rule: str, who: str | UUID, *, now: datetime) -> None:
    """Count one use of `rule` (a name of settings.limits). Raises TooManyRequests, and then counts nothing."""
    rates: tuple[Rate, ...] = getattr(rt.settings.limits, rule)
    mark = mac(rt.ring, "limit", str(who).encode()).hex()[:32]
    for rate in rates:
        used, oldest = access.attempts_since(session, rule, mark, since=now - rate.per)
        if used >= rate.count and oldest is not None:
            raise TooManyRequests(f"{rule}: {used} uses", again_at=oldest + rate.per)
    access.note_attempt(session, rule, mark, now=now)


def mailbox_marks(rt: Runtime, email: str) -> tuple[str, ...]:
    """A mailbox as blocks know it: a keyed hash under every key, the newest first."""
    return tuple(each.hex() for each in macs(rt.ring, "mailbox", canonical_mailbox(email).encode()))


def longest(rt: Runtime) -> Rate:
    """The rate that looks back furthest: older uses may be forgotten."""
    rates = [rate for name in type(rt.settings.limits).model_fields for rate in _rates(rt, name)]
    return max(rates, key=lambda rate: rate.per)


def _rates(rt: Runtime, name: str) -> tuple[Rate, ...]:
    value = getattr(rt.settings.limits, name)
    return value if isinstance(value, tuple) else ()
