"""The mail log: written in the transaction that settles a try, read by administrators."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlmodel import Session

from ...domain.mail_log import LoggedMail, MailCursor, Outcome, SoughtMail
from ...mail.message import OutgoingMail
from ...runtime import Runtime
from ...storage import mail_log
from ...storage.engine import after_commit, snapshot
from ...storage.outbox import Claimed
from ...telemetry import process_figures

PAGE = 50
COUNTED_TO = 1000
_LONGEST = 300  # characters of a reply
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


@dataclass(frozen=True, slots=True)
class MailLogPage:
    """One page of mails, the total number (counted to COUNTED_TO + 1), and where the next page begins."""

    mails: tuple[LoggedMail, ...]
    count: int
    further: MailCursor | None


def note(
    session: Session,
    claimed: Claimed,
    outgoing: OutgoingMail,
    outcome: Outcome,
    answer: str,
    *,
    booking_id: UUID | None = None,
    contact_id: UUID | None = None,
    now: datetime,
) -> None:
    """Record one try of a mail and the server's reply. `booking_id`, `contact_id`: with which it is erased."""
    mail = LoggedMail(
        at=now,
        kind=claimed.payload["kind"],
        address=outgoing.to.address,
        outcome=outcome,
        answer=without_addresses(answer)[:_LONGEST],
        tries=claimed.attempts,
        message_id=outgoing.message_id,
    )
    mail_log.note(session, claimed, mail, booking_id=booking_id, contact_id=contact_id)
    after_commit(session, partial(process_figures.MAILS.add, mail.kind, outcome))


def find(rt: Runtime, sought: SoughtMail, *, behind: MailCursor | None = None, limit: int = PAGE) -> MailLogPage:
    """Matching mails, newest first."""
    with snapshot(rt.engine) as session:
        found = mail_log.found(session, sought, behind=behind, limit=limit + 1)
        count = mail_log.count(session, sought, most=COUNTED_TO + 1)
    shown = tuple(found[:limit])
    return MailLogPage(shown, count, shown[-1].place if len(found) > limit else None)


def without_addresses(answer: str) -> str:
    """A server's reply without mail addresses, which it likes to repeat."""
    return _ADDRESS.sub("…", answer)
