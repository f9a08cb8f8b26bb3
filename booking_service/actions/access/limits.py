"""Limits on how often something may be done. Who does it is stored as a keyed hash, as long as the rule looks back."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...config.notation import Left, Rate
from ...crypto.keys import mac, macs_of
from ...crypto.puzzles import LIFE
from ...domain.errors import TooManyRequests
from ...domain.freshness import CLOCKS_DIFFER
from ...domain.hold_budget import ALARM_QUIET
from ...domain.people import canonical_mailbox
from ...runtime import Runtime
from ...storage import access
from ...storage.engine import snapshot
from ...telemetry import process_figures


def use(rt: Runtime, session: Session, rule: str, who: str | UUID, *, now: datetime) -> None:
    """Count one use of `rule` (a name in settings.limits). Raises TooManyRequests: nothing is counted."""
    whose = mark(rt, who)
    access.one_at_a_time(session, rule, whose)
    _use(rt, session, rule, whose, now=now)


def use_once(rt: Runtime, session: Session, rule: str, who: str | UUID, *, what: str, now: datetime) -> None:
    """As `use`, but the same `what` counts once while the rule looks back, as a form may be sent twice."""
    whose, repeated = mark(rt, who), mark(rt, f"{who} {what}")
    access.one_at_a_time(session, rule, whose)
    if access.attempts_since(session, rule, repeated, since=now - looks_back(rt, rule))[0]:
        return
    _use(rt, session, rule, whose, now=now)
    access.note_attempt(session, rule, repeated, now=now)


def first_time(rt: Runtime, session: Session, rule: str, what: str, *, within: timedelta, now: datetime) -> bool:
    """Whether `what` was not noted by this rule within that time; it is from now on."""
    marked = mark(rt, what)
    access.one_at_a_time(session, rule, marked)
    if access.attempts_since(session, rule, marked, since=now - within)[0]:
        return False
    access.note_attempt(session, rule, marked, now=now)
    return True


def one_at_a_time(rt: Runtime, session: Session, rule: str, who: str) -> None:
    """Lock what `who` has used of `rule` until the transaction ends."""
    access.one_at_a_time(session, rule, mark(rt, who))


def free_from(rt: Runtime, session: Session, rule: str, who: str | UUID, *, now: datetime) -> datetime | None:
    """From when `who` may use `rule` again; None: now."""
    refused = refusal(rt, session, rule, mark(rt, who), now=now)
    return refused.again_at if refused else None


def note(rt: Runtime, session: Session, rule: str, who: str | UUID, *, now: datetime) -> None:
    """Count a use that was already made, whatever the rule says."""
    access.note_attempt(session, rule, mark(rt, who), now=now)


def use_guests(rt: Runtime, session: Session, guests: Sequence[str], *, now: datetime) -> None:
    """Count that each of these is named as a guest. Raises TooManyRequests.

    Otherwise somebody with a mailbox of their own could have any number of invitations sent to others. Locked in a
    fixed order, to avoid deadlocks.
    """
    for mailbox in sorted({canonical_mailbox(guest) for guest in guests}):
        use(rt, session, "guest_per_mailbox", mailbox, now=now)


def mailbox_marks(rt: Runtime, email: str) -> tuple[str, ...]:
    """A mailbox as blocks store it: a keyed hash under every key, newest first."""
    return marks_of_mailboxes(rt)(email)


def marks_of_mailboxes(rt: Runtime) -> Callable[[str], tuple[str, ...]]:
    """As `mailbox_marks`, for many."""
    marked = macs_of(rt.ring, "mailbox")
    return lambda email: tuple([each.hex() for each in marked(canonical_mailbox(email).encode())])


def counted(refused: TooManyRequests, rule: str) -> TooManyRequests:
    """Count the refusal for the metrics; used where it is raised, not where a limit is only looked at."""
    process_figures.LIMITED.add(rule)
    return refused


def refusal(
    rt: Runtime, session: Session, rule: str, whose: str, *, share: int = 1, now: datetime
) -> TooManyRequests | None:
    """Why `rule` allows no more to this mark, which has `share` times the limit; None where it does."""
    allowed = rates(rt, rule)
    if not allowed:
        return None
    sinces = [now - rate.per for rate in allowed]
    made = access.attempts_within(session, rule, whose, sinces, until=now + CLOCKS_DIFFER)
    for rate, (used, oldest) in zip(allowed, made, strict=True):
        if used >= rate.count * share and oldest is not None:
            return TooManyRequests(f"{rule}: {used} uses", again_at=oldest + rate.per)
    return None


def left(rt: Runtime, rule: str, who: str, *, now: datetime) -> Left | None:
    """How often `rule` allows it again, by the rate of which least is left; None without a limit."""
    allowed = rates(rt, rule)
    if not allowed:
        return None
    with snapshot(rt.engine) as session:
        sinces = [now - rate.per for rate in allowed]
        made = access.attempts_within(session, rule, mark(rt, who), sinces, until=now + CLOCKS_DIFFER)
    known = (
        Left(rate, max(0, rate.count - used), oldest + rate.per if oldest else now)
        for rate, (used, oldest) in zip(allowed, made, strict=True)
    )
    return min(known, key=lambda left: left.count)


def mark(rt: Runtime, who: str | UUID) -> str:
    """Who, as attempts and holds store them: a keyed hash."""
    return mac(rt.ring, "limit", str(who).encode()).hex()[:32]


def rates(rt: Runtime, name: str) -> tuple[Rate, ...]:
    value = getattr(rt.settings.limits, name)
    return value if isinstance(value, tuple) else ()


def longest(rt: Runtime) -> timedelta:
    """How far back the rules look at most; older attempts may be deleted.

    Includes answers to puzzles, which count once while they are valid, and the quiet time of a host's notice.
    """
    return max(LIFE, ALARM_QUIET, *(looks_back(rt, name) for name in type(rt.settings.limits).model_fields))


def looks_back(rt: Runtime, rule: str) -> timedelta:
    return max((rate.per for rate in rates(rt, rule)), default=timedelta(0))


def _use(rt: Runtime, session: Session, rule: str, whose: str, *, now: datetime) -> None:
    if refused := refusal(rt, session, rule, whose, now=now):
        raise counted(refused, rule)
    access.note_attempt(session, rule, whose, now=now)
