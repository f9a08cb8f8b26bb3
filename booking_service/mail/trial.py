"""The mail by which whoever runs the service tries out the mail server. It speaks English, as the command line does."""

from datetime import datetime

from ..domain.people import Organisation
from ..language import SOURCE, language_of
from .headers import Mailbox, clean
from .letters.blocks import Letter, Says, written
from .letters.letterhead import letterhead
from .message import OutgoingMail, stable_message_id

_SENT = "This is a test of your booking service: mails that it hands in arrive here."
_LOOK = "Did it come into the folder for spam? Then mails to people who book do, too: ask your mail provider about SPF and DKIM."


def compose_trial(address: str, *, sender: str, organisation: Organisation, now: datetime) -> OutgoingMail:
    """To `address`, which was checked; from the service's own one."""
    letter = Letter(language=language_of(SOURCE), subject="A test mail", blocks=(Says(_SENT), Says(_LOOK)))
    text, html = written(letter, letterhead(organisation, "Booking Service"))
    return OutgoingMail(
        sender=Mailbox(sender, clean(organisation.name)),
        to=Mailbox(address, ""),
        subject=letter.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id="",
            kind="trial",
            recipient=address,
            occasion=now.isoformat(),
            domain=sender.rpartition("@")[2],
        ),
        date=now,
    )
