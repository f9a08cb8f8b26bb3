"""The mail that takes the head of the consent ledger out of the reach of who owns the database. It speaks English, as the command
line does, to which it leads."""

from datetime import datetime

from ..domain.people import Organisation
from ..language import SOURCE, language_of
from .headers import Mailbox, clean
from .letters.blocks import Letter, Quote, Says, written
from .letters.letterhead import letterhead
from .message import OutgoingMail, stable_message_id

_KEEP = "Keep this mail. Who owns the database can rewrite all of the ledger together; only a head that was kept elsewhere shows that."
_USE = "Whoever is to check the ledger says it behind --head to `booking-service consents verify`, and to `verify.py` of a proof."


def compose_ledger_head(
    address: str, head: str, *, at: datetime, sender: str, organisation: Organisation, occasion: str, now: datetime
) -> OutgoingMail:
    """`head`: SIZE:ROOT of the tree as it stood `at` an instant; `occasion`: the day."""
    letter = Letter(
        language=language_of(SOURCE),
        subject=f"Consent ledger {occasion}: {head.partition(':')[0]} entries",
        blocks=(Quote(f"The head of {at:%Y-%m-%d %H:%M} UTC", head), Says(_KEEP), Says(_USE)),
    )
    text, html = written(letter, letterhead(organisation, "Booking Service"))
    return OutgoingMail(
        sender=Mailbox(sender, clean(organisation.name)),
        to=Mailbox(address, ""),
        subject=letter.subject,
        text=text,
        html=html,
        message_id=stable_message_id(
            booking_id="",
            kind="ledger-head",
            recipient=address,
            occasion=occasion,
            domain=sender.rpartition("@")[2],
        ),
        date=now,
    )
