"""Whether a waiting mail is still true; otherwise it is dropped, not sent late."""

from ..domain.effects import Mail
from ..domain.mail_kinds import ROWS, Subject
from .facts import MailFacts


def superseded(mail: Mail, facts: MailFacts) -> str | None:
    """Why the mail is no longer to be sent, in a word for the timeline; None where it is.

    Raises ValueError: the kind is not about a booking.
    """
    row = ROWS[mail.kind]
    if row.subject is not Subject.BOOKING:
        raise ValueError(f"{mail.kind} is not about a booking")
    if facts.replaced:
        return "replaced"
    return row.untrue(mail, facts.booking, requested=facts.requested, now=facts.now)
