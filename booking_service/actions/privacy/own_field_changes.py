"""Changes of one's own fields: requested on the page, written when the mailbox confirms them.

Emptying a field waits too, as nothing brings its value back.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from ...crypto.ids import new_id
from ...crypto.keys import KeyTrouble
from ...domain.errors import BookingError
from ...domain.own_fields import Unchangeable
from ...domain.privacy import CONFIRMED_WITHIN, PendingChange, Wish
from ...runtime import Runtime
from ...storage import contacts, fields, outbox, pending_changes
from ...storage.engine import transaction
from ...storage.fields import FieldValue, ProfileField
from ..access import limits
from ..consent import mails, own_fields, pending_value, profile
from ..consent.zones import zone_of
from . import links, pending_requests


class FieldRefused(BookingError):
    """They can't change this field now."""

    def __init__(self, why: Unchangeable) -> None:
        super().__init__(f"this field is not changed on its person's page: {why}")
        self.why = why


class ChangeOutcome(StrEnum):
    """The result of a request."""

    MAILED = "mailed"
    WAITS = "waits"  # an equal request waits for its mail
    SAME = "same"  # the field has this value already


def ask(rt: Runtime, token: str, slug: str, value: str, *, now: datetime) -> ChangeOutcome:
    """Ask the mailbox to confirm a new value; "" empties the field. Replaces a waiting change of the same field.

    Whether a sensitive field has this value already is told to nobody, or it could be guessed. Raises UnknownLink,
    LinkOver, ContactErased, ValueTooLong, FieldRefused, TooManyRequests; NotFound: the link shows the reduced page.
    """
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link)
        circle = pending_requests.held(rt, session, link.contact)
        contact, field = circle.contact, fields.lock(session, slug)
        if field is None:
            raise FieldRefused(Unchangeable.UNKNOWN)
        if (why := own_fields.refusal(rt, session, circle, field, now=now)) is not None:
            raise FieldRefused(why)
        wanted = profile.value_of(value)
        before = [each for each in pending_changes.open_of(session, contact.id, now=now) if each.field == field.id]
        if any(_value(rt, each) == wanted for each in before):
            return ChangeOutcome.WAITS
        if not before and _is_same(profile.stands_in(session, contact.id, field), field, wanted):
            return ChangeOutcome.SAME
        limits.use(rt, session, "changes_per_link", links.door(link), now=now)
        for each in before:
            pending_changes.save(session, replace(each, value="", sealed="", replaced=True))
        change = PendingChange(
            id=new_id(now),
            contact_id=contact.id,
            wish=Wish.CHANGE,
            field=field.id,
            value=wanted,
            empties=not wanted,
            zone=zone_of(session, contact),
            made_at=now,
            until=now + CONFIRMED_WITHIN,
        )
        pending_requests.save(
            rt, session, contact, pending_value.closed(rt, change) if field.sensitive else change, now=now
        )
    return ChangeOutcome.MAILED


def forget_over(session: Session, *, now: datetime) -> None:
    """Delete new values whose time to confirm is over; that time counts from when the mail could leave."""
    contacts.lock(session, {each.contact_id for each in pending_changes.over(session, at=now)})
    session.expire_all()
    for each in pending_changes.over(session, at=now):
        if outbox.open_since(session, mails.key(pending_requests.mail_of(each))) is None:
            pending_changes.save(session, replace(each, value="", sealed=""))


def _is_same(stands: FieldValue | None, field: ProfileField, wanted: str) -> bool:
    if field.sensitive:
        return not wanted and not (stands and stands.masked)
    return wanted == (stands.text if stands else "")


def _value(rt: Runtime, change: PendingChange) -> str | None:
    """None where no key here decrypts it."""
    try:
        return pending_value.opened(rt, change)
    except KeyTrouble:
        return None
