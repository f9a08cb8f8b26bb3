"""Marking contacts anew with the newest key: by these marks they are recognised once they are erased."""

from dataclasses import replace
from uuid import UUID

from ...clock import monotonic
from ...runtime import Runtime
from ...storage import contacts
from ...storage.engine import transaction
from .contacts import mark
from .pace import Pace, rest


def mark_anew(rt: Runtime) -> int:
    """Returns how many contacts had marks of an older key. In pieces, resting as long as each took.

    Marks of erased contacts stay, as what they are made from is gone.
    """
    count, pace = 0, Pace()
    after: UUID | None = None
    while True:
        with transaction(rt.engine) as session:
            piece = contacts.known_after(session, after=after, limit=pace.size)
            began = monotonic()  # once it has its turn
            old = [marked for each in piece if (marked := _marked(rt, each)) != each]
            contacts.remark(session, old)
        if not piece:
            return count
        count, after = count + len(old), piece[-1].id
        rest(rt, pace, len(piece), held=monotonic() - began)


def _marked(rt: Runtime, contact: contacts.Contact) -> contacts.Contact:
    return replace(contact, mailbox_mark=mark(rt.ring, contact.mailbox), phone_mark=mark(rt.ring, contact.phone))
