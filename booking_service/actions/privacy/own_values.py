"""What people want to stand in a field of theirs: asked for on their page, and written once their mailbox has confirmed it. Taking a value
away waits as well, as a wish to be erased does: nothing brings it back."""

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
from ...storage import fields, outbox, pending
from ...storage.engine import transaction
from ...storage.fields import FieldValue, ProfileField
from ..access import limits
from ..consent import mails, own_fields, profile, waiting_value
from ..consent.zones import zone_of
from . import links, waits


class FieldRefused(BookingError):
    """They can't change this field now."""

    def __init__(self, why: Unchangeable) -> None:
        super().__init__(f"this field is not changed on its person's page: {why}")
        self.why = why


class Asked(StrEnum):
    """What came of it."""

    MAILED = "mailed"
    WAITS = "waits"  # for the mail that asked the same before
    SAME = "same"  # it stands there already


def ask(rt: Runtime, token: str, slug: str, value: str, *, now: datetime) -> Asked:
    """Have the mailbox asked whether this is to stand in a field; "" empties it. What waits for the same field gives way to it. Whether a
    sensitive value is the one that stands there is told to nobody: who tries some would find it.

    Raises UnknownLink, LinkOver, ContactErased, NotFound (by a reduced page), ValueTooLong, FieldRefused, TooManyRequests.
    """
    with transaction(rt.engine) as session:
        link = links.opened(session, token, now=now)
        links.refuse_reduced(session, link)
        circle = waits.held(rt, session, link.contact)
        contact, field = circle.contact, fields.lock(session, slug)
        if field is None:
            raise FieldRefused(Unchangeable.UNKNOWN)
        if (why := own_fields.refusal(rt, session, circle, field, now=now)) is not None:
            raise FieldRefused(why)
        wanted = profile.value_of(value)
        before = [each for each in pending.open_of(session, contact.id, now=now) if each.field == field.id]
        if any(_value(rt, each) == wanted for each in before):
            return Asked.WAITS
        if not before and _is_same(profile.stands_in(session, contact.id, field), field, wanted):
            return Asked.SAME
        limits.use(rt, session, "changes_per_link", links.door(link), now=now)
        for each in before:
            pending.save(session, replace(each, value="", sealed="", replaced=True))
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
        waits.save(rt, session, contact, waiting_value.closed(rt, change) if field.sensitive else change, now=now)
    return Asked.MAILED


def forget_over(session: Session, *, now: datetime) -> None:
    """Forget what was to stand in fields once the time to confirm it was over; not while its mail could not leave yet, as that time
    counts from then."""
    for each in pending.over(session, at=now):
        if outbox.open_since(session, mails.key(waits.mail_of(each))) is None:
            pending.save(session, replace(each, value="", sealed=""))


def _is_same(stands: FieldValue | None, field: ProfileField, wanted: str) -> bool:
    if field.sensitive:
        return not wanted and not (stands and stands.masked)
    return wanted == (stands.text if stands else "")


def _value(rt: Runtime, change: PendingChange) -> str | None:
    """None where no key here opens it."""
    try:
        return waiting_value.opened(rt, change)
    except KeyTrouble:
        return None
