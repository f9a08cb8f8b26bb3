"""Who gets a message or news, and why others don't: the gate's word or one of this module's; "" for who gets it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Standing
from ...domain.gate import Pass, Refusal, Refused
from ...domain.messages import Message
from ...domain.news import NotTold, why_not
from ...domain.purposes import meets
from ...runtime import Runtime
from ...storage import booking_lists, contacts, fields, messages, news, purposes
from ...storage.contacts import Contact
from . import gate
from .contacts import Circle, circles_of

NO_ADDRESS, MERGED = Refused.NO_ADDRESS.value, "merged"
_BATCH = 500


def everybody(rt: Runtime, session: Session, message: Message, *, now: datetime) -> Iterator[tuple[Contact, str]]:
    """All contacts concerned, each with the reason against it: with an entry for the message's purpose; for news all.

    It only reads.
    """
    if message.is_news:
        yield from _everybody_there_is(rt, session, message, now=now)
        return
    known = gate.everybody(rt, session, message.kind, message.purpose, now=now)
    while found := list(islice(known, _BATCH)):
        whys = _whys(session, message, {contact.id: (contact, decided) for contact, _, decided in found})
        yield from ((contact, whys[contact.id]) for contact, _, _ in found)


def judged(
    rt: Runtime, session: Session, message: Message, wanted: Sequence[Contact], *, now: datetime
) -> dict[UUID, str]:
    """The reasons for some contacts on the list whose turn it is; the gate's decisions are recorded."""
    decided = gate.ask_all(rt, session, wanted, message.kind, message.purpose, now=now)
    whys = _whys(session, message, {each.id: (each, decided[each.id]) for each in wanted})
    if not message.is_news:
        return whys
    circles = circles_of(rt, session, [each for each in wanted if not whys[each.id]])
    return whys | _news(session, message, circles, told={})


def piece(
    rt: Runtime, session: Session, message: Message, *, after: UUID | None, limit: int, now: datetime
) -> dict[UUID, str]:
    """The reasons for the next contacts of news, by id; those already on its list count as told."""
    some = contacts.living(session, after=after, limit=limit)
    circles = circles_of(rt, session, some)
    decided = gate.would_all(rt, session, circles, message.kind, message.purpose, now=now)
    whys = _whys(session, message, {each.id: (each, decided[each.id]) for each in some})
    left = {id: circle for id, circle in circles.items() if not whys[id]}
    members = {each.id for circle in left.values() for each in circle.by_mailbox}
    told = dict.fromkeys(messages.open_among(session, message.id, members), message.id)
    return whys | _news(session, message, left, told=told)


def would(rt: Runtime, session: Session, message: Message, contact: Contact, *, now: datetime) -> str:
    """Why the only recipient of a message would not get it, for people to see; not recorded."""
    decided = gate.would(rt, session, contact, message.kind, message.purpose, now=now)
    return _whys(session, message, {contact.id: (contact, decided)})[contact.id]


def _everybody_there_is(
    rt: Runtime, session: Session, message: Message, *, now: datetime
) -> Iterator[tuple[Contact, str]]:
    told: dict[UUID, UUID] = {}
    after: UUID | None = None
    while some := contacts.living(session, after=after, limit=_BATCH):
        circles = circles_of(rt, session, some)
        decided = gate.would_all(rt, session, circles, message.kind, message.purpose, now=now)
        whys = _whys(session, message, {each.id: (each, decided[each.id]) for each in some})
        left = {id: circle for id, circle in circles.items() if not whys[id]}
        whys |= _news(session, message, left, told=told)
        yield from ((each, whys[each.id]) for each in some)
        after = some[-1].id


def _whys(
    session: Session, message: Message, decided: Mapping[UUID, tuple[Contact, Pass | Refusal]]
) -> dict[UUID, str]:
    profiles = fields.visible_of(session, list(decided)) if message.among else {}
    return {
        id: _word(answer)
        or (NotTold.NOT_AMONG if not meets(message.among, profiles.get(id, {})) else "")
        or _out_of_reach(contact)
        for id, (contact, answer) in decided.items()
    }


def _news(
    session: Session, message: Message, circles: Mapping[UUID, Circle], *, told: dict[UUID, UUID]
) -> dict[UUID, str]:
    """`told`: who was told, and by which message; those about to be told are added."""
    every = purposes.every(session)
    proven = booking_lists.proven_among(session, [each.contact.address for each in circles.values()])
    told |= news.told(session, message.purpose, {each.id for circle in circles.values() for each in circle.by_mailbox})
    whys: dict[UUID, str] = {}
    for id, circle in circles.items():
        held = {purpose.slug: circle.standing(purpose) for purpose in every}
        contact = circle.contact
        why = why_not(
            held.get(message.purpose, Standing()),
            held.values(),
            told=_was_told(message, circle, told),
            proven=contact.proven_at is not None or contact.address.lower() in proven,
        )
        whys[id] = why or ""
        if not why:
            told[id] = message.id
    return whys


def _was_told(message: Message, circle: Circle, told: Mapping[UUID, UUID]) -> bool:
    """Whether somebody in the circle was told: by another message, or at another address by this one."""
    own = circle.contact.id
    return any(each.id in told and (each.id != own or told[each.id] != message.id) for each in circle.by_mailbox)


def _word(decided: Pass | Refusal) -> str:
    return decided.word if isinstance(decided, Refusal) else ""


def _out_of_reach(contact: Contact) -> str:
    return MERGED if contact.merged_into is not None else "" if contact.address else NO_ADDRESS
