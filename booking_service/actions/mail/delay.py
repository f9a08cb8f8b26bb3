"""Whether mails wait for the mail server, as far as the reader of a page may know it."""

from ...runtime import Runtime
from ...storage import outbox
from ...storage.contacts import Contact as Contact
from ...storage.engine import snapshot
from ..consent import mails

_OF_BOOKINGS = ("mail", "alarm")


def delayed(rt: Runtime) -> bool:
    """For anybody: by the mails about bookings and calendars alone. A mail to a contact, or to who signs in, leaves only where the
    address is known: whoever asks for one would read from its waiting that it is."""
    with snapshot(rt.engine) as session:
        return outbox.kept_back(session, _OF_BOOKINGS)


def delayed_to(rt: Runtime, contact: Contact) -> bool:
    """For who holds a link that was mailed to this contact: by what else is on its way there."""
    lane, _ = mails.lanes(contact)
    with snapshot(rt.engine) as session:
        waiting = outbox.open_of(session, lanes=lane, keys=())
    return any(each.dead_at is None and each.error.startswith(outbox.NO_MAIL_LEAVES) for each in waiting)
