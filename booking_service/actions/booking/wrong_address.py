"""What an old link still does after the booking's address was corrected: its reader can block their mailbox.

The booking is not theirs, so they see and end nothing of it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose
from ...domain.effects import Occasion
from ...domain.errors import UnknownBooking
from ...domain.people import Invitee, Organisation
from ...runtime import Runtime
from ...storage import access, hosts, mail_log
from ...storage.engine import snapshot, transaction
from ..access import limits, links
from ..consent import withdrawals
from ..consent.answers import Press


@dataclass(frozen=True, slots=True)
class WrongAddress:
    """Who was mailed by mistake, in the language chosen for them. `blocked`: the mailbox is blocked."""

    email: str
    language: str
    organisation: Organisation
    blocked: bool


def show(rt: Runtime, token: str) -> WrongAddress:
    """Raises UnknownBooking, BookingErased."""
    with snapshot(rt.engine) as session:
        wrong = _found(session, token)
        blocked = access.is_blocked(session, limits.mailbox_marks(rt, wrong.email))
        return WrongAddress(wrong.email, wrong.language, hosts.organisation(session), blocked)


def never_again(rt: Runtime, token: str, *, press: Press, now: datetime) -> None:
    """Block the mailbox, which is a no to every purpose. Raises UnknownBooking, BookingErased."""
    with transaction(rt.engine) as session:
        wrong = _found(session, token)
        withdrawals.end_everything(rt, session, wrong, press=press, now=now)
        access.block(session, limits.mailbox_marks(rt, wrong.email)[0], now=now)


def write_again(rt: Runtime, token: str) -> None:
    """Unblock the mailbox. Raises UnknownBooking, BookingErased."""
    with transaction(rt.engine) as session:
        access.unblock(session, limits.mailbox_marks(rt, _found(session, token).email))


def _found(session: Session, token: str) -> Invitee:
    """The recipient of the mail with this link, as far back as the mail log goes; their name is unknown."""
    booking, generation = links.replaced(session, token, LinkPurpose.NOT_ME)
    for email, occasion in mail_log.to_invitee(session, booking.id):
        if Occasion.read(occasion).numbers.get("g") == generation:
            return replace(booking.invitee, name="", email=email)
    raise UnknownBooking("no mail with this link has left")
