"""Whether mails wait for the mail server, as far as a page may reveal it to its reader."""

from ...runtime import Runtime
from ...storage import outbox
from ...storage.contacts import Contact as Contact
from ...storage.engine import snapshot
from ..consent import mails

_OF_BOOKINGS = ("mail", "alarm")


def delayed(rt: Runtime) -> bool:
    """For everybody: judged by mails about bookings and calendars alone.

    Mails to contacts and people exist only for known addresses, so their waiting would reveal whether an address is
    known.
    """
    with snapshot(rt.engine) as session:
        return outbox.kept_back(session, _OF_BOOKINGS)


def delayed_to(rt: Runtime, contact: Contact) -> bool:
    """For whoever holds a link mailed to this contact: judged by other mails to it."""
    lane, _ = mails.lanes(contact)
    with snapshot(rt.engine) as session:
        waiting = outbox.open_of(session, lanes=lane, keys=())
    return any(each.dead_at is None and each.error.startswith(outbox.NO_MAIL_LEAVES) for each in waiting)
