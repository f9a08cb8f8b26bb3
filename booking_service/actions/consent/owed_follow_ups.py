"""Queueing what follows from an answer, in the transaction that writes it."""

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
    """Owe telling a new yes; owe telling an end to those who may have been told of the yes."""
    if entry.purpose == EVERY or not after.granted or after.stopped is not None:
        owe_ends(session, circle, entry, now=now)
    elif after.rests_on is not None and after.rests_on.id == entry.id:
        for id in follow_ups.of_purpose(session, entry.purpose):
            _owe(session, id, circle.contact.id, FollowUpEvent.GRANTED, entry.id, now=now)


def owe_ends(session: Session, circle: Circle, entry: Entry, *, now: datetime) -> None:
    """Owe ends for the whole circle, as a no counts for all; whoever still agrees is left out when it is told."""
    members = {each.id for each in (circle.contact, *circle.by_mailbox, *circle.by_phone)}
    for id, contact in follow_ups.told_of(session, members, "" if entry.purpose == EVERY else entry.purpose):
        _owe(session, id, contact, FollowUpEvent.ENDED, entry.id, now=now)


def owe_ends_of_calls(session: Session, circle: Circle, purpose: Purpose, *, now: datetime) -> None:
    """Owe ends for a circle in which a number changed; whoever may still be called is left out when it is told."""
    members = {each.id: each for each in circle.by_phone}
    for id, contact in follow_ups.told_of(session, members, purpose.slug):
        entry = circle.of(members[contact]).standing(purpose).rests_on
        if entry is not None:
            key, lane, payload = _addressed(id, contact, FollowUpEvent.ENDED, entry.id)
            payload["at"] = now.isoformat()
            outbox.wake(session, key, kind=KIND, lane=lane, payload=payload, due_at=now, now=now)


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """Take what is to be told next, in turns: one thing at a time per receiver, none to resting ones. See
    `give_back`."""
    if not follow_ups.any_due(session, now=now):
        return None
    for id in follow_ups.free(session, now=now):
        claimed = outbox.claim(session, now=now, kinds=(KIND,), lanes=follow_ups.lanes(id))
        if claimed is None:
            continue
        if follow_ups.take(session, id, until=now + outbox.LEASE, now=now):
            return claimed
        outbox.defer(session, claimed, until=now + _NEXT_LOOK, error="")  # another worker was faster
    return None


def give_back(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Let the receiver be told the next thing."""
    follow_ups.give_back(session, UUID(claimed.payload["follow_up"]), now=now)


def _owe(session: Session, id: UUID, contact: UUID, event: FollowUpEvent, entry_id: UUID, *, now: datetime) -> None:
    key, lane, payload = _addressed(id, contact, event, entry_id)
    outbox.add_once(session, key, kind=KIND, lane=lane, payload=payload, due_at=now, now=now)


def _addressed(id: UUID, contact: UUID, event: FollowUpEvent, entry_id: UUID) -> tuple[str, str, dict[str, str]]:
    """Key, lane and payload: one thing after the other to one webhook about one contact."""
    payload = {"follow_up": id.hex, "contact": contact.hex, "event": event.value, "entry": entry_id.hex}
    lane = f"{follow_ups.lanes(id)}{contact.hex}"
    return f"{lane}:{event}:{entry_id.hex}", lane, payload
