"""How often somebody may do something. Who is kept as a keyed hash only, for as long as the rule looks back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...config.notation import Rate
from ...crypto.keys import mac, macs
from ...domain.booking import NOBODYS_FAULT, Booking, Party
from ...domain.errors import TooManyRequests
from ...domain.people import canonical_mailbox
from ...runtime import Runtime
from ...storage import access, bookings

EVERYBODY = "everybody"


def use(rt: Runtime, session: Session, rule: str, who: str | UUID, *, now: datetime) -> None:
    """Count one use of `rule` (a name of settings.limits). Raises TooManyRequests, and then counts nothing."""
    mark = _mark(rt, who)
    access.one_at_a_time(session, rule, mark)
    _use(rt, session, rule, mark, now=now)


def use_once(rt: Runtime, session: Session, rule: str, who: str | UUID, *, what: str, now: datetime) -> None:
    """As `use`, but the same `what` counts once for as long as the rule looks back: a form may be sent twice."""
    mark, repeated = _mark(rt, who), _mark(rt, f"{who} {what}")
    access.one_at_a_time(session, rule, mark)
    longest_ago = now - max((rate.per for rate in _rates(rt, rule)), default=timedelta(0))
    if access.attempts_since(session, rule, repeated, since=longest_ago)[0]:
        return
    _use(rt, session, rule, mark, now=now)
    access.note_attempt(session, rule, repeated, now=now)


def one_at_a_time(rt: Runtime, session: Session, rule: str, who: str) -> None:
    """Whoever else counts what `who` has by `rule` waits until this transaction ends."""
    access.one_at_a_time(session, rule, _mark(rt, who))


def give_back(rt: Runtime, session: Session, ended: Booking) -> None:
    """A request that came to nothing through nobody's fault does not count: the invitee is asked to make it again."""
    if ended.cause not in NOBODYS_FAULT:
        return
    for rule, who in (("book_per_mailbox", ended.invitee.mailbox), ("confirmation_mails", EVERYBODY)):
        access.forget_attempt(session, rule, _mark(rt, who), at=ended.created_at)


def forgive_proven(rt: Runtime, session: Session, confirmed: Booking) -> None:
    """What led to a confirmation does not count against the mailbox's next request: the request, its resends, and all
    that was asked for the mailbox meanwhile, as who holds it has answered."""
    mark = _mark(rt, confirmed.invitee.mailbox)
    access.forget_attempts_of(session, "book_per_mailbox", mark, since=confirmed.created_at)


def free_from(rt: Runtime, session: Session, rule: str, who: str | UUID, *, now: datetime) -> datetime | None:
    """From when `who` may use `rule` again; None for now."""
    refusal = _refusal(rt, session, rule, _mark(rt, who), now=now)
    return refusal.again_at if refusal else None


def use_mail(rt: Runtime, session: Session, *, now: datetime) -> None:
    """Count one mail to a mailbox that nobody has proven, whoever the host is. Raises TooManyRequests.

    Not one at a time: all hosts would wait for one another, for a limit that may be a few mails too generous.
    """
    _use(rt, session, "confirmation_mails", _mark(rt, EVERYBODY), now=now)


def use_guests(rt: Runtime, session: Session, guests: Sequence[str], *, now: datetime) -> None:
    """Count that each of these is named as a guest: who asks for a time with a mailbox of their own could otherwise have
    any number of invitations sent to somebody else. In one order, as two may wait for one another. Raises TooManyRequests."""
    for mailbox in sorted({canonical_mailbox(guest) for guest in guests}):
        use(rt, session, "guest_per_mailbox", mailbox, now=now)


def use_move(rt: Runtime, session: Session, hold: Booking, start: datetime, *, now: datetime) -> None:
    """Count the move of a hold whose invitee has not confirmed: each is one more mail to a mailbox nobody has proven.
    Raises TooManyRequests."""
    if start != hold.time.start and Party.INVITEE in hold.awaits:
        use(rt, session, "moves_per_mailbox", hold.invitee.mailbox, now=now)
        use_mail(rt, session, now=now)


def refuse_unconfirmed(rt: Runtime, session: Session, host_id: UUID, *, now: datetime) -> None:
    """Raises TooManyRequests: of what was asked of this host lately, so much was never confirmed."""
    for rate in rt.settings.limits.unconfirmed_per_host:
        asked_at = bookings.unconfirmed_since(session, host_id, since=now - rate.per)
        if len(asked_at) >= rate.count:
            again_at = asked_at[len(asked_at) - rate.count] + rate.per
            raise TooManyRequests(f"unconfirmed_per_host: {len(asked_at)} requests", again_at=again_at)


def mailbox_marks(rt: Runtime, email: str) -> tuple[str, ...]:
    """A mailbox as blocks know it: a keyed hash under every key, the newest first."""
    return tuple(each.hex() for each in macs(rt.ring, "mailbox", canonical_mailbox(email).encode()))


def longest(rt: Runtime) -> timedelta:
    """How far the rules look back at most: older uses may be forgotten."""
    rates = [rate for name in type(rt.settings.limits).model_fields for rate in _rates(rt, name)]
    return max((rate.per for rate in rates), default=timedelta(0))


def _use(rt: Runtime, session: Session, rule: str, mark: str, *, now: datetime) -> None:
    if refusal := _refusal(rt, session, rule, mark, now=now):
        raise refusal
    access.note_attempt(session, rule, mark, now=now)


def _refusal(rt: Runtime, session: Session, rule: str, mark: str, *, now: datetime) -> TooManyRequests | None:
    for rate in _rates(rt, rule):
        used, oldest = access.attempts_since(session, rule, mark, since=now - rate.per)
        if used >= rate.count and oldest is not None:
            return TooManyRequests(f"{rule}: {used} uses", again_at=oldest + rate.per)
    return None


def _mark(rt: Runtime, who: str | UUID) -> str:
    return mac(rt.ring, "limit", str(who).encode()).hex()[:32]


def _rates(rt: Runtime, name: str) -> tuple[Rate, ...]:
    value = getattr(rt.settings.limits, name)
    return value if isinstance(value, tuple) else ()
