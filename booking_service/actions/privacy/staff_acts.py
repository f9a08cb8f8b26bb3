"""What staff do with a named person's data: fill a field, reveal a sealed one, stop all use."""

from datetime import datetime

from ...domain.consent import Detail, How
from ...domain.consent_moves import Stopped
from ...domain.errors import ReasonMissing
from ...runtime import Runtime
from ...storage import fields
from ...storage.engine import snapshot, transaction
from ..consent import profile
from ..consent.contacts import locked
from ..consent.profile import Revealed
from ..consent.staff_entries import find
from . import less_use


def fill(rt: Runtime, who: str, slug: str, value: str, *, now: datetime) -> str:
    """Returns the readable part. Raises UnknownContact, UnknownField, FieldLocked, ConsentRefused."""
    with transaction(rt.engine) as session:
        circle = locked(rt, session, find(session, who).id)
        profile.fill(rt, session, circle, slug, value, now=now)
        return fields.visible(session, circle.contact.id)[slug]


def stop(rt: Runtime, who: str, *, staff: str, called: str = "", reason: str, now: datetime) -> bool:
    """Stop all use of their data, at their request to staff; only they can lift that. They are mailed, if possible.

    False: it was stopped already. Raises UnknownContact, ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record with the change.")
    with transaction(rt.engine) as session:
        circle = locked(rt, session, find(session, who).id)
        contact, told = circle.contact, Stopped(How.TOLD)
        detail = Detail(
            who=contact.name, address=contact.address, phone=contact.phone, reason=reason, staff=called or staff
        )
        return less_use.stop_in(session, circle, told, detail=detail, now=now).entry is not None


def reveal(rt: Runtime, who: str, slug: str, *, by: str, why: str = "", now: datetime) -> Revealed:
    """On record. Raises UnknownContact, UnknownField, KeyTrouble."""
    with snapshot(rt.engine) as session:
        contact = find(session, who)
    return profile.reveal(rt, contact.id, slug, by=by, why=why, now=now)
