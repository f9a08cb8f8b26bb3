"""People about whom data is stored. Who only booked becomes a contact when their data is asked for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from ...domain.booking import Booking
from ...runtime import Runtime
from ...storage import bookings, contacts, outbox
from ...storage.contacts import Contact
from ..consent import staff_entries
from ..consent.contacts import find_or_make
from . import requests

KIND_OF_BOOKING = f"{requests.ERASE}-booking"


def key_of_booking(booking_id: UUID) -> str:
    """The key of the effect that erases a booking when it is over, as its invitee was erased before."""
    return f"{KIND_OF_BOOKING}:{booking_id}"


def by_address(rt: Runtime, session: Session, address: str, *, language: str, now: datetime) -> Contact | None:
    """The contact of an address with any data; bookings alone create one now."""
    found = contacts.by_address(session, address)
    if found is not None:
        return found
    return _of_bookings(rt, session, bookings.of_address(session, address), language=language, now=now)


def find(rt: Runtime, session: Session, who: str, *, now: datetime) -> Contact:
    """The contact that staff name, as `staff_entries.find`; bookings alone suffice, unless they are going to be erased.

    Raises UnknownContact, BookingError.
    """
    try:
        return staff_entries.find(session, who)
    except staff_entries.UnknownContact:
        address, _ = staff_entries.identifier(who) if "@" in who else ("", "")
        theirs = {key_of_booking(each.id): each for each in bookings.of_address(session, address)} if address else {}
        erased_later = outbox.open_keys(session, list(theirs))
        kept = [each for key, each in theirs.items() if key not in erased_later]
        found = _of_bookings(rt, session, kept, language="", now=now)
        if found is None:
            raise
        return found


def _of_bookings(
    rt: Runtime, session: Session, theirs: Sequence[Booking], *, language: str, now: datetime
) -> Contact | None:
    """A contact named as in the latest of these bookings."""
    if not theirs:
        return None
    invitee = theirs[-1].invitee
    return find_or_make(rt, session, address=invitee.email, name=invitee.name, language=language, now=now)
