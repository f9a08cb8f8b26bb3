"""Sending the mail with the link again, and to another address."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from ...domain import transitions
from ...domain.booking import Booking, Party
from ...domain.errors import AddressBlocked, AddressUnusable
from ...domain.people import canonical_mailbox
from ...runtime import Runtime
from ...storage import access, bookings, hosts, meetings
from ...storage.engine import transaction
from ..access import limits, links, mail_limits, networks
from ..consent import ask_by_form
from ..consent.contacts import locked_all
from . import hold_budget
from .find import by_public_id, lock_by_public_id


def resend(rt: Runtime, public_id: str, *, by: Party = Party.INVITEE, now: datetime) -> Booking:
    """Send the mail with the link again. Raises TooManyRequests, HoldExpired, BookingCancelled, AddressBlocked."""
    with transaction(rt.engine) as session:
        return _resend(rt, session, lock_by_public_id(session, public_id), by=by, now=now)


def resend_from(rt: Runtime, session: Session, booking: Booking, *, now: datetime) -> datetime | None:
    """From when the mail can be sent again; None: now."""
    limited = [
        limits.free_from(rt, session, rule, booking.invitee.mailbox, now=now)
        for rule in ("book_per_mailbox", "mails_per_mailbox")
    ]
    return max((instant for instant in limited if instant), default=None)


def correct_address(
    rt: Runtime, public_id: str, email: str, *, by: Party = Party.INVITEE, network: str = "", now: datetime
) -> Booking:
    """Send the link to another address; the old link becomes invalid.

    An invitee's correction counts for their `network` as a hold does, or one hold could be used to mail everybody; a
    host's counts for the mailbox. Asking which mailboxes are blocked counts for the network too. Raises
    TooManyRequests, HoldExpired, BookingCancelled, AddressBlocked, AddressUnusable.
    """
    try:
        return _correct(rt, public_id, email, by=by, network=network, now=now)
    except (AddressBlocked, AddressUnusable):
        if by is Party.INVITEE:
            networks.count_refusal(rt, network, now=now)
        raise


def _correct(rt: Runtime, public_id: str, email: str, *, by: Party, network: str, now: datetime) -> Booking:
    with transaction(rt.engine) as session:
        if by is Party.INVITEE:
            networks.refuse(rt, session, "refused_per_network", network, now=now)
        booking = _locked_with_asked(rt, session, public_id)
        if email == booking.invitee.email:
            return _resend(rt, session, booking, by=by, now=now)
        meeting = meetings.get(session, booking.meeting_type_id)
        decision = transitions.correct_address(booking, email, by=by, meeting=meeting, now=now)
        refuse_address(rt, session, email, host_email=hosts.get(session, booking.host_id).email)
        if canonical_mailbox(email) != booking.invitee.mailbox:
            hold_budget.refuse_many(rt, session, mailbox=canonical_mailbox(email), now=now)
        if by is Party.INVITEE:
            networks.use(rt, session, "book_per_network", network, now=now)
        limits.use(rt, session, "book_per_mailbox", canonical_mailbox(email), now=now)
        mail_limits.refuse(rt, session, canonical_mailbox(email), now=now)
        links.remember(rt, session, decision.booking)
        ask_by_form.follow_address(rt, session, booking, decision.booking, now=now)
        return bookings.record(session, decision, now=now)


def _locked_with_asked(rt: Runtime, session: Session, public_id: str) -> Booking:
    """As `lock_by_public_id`, and before it those whom the booking's form asked, as contacts are locked before hosts.

    Where somebody was asked while this waited for the host, all locks are released and taken again with theirs.
    """
    booking_id = by_public_id(session, public_id).id
    asked = ask_by_form.contacts_asked(session, booking_id)
    while True:
        tried = session.begin_nested()
        if asked:
            locked_all(rt, session, asked)
        booking = bookings.lock(session, booking_id)
        known, asked = asked, ask_by_form.contacts_asked(session, booking_id)
        if asked <= known:
            tried.commit()
            return booking
        tried.rollback()


def _resend(rt: Runtime, session: Session, booking: Booking, *, by: Party, now: datetime) -> Booking:
    decision = transitions.resend(booking, by=by, now=now)  # first, as its refusal is more helpful
    refuse_blocked(rt, session, booking.invitee.email)
    limits.use(rt, session, "book_per_mailbox", booking.invitee.mailbox, now=now)
    mail_limits.refuse(rt, session, booking.invitee.mailbox, now=now)
    return bookings.record(session, decision, now=now)


def refuse_address(rt: Runtime, session: Session, email: str, *, host_email: str) -> None:
    mailbox = canonical_mailbox(email)
    own: Iterable[str | None] = (host_email, rt.settings.smtp.sender)
    if mailbox in {canonical_mailbox(each) for each in own if each}:
        raise AddressUnusable("mail to this address would come back to the host")
    refuse_blocked(rt, session, email)


def refuse_blocked(rt: Runtime, session: Session, email: str) -> None:
    """Raises AddressBlocked."""
    if access.is_blocked(session, limits.mailbox_marks(rt, email)):
        raise AddressBlocked("this mailbox asked for no more mail")
