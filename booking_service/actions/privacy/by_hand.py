"""What staff do with the fields of somebody whom they name: fill them, and see a sealed one in full."""

from datetime import datetime

from ...runtime import Runtime
from ...storage import fields
from ...storage.engine import snapshot, transaction
from ..consent import profile
from ..consent.contacts import locked
from ..consent.profile import Revealed
from ..consent.staff import find


def fill(rt: Runtime, who: str, slug: str, value: str, *, now: datetime) -> str:
    """Returns what may be seen of it. Raises UnknownContact, UnknownField, FieldLocked, ConsentRefused."""
    with transaction(rt.engine) as session:
        circle = locked(rt, session, find(session, who).id)
        profile.fill(rt, session, circle, slug, value, now=now)
        return fields.visible(session, circle.contact.id)[slug]


def reveal(rt: Runtime, who: str, slug: str, *, by: str, why: str = "", now: datetime) -> Revealed:
    """On record. Raises UnknownContact, UnknownField, KeyTrouble."""
    with snapshot(rt.engine) as session:
        contact = find(session, who)
    return profile.reveal(rt, contact.id, slug, by=by, why=why, now=now)
