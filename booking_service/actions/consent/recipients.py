"""To whom a message or news goes, and why it does not go to others: the gate's word, or one of its own. "" stands for nothing
against it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlmodel import Session

from ...domain.consent import Standing
from ...domain.gate import Pass, Refusal
from ...domain.messages import Message
from ...domain.news import NotTold, why_not
from ...domain.purposes import meets
from ...runtime import Runtime
from ...storage import booking_lists, contacts, fields, news, purposes
from ...storage.contacts import Contact
from . import gate
from .contacts import Circle, circles_of

NO_ADDRESS, MERGED = "no-address", "merged"
_BATCH = 500

Decided = Mapping[UUID, Pass | Refusal]
T = TypeVar("T")


def everybody(rt: Runtime, session: Session, message: Message, *, now: datetime) -> Iterator[tuple[Contact, str]]:
    """Whom it might concern, each with why they don't get it. Of a message that is each contact of whom something is known for
    its purpose; of news, each there is. It only reads."""
    told: dict[UUID, UUID] = {}
    for some, decided in _asked(rt, session, message, now=now):
        whys = _whys(rt, session, message, some, decided, told=told)
        yield from ((each, whys[each.id]) for each in some)


def judged(
    rt: Runtime, session: Session, message: Message, wanted: Sequence[Contact], *, now: datetime
) -> dict[UUID, str]:
    """The same of some of its list, whose turn it is. What the gate says is written down."""
    decided = gate.ask_all(rt, session, wanted, message.kind, message.purpose, now=now)
    return _whys(rt, session, message, wanted, decided, told={})


def would(rt: Runtime, session: Session, message: Message, contact: Contact, *, now: datetime) -> str:
    """The same of one contact, for people to see; nothing is written down."""
    decided = gate.would_all(rt, session, [contact], message.kind, message.purpose, now=now)
    return _whys(rt, session, message, [contact], decided, told={})[contact.id]


def _asked(
    rt: Runtime, session: Session, message: Message, *, now: datetime
) -> Iterator[tuple[Sequence[Contact], Decided]]:
    if not message.is_news:
        known = gate.everybody(rt, session, message.kind, message.purpose, now=now)
        while found := list(islice(known, _BATCH)):
            yield [contact for contact, _, _ in found], {contact.id: decided for contact, _, decided in found}
        return
    after: UUID | None = None
    while some := contacts.living(session, after=after, limit=_BATCH):
        yield some, gate.would_all(rt, session, some, message.kind, message.purpose, now=now)
        after = some[-1].id


def _whys(
    rt: Runtime,
    session: Session,
    message: Message,
    wanted: Sequence[Contact],
    decided: Decided,
    *,
    told: dict[UUID, UUID],
) -> dict[UUID, str]:
    """`told`: who was, and by which message; whoever is about to be told is added."""
    profiles = fields.visible_of(session, [each.id for each in wanted]) if message.among else {}
    whys = {
        each.id: _word(decided[each.id])
        or (NotTold.NOT_AMONG if not meets(message.among, profiles.get(each.id, {})) else "")
        or _out_of_reach(each)
        for each in wanted
    }
    if not message.is_news:
        return whys
    left = [each for each in wanted if not whys[each.id]]
    return whys | _news(rt, session, message, left, told=told)


def _news(
    rt: Runtime, session: Session, message: Message, wanted: Sequence[Contact], *, told: dict[UUID, UUID]
) -> dict[UUID, str]:
    every, circles = purposes.every(session), circles_of(rt, session, wanted)
    proven = booking_lists.proven_among(session, [each.address for each in wanted])
    told |= news.told(session, message.purpose, {each.id for circle in circles.values() for each in circle.by_mailbox})
    whys: dict[UUID, str] = {}
    for each in wanted:
        held = {purpose.slug: circles[each.id].standing(purpose) for purpose in every}
        whys[each.id] = (
            why_not(
                held.get(message.purpose, Standing()),
                held.values(),
                told=_was_told(message, circles[each.id], told),
                proven=each.proven_at is not None or each.address.lower() in proven,
            )
            or ""
        )
        if not whys[each.id]:
            told[each.id] = message.id
    return whys


def _was_told(message: Message, circle: Circle, told: Mapping[UUID, UUID]) -> bool:
    """Somebody of the circle, which is one person: by another message, or at another address of theirs by this one."""
    own = circle.contact.id
    return any(each.id in told and (each.id != own or told[each.id] != message.id) for each in circle.by_mailbox)


def _word(decided: Pass | Refusal) -> str:
    return decided.word if isinstance(decided, Refusal) else ""


def _out_of_reach(contact: Contact) -> str:
    return MERGED if contact.merged_into is not None else "" if contact.address else NO_ADDRESS
