"""Whoever has shown who they are gets a session of their own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session as Database

from ...crypto.tokens import hash_of, new_session_token
from ...domain.audit import Act, Actor, Way
from ...domain.networks import masked
from ...domain.people import Person
from ...domain.sessions import Session
from ...storage import sessions
from . import audit

AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks: what their browser calls itself, and their network (of which only a part is kept)."""

    agent: str
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """How somebody comes in. `keep`: they want to stay signed in on this device. `left`: the token of a session that this
    browser had, which is over then."""

    keep: bool
    visitor: Visitor
    left: str
    now: datetime
    real_now: datetime


def begin(database: Database, person: Person, entering: Entering, *, way: Way) -> str:
    """Open a session for this person. Returns what the browser is to keep of it."""
    if entering.left and (before := sessions.find(database, hash_of(entering.left))):
        sessions.end(database, before[0].id)
    fresh, agent, network = new_session_token(), entering.visitor.agent[:AGENT_LENGTH], entering.visitor.network
    session = Session(
        id=uuid4(),
        person_id=person.id,
        kept=entering.keep,
        created_at=entering.real_now,
        seen_at=entering.real_now,
        proved_at=entering.real_now,
        agent=agent,
        network=masked(network),
    )
    sessions.put(database, session, hash=hash_of(fresh))
    actor = Actor.of(person, agent=agent, network=network)
    audit.record(database, Act.SIGNED_IN, by=actor, after=way, now=entering.now)
    return fresh
