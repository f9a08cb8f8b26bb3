"""What staff do with what is kept of somebody whom they name: fill a field, see a sealed one in full, and stop all use of it."""

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
from ..consent.staff import find
from . import less


def fill(rt: Runtime, who: str, slug: str, value: str, *, now: datetime) -> str:
    """Returns what may be seen of it. Raises UnknownContact, UnknownField, FieldLocked, ConsentRefused."""
    with transaction(rt.engine) as session:
        circle = locked(rt, session, find(session, who).id)
        profile.fill(rt, session, circle, slug, value, now=now)
        return fields.visible(session, circle.contact.id)[slug]


def stop(rt: Runtime, who: str, *, staff: str, called: str = "", reason: str, now: datetime) -> bool:
    """All use of their data stops, as they told staff: only they lift that. A mail tells them, where one is known. False: it was so
    already. Raises UnknownContact, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing("Say why: it goes on record with the change.")
    with transaction(rt.engine) as session:
        circle = locked(rt, session, find(session, who).id)
        contact, told = circle.contact, Stopped(How.TOLD)
        detail = Detail(
            who=contact.name, address=contact.address, phone=contact.phone, reason=reason, staff=called or staff
        )
        return less.stop_in(session, circle, told, detail=detail, now=now).entry is not None


def reveal(rt: Runtime, who: str, slug: str, *, by: str, why: str = "", now: datetime) -> Revealed:
    """On record. Raises UnknownContact, UnknownField, KeyTrouble."""
    with snapshot(rt.engine) as session:
        contact = find(session, who)
    return profile.reveal(rt, contact.id, slug, by=by, why=why, now=now)
