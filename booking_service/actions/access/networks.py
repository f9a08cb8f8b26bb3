"""Limits by network: the network itself, and for IPv6 the /56 and /48 around it.

A network that has used nothing is never refused because of its neighbours: the request goes on without a hold, and its
mail waits for its turn. Networks are stored as keyed hashes.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...crypto.keys import macs
from ...domain.errors import StorageBusy, TooManyRequests
from ...domain.networks import around
from ...runtime import Runtime
from ...storage import access
from ...storage.engine import transaction
from . import limits

SHARES = (1, 2, 4)  # what a network, its /56 and its /48 may use, as multiples of the limit
REMEMBERED = timedelta(days=1)  # a network without requests for this long counts as new
_SAME_TIME = "same_time_per_network"


def marks(rt: Runtime, network: str) -> tuple[str, ...]:
    """The marks of the network and those around it, narrowest first."""
    return tuple(limits.mark(rt, each) for each in around(network))


def every_mark(rt: Runtime, network: str) -> tuple[tuple[str, ...], ...]:
    """For each of these networks its mark under every key."""
    return tuple(tuple(each.hex()[:32] for each in macs(rt.ring, "limit", name.encode())) for name in around(network))


def use(rt: Runtime, session: Session, rule: str, network: str, *, now: datetime) -> TooManyRequests | None:
    """Count one use of `rule` (a name in settings.limits) for the network and those around it.

    Returns why the request does not get everything: its neighbours used up the limit. Raises TooManyRequests: the
    network itself used some of it; nothing is counted.
    """
    own, *wider = marks(rt, network)
    access.one_at_a_time(session, rule, wider[-1] if wider else own)
    if refusal := limits.refusal(rt, session, rule, own, now=now):
        raise limits.counted(refusal, rule)
    found = (
        limits.refusal(rt, session, rule, each, share=share, now=now)
        for each, share in zip(wider, SHARES[1:], strict=False)
    )
    crowded = next((refusal for refusal in found if refusal), None)
    if crowded and access.attempts_since(session, rule, own, since=now - limits.looks_back(rt, rule))[0]:
        raise limits.counted(crowded, rule)
    for each in (own,) if crowded else (own, *wider):
        access.note_attempt(session, rule, each, now=now)
    return crowded


def use_for(rt: Runtime, session: Session, rule: str, whose: str, network: str, *, now: datetime) -> None:
    """Count one use of `whose` share of `rule`, requested by a network. Raises TooManyRequests.

    Half of it is reserved for networks without a request within a day, so that one network can't use up a stranger's
    share.
    """
    limits.one_at_a_time(rt, session, rule, whose)
    mark, asking = limits.mark(rt, whose), limits.mark(rt, f"{around(network)[-1]} {whose}")
    share = 2 if is_new(session, asking, rule=rule, now=now) else 1
    if refusal := limits.refusal(rt, session, rule, mark, share=share, now=now):
        raise limits.counted(refusal, rule)
    for each in (mark, asking):
        access.note_attempt(session, rule, each, now=now)


def refuse(rt: Runtime, session: Session, rule: str, network: str, *, now: datetime) -> None:
    """Raises TooManyRequests: the network used up `rule`. Counts nothing."""
    if refusal := limits.refusal(rt, session, rule, marks(rt, network)[0], now=now):
        raise limits.counted(refusal, rule)


def count_refusal(rt: Runtime, network: str, *, now: datetime) -> None:
    """Count a refusal in a transaction of its own, as the request's is rolled back; not while the database is busy.

    Raises TooManyRequests: the network was refused too often.
    """
    with suppress(StorageBusy), transaction(rt.engine) as session:
        use(rt, session, "refused_per_network", network, now=now)


def is_new(session: Session, widest: str, *, rule: str = "book_per_network", asked: int = 0, now: datetime) -> bool:
    """Whether this network (the last of its `marks`) made at most `asked` requests by `rule` within a day."""
    return access.attempts_since(session, rule, widest, since=now - REMEMBERED)[0] <= asked


def may_hold_again(
    rt: Runtime, session: Session, host_id: UUID, start: datetime, *, widest: str, now: datetime
) -> TooManyRequests | None:
    """Why the same network can't hold this time again: it recently did, and nobody confirmed."""
    return limits.refusal(rt, session, _SAME_TIME, _time(host_id, start) + widest, now=now)


def note_hold(session: Session, host_id: UUID, start: datetime, *, widest: str, now: datetime) -> None:
    access.note_attempt(session, _SAME_TIME, _time(host_id, start) + widest, now=now)


def forget_holds(session: Session, host_id: UUID, start: datetime, *, since: datetime) -> None:
    """A hold of this time was confirmed, or failed through nobody's fault: it does not count."""
    access.forget_attempts_beginning(session, _SAME_TIME, _time(host_id, start), since=since)


def _time(host_id: UUID, start: datetime) -> str:
    return f"{host_id} {start:%Y-%m-%dT%H:%MZ} "
