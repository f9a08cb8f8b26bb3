"""Mailboxes that want no mail of this service any more: who holds one takes that back, or the person at this machine at their word."""

from datetime import datetime

from ...crypto.tokens import LinkPurpose
from ...domain.audit import Actor, AuditAct
from ...domain.booking import Party
from ...domain.people import masked_address
from ...domain.timeline import Happened
from ...runtime import Runtime
from ...storage import access, timeline
from ...storage.engine import snapshot, transaction
from . import audit, limits, links


def stands(rt: Runtime, email: str) -> bool:
    """Whether nobody may write to this mailbox."""
    with snapshot(rt.engine) as session:
        return access.is_blocked(session, limits.mailbox_marks(rt, email))


def take_back(rt: Runtime, token: str, *, now: datetime) -> None:
    """By the link of the mail that nobody there had asked for. What was left out meanwhile is not sent later.

    Raises UnknownBooking, BookingErased."""
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.NOT_ME)
        if access.unblock(session, limits.mailbox_marks(rt, booking.invitee.email)):
            timeline.add(session, booking.id, Happened.UNBLOCKED, by=Party.INVITEE, at=now)


def lift(rt: Runtime, email: str, *, reason: str, by: Actor, now: datetime) -> bool:
    """At the word of whoever holds it. False where there was nothing to lift, and then nothing is written down."""
    with transaction(rt.engine) as session:
        lifted = access.unblock(session, limits.mailbox_marks(rt, email))
        if lifted:
            audit.record(session, AuditAct.BLOCK_LIFTED, by=by, about=masked_address(email), reason=reason, now=now)
    return lifted
