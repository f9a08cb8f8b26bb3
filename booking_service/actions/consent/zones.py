"""The time zones for contacts, and where nobody's own is known."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ...domain.availability import local_date
from ...storage import bookings, hosts
from ...storage.contacts import Contact


def zone_of(session: Session, contact: Contact) -> str:
    """The zone of the contact's latest booking, else the organisation's."""
    theirs = bookings.of_address(session, contact.address) if contact.address else []
    return theirs[-1].invitee.zone if theirs else usual_zone(session)


def usual_zone(session: Session) -> str:
    """The organisation's zone: that of most hosts; UTC without hosts."""
    return hosts.most_common_zone(session) or "UTC"


def today(session: Session, now: datetime) -> date:
    """The organisation's date, for consents in exports and imports."""
    return local_date(now, ZoneInfo(usual_zone(session)))
