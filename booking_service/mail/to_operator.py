"""Mails to the operator, in English like the command line."""

from datetime import datetime

from ..domain.people import Organisation
from ..language import SOURCE, language_of
from .headers import Mailbox, clean
from .letters.blocks import Block, Letter, written
from .letters.letterhead import letterhead
from .message import OutgoingMail, stable_message_id


def to_operator(
    address: str,
    subject: str,
    *blocks: Block,
    kind: str,
    occasion: str,
    sender: str,
    organisation: Organisation,
    now: datetime,
) -> OutgoingMail:
    """A mail to `address`, already checked, from the service's own `sender`. `kind` and `occasion`: for its
    Message-ID."""
    letter = Letter(language=language_of(SOURCE), subject=subject, blocks=blocks)
    text, html = written(letter, letterhead(organisation, "Booking Service"))
    domain = sender.rpartition("@")[2]
    return OutgoingMail(
        sender=Mailbox(sender, clean(organisation.name)),
        to=Mailbox(address, ""),
        subject=subject,
        text=text,
        html=html,
        message_id=stable_message_id(booking_id="", kind=kind, recipient=address, occasion=occasion, domain=domain),
        date=now,
    )
