"""Starting a session for a person who gave a first factor; the owner is told of a new browser.

A second factor is asked for in between, whatever the first was (actions/access/second_factor.py).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session as Database

from ...crypto.tokens import hash_of, new_session_token, well_formed
from ...domain.audit import Actor, AuditAct, SecondFactorMethod, SignInMethod
from ...domain.effects import MailKind
from ...domain.networks import masked
from ...domain.people import Person
from ...domain.sessions import SECOND_STEP_FOR, KnownBrowser, SecondStep, Session
from ...storage import browsers, credentials, hosts, second_steps, sessions
from . import account_mails, audit

AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The browser's User-Agent and network (of which only a part is stored)."""

    agent: str
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """How somebody signs in. `keep`: stay signed in on this device. `left`: token of an earlier session, which ends.

    `known`: what the browser stores of people who signed in there before. `proved_at`: when they proved who they are,
    if not now.
    """

    keep: bool
    visitor: Visitor
    left: str
    known: tuple[str, ...] = ()
    now: datetime
    real_now: datetime
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedSession:
    """What the browser is to store: the session's token, beyond closing where `keep`; and for a new browser `known`.

    `sets_up`: the organisation requires a second factor, and the person gave none.
    """

    token: str
    known: str | None
    keep: bool
    sets_up: bool = False


@dataclass(frozen=True, slots=True)
class Halfway:
    """What the browser is to store until the second factor is given in it."""

    token: str


def begin(
    database: Database,
    person: Person,
    entering: Entering,
    *,
    way: SignInMethod,
    second: SecondFactorMethod | None = None,
) -> StartedSession | Halfway:
    """Sign in a person after their first factor, or ask for the second.

    `second`: a second factor already given that counts as much. A person without one is led to set it up where it is
    required.
    """
    if second is not None:
        return complete(database, person, entering, way=way, second=second)
    if credentials.get(database, person.id).totp is None:
        wanted = hosts.organisation(database).second_factor
        opened = complete(database, person, entering, way=way)
        return replace(opened, sets_up=person.rights.but_for(wanted) != person.rights)
    token = new_session_token()
    step = SecondStep(
        id=uuid4(), person_id=person.id, way=way, kept=entering.keep, ends_at=entering.real_now + SECOND_STEP_FOR
    )
    second_steps.put(database, step, hash=hash_of(token))
    return Halfway(token)


def complete(
    database: Database,
    person: Person,
    entering: Entering,
    *,
    way: SignInMethod,
    second: SecondFactorMethod | None = None,
) -> StartedSession:
    """Open a session for this person."""
    if entering.left and (before := sessions.find(database, hash_of(entering.left))):
        sessions.end(database, before[0].id)
    fresh, agent, network = new_session_token(), entering.visitor.agent[:AGENT_LENGTH], entering.visitor.network
    session = Session(
        id=uuid4(),
        person_id=person.id,
        kept=entering.keep,
        created_at=entering.real_now,
        seen_at=entering.real_now,
        proved_at=entering.proved_at or entering.real_now,
        second_at_provider=second is SecondFactorMethod.PROVIDER,
        agent=agent,
        network=masked(network),
    )
    sessions.put(database, session, hash=hash_of(fresh))
    actor = Actor.of(person, agent=agent, network=network)
    audit.record(database, AuditAct.SIGNED_IN, by=actor, after=" ".join(filter(None, (way, second))), now=entering.now)
    return StartedSession(token=fresh, known=_recognise(database, person, entering), keep=entering.keep)


def known_browser(database: Database, person: Person, entering: Entering) -> KnownBrowser | None:
    """This browser, if the person signed in there before."""
    return browsers.of_person(database, person.id, [hash_of(each) for each in entering.known if well_formed(each)])


def _recognise(database: Database, person: Person, entering: Entering) -> str | None:
    """What a new browser is to store; its owner is mailed, unless it is their first one."""
    known = known_browser(database, person, entering)
    if known is not None:
        browsers.seen(database, known.id, now=entering.real_now)
        return None
    first, fresh = not browsers.any_of(database, person.id), new_session_token()
    made = KnownBrowser(
        id=uuid4(),
        person_id=person.id,
        agent=entering.visitor.agent[:AGENT_LENGTH],
        network=masked(entering.visitor.network),
        created_at=entering.real_now,
    )
    browsers.put(database, made, hash=hash_of(fresh))
    if not first:
        account_mails.owe(database, MailKind.NEW_BROWSER, person.id, browser_id=made.id, now=entering.now)
    return fresh
