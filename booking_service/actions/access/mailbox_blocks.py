"""Mailboxes that want no more mail: unblocked by their owner, or by the operator at their word."""

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
    """Whether this mailbox is blocked."""
    with snapshot(rt.engine) as session:
        return access.is_blocked(session, limits.mailbox_marks(rt, email))


def take_back(rt: Runtime, token: str, *, now: datetime) -> None:
    """Unblock by the link in the mail that was not asked for. Mails left out meanwhile are not sent later.

    Raises UnknownBooking, BookingErased.
    """
    with transaction(rt.engine) as session:
        booking, _ = links.locked(session, token, LinkPurpose.NOT_ME)
        if access.unblock(session, limits.mailbox_marks(rt, booking.invitee.email)):
            timeline.add(session, booking.id, Happened.UNBLOCKED, by=Party.INVITEE, at=now)


def lift(rt: Runtime, email: str, *, reason: str, by: Actor, now: datetime) -> bool:
    """Unblock at the owner's word. False where it was not blocked; then nothing is recorded."""
    with transaction(rt.engine) as session:
        lifted = access.unblock(session, limits.mailbox_marks(rt, email))
        if lifted:
            audit.record(session, AuditAct.BLOCK_LIFTED, by=by, about=masked_address(email), reason=reason, now=now)
    return lifted
