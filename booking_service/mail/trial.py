"""The mail by which the operator tests the mail server."""

from datetime import datetime

from ..domain.people import Organisation
from .letters.blocks import Says
from .message import OutgoingMail
from .to_operator import to_operator

_SENT = "This is a test of your booking service: mails that it hands in arrive here."
_LOOK = "Did it come into the folder for spam? Then mails to people who book do, too: ask your mail provider about SPF and DKIM."


def compose_trial(address: str, *, sender: str, organisation: Organisation, now: datetime) -> OutgoingMail:
    """A test mail, with a Message-ID of its own."""
    return to_operator(
        address,
        "A test mail",
        Says(_SENT),
        Says(_LOOK),
        kind="trial",
        occasion=now.isoformat(),
        sender=sender,
        organisation=organisation,
        now=now,
    )
