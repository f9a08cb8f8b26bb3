"""A contact that staff create by hand, without any consent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...domain.consent_moves import refuse_erased
from ...runtime import Runtime
from ...storage import contacts, purposes
from ...storage.engine import transaction
from .contacts import find_or_make, locked


@dataclass(frozen=True, slots=True)
class MadeContact:
    """`new`: there was none with this address or, without one, this number."""

    id: UUID
    new: bool


def make(rt: Runtime, *, address: str, phone: str, name: str, language: str, now: datetime) -> MadeContact:
    """Create a contact, or find it; nobody is mailed, and an existing contact keeps its name.

    `address`: as `staff_entries.identifier` reads it; `phone`: E.164; one of them is given. Raises ConsentRefused: they wished
    to be erased.
    """
    with transaction(rt.engine) as session:
        known = contacts.by_address(session, address) if address else contacts.by_phone(session, phone)
        if known is not None:
            return MadeContact(known.id, new=False)
        made = find_or_make(rt, session, address=address, phone=phone, name=name, language=language, now=now)
        circle = locked(rt, session, made.id)
        for standing in (circle.standing_for_every(), *(circle.standing(each) for each in purposes.every(session))):
            refuse_erased(standing)
        return MadeContact(made.id, new=True)
