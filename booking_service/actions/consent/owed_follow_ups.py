"""What follows from an answer, queued in the transaction that writes it down."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Entry, Standing
from ...domain.follow_ups import FollowUpEvent
from ...domain.purposes import EVERY, Purpose
from ...storage import follow_ups, outbox
from ...storage.outbox import Claimed
from .contacts import Circle

KIND = outbox.FOLLOW_UP
_NEXT_LOOK = timedelta(seconds=1)


def owe(session: Session, circle: Circle, entry: Entry, after: Standing, *, now: datetime) -> None:
    """A yes that is new is told; of an end those hear who may have been told of the yes."""
    if entry.purpose == EVERY or not after.granted or after.stopped is not None:
        owe_ends(session, circle, entry, now=now)
    elif after.rests_on is not None and after.rests_on.id == entry.id:
        for id in follow_ups.of_purpose(session, entry.purpose):
            _owe(session, id, circle.contact.id, FollowUpEvent.GRANTED, entry.id, now=now)


def owe_ends(session: Session, circle: Circle, entry: Entry, *, now: datetime) -> None:
    """For the whole circle: the no of one counts for all. Whoever still agrees is left out when it is to be told."""
    members = {each.id for each in (circle.contact, *circle.by_mailbox, *circle.by_phone)}
    for id, contact in follow_ups.told_of(session, members, "" if entry.purpose == EVERY else entry.purpose):
        _owe(session, id, contact, FollowUpEvent.ENDED, entry.id, now=now)


def owe_ends_of_calls(session: Session, circle: Circle, purpose: Purpose, *, now: datetime) -> None:
    """For a circle in which a number was changed, and with it what a yes stands for and whose noes count. Whoever may still be called
    is left out when it is to be told."""
    members = {each.id: each for each in circle.by_phone}
    for id, contact in follow_ups.told_of(session, members, purpose.slug):
        entry = circle.of(members[contact]).standing(purpose).rests_on
        if entry is not None:
            key, lane, payload = _addressed(id, contact, FollowUpEvent.ENDED, entry.id)
            payload["at"] = now.isoformat()
            outbox.wake(session, key, kind=KIND, lane=lane, payload=payload, due_at=now, now=now)


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """What is to be told next, by turns: one thing at a time to each, and nothing to who rests. `give_back` it."""
    for id in follow_ups.free(session, now=now):
        claimed = outbox.claim(session, now=now, kinds=(KIND,), lanes=lanes(id))
        if claimed is None:
            continue
        if follow_ups.take(session, id, until=now + outbox.LEASE, now=now):
            return claimed
        outbox.defer(session, claimed, until=now + _NEXT_LOOK, error="")  # another worker was faster
    return None


def give_back(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Whoever was told may be told the next thing."""
    follow_ups.give_back(session, UUID(claimed.payload["follow_up"]), now=now)


def lanes(id: UUID) -> str:
    """How the lanes begin in which one webhook is told."""
    return f"{KIND}:{id.hex}:"


def _owe(session: Session, id: UUID, contact: UUID, event: FollowUpEvent, entry_id: UUID, *, now: datetime) -> None:
    key, lane, payload = _addressed(id, contact, event, entry_id)
    outbox.add_once(session, key, kind=KIND, lane=lane, payload=payload, due_at=now, now=now)


def _addressed(id: UUID, contact: UUID, event: FollowUpEvent, entry_id: UUID) -> tuple[str, str, dict[str, str]]:
    """Its key, lane and payload: one after the other to one webhook about one contact."""
    payload = {"follow_up": id.hex, "contact": contact.hex, "event": event.value, "entry": entry_id.hex}
    lane = f"{lanes(id)}{contact.hex}"
    return f"{lane}:{event}:{entry_id.hex}", lane, payload
