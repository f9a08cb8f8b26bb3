"""The mail that takes the head of the consent ledger out of reach of whoever controls the database."""

from datetime import datetime

from ..domain.people import Organisation
from .letters.blocks import Quote, Says
from .message import OutgoingMail
from .to_operator import to_operator

_KEEP = "Keep this mail. Who owns the database can rewrite all of the ledger together; only a head that was kept elsewhere shows that."
_USE = "Whoever is to check the ledger says it behind --head to `booking-service consents verify`, and to `verify.py` of a proof."


def compose_ledger_head(
    address: str, head: str, *, at: datetime, sender: str, organisation: Organisation, occasion: str, now: datetime
) -> OutgoingMail:
    """`head`: SIZE:ROOT of the tree `at` an instant. `occasion`: the day."""
    return to_operator(
        address,
        f"Consent ledger {occasion}: {head.partition(':')[0]} entries",
        Quote(f"The head of {at:%Y-%m-%d %H:%M} UTC", head),
        Says(_KEEP),
        Says(_USE),
        kind="ledger-head",
        occasion=occasion,
        sender=sender,
        organisation=organisation,
        now=now,
    )
