"""What the link of a mail still does whose booking has another address since: whoever reads that mailbox can have it never written to
again. The booking is not theirs, so they see and end nothing of it."""

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
    """Who was written to by mistake, in the language that was chosen for them. `blocked`: nobody writes to them any more."""

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
    """Their no to every purpose as well. Raises UnknownBooking, BookingErased."""
    with transaction(rt.engine) as session:
        wrong = _found(session, token)
        access.block(session, limits.mailbox_marks(rt, wrong.email)[0], now=now)
        withdrawals.end_everything(rt, session, wrong, press=press, now=now)


def write_again(rt: Runtime, token: str) -> None:
    """They take that back. Raises UnknownBooking, BookingErased."""
    with transaction(rt.engine) as session:
        access.unblock(session, limits.mailbox_marks(rt, _found(session, token).email))


def _found(session: Session, token: str) -> Invitee:
    """To whom the mail with this link went, as far as the mail log goes back; what they are called nobody knows."""
    booking, generation = links.replaced(session, token, LinkPurpose.NOT_ME)
    for email, occasion in mail_log.to_invitee(session, booking.id):
        if Occasion.read(occasion).numbers.get("g") == generation:
            return replace(booking.invitee, name="", email=email)
    raise UnknownBooking("no mail with this link has left")
