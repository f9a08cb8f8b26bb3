"""Requests that no longer count against limits."""

from sqlmodel import Session

from ...domain.booking import NOBODYS_FAULT, Booking
from ...runtime import Runtime
from ...storage import access
from . import limits, networks


def give_back(rt: Runtime, session: Session, ended: Booking) -> None:
    """A request that failed through nobody's fault does not count, as the invitee is asked to make it again."""
    if ended.cause not in NOBODYS_FAULT:
        return
    networks.forget_holds(session, ended.host_id, ended.time.start, since=ended.created_at)
    whose = limits.mark(rt, ended.invitee.mailbox)
    access.forget_attempt(session, "book_per_mailbox", whose, at=ended.created_at)


def forgive_proven(rt: Runtime, session: Session, confirmed: Booking) -> None:
    """What led to a confirmation does not count against the mailbox's next request.

    The request, its resends, and everything requested for the mailbox meanwhile: its owner has answered.
    """
    networks.forget_holds(session, confirmed.host_id, confirmed.time.start, since=confirmed.created_at)
    whose = limits.mark(rt, confirmed.invitee.mailbox)
    rules = ("book_per_mailbox", "book_per_mailbox_under_attack", "mails_per_mailbox")
    access.forget_attempts_of(session, rules, whose, since=confirmed.created_at)
