"""Whether a mail that waited still says something true; one that does not is dropped rather than sent late."""

from ..domain.effects import Mail
from ..domain.mail_kinds import ROWS, Subject
from .facts import MailFacts


def superseded(mail: Mail, facts: MailFacts) -> str | None:
    """Why the mail is not to be sent any more, in a word for the timeline; None: it is.

    Raises ValueError for a kind that is not about a booking.
    """
    row = ROWS[mail.kind]
    if row.subject is not Subject.BOOKING:
        raise ValueError(f"{mail.kind} is not about a booking")
    if facts.replaced:
        return "replaced"
    return row.untrue(mail, facts.booking, requested=facts.requested, now=facts.now)
