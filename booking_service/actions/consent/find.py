"""Contacts and what holds for them, for people to see. Lists are read from the cache; whether somebody may be written to now
is asked anew for each row that is shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ...domain.consent import Asked, Basis, Standing
from ...domain.gate import Refusal, WayOut
from ...domain.purposes import Kind, Purpose
from ...runtime import Runtime
from ...storage import contacts, ledger, purposes, standings
from ...storage.contacts import Contact
from ...storage.engine import snapshot
from ...storage.ledger import Link
from ...storage.standings import Filter
from . import gate, staff
from .contacts import Circle, circle_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What holds for a contact and a purpose at an instant. `refusal`: why nothing of it may leave, "" where it may."""

    purpose: str
    basis: Basis
    since: datetime | None
    asked: Asked | None
    until: datetime | None
    expired: bool
    refusal: str

    @property
    def word(self) -> str:
        """As commands say it: the basis, with the question beside it."""
        return self.basis.value if self.asked is None else f"{self.basis.value}, {self.asked.value}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list."""

    contact: Contact
    held: Held


@dataclass(frozen=True, slots=True)
class Shown:
    """One contact with all that holds and all that was said, oldest first."""

    contact: Contact
    held: tuple[Held, ...]
    links: tuple[Link, ...]


def listed(rt: Runtime, wanted: Filter, *, now: datetime, limit: int = 200) -> list[Listed]:
    """Contacts of a purpose by what stands, where and when it was given, or the id it came with."""
    with snapshot(rt.engine) as session:
        known = {each.slug: each for each in purposes.every(session)}
        found = []
        for id, slug in standings.matching(session, wanted, now=now, limit=limit):
            contact = contacts.get(session, id)
            if contact is not None and slug in known:
                circle = circle_of(rt, session, contact)
                found.append(Listed(contact, _held(rt, session, circle, known[slug], now=now)))
        return found


def shown(rt: Runtime, who: str, *, now: datetime) -> Shown:
    """The contact of an address or number. Raises UnknownContact."""
    with snapshot(rt.engine) as session:
        contact = staff.find(session, who)
        circle = circle_of(rt, session, contact)
        held = tuple(_held(rt, session, circle, each, now=now) for each in purposes.every(session))
        return Shown(contact, held, tuple(ledger.links(session, contact.id)))


def held_of(standing: Standing, purpose: Purpose, *, refusal: str, now: datetime) -> Held:
    return Held(
        purpose=purpose.slug,
        basis=standing.basis,
        since=standing.since,
        asked=standing.asked(now=now),
        until=standing.question.until if standing.question else None,
        expired=standing.expired(lasts=purpose.lasts, now=now),
        refusal=refusal,
    )


def _held(rt: Runtime, session: Session, circle: Circle, purpose: Purpose, *, now: datetime) -> Held:
    way = WayOut.CALL_LIST if purpose.kind is Kind.PHONE else WayOut.LIST
    decided = gate.look(rt, session, circle, way, purpose, now=now)
    return held_of(
        circle.standing(purpose), purpose, refusal=decided.word if isinstance(decided, Refusal) else "", now=now
    )
