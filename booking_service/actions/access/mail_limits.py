"""Limits on mail to people who never asked for any: unproven invitees, guests, and hosts asked about unproven requests.

`refuse` rejects a request whose mail could not leave; `wait` counts every mail that leaves, of whatever kind, and makes
the rest wait. Waiting mails are dropped once they are no longer true, and merged where a later one says the same.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from ...config.notation import Rate
from ...domain.booking import Booking, BookingState, Party
from ...domain.effects import Mail, MailKind, MailRole
from ...domain.errors import TooManyRequests
from ...domain.people import canonical_mailbox
from ...runtime import Runtime
from ...storage import access, bookings
from . import limits, networks

_EVERYBODY = "everybody"
_NEWCOMERS = "confirmation_mails_of_newcomers"
_TO_HOSTS = (MailKind.APPROVE_BOOKING, MailKind.HOST_HELD)
_TURN = "turn"  # not a setting: when a mail's turn comes, by its key

Use = tuple[str, str]  # a rule (a name in settings.limits) and the mark of who uses it


def refuse(rt: Runtime, session: Session, mailbox: str, *, now: datetime) -> None:
    """Raises TooManyRequests: the unproven mailbox had its mails of the day."""
    if refusal := limits.refusal(rt, session, "mails_per_mailbox", limits.mark(rt, mailbox), now=now):
        raise refusal


def refuse_too_late(rt: Runtime, session: Session, network: Sequence[str], *, within: timedelta, now: datetime) -> None:
    """Raises TooManyRequests: so many mails wait that this one would not leave `within` its hold's lifetime.

    `network`: the marks of the request's network, already counted. Never for a network's first request, whose mail has
    a queue of its own.
    """
    turn = _next_turn(rt, session, _general(rt), now=now)
    if turn >= now + within and not networks.is_new(session, network[-1], asked=1, now=now):
        raise TooManyRequests("confirmation_mails: too many wait for their turn", again_at=turn - within)


def is_limited(mail: Mail, booking: Booking) -> bool:
    """Whether the mail goes to somebody who never asked for any."""
    match mail.to:
        case MailRole.GUEST:
            return True
        case MailRole.INVITEE:
            return not booking.proven
        case MailRole.HOST:
            return mail.kind in _TO_HOSTS and Party.INVITEE in booking.awaits
        case MailRole.PERSON | MailRole.CONTACT | MailRole.PARTNER:
            return False  # counted when requested (sign_in.py), or by its own rule (to_contacts.py)


def wait(
    rt: Runtime, session: Session, booking: Booking, mail: Mail, address: str, *, key: str, now: datetime
) -> datetime | None:
    """From when a limited mail may leave; None: now, and then it is counted. `key`: the mail's key in the outbox."""
    mailbox = limits.mark(rt, canonical_mailbox(address))
    match mail.to:
        case MailRole.GUEST:
            here = limits.mark(rt, f"{booking.id} {mailbox}")
            return _use(rt, session, (("mails_per_guest", mailbox), ("mails_per_guest_and_booking", here)), now=now)
        case MailRole.HOST:
            line = ("questions_per_host", limits.mark(rt, booking.host_id))
            return _turn(rt, session, booking, [line], key=key, now=now)
        case MailRole.INVITEE:
            theirs = ("mails_per_mailbox", mailbox)
            access.one_at_a_time(session, *theirs)  # locked before the queues, everywhere
            if full := _full(rt, session, [theirs], now=now):
                return full
            turn = _turn(rt, session, booking, _lines(rt, session, booking, now=now), key=key, now=now)
            if turn is None:
                access.note_attempt(session, *theirs, now=now)
            return turn
        case MailRole.PERSON | MailRole.CONTACT | MailRole.PARTNER:
            return None


def fullest(rt: Runtime, session: Session, *, now: datetime) -> tuple[int, Rate] | None:
    """The number of mails to invitees that left or wait, and the rate of which most is used; None without any rate."""
    everybody = limits.mark(rt, _EVERYBODY)
    used = [
        (access.attempts_since(session, rule, everybody, since=now - rate.per)[0], rate)
        for rule in ("confirmation_mails", _NEWCOMERS)
        for rate in limits.rates(rt, rule)
    ]
    return max(used, key=lambda each: each[0] / each[1].count, default=None)


def _use(rt: Runtime, session: Session, uses: Sequence[Use], *, now: datetime) -> datetime | None:
    """Count one use of each, or none where one has no room: then from when there is room."""
    for rule, whose in uses:
        access.one_at_a_time(session, rule, whose)
    if full := _full(rt, session, uses, now=now):
        return full
    for rule, whose in uses:
        access.note_attempt(session, rule, whose, now=now)
    return None


def _full(rt: Runtime, session: Session, uses: Sequence[Use], *, now: datetime) -> datetime | None:
    refusals = [limits.refusal(rt, session, rule, whose, now=now) for rule, whose in uses]
    return max((refusal.again_at for refusal in refusals if refusal), default=None)


def _lines(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> list[Use]:
    """The queues that this mail may use: everybody's, and that of networks' first requests."""
    came_from = bookings.network_of(session, booking.id)
    if not came_from or not networks.is_new(session, came_from[-1], asked=1, now=now):
        return [_general(rt)]
    return [_general(rt), (_NEWCOMERS, limits.mark(rt, _EVERYBODY))]


def _general(rt: Runtime) -> Use:
    return ("confirmation_mails", limits.mark(rt, _EVERYBODY))


def _turn(
    rt: Runtime, session: Session, booking: Booking, lines: Sequence[Use], *, key: str, now: datetime
) -> datetime | None:
    """When this mail's turn comes, in the shortest of these queues; None: now. A turn is assigned once.

    A turn after the hold's deadline is not assigned, as nothing would be left to confirm.
    """
    mail = limits.mark(rt, key)
    taken = access.newest_attempt(session, _TURN, mail)
    if taken is not None:
        return taken if taken > now else None
    for rule, whose in lines:
        access.one_at_a_time(session, rule, whose)
    turn, (rule, whose) = min((_next_turn(rt, session, each, now=now), each) for each in lines)
    if booking.state is not BookingState.HELD or turn < booking.hold_until:
        access.note_attempt(session, rule, whose, now=turn)
        access.note_attempt(session, _TURN, mail, now=turn)
    return turn if turn > now else None


def _next_turn(rt: Runtime, session: Session, line: Use, *, now: datetime) -> datetime:
    """The next instant at which one more mail keeps to the rule, with all assigned turns counted."""
    rule, whose = line
    turns = [now]
    for rate in limits.rates(rt, rule):
        before = access.newest_attempt(session, rule, whose, but=rate.count - 1)
        turns.append(before + rate.per if before is not None else now)
    return max(turns)
