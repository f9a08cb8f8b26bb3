"""A contact that staff make by hand, with no consent recorded yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...domain.consent_moves import refuse_erased
from ...runtime import Runtime
from ...storage import contacts, purposes
from ...storage.engine import transaction
from .contacts import find_or_make, locked


@dataclass(frozen=True, slots=True)
class Made:
    """`new`: that there was none of this address or, without one, of this number."""

    id: UUID
    new: bool


def make(rt: Runtime, *, address: str, phone: str, name: str, language: str, now: datetime) -> Made:
    """Nobody is written to. What a known contact is called stays as it was.

    `address`: as `staff.identifier` reads it; `phone`: E.164; one of them is given. Raises ConsentRefused: they wished to be erased.
    """
    with transaction(rt.engine) as session:
        known = contacts.by_address(session, address) if address else contacts.by_phone(session, phone)
        if known is not None:
            return Made(known.id, new=False)
        made = find_or_make(rt, session, address=address, phone=phone, name=name, language=language, now=now)
        circle = locked(rt, session, made.id)
        for standing in (circle.standing_for_every(), *(circle.standing(each) for each in purposes.every(session))):
            refuse_erased(standing)
        return Made(made.id, new=True)
